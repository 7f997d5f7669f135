"""What a checkpoint of audiocraft says about itself: the YAML text `xp.cfg` beside its weights."""

from dataclasses import dataclass
from typing import Any

import yaml

from engine.errors import AppError, Code

SUPPORTED_FUSIONS = ("prepend", "cross")


@dataclass(frozen=True)
class Architecture:
    """The shape of one language model over codes, and what surrounds it."""

    dim: int
    heads: int
    layers: int
    hidden: int
    codebooks: int
    cardinality: int
    delays: tuple[int, ...]
    cross: tuple[str, ...]
    prepend: tuple[str, ...]
    cross_position_scale: float
    rate_hz: int
    channels: int
    segment_s: float
    guidance: float
    text_encoder: str | None
    melody: bool
    style: bool
    stereo: bool

    @property
    def head_dim(self) -> int:
        return self.dim // self.heads

    @property
    def special(self) -> int:
        """The token that stands where a codebook has nothing to say yet."""
        return self.cardinality


def read_architecture(config: str | dict[str, Any], name: str) -> Architecture:
    """The architecture behind `xp.cfg`. Raises INVALID_INPUT `unsupported_checkpoint` for a kind that is not run."""
    cfg = yaml.safe_load(config) if isinstance(config, str) else config
    try:
        return _read(cfg, name)
    except (KeyError, TypeError, ValueError) as error:
        raise unsupported(name, f"xp.cfg: {error}") from error


def unsupported(name: str, reason: str) -> AppError:
    return AppError(Code.INVALID_INPUT, "unsupported_checkpoint", name=name, reason=reason)


def _read(cfg: dict[str, Any], name: str) -> Architecture:
    model = cfg["transformer_lm"]
    if cfg["lm_model"] != "transformer_lm" or model.get("positional_embedding", "sin") != "sin":
        raise unsupported(name, str(cfg["lm_model"]))
    for switch in ("bias_ff", "bias_attn", "bias_proj", "qk_layer_norm", "layer_scale", "past_context"):
        if model.get(switch):
            raise unsupported(name, switch)
    if not (model.get("norm_first") and model.get("causal")) or model.get("kv_repeat", 1) != 1:
        raise unsupported(name, "norm_first / causal / kv_repeat")
    if model.get("activation", "relu") != "gelu":
        raise unsupported(name, f"activation {model.get('activation')}")
    pattern = cfg["codebooks_pattern"]
    delay = pattern.get("delay") or {}
    if pattern["modeling"] not in ("delay", "parallel") or delay.get("flatten_first") or delay.get("empty_initial"):
        raise unsupported(name, f"codebooks_pattern {pattern['modeling']}")
    codebooks = int(model["n_q"])
    delays = tuple(delay.get("delays") or range(codebooks)) if pattern["modeling"] == "delay" else (0,) * codebooks
    fuser = cfg["fuser"]
    for fusion in fuser:
        if fuser[fusion] and isinstance(fuser[fusion], list) and fusion not in SUPPORTED_FUSIONS:
            raise unsupported(name, f"fuser {fusion}")
    conditioners = {key: part for key, part in (cfg.get("conditioners") or {}).items() if key != "args"}
    kinds = {part["model"]: part for part in conditioners.values()}
    for kind in kinds:
        if kind not in ("t5", "chroma_stem", "style"):
            raise unsupported(name, f"conditioner {kind}")
    interleaved = cfg.get("interleave_stereo_codebooks") or {}
    if interleaved.get("use") and interleaved.get("per_timestep"):
        raise unsupported(name, "interleave_stereo_codebooks.per_timestep")
    return Architecture(
        dim=int(model["dim"]),
        heads=int(model["num_heads"]),
        layers=int(model["num_layers"]),
        hidden=int(model.get("hidden_scale", 4) * model["dim"]),
        codebooks=codebooks,
        cardinality=int(model["card"]),
        delays=tuple(int(step) for step in delays),
        cross=tuple(fuser.get("cross") or ()),
        prepend=tuple(fuser.get("prepend") or ()),
        cross_position_scale=float(fuser.get("cross_attention_pos_emb_scale", 1))
        if fuser.get("cross_attention_pos_emb")
        else 0.0,
        rate_hz=int(cfg["sample_rate"]),
        channels=int(cfg.get("channels", 1)),
        segment_s=float(cfg["dataset"]["segment_duration"]),
        guidance=float((cfg.get("classifier_free_guidance") or {}).get("inference_coef", 3.0)),
        text_encoder=kinds["t5"]["t5"]["name"] if "t5" in kinds else None,
        melody="chroma_stem" in kinds,
        style="style" in kinds,
        stereo=bool(interleaved.get("use")),
    )

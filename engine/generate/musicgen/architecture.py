"""What a checkpoint of audiocraft says about itself: the YAML text `xp.cfg` beside its weights."""

from dataclasses import dataclass
from typing import Any

from engine.errors import AppError, Code
from engine.generate.musicgen.configuration import (
    CodebooksPattern,
    ConditionerConfig,
    Delay,
    Guidance,
    Interleaved,
    LanguageModel,
)
from engine.upstream.documents import judged, read_yaml, sections

ATTRIBUTES = {"t5": "description", "chroma_stem": "self_wav", "style": "self_wav"}
"""Kind of conditioner -> what it hears."""


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
    """The architecture behind `xp.cfg`. Raises as `read_configuration`."""
    return architecture(read_configuration(config, name), name)


def read_configuration(config: str | dict[str, Any], name: str) -> LanguageModel:
    """`xp.cfg`, judged. Raises INVALID_INPUT `config_refused`, naming the field, or `unsupported_checkpoint` for a kind
    that is not run."""
    file = f"xp.cfg ({name})"
    document = read_yaml(config, file) if isinstance(config, str) else config
    parsed = sections(document, tuple(LanguageModel.model_fields), file)
    if (kind := parsed.get("lm_model")) not in (None, "transformer_lm"):
        raise unsupported(name, f"lm_model: {str(kind)[:40]}")
    return judged(LanguageModel, parsed, file)


def unsupported(name: str, reason: str) -> AppError:
    return AppError(Code.INVALID_INPUT, "unsupported_checkpoint", name=name, reason=reason)


def architecture(cfg: LanguageModel, name: str) -> Architecture:
    """Raises INVALID_INPUT `unsupported_checkpoint` for a kind that is not run."""
    model, pattern, fuser = cfg.transformer_lm, cfg.codebooks_pattern, cfg.fuser
    if model.positional_embedding != "sin":
        raise unsupported(name, f"transformer_lm.positional_embedding: {model.positional_embedding}")
    for switch in ("bias_ff", "bias_attn", "bias_proj", "qk_layer_norm", "layer_scale", "past_context"):
        if getattr(model, switch):
            raise unsupported(name, f"transformer_lm.{switch}")
    if not (model.norm_first and model.causal) or model.kv_repeat != 1:
        raise unsupported(name, "transformer_lm: norm_first / causal / kv_repeat")
    if model.activation != "gelu":
        raise unsupported(name, f"transformer_lm.activation: {model.activation}")
    for fusion in ("sum", "input_interpolate"):
        if getattr(fuser, fusion):
            raise unsupported(name, f"fuser.{fusion}")
    kinds = _conditioners(cfg, name)
    interleaved = cfg.interleave_stereo_codebooks or Interleaved()
    if interleaved.use and interleaved.per_timestep:
        raise unsupported(name, "interleave_stereo_codebooks.per_timestep")
    return Architecture(
        dim=model.dim,
        heads=model.num_heads,
        layers=model.num_layers,
        hidden=int(model.hidden_scale * model.dim),
        codebooks=model.n_q,
        cardinality=model.card,
        delays=_delays(pattern, model.n_q, name),
        cross=tuple(fuser.cross or ()),
        prepend=tuple(fuser.prepend or ()),
        cross_position_scale=fuser.cross_attention_pos_emb_scale if fuser.cross_attention_pos_emb else 0.0,
        rate_hz=cfg.sample_rate,
        channels=cfg.channels,
        segment_s=cfg.dataset.segment_duration,
        guidance=(cfg.classifier_free_guidance or Guidance()).inference_coef,
        text_encoder=kinds["t5"].t5.name if "t5" in kinds and kinds["t5"].t5 else None,
        melody="chroma_stem" in kinds,
        style="style" in kinds,
        stereo=interleaved.use,
    )


def _conditioners(cfg: LanguageModel, name: str) -> dict[str, ConditionerConfig]:
    """By kind: words under `description`, a melody or a style under `self_wav`, each with a section of its own."""
    kinds: dict[str, ConditionerConfig] = {}
    for attribute, part in (cfg.conditioners or {}).items():
        if ATTRIBUTES.get(part.model) != attribute or getattr(part, part.model) is None:
            raise unsupported(name, f"conditioners.{attribute}.model: {part.model}")
        kinds[part.model] = part
    return kinds


def _delays(pattern: CodebooksPattern, codebooks: int, name: str) -> tuple[int, ...]:
    delay = pattern.delay or Delay()
    if pattern.modeling not in ("delay", "parallel") or delay.flatten_first or delay.empty_initial:
        raise unsupported(name, f"codebooks_pattern.modeling: {pattern.modeling}")
    if pattern.modeling == "parallel":
        return (0,) * codebooks
    delays = tuple(delay.delays or range(codebooks))
    if len(delays) != codebooks or min(delays) != 0:
        raise unsupported(
            name, f"codebooks_pattern.delay.delays: {list(delays)}, transformer_lm.n_q: {codebooks}"[:120]
        )
    return delays

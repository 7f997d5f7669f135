"""Tiny checkpoints with random weights, in the files that audiocraft publishes: one for each architecture."""

import copy
from functools import cache
from pathlib import Path
from typing import Any

import torch
import yaml

from engine.upstream import audiocraft

DIM, HEADS, LAYERS, CARD = 64, 4, 3, 64
SEGMENT_S, FRAMES_HZ = 2, 50
MERT_WIDTH = 32
KINDS = ("text", "melody", "stereo", "style")


def codec_config(rate_hz: int = 32_000) -> dict[str, Any]:
    """EnCodec at 50 Hz with every part of the real one, at a sixteenth of its width."""
    ratios = {32_000: [8, 5, 4, 4], 16_000: [8, 5, 4, 2]}[rate_hz]
    return {
        "compression_model": "encodec",
        "device": "cpu",
        "encodec": {
            "autoencoder": "seanet", "quantizer": "rvq", "sample_rate": rate_hz, "channels": 1, "causal": False,
            "renormalize": False,
        },
        "seanet": {
            "dimension": 16, "channels": 1, "causal": False, "n_filters": 4, "n_residual_layers": 1, "ratios": ratios,
            "activation": "ELU", "activation_params": {"alpha": 1.0}, "norm": "weight_norm", "norm_params": {},
            "kernel_size": 7, "residual_kernel_size": 3, "last_kernel_size": 7, "dilation_base": 2,
            "pad_mode": "constant", "true_skip": True, "compress": 2, "lstm": 2, "disable_norm_outer_blocks": 0,
            "encoder": {}, "decoder": {"trim_right_ratio": 1.0, "final_activation": None,
                                       "final_activation_params": None},
        },
        "rvq": {"n_q": 4, "q_dropout": False, "bins": CARD, "decay": 0.99, "kmeans_init": False},
    }  # fmt: skip


def language_model_config(
    kind: str, *, dim: int = DIM, heads: int = HEADS, layers: int = LAYERS, card: int = CARD
) -> dict[str, Any]:
    """`xp.cfg` of one architecture, with every field that audiocraft reads."""
    stereo = kind == "stereo"
    books = 8 if stereo else 4
    conditioners: dict[str, Any] = {
        "args": {"merge_text_conditions_p": 0.25, "drop_desc_p": 0.5},
        "description": {
            "model": "t5",
            "t5": {"name": "t5-base", "finetune": False, "word_dropout": 0.3, "normalize_text": False},
        },
    }
    prepend: list[str] = []
    if kind == "melody":
        prepend = ["self_wav", "description"]
        conditioners["self_wav"] = {
            "model": "chroma_stem",
            "chroma_stem": {
                "sample_rate": 32_000, "n_chroma": 12, "radix2_exp": 14, "argmax": True, "match_len_on_eval": False,
                "eval_wavs": None, "n_eval_wavs": 0, "cache_path": "/a/cluster",
            },
        }  # fmt: skip
    if kind == "style":
        prepend = ["self_wav", "description"]
        conditioners["self_wav"] = {"model": "style", "style": {"model_name": "mert", "transformer_scale": "xsmall",
                                                                "ds_factor": 15, "encodec_n_q": 4, "n_q_out": 6,
                                                                "eval_q": 3, "q_dropout": True, "bins": CARD,
                                                                "varying_lengths": [1.5, 4.5], "batch_norm": True,
                                                                "rvq_threshold_ema_dead_code": 0.1}}  # fmt: skip
    return {
        "device": "cuda", "dtype": "float16", "lm_model": "transformer_lm", "sample_rate": 32_000,
        "channels": 2 if stereo else 1,
        "dataset": {"segment_duration": SEGMENT_S},
        "transformer_lm": {
            "dim": dim, "num_heads": heads, "num_layers": layers, "hidden_scale": 4, "n_q": books, "card": card,
            "dropout": 0.0, "emb_lr": None, "activation": "gelu", "norm_first": True, "bias_ff": False,
            "bias_attn": False, "bias_proj": False, "past_context": None, "causal": True, "custom": False,
            "memory_efficient": True, "attention_as_float32": False, "layer_scale": None,
            "positional_embedding": "sin", "xpos": False, "checkpointing": "none", "weight_init": "gaussian",
            "depthwise_init": "current", "zero_bias_init": True, "norm": "layer_norm", "cross_attention": False,
            "qk_layer_norm": False, "qk_layer_norm_cross": False, "attention_dropout": None, "kv_repeat": 1,
            "two_step_cfg": False,
        },
        "codebooks_pattern": {
            "modeling": "delay",
            "delay": {"delays": [0, 0, 1, 1, 2, 2, 3, 3] if stereo else [0, 1, 2, 3], "flatten_first": 0,
                      "empty_initial": 0},
        },
        "fuser": {
            "cross_attention_pos_emb": False, "cross_attention_pos_emb_scale": 1, "sum": [], "prepend": prepend,
            "cross": [] if prepend else ["description"], "input_interpolate": [],
        },
        "conditioners": conditioners,
        "classifier_free_guidance": {"training_dropout": 0.3, "inference_coef": 3.0},
        "attribute_dropout": {"text": {"description": 0.0}, "wav": {"self_wav": 0.0}},
        "interleave_stereo_codebooks": {"use": stereo, "per_timestep": False},
        "compression_model_n_q": None,
    }  # fmt: skip


def _renewed(module: torch.nn.Module, seed: int) -> None:
    """Random weights that make themselves heard: norms and biases too, whose defaults hide mistakes."""
    torch.manual_seed(seed)
    for name, parameter in module.named_parameters():
        noise = torch.randn_like(parameter)
        if "norm" in name and parameter.ndim == 1:
            parameter.data = noise * 0.2 + (1.0 if name.endswith("weight") else 0.0)
        elif parameter.ndim == 1:
            parameter.data = noise * 0.1
        elif not name.endswith(("weight_g", "weight_v")):
            parameter.data = noise * (1.5 / parameter.shape[-1] ** 0.5)


@cache
def text_encoder() -> dict[str, bytes]:
    """The files of a T5 of one layer, whose tokens are letters."""
    import tempfile

    from transformers import T5Config, T5EncoderModel, T5Tokenizer

    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    vocabulary = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", -2.0), ("▁", -3.0), *((sign, -4.0) for sign in letters)]
    torch.manual_seed(5)
    shape = T5Config(vocab_size=len(vocabulary), d_model=768, d_kv=8, d_ff=16, num_layers=1, num_heads=2)
    with tempfile.TemporaryDirectory() as folder:
        T5Tokenizer(vocab=vocabulary, extra_ids=0).save_pretrained(folder)
        model = T5EncoderModel(shape)
        _renewed(model, 6)
        model.save_pretrained(folder)
        return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def write_text_encoder(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in text_encoder().items():
        (folder / name).write_bytes(data)
    return folder


def write_codec(folder: Path, *, rate_hz: int = 32_000, pointer: str | None = None) -> None:
    """`compression_state_dict.bin`, or the 589 bytes that only point to another model."""
    if pointer:
        package: dict[str, Any] = {"pretrained": pointer, "exported": True, "version": "1.0.0"}
    else:
        from omegaconf import OmegaConf

        audiocraft.load()
        from audiocraft.models import builders

        config = codec_config(rate_hz)
        torch.manual_seed(3)
        model = builders.get_compression_model(OmegaConf.create(config))
        for layer in model.quantizer.vq.layers:
            layer._codebook.embed.normal_()
            layer._codebook.inited.fill_(1)
        package = {
            "best_state": model.state_dict(), "xp.cfg": yaml.safe_dump(config), "version": "1.0.0", "exported": True
        }  # fmt: skip
    torch.save(package, folder / "compression_state_dict.bin")


def build_language_model(config: dict[str, Any], seed: int = 1) -> torch.nn.Module:
    """audiocraft's own LMModel with random weights; the style conditioner, which 1.3.0 has not, is left out."""
    from omegaconf import OmegaConf

    audiocraft.load()
    from audiocraft.models import builders

    config = copy.deepcopy(config)
    config |= {"device": "cpu", "dtype": "float32"}
    config["conditioners"] = {}
    model = builders.get_lm_model(OmegaConf.create(config)).eval()
    _renewed(model, seed)
    return model


def write_checkpoint(folder: Path, kind: str, *, seed: int = 1, pointer: str | None = None) -> Path:
    """A folder as published: state_dict.bin in half precision, and the codec beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    config = language_model_config(kind)
    state = dict(build_language_model(config, seed).state_dict())
    torch.manual_seed(seed + 100)
    state["condition_provider.conditioners.description.output_proj.weight"] = torch.randn(DIM, 768) * 0.1
    state["condition_provider.conditioners.description.output_proj.bias"] = torch.randn(DIM) * 0.1
    if kind == "melody":
        state["condition_provider.conditioners.self_wav.output_proj.weight"] = torch.randn(DIM, 12)
        state["condition_provider.conditioners.self_wav.output_proj.bias"] = torch.randn(DIM)
    if kind == "style":
        state |= {
            f"condition_provider.conditioners.self_wav.{name}": tensor
            for name, tensor in style_state(config["conditioners"]["self_wav"]["style"], seed).items()
        }  # fmt: skip
    package = {
        "best_state": {name: tensor.half() for name, tensor in state.items()},
        "xp.cfg": yaml.safe_dump(config), "version": "1.0.0", "exported": True,
    }  # fmt: skip
    torch.save(package, folder / "state_dict.bin")
    write_codec(folder, pointer=pointer)
    return folder


def style_state(options: dict[str, Any], seed: int = 1) -> dict[str, torch.Tensor]:
    """The style conditioner's part of a state dict, name by name as MusicGen-Style's is published."""
    torch.manual_seed(seed + 200)
    width, layers = 256, 4  # audiocraft's "xsmall"
    state = {
        "embed.weight": torch.randn(width, MERT_WIDTH) * 0.2, "embed.bias": torch.randn(width),
        "output_proj.weight": torch.randn(DIM, width) * 0.1, "output_proj.bias": torch.randn(DIM),
        "batch_norm.running_mean": torch.randn(width), "batch_norm.running_var": 0.5 + torch.rand(width),
        "batch_norm.num_batches_tracked": torch.tensor(7),
    }  # fmt: skip
    for layer in range(layers):
        root = f"transformer.layers.{layer}"
        for name, rows, columns in (
            ("self_attn.in_proj_weight", 3 * width, width), ("self_attn.out_proj.weight", width, width),
            ("linear1.weight", 4 * width, width), ("linear2.weight", width, 4 * width),
        ):  # fmt: skip
            state[f"{root}.{name}"] = torch.randn(rows, columns) / columns**0.5
        for norm in ("norm1", "norm2"):
            state |= {f"{root}.{norm}.weight": 1 + 0.2 * torch.randn(width), f"{root}.{norm}.bias": torch.randn(width)}
    for book in range(options["n_q_out"]):
        embed = torch.randn(options["bins"], width) / (1 + book)
        state |= {
            f"rvq.vq.layers.{book}._codebook.{name}": tensor
            for name, tensor in (("embed", embed), ("embed_avg", embed), ("inited", torch.ones(1)),
                                 ("cluster_size", torch.ones(options["bins"])))
        }  # fmt: skip
    return state


def build_mert(seed: int = 4, width: int = MERT_WIDTH) -> Any:
    """MERT at a fraction of its width: a HuBERT of two layers that makes 75 frames a second of 24 kHz."""
    from transformers import HubertConfig, HubertModel

    shape = HubertConfig(
        hidden_size=width, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, conv_dim=[16] * 7,
        conv_kernel=[10, 3, 3, 3, 3, 2, 2], conv_stride=[5, 2, 2, 2, 2, 2, 2], num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=4, feat_extract_norm="group", conv_bias=False, do_stable_layer_norm=False,
    )  # fmt: skip
    model = HubertModel(shape)
    _renewed(model, seed)
    return model.eval()


def write_mert(folder: Path, width: int = MERT_WIDTH) -> Path:
    """`config.json` and `pytorch_model.bin` as the hub has them, with the names of weight norm of that time."""
    import json

    folder.mkdir(parents=True, exist_ok=True)
    model = build_mert(width=width)
    config = model.config.to_dict() | {
        "model_type": "mert_model", "architectures": ["MERTModel"], "feature_extractor_cqt": False, "deepnorm": False
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    old = {"original0": "weight_g", "original1": "weight_v"}
    state = {}
    for name, tensor in model.state_dict().items():
        root, _, last = name.partition(".parametrizations.weight.")
        state[f"{root}.{old[last]}" if last else name] = tensor
    torch.save(state, folder / "pytorch_model.bin")
    return folder


def write_diffusion(folder: Path) -> Path:
    """`mbd_musicgen_32khz.th`: four bands, OmegaConf nodes and all, at a fraction of the width."""
    from omegaconf import OmegaConf

    audiocraft.load()
    from audiocraft.models import builders

    folder.mkdir(parents=True, exist_ok=True)
    package: dict[Any, Any] = {"sample_rate": 32_000, "n_bands": 4}
    for band in range(4):
        wide = band >= 2
        config = OmegaConf.create(
            {
                "channels": 1,
                "schedule": {
                    "beta_t0": 1e-5, "beta_t1": 2.9e-2, "beta_exp": 7.5, "num_steps": 1000, "variance": "beta",
                    "clip": 5.0, "rescale": 1.0, "n_bands": None, "noise_scale": 1.0, "repartition": "power",
                },
                "diffusion_unet": {
                    "hidden": 8, "depth": 4, "res_blocks": 1, "norm_groups": 4, "kernel": 8, "stride": 4, "growth": 2,
                    "max_channels": 10_000, "dropout": 0.0, "emb_all_layers": True, "bilstm": band == 0,
                    "transformer": band == 1, "codec_dim": 16, "cross_attention": False,
                },
                "processor": {
                    "name": "multi_band_processor", "use": wide, "n_bands": 8, "num_samples": 10_000,
                    "power_std": 0.75 if band == 3 else 0.4,
                },
            }
        )  # fmt: skip
        torch.manual_seed(40 + band)
        network = builders.get_diffusion_model(config)
        processor = builders.get_processor(config.processor, 32_000)
        if wide:
            processor.counts.fill_(10_000)
            processor.sum_x2.uniform_(50, 100)
            processor.sum_target_x2.uniform_(50, 100)
        package[band] = {
            "cfg": config, "model_state": network.state_dict(), "processor_state": processor.state_dict()
        }  # fmt: skip
    torch.save(package, folder / "mbd_musicgen_32khz.th")
    return folder / "mbd_musicgen_32khz.th"

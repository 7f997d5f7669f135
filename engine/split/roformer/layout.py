"""The tensors of a BS-RoFormer checkpoint: those a configuration asks for, and the configuration they tell of.

Names and shapes are those of lucidrains' BS-RoFormer 0.3.6 to 0.4.1 and of Music-Source-Separation-Training.
Importing this stays light: shapes are plain tuples.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from engine.split.roformer.config import KNOWN, RoformerConfig

Shapes = Mapping[str, tuple[int, ...]]
FF_MULTIPLE = 4
"""The feed-forward layer's hidden width, in multiples of `dim`."""
MANY_MISSING = 1000
"""A network that lacks so many is another one."""


def attention(layer: int, axis: int, block: int) -> str:
    """Prefix of one attention; `axis` 0 runs over time, 1 over bands."""
    return f"layers.{layer}.{axis}.layers.{block}.0"


def feed_forward(layer: int, axis: int, block: int) -> str:
    return f"layers.{layer}.{axis}.layers.{block}.1.net"


def tensor_shapes(config: RoformerConfig) -> dict[str, tuple[int, ...]]:
    """Every tensor of the state dict with its shape, in its order."""
    return dict(_shapes(config))


def _shapes(config: RoformerConfig) -> Iterator[tuple[str, tuple[int, ...]]]:
    dim, inner, hidden = config.dim, config.inner, config.dim * FF_MULTIPLE
    for layer in range(config.depth):
        for axis, blocks in enumerate((config.time_transformer_depth, config.freq_transformer_depth)):
            for block in range(blocks):
                at, ff = attention(layer, axis, block), feed_forward(layer, axis, block)
                yield from {
                    f"{at}.rotary_embed.freqs": (config.dim_head // 2,),
                    f"{at}.norm.gamma": (dim,),
                    f"{at}.to_qkv.weight": (3 * inner, dim),
                    f"{at}.to_gates.weight": (config.heads, dim),
                    f"{at}.to_gates.bias": (config.heads,),
                    f"{at}.to_out.0.weight": (dim, inner),
                    f"{ff}.0.gamma": (dim,),
                    f"{ff}.1.weight": (hidden, dim),
                    f"{ff}.1.bias": (hidden,),
                    f"{ff}.4.weight": (dim, hidden),
                    f"{ff}.4.bias": (dim,),
                }.items()
    yield "final_norm.gamma", (dim,)
    for band, width in enumerate(config.band_widths):
        split = f"band_split.to_features.{band}"
        yield f"{split}.0.gamma", (width,)
        yield f"{split}.1.weight", (dim, width)
        yield f"{split}.1.bias", (dim,)
    middle = (dim * config.mlp_expansion_factor,) * (config.mask_estimator_depth - 1)
    for stem in range(config.num_stems):
        for band, width in enumerate(config.band_widths):
            widths = (dim, *middle, 2 * width)
            for step, (came, goes) in enumerate(pairwise(widths)):
                linear = f"mask_estimators.{stem}.to_freqs.{band}.0.{2 * step}"
                yield f"{linear}.weight", (goes, came)
                yield f"{linear}.bias", (goes,)


def recognise(shapes: Shapes) -> RoformerConfig | None:
    """The known configuration whose tensors these are; None when there is none.

    Shapes tell everything but the hop, the window and the names of the stems, so only a known layout can do without
    its YAML.
    """
    return next((config for config in KNOWN.values() if tensor_shapes(config) == dict(shapes)), None)


def differences(config: RoformerConfig, shapes: Shapes) -> dict[str, Any]:
    """How the tensors differ from what the configuration asks for: names of `missing`, `unexpected`, `reshaped`.

    A configuration may ask for a million tensors, so the comparison ends where so many are missing that it is another
    network.
    """
    wanted: set[str] = set()
    missing, reshaped = [], []
    for name, shape in _shapes(config):
        wanted.add(name)
        if name not in shapes:
            missing.append(name)
            if len(missing) == MANY_MISSING:
                break
        elif shapes[name] != shape:
            reshaped.append(name)
    whole = len(missing) < MANY_MISSING
    unexpected = [name for name in shapes if name not in wanted] if whole else []
    return {"missing": missing, "unexpected": unexpected, "reshaped": reshaped}

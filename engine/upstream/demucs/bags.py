"""Which networks make up a model, and what each one's opinion counts (`demucs/remote/*.yaml`)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bag:
    """`signatures`: the networks' names. `weights`: for each network, what it counts for drums, bass, other, vocals,
    …; None is one for all. `segment_s`: the window, where it is not the network's own."""

    signatures: tuple[str, ...]
    weights: tuple[tuple[float, ...], ...] | None = None
    segment_s: float | None = None
    quantised: bool = False


_SPECIALISTS = ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1))
_MDX = ((1, 1, 0, 0), (0, 1, 0, 0), (1, 0, 1, 1), (1, 0, 1, 1))

BAGS = {
    "htdemucs": Bag(("955717e8",)),
    "htdemucs_ft": Bag(("f7e0c4bc", "d12395a8", "92cfc3b6", "04573f0d"), _SPECIALISTS),
    "htdemucs_6s": Bag(("5c90dfd2",)),
    "hdemucs_mmi": Bag(("75fc33f5",), segment_s=44),
    "mdx": Bag(("0d19c1c6", "7ecf8ec1", "c511e2ab", "7d865c68"), _MDX, segment_s=44),
    "mdx_extra": Bag(("e51eebcc", "a1d90b5c", "5d2d6c55", "cfa93e08"), segment_s=44),
    "mdx_q": Bag(("6b9c2ca1", "b72baf4e", "42e558d4", "305bc58f"), _MDX, segment_s=44, quantised=True),
    "mdx_extra_q": Bag(("83fc094f", "464b36d7", "14fc6a69", "7fd6ef75"), segment_s=44, quantised=True),
}
"""Model -> its networks."""

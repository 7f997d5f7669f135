"""A long restoration in segments: groups of windows, whose estimates have the same bits wherever they are made.

An engine hears one window after the other and knows where in the sound each begins; all that hears the whole, the
cross-fades and the splice among it, stays with who joins them.
"""

from collections.abc import Callable
from typing import Any

from engine.audio.block import Audio
from engine.audio.decode import open_source
from engine.context import LONG_S, SEGMENT_S, JobContext, Segment
from engine.models.catalogue import MODELS
from engine.models.ensure import ensure, located
from engine.upscale.engines import engine_key, make_engine
from engine.upscale.memory import Tier
from engine.upscale.params import UpscaleParams
from engine.upscale.stream import Excerpt, Restoration, UpscaleSource


def segments_of(made: Restoration, limits: Tier) -> list[Segment]:
    """The segments of a long sound, `SEGMENT_S` each or one window; none where it is not worth the while."""
    source = made.source
    whole = source.part == Excerpt()
    if not whole or not made.adds or made.engine is None or source.samples < LONG_S * source.rate_hz:
        return []
    windows, rate_hz = made.windows(), made.engine.rate_hz
    hop_s = (windows[1][0] - windows[0][0]) / rate_hz if len(windows) > 1 else SEGMENT_S
    several = max(1, int(SEGMENT_S // hop_s))
    work = {
        "cutoff_hz": made.cutoff_hz, "window_s": made.window_s, "seed": made.seed, "peak": source.peak,
        "samples": source.samples, "source_cutoff_hz": source.cutoff_hz,
        "offload": limits.offload, "precision": limits.precision,
    }  # fmt: skip
    groups = [(first, min(first + several, len(windows))) for first in range(0, len(windows), several)]
    return [
        Segment(windows[first][0] / rate_hz, windows[end - 1][1] / rate_hz, {**work, "first": first, "end": end})
        for first, end in groups
    ]


def make(
    params: UpscaleParams, job: JobContext, work: dict[str, Any], write: Callable[[Audio], object]
) -> dict[str, Any]:
    """The estimates of the windows of one segment, each written as a block."""
    path = job.open(params.source)
    with open_source(path) as file:
        rate_hz, layout = file.rate_hz, file.layout
    source = UpscaleSource(
        path, Excerpt(), rate_hz, layout, work["samples"], work["peak"], work["source_cutoff_hz"], None
    )
    files = []
    if params.model in MODELS:
        files = located(params.model, job.models_dir) or ensure(params.model, job)
    limits = Tier(work["window_s"], 1, work["offload"], work["precision"])
    made = Restoration(
        source,
        job.engine(engine_key(params, limits), lambda: make_engine(params, limits, files)),
        target_hz=int(params.target_rate),
        cutoff_hz=work["cutoff_hz"],
        window_s=work["window_s"],
        seed=work["seed"],
    )
    for estimate in made.estimates(lambda share: job.check_canceled(), work["first"], work["end"]):
        write(estimate)
    return {}

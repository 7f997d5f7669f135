"""The runner of `/upscale`."""

import hashlib
from collections.abc import Iterator
from typing import Any

from engine.audio.block import Audio
from engine.context import JobContext, TrackDraft
from engine.models.catalogue import MODELS
from engine.models.device import free_mb
from engine.models.ensure import ensure, located
from engine.upscale.engines import engine_key, make_engine
from engine.upscale.memory import Tier, tier
from engine.upscale.params import BUILT_IN, RESAMPLE, UpscaleParams
from engine.upscale.picture import SpectrogramMeter, picture
from engine.upscale.segments import segments_of
from engine.upscale.stream import Excerpt, Restoration, examine
from engine.upscale.vocal import PRESETS, voiced

PREVIEW_S = 5.0


def run(params: UpscaleParams, job: JobContext) -> None:
    path = job.open(params.source)
    files = located(params.model, job.models_dir) if params.model in MODELS else []
    there = bool(files) or params.model not in MODELS
    job.plan(**_stages(params, there))
    job.progress(0, 1, "ANALYZING")
    part = Excerpt() if params.preview_at_s is None else Excerpt(params.preview_at_s, PREVIEW_S)
    source = examine(path, part, lambda samples: job.check_canceled())
    if not there:
        files = ensure(params.model, job)
    limits = Tier(30.0, 2) if params.model in BUILT_IN else tier(job.vram_gb or free_mb(job.device) / 1024)
    adds = params.model != RESAMPLE
    made = Restoration(
        source,
        job.engine(engine_key(params, limits), lambda: make_engine(params, limits, files)) if adds else None,
        target_hz=int(params.target_rate),
        cutoff_hz=(params.cutoff_hz if adds else None) or source.cutoff_hz,
        window_s=limits.window_s,
        seed=_seed(params, job.job_id) if adds else 0,
    )
    segments = segments_of(made, limits)
    if segments:
        job.progress(0, 1, "INFERRING")
    shared = job.segments(segments) if segments else None
    estimates = None if shared is None else (block for segment in shared for block in segment.blocks)
    details = {"source": params.source, **_facts(made)}
    name = job.title(params.source)
    before, after = (SpectrogramMeter(made.samples, made.target_hz) for _ in range(2))
    job.new_track(
        TrackDraft(
            audio=_restored(params, made, estimates, before, after, details, job),
            rate_hz=made.target_hz,
            layout=source.layout,
            output=params,
            model=params.model,
            prompt=name,
            parameters={**({"seed": made.seed} if adds else {}), "channels_original": source.channels},
            details=details,
            picture=lambda: picture(before, after, made.samples / made.target_hz, made.cutoff_hz),
            tags_of=path,
            tags_part_s=None if params.preview_at_s is None else (part.start_s, part.start_s + PREVIEW_S),
        )
    )


def _seed(params: UpscaleParams, job_id: str) -> int:
    """As drawn as the job's id, so that another attempt, and its segments, have the same."""
    drawn = int.from_bytes(hashlib.sha256(job_id.encode()).digest()[:4])
    return drawn if params.seed is None else params.seed


def _stages(params: UpscaleParams, there: bool) -> dict[str, float]:
    if params.model == RESAMPLE:
        return {"ANALYZING": 30, "STITCHING": 70}
    if params.model in BUILT_IN:
        return {"ANALYZING": 15, "INFERRING": 75, "STITCHING": 10}
    return {"ANALYZING": 2, **({} if there else {"DOWNLOADING": 30, "VERIFYING": 1}), "INFERRING": 92, "STITCHING": 6}


def _restored(
    params: UpscaleParams,
    made: Restoration,
    estimates: Iterator[Audio] | None,
    before: SpectrogramMeter,
    after: SpectrogramMeter,
    details: dict[str, Any],
    job: JobContext,
) -> Iterator[Audio]:
    """The result, block by block; `details` are complete when the last one was taken."""
    done = 0

    def infer(share: float) -> None:
        stage = "INFERRING" if made.adds and share < 1 else "STITCHING"
        job.progress(share if stage == "INFERRING" else done / made.samples, 1, stage)

    stream = made.stream(infer, before.add, estimates)
    preset = PRESETS.get(params.vocals)
    for block in stream if preset is None else voiced(stream, made.target_hz, preset):
        after.add(block)
        done = min(done + block.shape[1], made.samples)
        job.check_canceled()
        yield block
    details["energy_gained_db"] = made.difference.gained_db
    details["low_band_difference_db"] = made.difference.low_band_db if preset is None else None
    job.progress(1, 1, "STITCHING")


def _facts(made: Restoration) -> dict[str, Any]:
    """What the record tells, besides what is measured on the way."""
    source, engine = made.source, made.engine
    reach_hz = engine.rate_hz / 2 if engine and made.adds else None
    return {
        "cutoff_hz": round(made.cutoff_hz, 1),
        "source_rate_hz": source.rate_hz,
        "source_loudness_lufs": None if source.loudness_lufs is None else round(source.loudness_lufs, 2),
        "new_content_up_to_hz": reach_hz,
        "note": _note(made),
        **({**engine.facts, "window_s": round(made.window_s, 2), "windows": len(made.windows())} if engine else {}),
    }


def _note(made: Restoration) -> str | None:
    """`resampled`: no new content; `nothing_missing`: the sound reaches as far as the model does; `reach`: the target
    rate has room above what the model gives, which stays empty."""
    if made.engine is None:
        return "resampled"
    if not made.adds:
        return "nothing_missing"
    return "reach" if made.engine.rate_hz < made.target_hz else None

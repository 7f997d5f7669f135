"""Runs `/debug`."""

import io
import os

from engine.context import JobContext, TrackDraft
from engine.debug.engine import RATE_HZ, DebugEngine
from engine.debug.params import DebugParams
from engine.debug.tasks import hang
from engine.errors import AppError, Code


def run(params: DebugParams, job: JobContext) -> None:
    """Load, work, then fail, crash or make the tracks, as asked."""
    wrong = not params.recovers_after or job.attempt <= params.recovers_after
    hang_s = params.hang_s if wrong else 0
    loading_s = hang_s if params.hang_at == "loading" else 0
    engine = job.engine(f"debug:{params.family}", lambda: DebugEngine(params.family, params.allocate_mb, loading_s))
    size = job.open(params.source).stat().st_size if params.source else None
    tones = [engine.render(params, index, job) for index in range(max(1, params.tracks))][: params.tracks]
    if hang_s > loading_s:
        hang(hang_s)
    if params.crash and wrong:
        os.abort()
    if params.fail and wrong:
        raise AppError(Code(params.fail), "debug_failure", recoverable=params.recoverable, wanted=params.fail)
    if params.source and params.annotate:
        job.annotate(params.source, tags=params.annotate.split())
    if params.source and params.tagger:
        job.annotate(params.source, analysis={"version": params.tagger, "models": []})
    for number, tone in enumerate(tones, start=1):
        job.new_track(TrackDraft(
            audio=tone, rate_hz=RATE_HZ, output=params, model="debug", prompt=params.prompt,
            variation=(number, len(tones)) if len(tones) > 1 else None,
            parameters={"seed": params.seed}, details={"source_bytes": size} if size else {},
            midi=_score() if params.beside else None,
            stems={"high": tone / 2, "low": tone / 2} if params.beside else None,
        ))  # fmt: skip


def _score() -> bytes:
    """One note, as a MIDI file: C4 from 0.25 s on for half a second."""
    import mido

    track = mido.MidiTrack([mido.MetaMessage("track_name", name="tone"), mido.Message("program_change", program=5)])
    track.append(mido.Message("note_on", note=60, velocity=90, time=240))
    track.append(mido.Message("note_off", note=60, time=480))
    file = io.BytesIO()
    mido.MidiFile(ticks_per_beat=480, tracks=[track]).save(file=file)
    return file.getvalue()

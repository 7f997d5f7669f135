"""A style applied to a sound: `render`, block by block, for any length."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.audio.block import Audio, as_blocks, checked, regroup, tapped
from engine.audio.layouts import Layout, as_layout
from engine.audio.limiter import STEP, Limiter
from engine.audio.loudness_curve import LoudnessCurve
from engine.audio.processor import BLOCK, Processor, through
from engine.audio.scratch_audio import ScratchAudio
from engine.match.crest import CrestMeter, under_crest
from engine.match.envelope import Envelope
from engine.match.processors.compressor import Compressor
from engine.match.processors.equaliser import Equaliser, SideEqualiser
from engine.match.processors.exciter import Exciter
from engine.match.processors.pitch import transposed
from engine.match.processors.reverb import Reverb
from engine.match.processors.stereo import Width
from engine.match.style import Alignment, LimiterSettings, StyleParams

MIN_RATE_HZ, MAX_RATE_HZ, MAX_CHANNELS = 8000, 192_000, 8
LOUDNESS_TOLERANCE_LU = 0.1
MAX_GAIN_DB = 40.0
"""No loudness target lifts a sound by more: it would be noise."""
MAX_PUSH_DB = 12.0
"""What a limiter takes away is made up for by at most this much more: beyond, a sound is only crushed."""
_ROUNDS, _CLOSE_LU = 10, 0.005
_CHECKS, _HARD_LU = 4, 1.0
"""What a limiter takes away before the envelope is not believed any more; under it, it is right to some 0.03 LU."""

Tick = Callable[[int], None]
"""Told how many samples more are done, twice or oftener the length in all; may raise to stop the work."""


@dataclass
class Report:
    """What a rendering did, complete once its last block has been taken."""

    samples: int = 0
    """Length of the result, tail and all."""
    tail_samples: int = 0
    """What of it is reverberation after the end of the target."""
    loudness_before_lufs: float | None = None
    """Integrated loudness in front of the final gain; None under 0.4 s and for silence."""
    gain_db: float = 0.0
    """The final gain, found by listening to the whole."""
    ceiling_dbtp: float | None = None
    """The limiter's ceiling, lowered for a crest factor or not; None without one."""
    loudness_lufs: float | None = None
    """What the result was measured to have; None as above."""
    step_s: float = 0.0
    """Time between two values of the curve."""
    limiter_gain_db: list[float] = field(default_factory=list)
    """Lowest gain of the limiter in each step, 0 or less."""
    limited_share: float = 0.0
    """Share of samples whose gain the limiter lowered by more than 0.01 dB: the limiter trigger rate."""
    compressor_gain_db: list[list[float]] = field(default_factory=list)
    """Lowest gain of each compressor band in each block of 32768 samples, without make-up."""


def render(
    audio: Audio | Iterable[Audio],
    rate_hz: int,
    layout: Layout | int,
    style: StyleParams,
    *,
    impulse_response: NDArray[np.floating] | None = None,
    tick: Tick | None = None,
    report: Report | None = None,
    scratch_dir: Path | None = None,
) -> Iterator[Audio]:
    """`audio`, float32 [channels, samples] or blocks of it, with `style`: blocks [channels, any].

    `layout`: where its channels stand, or how many there are. The result does not depend on how the input was cut. It
    is as long as the input (shorter or longer by the alignment's delay) and, with a reverb, by its tail longer: the
    room's length, at least a second. The chain runs once over the input into a nameless file in `scratch_dir` (4 bytes
    for each sample and channel; None: in memory, for what is short), whose loudness decides the gain before the
    limiter; a limiter that takes loudness away is made up for, within `LOUDNESS_TOLERANCE_LU` where `MAX_PUSH_DB`
    allows. Under 0.4 s and for silence there is no loudness, and the gain is 0 dB.

    `impulse_response` [channels, samples] at `rate_hz` is what `style.reverb.ir_key` names; only who calls can open it.
    Raises INVALID_INPUT `not_finite`, DISK_FULL; ValueError for a rate, a number of channels or a key without its
    response.
    """
    layout = as_layout(layout)
    if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ or not 1 <= layout.channels <= MAX_CHANNELS:
        raise ValueError(f"{rate_hz} Hz, {layout.channels} channels: beyond what is rendered")
    if style.reverb is not None and style.reverb.ir_key is not None and impulse_response is None:
        raise ValueError("the impulse response that ir_key names must be given")
    report, tick = report or Report(), tick or (lambda samples: None)
    made = before_gain(as_blocks(audio), rate_hz, layout, style, impulse_response, report)
    return from_gain_on(made, rate_hz, layout, style, tick, report, scratch_dir)


def from_gain_on(
    made: Iterator[Audio],
    rate_hz: int,
    layout: Layout,
    style: StyleParams,
    tick: Tick,
    report: Report,
    scratch_dir: Path | None,
) -> Iterator[Audio]:
    """The rest of a rendering, for what `before_gain` made."""

    def limited(gain_db: float) -> float | None:
        tried = Report(gain_db=gain_db, loudness_lufs=0.0)
        for block in _finished(scratch, rate_hz, layout, style.limiter, tried):
            tick(block.shape[1])
        return tried.loudness_lufs

    with ScratchAudio(scratch_dir) as scratch, ScratchAudio(scratch_dir) as outline:
        envelope = Envelope(rate_hz, layout, outline)
        levels = CrestMeter(layout.channels)
        ticked = tapped(regroup(tapped(made, levels.add), BLOCK), lambda block: tick(block.shape[1]))
        scratch.add(tapped(ticked, envelope.add))
        envelope.finish()
        report.samples = scratch.samples
        if not scratch.samples:
            return
        loudness = envelope.loudness_lufs()
        report.loudness_before_lufs = report.loudness_lufs = loudness
        aimed_db = 0.0
        if style.lufs is not None and loudness is not None:
            aimed_db = min(MAX_GAIN_DB, style.lufs.target_db - loudness)
        for limiter in _raised(under_crest(style.limiter, levels, aimed_db), style.limiter):
            style = style.model_copy(update={"limiter": limiter})
            report.ceiling_dbtp = None if limiter is None else limiter.tp_db
            if style.lufs is None:
                break
            _find_gain(envelope, style, report, limited)
            if report.loudness_lufs is None or style.lufs.target_db - report.loudness_lufs <= LOUDNESS_TOLERANCE_LU:
                break
        finished = _finished(scratch, rate_hz, layout, style.limiter, report)
        yield from tapped(finished, lambda block: tick(block.shape[1]))


def _raised(lowered: LimiterSettings | None, highest: LimiterSettings | None) -> Iterator[LimiterSettings | None]:
    """Ceilings to try: as low as the crest factor wants it, then higher, for loudness comes first."""
    yield lowered
    if lowered is not None and highest is not None and lowered.tp_db < highest.tp_db:
        for share in (0.25, 0.5):
            tp_db = lowered.tp_db + share * (highest.tp_db - lowered.tp_db)
            yield lowered.model_copy(update={"tp_db": tp_db})
        yield lowered.model_copy(update={"tp_db": highest.tp_db})


def before_gain(
    blocks: Iterable[Audio],
    rate_hz: int,
    layout: Layout,
    style: StyleParams,
    impulse_response: NDArray[np.floating] | None,
    report: Report,
) -> Iterator[Audio]:
    """Everything in front of the final gain."""
    channels = layout.channels
    moved = aligned(checked(blocks, channels), rate_hz, layout, style.alignment)
    if style.pitch is not None:
        moved = transposed(moved, rate_hz, channels, style.pitch.semitones)
    tone: list[Processor] = []
    space: list[Processor] = []
    tail = 0

    def add(stage: list[Processor], processor: Processor, params: object) -> None:
        processor.reset(rate_hz, layout, params)
        stage.append(processor)

    if style.eq:
        add(tone, Equaliser(), style.eq)
    if style.side_eq:
        add(tone, SideEqualiser(), style.side_eq)
    if style.compressor is not None:
        compressor = Compressor()
        add(tone, compressor, style.compressor)
        report.compressor_gain_db = compressor.lowest_db
    if style.exciter is not None:
        add(tone, Exciter(), style.exciter)
    if style.reverb is not None and style.reverb.mix > 0:
        reverb = Reverb(impulse_response if style.reverb.ir_key is not None else None)
        add(space, reverb, style.reverb)
        tail = reverb.tail
    if style.stereo is not None:
        add(space, Width(), style.stereo)
    report.tail_samples = tail
    # what filters ring on after the end goes into the room too
    return through(through(moved, tone, channels, tail=tail), space, channels)


def aligned(blocks: Iterator[Audio], rate_hz: int, layout: Layout, alignment: Alignment | None) -> Iterator[Audio]:
    """The stream with its delay, polarity and swapped channels undone; delays to the nearest sample."""
    if alignment is None:
        yield from blocks
        return
    shift = round(alignment.delay_s * rate_hz)
    order = list(range(layout.channels))
    if alignment.swap_channels:
        for left, right in layout.pairs:
            order[left], order[right] = right, left
    for _ in range(-(shift // BLOCK) if shift < 0 else 0):
        size = min(BLOCK, -shift)
        shift += size
        yield np.zeros((layout.channels, size), np.float32)
    for block in blocks:
        cut = min(shift, block.shape[1])
        shift -= cut
        if cut < block.shape[1]:
            yield block[order, cut:] * np.float32(alignment.polarity)


def _find_gain(
    envelope: Envelope, style: StyleParams, report: Report, limited_lufs: Callable[[float], float | None]
) -> None:
    """The gain whose limited result has the loudness asked for: what the limiter takes away is made up for.

    `limited_lufs` tells by a whole pass what a gain truly leads to; it is asked where the limiter works hard.
    """
    before = report.loudness_before_lufs
    if style.lufs is None or before is None:
        return
    target = style.lufs.target_db
    most_db = min(MAX_GAIN_DB, target - before + MAX_PUSH_DB)
    error = 0.0  # by which the envelope promises too much
    for _ in range(_CHECKS):
        gain_db, promised = _searched(envelope, style.limiter, before, target + error, most_db)
        report.gain_db, report.loudness_lufs = gain_db, promised
        if before + gain_db - promised < _HARD_LU:
            return
        reached = limited_lufs(gain_db)
        if reached is None:
            return
        report.loudness_lufs = reached
        if abs(target - reached) <= LOUDNESS_TOLERANCE_LU or (target > reached and gain_db >= most_db):
            return
        error = promised - reached


def _searched(
    envelope: Envelope, limiter: LimiterSettings | None, before: float, target: float, most_db: float
) -> tuple[float, float]:
    """The gain in dB that comes to `target`, if `most_db` allows, and the loudness that the envelope promises."""
    gain_db = min(most_db, target - before)
    tried: tuple[float, float] | None = None
    reached = before + gain_db
    for _ in range(_ROUNDS):
        reached = before + gain_db
        if limiter is not None:
            limited = envelope.limited_lufs(gain_db, limiter)
            reached = reached if limited is None else limited
        missing = target - reached
        if abs(missing) <= _CLOSE_LU or (missing > 0 and gain_db >= most_db):
            break
        # the deeper a limiter works, the less of each dB comes out at its end
        slope = 1.0 if tried is None else (reached - tried[1]) / (gain_db - tried[0])
        tried = gain_db, reached
        gain_db = min(most_db, gain_db + missing / min(1.0, max(0.1, slope)))
    return gain_db, reached


def _finished(
    scratch: ScratchAudio, rate_hz: int, layout: Layout, settings: LimiterSettings | None, report: Report
) -> Iterator[Audio]:
    """What the scratch holds, with the gain and through the limiter."""
    gain = np.float32(10 ** (report.gain_db / 20))
    louder = (block * gain for block in scratch)
    if settings is None:
        yield from louder
        return
    limiter, meter = Limiter(), LoudnessCurve(rate_hz, layout, peaks=False)
    limiter.reset(rate_hz, layout, settings)
    yield from tapped(through(louder, [limiter], layout.channels), meter.add)
    if report.loudness_lufs is not None:
        report.loudness_lufs = meter.loudness().integrated
    report.step_s = STEP / rate_hz
    report.limiter_gain_db = limiter.lowest_db[: -(-scratch.samples // STEP)]
    report.limited_share = min(1.0, limiter.lowered / max(1, scratch.samples))

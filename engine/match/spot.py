"""Ten seconds of a match, rendered while a slider moves: asked of a light worker by the page."""

from pathlib import Path
from typing import Any

import numpy as np

from engine.audio.block import Audio
from engine.audio.channels import for_two_ears
from engine.audio.decode import open_source, read
from engine.audio.layouts import Layout
from engine.audio.loudness import measure
from engine.audio.resample import resample
from engine.errors import invalid
from engine.match.params import MatchParams, settled
from engine.match.render import MAX_CHANNELS, MAX_RATE_HZ, MIN_RATE_HZ, Report, render
from engine.match.style import StyleParams, does_something
from engine.match.subsonic import without_subsonic
from engine.match.tasks import SpotFacts

LEAD_S = 1.0
"""What is rendered in front of the excerpt and thrown away, so that filters, compressor and reverb have settled."""
MAX_RESPONSE_S = 20.0


def response(path: Path, rate_hz: int, layout: Layout) -> Audio:
    """An impulse response as the renderer wants it for sound of `layout`, at `rate_hz`; at most 20 s of it.

    [1 or 2, samples] as it is; of a recording with more channels those that stand where the sound's do, [channels,
    samples], or where some are missing its stereo mix.
    """
    with open_source(path) as file:
        own = file.layout
    found = layout.found_in(own) if own.channels > 2 else list(range(own.channels))
    if found is None:
        return read(path, rate_hz=rate_hz, channels=2, duration_s=MAX_RESPONSE_S)[0]
    return read(path, rate_hz=rate_hz, duration_s=MAX_RESPONSE_S)[0][found]


def check_source(rate_hz: int, channels: int) -> None:
    """Raises INVALID_INPUT `match_rate`, `match_channels` for what is not rendered."""
    if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
        raise invalid("match_rate", rate_hz=rate_hz, lowest=MIN_RATE_HZ, highest=MAX_RATE_HZ)
    if channels > MAX_CHANNELS:
        raise invalid("match_channels", channels=channels, most=MAX_CHANNELS)


def render_spot(
    source: Path,
    target: Path,
    params: dict[str, Any],
    own_lufs: float | None,
    from_s: float,
    duration_s: float,
    rate_hz: int,
    impulse_response: Path | None,
) -> SpotFacts:
    """An excerpt of `source` with the style of `params`, into `target` as raw little-endian float32, interleaved: one
    channel, or two as two ears hear it.

    `own_lufs`: integrated loudness of the whole source; the excerpt lies as far from the style's loudness as it lies
    from the whole. `rate_hz`: what it is resampled to.
    """
    asked = MatchParams.model_validate(params)
    with open_source(source) as file:
        own_rate_hz, layout = file.rate_hz, file.layout
    check_source(own_rate_hz, layout.channels)
    style = settled(asked.given_style(), asked, own_lufs)
    delay_s = 0.0 if style.alignment is None else style.alignment.delay_s
    at_s = max(0.0, from_s + delay_s)
    lead_s = min(LEAD_S, at_s)
    audio, _ = read(source, start_s=at_s - lead_s, duration_s=lead_s + duration_s)
    if does_something(style):
        audio = without_subsonic(audio, own_rate_hz)
    lead = min(round(lead_s * own_rate_hz), audio.shape[1] - 1)
    before_lufs = measure(audio[:, lead:], own_rate_hz, layout).loudness_lufs
    report = Report()
    blocks = render(
        audio,
        own_rate_hz,
        layout,
        _for_excerpt(style, before_lufs, own_lufs),
        impulse_response=None if impulse_response is None else response(impulse_response, own_rate_hz, layout),
        report=report,
    )
    made = np.concatenate(list(blocks), axis=1)[:, lead : audio.shape[1]]
    levels = measure(made, own_rate_hz, layout)
    given = resample(for_two_ears(made, layout), own_rate_hz, rate_hz)
    target.write_bytes(np.ascontiguousarray(given.T, "<f4").tobytes())
    return SpotFacts(
        samples=given.shape[1],
        rate_hz=rate_hz,
        channels=len(given),
        loudness_lufs=levels.loudness_lufs,
        true_peak_dbtp=levels.true_peak_dbtp,
        before_lufs=before_lufs,
        gain_db=round(report.gain_db, 3),
        ceiling_dbtp=report.ceiling_dbtp,
        limited_share=round(report.limited_share, 5),
        limiter_db=round(min(report.limiter_gain_db, default=0.0), 3),
    )


def _for_excerpt(style: StyleParams, before_lufs: float | None, own_lufs: float | None) -> StyleParams:
    """`style` without the delay, which the excerpt's place has undone, and with the excerpt's own loudness target."""
    update: dict[str, Any] = {}
    if style.alignment is not None:
        update["alignment"] = style.alignment.model_copy(update={"delay_s": 0.0})
    if style.lufs is not None and before_lufs is not None and own_lufs is not None:
        target_db = style.lufs.target_db + before_lufs - own_lufs
        update["lufs"] = style.lufs.model_copy(update={"target_db": min(-5.0, max(-50.0, target_db))})
    limiter = style.limiter
    if limiter is not None and limiter.crest_db is not None and before_lufs is not None and own_lufs is not None:
        # the ceiling of the whole: what is louder than that has less of a crest under it
        crest_db = min(60.0, max(0.0, limiter.crest_db - (before_lufs - own_lufs)))
        update["limiter"] = limiter.model_copy(update={"crest_db": crest_db})
    return style.model_copy(update=update)

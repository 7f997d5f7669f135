"""The runner of `/match`."""

import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Lock
from typing import Any, Literal

import numpy as np
import soundfile

from engine.audio.block import Audio, tapped
from engine.audio.decode import blocks, open_source, read
from engine.audio.scratch_audio import ScratchAudio
from engine.context import JobContext, TrackDraft
from engine.errors import Canceled, about, invalid
from engine.match.align import EXCERPT_S, Pair, compare
from engine.match.analyze import analyze_features, is_silent
from engine.match.charts import charts, loudest, loudness_at
from engine.match.features import Features
from engine.match.invert import invert_params, limiter_for
from engine.match.metrics import Artefacts, distance
from engine.match.params import MatchParams, settled
from engine.match.refine import refine
from engine.match.render import Report, from_gain_on, render
from engine.match.segments import joined, segments_of
from engine.match.spot import check_source, response
from engine.match.stems import common_stems, matched_stems, summed, ticking, together
from engine.match.style import LoudnessTarget, StyleParams, does_something, only
from engine.match.subsonic import Subsonic, analyze, without_subsonic

PASSES = 3
"""How often the length of a sound is gone through while it is rendered: the chain, the end, the hearing of the result.
Where a limiter works hard, rounds come on top: the progress waits at its end."""
SAME_WAVES, SAME_TONES = 0.3, 0.6
"""From here on `auto` takes two sounds for the same performance."""
NAMES = {"before": "source", "after": "result"}
SHORTEST_PAIR_S = 1.0
"""What is shorter cannot be aligned."""
EXCERPT_REFINED_S = 10.0
FADE_S = 0.02
UNMATCHED_S = 0.1
"""What is shorter is not worth saying."""


def run(params: MatchParams, job: JobContext) -> None:
    """Hear both sounds, find the values, render the source with them, hear the result."""
    path = job.open(params.source)
    if params.reference == params.source and not params.style:
        with about(path):
            raise invalid("match_with_itself")
    with open_source(path) as file:
        own_rate_hz, layout = file.rate_hz, file.layout
    channels = layout.channels
    with about(path):
        check_source(own_rate_hz, channels)
    rate_hz = own_rate_hz if params.sample_rate == "original" else int(params.sample_rate)
    if params.stem_wise:
        common_stems(params, job)  # what cannot be had is said before anything is heard
    inverting = (
        {"INVERTING": 20} if params.stem_wise else {} if params.style else {"INVERTING": 1 + params.refine_s / 5}
    )
    job.plan(ANALYZING=4, **inverting, RENDERING=6)
    artefacts = {"source": Artefacts(channels), "result": Artefacts(channels)}
    features, below = _analyzed(params, job, artefacts["source"])
    source = features["source"]
    report = Report()
    with ExitStack() as stack:
        stems: dict[str, ScratchAudio] = {}
        taken: Subsonic | None = None
        if params.stem_wise:
            stems, styles = matched_stems(params, job, rate_hz, layout, stack, "INVERTING")
            found, facts = _for_the_sum(features), {"mode": "B", "decisions": [], "stem_styles": styles}
            style = settled(found, params, source.lufs.integrated).model_copy(update={"reverb": None})
            sound = summed(stems, channels)
        else:
            found, facts = _found(params, job, features)
            style = settled(found, params, source.lufs.integrated)
            sound = blocks(path, rate_hz=rate_hz)
            taken = below["source"] if does_something(style) else None  # what raises nothing leaves a track as it is
            if taken is not None:
                sound = taken.removed(sound, rate_hz)
        response_key = style.reverb.ir_key if style.reverb is not None else None
        given = None if response_key is None else response(job.open(response_key), rate_hz, layout)
        tick = ticking(PASSES * round(source.duration_s * rate_hz), lambda share: job.progress(share, 1, "RENDERING"))
        scratch = stack.enter_context(ScratchAudio(job.temp_dir))
        segments = [] if params.stem_wise else segments_of(style, taken, source.duration_s, own_rate_hz, rate_hz)
        if segments:
            job.progress(0, 1, "RENDERING")
        shared = job.segments(segments) if segments else None
        if shared is not None:
            made = from_gain_on(joined(shared, report), rate_hz, layout, style, tick, report, job.temp_dir)
        else:
            made = render(
                sound, rate_hz, layout, style,
                impulse_response=given, tick=tick, report=report, scratch_dir=job.temp_dir,
            )  # fmt: skip
        if "A" in (params.mode, facts["mode"]) or is_silent(source):
            made = _without_tail(made, rate_hz, report)
        made = tapped(scratch.through(made), artefacts["result"].add)  # heard while it is made
        features["result"] = analyze_features(made, rate_hz, layout, f0=source.f0 is not None, tick=tick)
        match = facts | {
            "style_params": found.model_dump(mode="json"),
            "rendered": style.model_dump(mode="json"),
            "aligned": _aligned(found, params),
            "unmatched": _unmatched(facts["mode"], found, params, features),
            "subsonic": {name: figures for name, found_below in below.items() if (figures := found_below.as_record())},
            "source_lufs": source.lufs.integrated,
            "gain_db": round(report.gain_db, 3),
            "ceiling_dbtp": report.ceiling_dbtp,
            "places": _places(features, style),
            "metrics": _metrics(features, report, artefacts, rate_hz),
            "charts": charts(features, report, rate_hz),
        }
        names = [job.title(key) for key in (params.source, params.reference) if key]
        job.new_track(
            TrackDraft(
                audio=scratch,
                rate_hz=rate_hz,
                layout=layout,
                output=params,
                model="match",
                prompt=" ≈ ".join(names),
                details={"match": match},
                tags_of=path,
                tags_part_s=_part_s(style, source.duration_s),
                ceiling_dbtp=report.ceiling_dbtp,
                stems=together(stems, channels) if stems else None,
            )
        )


def _for_the_sum(features: Mapping[str, Features]) -> StyleParams:
    """What is left to do to the sum of matched stems: its loudness and its peaks."""
    loudness = features["reference"].lufs.integrated
    return StyleParams(
        lufs=None if loudness is None else LoudnessTarget(target_db=min(-5.0, max(-50.0, loudness))),
        limiter=limiter_for(features["reference"]),
    )


def _analyzed(
    params: MatchParams, job: JobContext, artefacts: Artefacts
) -> tuple[dict[str, Features], dict[str, Subsonic]]:
    """`source`, and `reference` where there is one, both at the same time; and what of them lies below hearing.

    Raises `match_reference_silent`.
    """
    keys = {"source": params.source} | ({"reference": params.reference} if params.reference else {})
    paths = {name: job.open(key) for name, key in keys.items()}
    shares = dict.fromkeys(keys, 0.0)
    pitched, lock, stopped = "pitch" in params.wanted(), Lock(), Event()

    def analyzed(name: str) -> tuple[Features, Subsonic]:
        path = paths[name]
        with open_source(path) as file:
            rate_hz, layout = file.rate_hz, file.layout

        def report_share(share: float) -> None:
            with lock:
                if stopped.is_set():
                    raise Canceled
                shares[name] = share
                job.progress(sum(shares.values()), len(shares), "ANALYZING")

        def sound() -> Iterator[Audio]:
            first = name == "source" and not artefacts.samples
            return tapped(blocks(path), artefacts.add) if first else blocks(path)

        return analyze(sound, rate_hz, layout, f0=pitched, tick=ticking(_samples(path), report_share))

    with ThreadPoolExecutor(len(keys)) as pool:
        analyses = {name: pool.submit(analyzed, name) for name in keys}
        try:
            ended, _ = wait(analyses.values(), return_when=FIRST_EXCEPTION)
        finally:
            stopped.set()
        for future in ended:
            future.result()  # an error that ends the other one, too
        both = {name: future.result() for name, future in analyses.items()}
    features = {name: found for name, (found, _) in both.items()}
    if "reference" in features and is_silent(features["reference"]):
        with about(paths["reference"]):
            raise invalid("match_reference_silent")
    return features, {name: below for name, (_, below) in both.items()}


def _samples(path: Path) -> int:
    """Length in samples as the file's header has it, for the progress only; 0 where it has none."""
    try:
        return int(soundfile.info(path).frames)
    except soundfile.LibsndfileError:
        return 0


def _without_tail(sound: Iterable[Audio], rate_hz: int, report: Report) -> Iterator[Audio]:
    """As long as what went in: a room that still rings then is faded out, over `FADE_S`."""
    done = 0
    for block in sound:
        end = report.samples - report.tail_samples
        kept = block[:, : max(0, end - done)]
        if report.tail_samples and done + kept.shape[1] > end - round(FADE_S * rate_hz):
            left = end - np.arange(done, done + kept.shape[1])
            kept = kept * np.minimum(1, left / (FADE_S * rate_hz)).astype(np.float32)
        done += kept.shape[1]
        if kept.shape[1]:
            yield kept


def _aligned(found: StyleParams, params: MatchParams) -> dict[str, Any] | None:
    """What of an alignment was undone: polarity and channels, the delay only where `trimmed`. None without one."""
    if found.alignment is None:
        return None
    return {**found.alignment.model_dump(mode="json"), "trimmed": params.align_trim and found.alignment.delay_s != 0}


def _unmatched(
    mode: object, found: StyleParams, params: MatchParams, features: Mapping[str, Features]
) -> list[tuple[float, float]]:
    """Mode A: from and to, in seconds of the track, what the reference has no counterpart of; it is treated alike."""
    reference = features.get("reference")
    if mode != "A" or reference is None:
        return []
    delay_s = found.alignment.delay_s if found.alignment is not None else 0.0
    begins_s, end_s = (
        (0.0, features["source"].duration_s - delay_s)
        if params.align_trim
        else (delay_s, features["source"].duration_s)
    )
    parts = [(0.0, min(begins_s, end_s)), (max(0.0, begins_s + reference.duration_s), end_s)]
    return [(round(start, 3), round(end, 3)) for start, end in parts if end - start > UNMATCHED_S]


def _part_s(style: StyleParams, duration_s: float) -> tuple[float, float] | None:
    """What of the source the track holds, where an alignment's delay is cut off or filled up in front."""
    if style.alignment is None or not style.alignment.delay_s:
        return None
    return style.alignment.delay_s, duration_s


def _places(features: Mapping[str, Features], style: StyleParams) -> dict[str, dict[str, float | None]]:
    """Where each sound is loudest; what became of the source is heard at the place where the source is."""
    places = {name: loudest(sound) for name, sound in features.items()}
    delay_s = 0.0 if style.alignment is None else style.alignment.delay_s
    from_s = max(0.0, (places["source"]["from_s"] or 0.0) - delay_s)
    places["result"] = loudness_at(features["result"], from_s, places["source"]["length_s"] or 0.0)
    return places


def _found(
    params: MatchParams, job: JobContext, features: Mapping[str, Features]
) -> tuple[StyleParams, dict[str, Any]]:
    """The whole style, whatever is wanted of it, and how it was come by."""
    source, reference = features["source"], features.get("reference")
    if params.style or reference is None:
        return params.given_style(), {"mode": "style", "decisions": []}
    job.progress(0, 3, "INVERTING")
    if is_silent(source):  # comes close to nothing
        return StyleParams(), {"mode": "B", "decisions": []}
    short = min(source.duration_s, reference.duration_s) < SHORTEST_PAIR_S
    if short and params.mode == "A":
        raise invalid("match_too_short", shortest_s=SHORTEST_PAIR_S)
    pair = None if short or params.mode == "B" else _pair(params, job, source.rate_hz)
    mode: Literal["A", "B"] = "A" if pair is not None and (params.mode == "A" or _same(pair)) else "B"
    inversion = invert_params(reference, source, mode, pair=pair if mode == "A" else None)
    job.progress(2, 3, "INVERTING")
    style, refined = inversion.style, dict[str, Any]()
    if params.refine_s:
        style, refined = _refined(params, job, style, features)
    job.progress(3, 3, "INVERTING")
    return style, refined | {
        "mode": mode,
        "decisions": [decision.model_dump(mode="json") for decision in inversion.decisions],
        "eq_curve": inversion.eq_curve.model_dump(mode="json"),
    }


def _refined(
    params: MatchParams, job: JobContext, style: StyleParams, features: Mapping[str, Features]
) -> tuple[StyleParams, dict[str, Any]]:
    """The style after a search on the loudest ten seconds, of what is wanted of it; the rest stays as it was found."""
    source = features["source"]
    from_s = loudest(source)["from_s"] or 0.0
    excerpt, rate_hz = read(job.open(params.source), start_s=from_s, duration_s=EXCERPT_REFINED_S)
    cleaned = without_subsonic(excerpt, rate_hz)
    began = time.monotonic()

    def tick(_: int) -> None:
        job.progress(2 + min(1.0, (time.monotonic() - began) / params.refine_s), 3, "INVERTING")

    wanted = only(style, params.wanted())
    with open_source(job.open(params.source)) as file:
        layout = file.layout
    found = refine(wanted, features["reference"], source, cleaned, rate_hz, layout, budget_s=params.refine_s, tick=tick)
    moved = {name: getattr(found.style, name) for name in ("eq", "stereo", "reverb") if getattr(wanted, name)}
    facts = {"before_db": found.before_db, "after_db": found.after_db, "evaluations": found.evaluations}
    return style.model_copy(update=moved), {"refined": facts}


def _pair(params: MatchParams, job: JobContext, rate_hz: int) -> Pair:
    """How the beginnings of both sounds lie against each other."""
    assert params.reference is not None
    ours, theirs = (_excerpt(job.open(key), rate_hz) for key in (params.source, params.reference))
    job.progress(1, 3, "INVERTING")
    return compare(theirs, ours, rate_hz)


def _excerpt(path: Path, rate_hz: int) -> Audio:
    """The beginning of a sound, [1 or 2, samples]: of surround the stereo mix."""
    with open_source(path) as file:
        channels = min(2, file.channels)
    return without_subsonic(read(path, rate_hz=rate_hz, channels=channels, duration_s=EXCERPT_S)[0], rate_hz)


def _same(pair: Pair) -> bool:
    """Whether it is one performance: different ones correlate nowhere, and a transposed one has the same tones."""
    return pair.correlation >= SAME_WAVES or (pair.semitones != 0 and pair.pitch_confidence >= SAME_TONES)


def _metrics(
    features: Mapping[str, Features], report: Report, artefacts: Mapping[str, Artefacts], rate_hz: int
) -> dict[str, dict[str, Any]]:
    """The figures before and after; without a reference only those that need none."""
    source, result, reference = features["source"], features["result"], features.get("reference")
    before, after = artefacts["source"].rate(source.rate_hz), artefacts["result"].rate(rate_hz)
    if reference is None:
        figures = {"before": {"tp_db": source.tp_db}, "after": {"tp_db": result.tp_db}}
    else:
        figures = {name: distance(features[of], reference).model_dump() for name, of in NAMES.items()}
    figures["after"] |= {
        "limiter_rate": round(report.limited_share, 6),
        "artifacts_rate": round(max(0.0, after - before), 5),
    }
    return figures

"""The runner of `/split`."""

from collections.abc import Iterator

from engine.audio.block import Audio, regroup
from engine.audio.scratch_audio import ScratchAudio
from engine.context import JobContext, TrackDraft
from engine.errors import invalid
from engine.models.ensure import ensure, is_there
from engine.parameters import OutputParams
from engine.split.engines import engine_key, make_engine
from engine.split.models import OWN, STEMS, ModelFamily, family_of
from engine.split.own import check
from engine.split.params import SplitParams
from engine.split.separator import Separator
from engine.split.stem_selection import StemSelection
from engine.split.stream import Separation, SplitSource, examine, facts_of


def run(params: SplitParams, job: JobContext) -> None:
    if params.model != OWN:
        StemSelection.of(params, STEMS[params.model])  # what cannot be had is said before anything is downloaded
    check(params, job.models_dir)  # again: what lies there may have changed; and before anything heavy is imported
    path = job.open(params.source)
    there = params.model == OWN or is_there(params.model, job.models_dir)
    job.plan(ANALYZING=3, **({} if there else {"DOWNLOADING": 30, "VERIFYING": 1}), SEPARATING=97 if there else 66)
    job.progress(0, 1, "ANALYZING")
    with ScratchAudio(job.temp_dir) as sound:
        source = examine(path, sound, lambda samples: job.check_canceled())
        if not there:
            ensure(params.model, job)
        engine: Separator = job.engine(engine_key(params), lambda: make_engine(params))
        selection = StemSelection.of(params, engine.sources)
        separation = _separation(params, source, engine, family_of(params.model))
        name = job.title(params.source)
        job.new_track(
            TrackDraft(
                audio=source.sound,
                rate_hz=source.rate_hz,
                layout=source.layout,
                output=params,
                model=params.own_model if params.model == OWN else params.model,
                prompt=name,
                title=job.tagged_title(params.source),
                parameters={"channels_original": source.channels},
                details={"stems": list(selection.names), **facts_of(separation)},
                stems=_stems(separation, selection, job),
                stem_output=OutputParams.model_validate(params.model_dump(include=set(OutputParams.model_fields))),
                tags_of=path,
            )
        )


def _separation(params: SplitParams, source: SplitSource, engine: Separator, kind: ModelFamily) -> Separation:
    window = engine.window if params.segment_s is None else round(params.segment_s * engine.rate_hz)
    if window > engine.window:
        raise invalid("segment_too_long", longest_s=engine.window / engine.rate_hz, model=params.model)
    return Separation(
        source=source,
        model=engine,
        model_family=kind,
        window=window,
        overlap=kind.overlap if params.overlap is None else params.overlap,
        shifts=params.shifts,
        batch=1 if engine.facts["device"] == "cpu" else params.batch or kind.batch,
    )


def _stems(separation: Separation, selection: StemSelection, job: JobContext) -> Iterator[dict[str, Audio]]:
    """The wanted stems, block by block; the stage SEPARATING."""
    done, total = 0, separation.windows

    def tick(windows: int) -> None:
        nonlocal done
        done += windows
        job.progress(done, total, "SEPARATING")

    job.progress(0, total, "SEPARATING")
    mixes = regroup(separation.source.blocks())
    for mix, estimates in zip(mixes, separation.stems(tick), strict=True):
        yield selection.apply(mix, dict(zip(separation.model.sources, estimates, strict=True)))

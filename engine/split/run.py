"""The runner of `/split`."""

from collections.abc import Iterator
from pathlib import Path

from engine.audio.block import Audio, regroup
from engine.audio.scratch_audio import ScratchAudio
from engine.context import JobContext, TrackDraft
from engine.errors import invalid
from engine.models.catalogue import MODELS
from engine.models.ensure import ensure, located
from engine.parameters import OutputParams
from engine.split.models import MODEL_FAMILIES, OWN, ROFORMER, STEMS, ModelFamily
from engine.split.params import SplitParams
from engine.split.roformer.locate import checked
from engine.split.separator import Separator
from engine.split.stem_selection import StemSelection
from engine.split.stream import Separation, SplitSource, examine, facts_of


def run(params: SplitParams, job: JobContext) -> None:
    if params.model == OWN:  # again: what lies there may have changed; and before anything heavy is imported
        files = [checked(params.own_model, job.models_dir)]
    else:
        StemSelection.of(params, STEMS[params.model])  # what cannot be had is said before anything is downloaded
        files = located(params.model, job.models_dir)
    path = job.open(params.source)
    job.plan(ANALYZING=3, **({} if files else {"DOWNLOADING": 30, "VERIFYING": 1}), SEPARATING=97 if files else 66)
    job.progress(0, 1, "ANALYZING")
    with ScratchAudio(job.temp_dir) as sound:
        source = examine(path, sound, lambda samples: job.check_canceled())
        files = files or ensure(params.model, job)
        name = params.own_model if params.model == OWN else params.model
        key = f"split:{params.model}:{name}:{params.precision}"
        engine = job.engine(key, lambda: _engine(params, name, files))
        selection = StemSelection.of(params, engine.sources)
        separation = _separation(params, source, engine, MODEL_FAMILIES[params.model])
        title = job.title(params.source)
        job.new_track(
            TrackDraft(
                audio=source.sound,
                rate_hz=source.rate_hz,
                layout=source.layout,
                output=params,
                model=name,
                prompt=title,
                parameters={"channels_original": source.channels},
                details={"stems": list(selection.names), **facts_of(separation)},
                stems=_stems(separation, selection, job),
                stem_output=OutputParams.model_validate(params.model_dump(include=set(OutputParams.model_fields))),
                tags_of=path,
            )
        )


def _engine(params: SplitParams, name: str, files: list[Path]) -> Separator:
    """The engine of a model with these files, not yet loaded. A network's module is imported here and not before."""
    if MODEL_FAMILIES[params.model] is ROFORMER:
        from engine.split.roformer.engine import RoformerSeparator

        return RoformerSeparator(files[0], name, params.precision)
    from engine.split.demucs.engine import DemucsSeparator

    return DemucsSeparator(MODELS[name], files, params.precision)


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

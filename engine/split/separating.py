"""The steps by which a job takes a sound apart, for every command that does."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from engine.audio.block import Audio, regroup
from engine.context import JobContext
from engine.errors import invalid
from engine.models.catalogue import MODELS
from engine.models.ensure import located
from engine.split.models import MODEL_FAMILIES, OWN, ROFORMER
from engine.split.params import SplitParams
from engine.split.roformer.locate import checked
from engine.split.separator import Separator
from engine.split.stream import Separation, SplitSource


def files_of(params: SplitParams, models_dir: Path) -> list[Path]:
    """The files of its model; [] where they have to be fetched. Raises as `located` and `checked` do."""
    if params.model == OWN:  # again: what lies there may have changed; and before anything heavy is imported
        return [checked(params.own_model, models_dir)]
    return located(params.model, models_dir)


def model_name(params: SplitParams) -> str:
    """By which the record knows the model."""
    return params.own_model if params.model == OWN else params.model


def loaded(params: SplitParams, files: list[Path], job: JobContext) -> Separator:
    """The engine of its model, with these files."""
    name = model_name(params)
    return job.engine(f"split:{params.model}:{name}:{params.precision}", lambda: _engine(params, name, files))


def separation(params: SplitParams, source: SplitSource, engine: Separator) -> Separation:
    """How the loaded model goes over a source. Raises INVALID_INPUT `segment_too_long`."""
    family = MODEL_FAMILIES[params.model]
    window = engine.window if params.segment_s is None else round(params.segment_s * engine.rate_hz)
    if window > engine.window:
        raise invalid("segment_too_long", longest_s=engine.window / engine.rate_hz, model=params.model)
    return Separation(
        source=source,
        model=engine,
        model_family=family,
        window=window,
        overlap=family.overlap if params.overlap is None else params.overlap,
        shifts=params.shifts,
        batch=1 if engine.facts["device"] == "cpu" else params.batch or family.batch,
    )


def separated(made: Separation, job: JobContext) -> Iterator[tuple[Audio, Mapping[str, Audio]]]:
    """The mix and each estimate by name, block by block, float32 [channels, samples]; the stage SEPARATING."""
    done, total = 0, made.windows

    def tick(windows: int) -> None:
        nonlocal done
        done += windows
        job.progress(done, total, "SEPARATING")

    job.progress(0, total, "SEPARATING")
    mixes = regroup(made.source.blocks())
    for mix, estimates in zip(mixes, made.stems(tick), strict=True):
        yield mix, dict(zip(made.model.sources, estimates, strict=True))


def _engine(params: SplitParams, name: str, files: list[Path]) -> Separator:
    """Not yet loaded. A network's module is imported here and not before."""
    if MODEL_FAMILIES[params.model] is ROFORMER:
        from engine.split.roformer.engine import RoformerSeparator

        return RoformerSeparator(files[0], name, params.precision)
    from engine.split.demucs.engine import DemucsSeparator

    return DemucsSeparator(MODELS[name], files, params.precision)

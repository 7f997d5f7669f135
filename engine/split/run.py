"""The runner of `/split`."""

from engine.audio.scratch_audio import ScratchAudio
from engine.context import JobContext, TrackDraft
from engine.models.ensure import ensure
from engine.parameters import OutputParams
from engine.split.models import OWN, STEMS
from engine.split.params import SplitParams
from engine.split.separating import files_of, loaded, model_name, separated, separation
from engine.split.stem_selection import StemSelection
from engine.split.stream import examine, facts_of


def run(params: SplitParams, job: JobContext) -> None:
    if params.model != OWN:  # what cannot be had is said before anything is downloaded
        StemSelection.of(params, STEMS[params.model])
    files = files_of(params, job.models_dir)
    path = job.open(params.source)
    job.plan(ANALYZING=3, **({} if files else {"DOWNLOADING": 30, "VERIFYING": 1}), SEPARATING=97 if files else 66)
    job.progress(0, 1, "ANALYZING")
    with ScratchAudio(job.temp_dir) as sound:
        source = examine(path, sound, lambda samples: job.check_canceled())
        engine = loaded(params, files or ensure(params.model, job), job)
        selection = StemSelection.of(params, engine.sources)
        made = separation(params, source, engine)
        job.new_track(
            TrackDraft(
                audio=source.sound,
                rate_hz=source.rate_hz,
                layout=source.layout,
                output=params,
                model=model_name(params),
                prompt=job.title(params.source),
                parameters={"channels_original": source.channels},
                details={"stems": list(selection.names), **facts_of(made)},
                stems=(selection.apply(mix, estimates) for mix, estimates in separated(made, job)),
                stem_output=OutputParams.model_validate(params.model_dump(include=set(OutputParams.model_fields))),
                tags_of=path,
            )
        )

"""The runner of `/analyze`."""

from engine.analyze.params import AnalyzeParams
from engine.audio.scratch_audio import ScratchAudio
from engine.context import JobContext
from engine.tag.hearing import Hearing


def run(params: AnalyzeParams, job: JobContext) -> None:
    hearing = Hearing(params, job, params.separator if params.stems else None)
    hearing.listen()
    if not hearing.separates:
        hearing.save()
        return
    with ScratchAudio(job.temp_dir) as sound:
        job.new_track(hearing.draft(hearing.separation(sound)))

"""The runner of `/tag`."""

from engine.audio.scratch_audio import ScratchAudio
from engine.context import JobContext
from engine.tag.hearing import Hearing
from engine.tag.params import TagParams


def run(params: TagParams, job: JobContext) -> None:
    hearing = Hearing(params, job, params.separator if params.stem_enhanced else None)
    hearing.listen()
    if hearing.separates:
        with ScratchAudio(job.temp_dir) as sound:
            for _ in hearing.stems(hearing.separation(sound)):
                pass
    hearing.save()

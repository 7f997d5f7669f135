"""The runner of `/drama`."""

from engine.context import JobContext
from engine.drama.params import DramaParams
from engine.drama.voices.line_cache import LineCache
from engine.drama.voices.speak import speak_one


def run(params: DramaParams, job: JobContext) -> None:
    """A drama as one track; or a single line, for the card to play, and no track."""
    lines = LineCache(job.cache_dir / "lines")
    if single := params.single:
        speak_one(single, job, lines)
        return
    from engine.drama.production import produce  # for a single line torch and the like would be read in vain

    produce(params, job, lines)

"""Under which key the sound of a line is kept: it follows from all that is heard in it. Light: the server knows it."""

from pathlib import Path

from engine.drama.voices.own_voices import digest_of
from engine.drama.voices.utterance import Utterance
from engine.drama.voices.voices import OWN, known, parts_of, version_of


class LineKeys:
    """Keys while a job, or a request, lasts: each of the user's voices is looked at once. `voices_dir`: where."""

    def __init__(self, voices_dir: Path) -> None:
        self._folder = voices_dir
        self._versions: dict[str, str] = {}

    def of(self, utterance: Utterance) -> str:
        """Another one for any other engine, text, voice or setting, and for a clip of the user's that was replaced.
        Raises NOT_FOUND for an unknown voice."""
        if utterance.voice not in self._versions:
            self._versions[utterance.voice] = self._version(utterance.voice)
        return utterance.key(self._versions[utterance.voice])

    def _version(self, voice: str) -> str:
        engine = known(voice).engine
        version = version_of(engine)
        return f"{version}-{digest_of(self._folder, parts_of(voice)[0])}" if engine == OWN else version

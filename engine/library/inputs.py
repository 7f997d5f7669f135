"""What a job is given of the library: named by keys on its way to a worker, as local files there."""

from dataclasses import dataclass, field
from pathlib import Path

from engine.library.storage import Storage


@dataclass(frozen=True)
class Stem:
    """A stem of an input: its file, and its length in samples as the track's record says it."""

    path: Path
    samples: int


@dataclass(frozen=True)
class KnownMusic:
    """What a composed piece is known to be, without listening: felt beats a minute, its key by name, `E minor`, and
    where which section of its form begins, seconds."""

    tempo_bpm: float
    key: str
    sections: list[tuple[float, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Input:
    """What stands behind an AudioInput key: its file, its title, how it is listed (`name`), its stems by name, its
    music where that was composed here, and the files of its record and its drama's project where it is such a track.

    Its channel layout is not among it: every opened file tells it from its header.
    """

    path: Path
    title: str = ""
    stems: dict[str, Stem] = field(default_factory=dict)
    name: str = ""
    music: KnownMusic | None = None
    record: Path | None = None
    project: Path | None = None


@dataclass(frozen=True)
class StoredStem:
    key: str
    samples: int


@dataclass(frozen=True)
class StoredInput:
    """An input by its keys in the storage, those of a track's record and project among them.

    `source_file` is as in a track's record, of an upload its own name.
    """

    key: str
    title: str = ""
    name: str = ""
    source_file: str | None = None
    record: str | None = None
    project: str | None = None
    stems: dict[str, StoredStem] = field(default_factory=dict)
    music: KnownMusic | None = None

    def fetched(self, storage: Storage) -> Input:
        """The input as local files. Raises NOT_FOUND when one has gone."""
        stems = {name: Stem(storage.fetch(stem.key), stem.samples) for name, stem in self.stems.items()}
        record, project = (storage.fetch(key) if key else None for key in (self.record, self.project))
        return Input(storage.fetch(self.key), self.title, stems, self.name, self.music, record, project)

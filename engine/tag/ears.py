"""All that listens for `/tag`, loaded together and kept between jobs."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.models.engine import ModelEngine
from engine.models.ensure import needed
from engine.tag.clamp3 import files as clamp3
from engine.tag.clamp3.engine import Clamp3
from engine.tag.clamp3.files import ClampFiles
from engine.tag.clamp3.hearing import ClampListener, Tick
from engine.tag.fingerprint import FingerprintListener
from engine.tag.gate.engine import EventDetector, PresenceListener
from engine.tag.harmony.ear import HarmonyListener
from engine.tag.harmony.madmom import ChordNetwork, KeyNetwork
from engine.tag.level import LevelListener
from engine.tag.listener import Listener
from engine.tag.measures import MeasuringListener
from engine.tag.musicnn.engine import MusicTagger, TagListener
from engine.tag.notes.network import BasicPitch, NoteListener
from engine.tag.tempo.beatnet import BeatListener, BeatNet
from engine.tag.tempo.tempocnn import TempoCnn, TempoListener

if TYPE_CHECKING:
    from engine.context import JobContext
    from engine.tag.params import ListenParams


SHORT_S = 180.0
VOCALS, DRUMS = "vocals", "drums"


def wanted(params: "ListenParams", models_dir: Path) -> tuple[str, ...]:
    """The models of the catalogue that listen."""
    networks = ("madmom-key", *(("madmom-chords",) if params.chords else ())) if params.harmony == "madmom" else ()
    return (
        "musicnn", "tempocnn", "beatnet", *networks, *(("basic-pitch",) if params.midi else ()),
        *(needed(clamp3.MODEL) if clamp3.listens(params.model, models_dir) else ()),
    )  # fmt: skip


class _Several:
    """Listeners that stand as fields of a dataclass."""

    def all(self) -> list[Listener[object]]:
        """Each of them."""
        found = (getattr(self, each.name) for each in fields(self))  # type: ignore[arg-type]
        return [listener for listener in found if listener is not None]


@dataclass(frozen=True)
class StemListeners(_Several):
    """Who hears one stem: `presence` vocals alone, `notes` all but drums."""

    level: LevelListener
    tags: TagListener
    presence: PresenceListener | None
    notes: NoteListener | None


@dataclass(frozen=True)
class Listeners(_Several):
    """Who hears one sound."""

    presence: PresenceListener
    level: LevelListener
    tags: TagListener
    octave: TempoListener
    beats: BeatListener
    harmony: HarmonyListener
    measures: MeasuringListener
    fingerprint: FingerprintListener
    notes: NoteListener | None
    descriptors: ClampListener | None


@dataclass(eq=False)
class Ears:
    """Implements `Engine`: the networks that were asked for, loaded together."""

    events: EventDetector
    tagger: MusicTagger
    octave: TempoCnn
    beats: BeatNet
    key: KeyNetwork | None = None
    chords: ChordNetwork | None = None
    notes: BasicPitch | None = None
    clamp: Clamp3 | None = None
    device_key: str = "tag"

    @classmethod
    def of(cls, files: Mapping[str, list[Path]]) -> "Ears":
        """Of the files of models of the catalogue; those that stand in `wanted`."""
        return cls(
            EventDetector(),
            MusicTagger(files["musicnn"]),
            TempoCnn(files["tempocnn"][0]),
            BeatNet(files["beatnet"]),
            KeyNetwork(files["madmom-key"][0]) if "madmom-key" in files else None,
            ChordNetwork(*files["madmom-chords"]) if "madmom-chords" in files else None,
            BasicPitch(files["basic-pitch"][0]) if "basic-pitch" in files else None,
            Clamp3(ClampFiles.of(files)) if clamp3.MODEL in files else None,
        )

    def load(self, job: "JobContext") -> None:
        for network in self._networks:
            network.load(job)

    def dispose(self) -> None:
        for network in self._networks:
            network.dispose()

    @property
    def _networks(self) -> list[ModelEngine[Any]]:
        return [network for each in fields(self) if isinstance(network := getattr(self, each.name), ModelEngine)]

    def of_stem(self, name: str, seconds: float) -> StemListeners:
        """For one stem by its name; the rest as for `listeners`."""
        return StemListeners(
            LevelListener(),
            self._tags(seconds),
            self.events.listener() if name == VOCALS else None,
            self.notes.listener() if self.notes and name != DRUMS else None,
        )

    def _tags(self, seconds: float) -> TagListener:
        return self.tagger.listener(1 if seconds < SHORT_S else 2)

    def listeners(
        self, seconds: float, folder: Path | None = None, tick: Tick = lambda done, of: None, *, notes: bool = True
    ) -> Listeners:
        """For one sound of this length, each anew. Of a long one every other window is listened to for tags, which
        changed them by 0.05 at most where it was tried. `folder`, `tick`: those of `ClampListener`. `notes`: whether
        its notes are wanted, if any are."""
        return Listeners(
            self.events.listener(),
            LevelListener(),
            self._tags(seconds),
            self.octave.listener(),
            self.beats.listener(),
            HarmonyListener(self.key, self.chords),
            MeasuringListener(),
            FingerprintListener(),
            self.notes.listener() if self.notes and notes else None,
            self.clamp.listener(folder, tick) if self.clamp else None,
        )

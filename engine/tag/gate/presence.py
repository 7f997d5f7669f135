"""What is in a sound and when, and what that makes it."""

from dataclasses import dataclass
from typing import Literal

Label = Literal["speech", "singing", "music"]
LABELS: tuple[Label, ...] = ("speech", "singing", "music")
"""In the order of the event model's columns."""
Kind = Literal["music", "song", "speech over music", "speech", "other", "silence"]

SHORTEST_S = 0.2
"""Less sound than this is silence."""
MOSTLY = 0.5
SUNG = 0.3
"""Instruments alone are taken for singing for up to 0.28 of the time."""
SPOKEN = 0.2
STEADY_DB = 1.4
"""Noise and hum move by 0.6 dB, rain and a narrow band of noise by 1.1, the steadiest composed piece by 2.2; a hum that
swells, by 1.6 dB, passes."""


@dataclass(frozen=True)
class Event:
    """`label` was heard from `start_s` to `end_s`, without a break of 0.2 s."""

    label: Label
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Presence:
    """`sounding_s`: how much of `duration_s` lies above -70 dBFS. `events`: by `start_s`; labels may overlap.

    `motion_db`: the change of the spectrum from one third of a second to the next that a fifth of them exceed; None for
    a sound that is too short or silent.
    """

    duration_s: float
    sounding_s: float
    motion_db: float | None
    events: tuple[Event, ...]

    def seconds(self, label: Label) -> float:
        """For how long it was heard."""
        return sum(event.end_s - event.start_s for event in self.events if event.label == label)

    def share(self, label: Label) -> float:
        """The same as a share of what sounds, 0 to 1."""
        return min(1.0, self.seconds(label) / self.sounding_s) if self.sounding_s else 0.0

    @property
    def kind(self) -> Kind:
        """`music`: without singing, or with little of it; `song`: with it, or nothing else; `other`: noise, hum, all
        that is neither music nor speech. The event model takes hum for music, so what never changes is `other`; a siren
        and a telephone pass for music."""
        if self.sounding_s < SHORTEST_S:
            return "silence"
        if self.motion_db is not None and self.motion_db < STEADY_DB:
            return "other"
        speech, singing, music = (self.share(label) for label in LABELS)
        if max(singing, music) < MOSTLY:
            return "speech" if speech >= SPOKEN else "other"
        if speech >= MOSTLY and speech >= singing:
            return "speech over music"
        return "song" if singing >= SUNG else "music"

    @property
    def has_music(self) -> bool:
        """Whether words about music say something about this sound."""
        return self.kind in ("music", "song", "speech over music")

"""What the composer takes over from a clip: tempo, key, melody, loudness."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """A clip as heard; None where nothing certain was heard. `tonic` 0 is C; `contour`: start and length in seconds and
    pitch class of the notes of its strongest line, empty where only tempo and key are to be taken over."""

    tempo_bpm: float | None = None
    tonic: int | None = None
    mode: str | None = None
    contour: tuple[tuple[float, float, int], ...] = ()
    loudness_lufs: float | None = None
    duration_s: float = 0.0

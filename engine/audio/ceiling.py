"""Files whose true peak stays under a ceiling as they are decoded.

What lies under a ceiling does not stay there: another rate finds peaks between the samples, and lossy formats move the
waveform by some tenths of a dB. So a file is written and measured as it is decoded, and while it is over it is written
anew, lower by so much. Nobody knows beforehand what an encoder will do; a bound on the rounds keeps it from going on.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.audio.block import BLOCK, Audio
from engine.audio.encode import Encoding, Written, write

ROUNDS = 8
_MARGIN_DB = 0.01
"""By which each further round aims lower than the one before: an encoder answers a little gain by chance."""


@dataclass(frozen=True)
class EncodedPart:
    """A sound, float32 [channels, samples] or blocks of it, and the file that it becomes.

    Under a ceiling the blocks must be such that can be gone through again.
    """

    path: Path
    sound: Audio | Iterable[Audio]
    encoding: Encoding


def write_under(
    parts: Sequence[EncodedPart], rate_hz: int, ceiling_dbtp: float | None, tick: Callable[[], None] = lambda: None
) -> tuple[list[Written], float]:
    """Write all `parts`, sounds at `rate_hz`, with one gain: what became of each, and how many dB they were lowered.

    With `ceiling_dbtp` no file's true peak (libebur128) is over it where `ROUNDS` of trying are enough. `tick` is
    called with every block and may raise to stop. Raises as `encode.write` does.
    """
    lowered_db = 0.0
    for tried in range(1, ROUNDS + 1):
        made = [_written(part, rate_hz, -lowered_db, tick) for part in parts]
        over_db = 0.0 if ceiling_dbtp is None else max(_peak_db(written) for written in made) - ceiling_dbtp
        if over_db <= 0 or tried == ROUNDS:
            break
        lowered_db += over_db + tried * _MARGIN_DB
    return made, lowered_db


def _written(part: EncodedPart, rate_hz: int, gain_db: float, tick: Callable[[], None]) -> Written:
    gain = np.float32(10 ** (gain_db / 20))

    def sound() -> Iterator[Audio]:
        for block in _blocks(part.sound):
            tick()
            yield block * gain if gain_db else block

    encoding: Encoding = {**part.encoding, "measure": "levels", "tick": tick}
    return write(part.path, sound(), rate_hz, **encoding)


def _peak_db(written: Written) -> float:
    """The file's true peak; of what was cut off, the peak that was there before."""
    peak_dbtp = written.levels.true_peak_dbtp
    if peak_dbtp is None:
        return -math.inf
    return max(peak_dbtp, 20 * math.log10(written.peak)) if written.clipped else peak_dbtp


def _blocks(sound: Audio | Iterable[Audio]) -> Iterable[Audio]:
    if not isinstance(sound, np.ndarray):
        return sound
    return (sound[:, start : start + BLOCK] for start in range(0, sound.shape[1], BLOCK))

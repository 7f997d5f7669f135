"""A SoundFont played by TinySoundFont, each part by itself, sample-exact and without an audio device."""

from bisect import bisect_right
from collections.abc import Generator, Iterator
from pathlib import Path

import numpy as np
import tinysoundfont

from engine.audio.block import BLOCK, Audio
from engine.errors import AppError, Code
from engine.generate.composer.score import PEDAL, Part, Score
from engine.generate.composer.soundfont import judge

RATE_HZ = 44_100
_DRUM_BANK = 128
_SAMPLE_BYTES = 8
"""Stereo, four bytes each."""
_CHECK_S = 2.0
_CHECKS = 5

Event = tuple[int, int, int, int]
"""Sample, 1 for a note's beginning or 0 for its end, pitch, velocity."""


class Synth:
    """A loaded SoundFont. Raises INVALID_INPUT `soundfont_damaged`."""

    def __init__(self, soundfont: Path) -> None:
        judge(soundfont)
        self._player = tinysoundfont.Synth(samplerate=RATE_HZ)
        try:
            self._font: int = self._player.sfload(str(soundfont))
        except RuntimeError as error:
            raise AppError(Code.INVALID_INPUT, "soundfont_damaged", file=soundfont.name, reason="-") from error

    def blocks(self, score: Score, part: Part, samples: int) -> Generator[Audio]:
        """One part, dry, as float32 [2, BLOCK]; the last block is shorter, all together are `samples`.

        Only one part can be played at a time: take every block, or close the iterator.
        """
        return self._played(part, events(score, part), samples)

    def check(self, score: Score, part: Part, samples: int) -> Audio:
        """The part's sound check, float32 [2, n]: up to ten seconds of it, from its busiest stretches down."""
        asked = stretches(events(score, part), samples)
        length = round(_CHECK_S * RATE_HZ)
        chosen = [e for number, stretch in enumerate(asked) for e in _moved(stretch, number * length, length)]
        return np.concatenate(list(self._played(part, chosen, max(1, len(asked)) * length)), axis=1)

    def _played(self, part: Part, asked: list[Event], samples: int) -> Generator[Audio]:
        player = self._player
        self._select(part)
        at = done = 0
        try:
            while at < samples:
                start, end = at, min(samples, at + BLOCK)
                sound = np.zeros((end - start, 2), np.float32)
                memory = sound.data.cast("B")
                while at < end:
                    while done < len(asked) and asked[done][0] <= at:
                        _, on, pitch, velocity = asked[done]
                        done += 1
                        if on:
                            player.noteon(0, pitch, velocity)
                        else:
                            player.noteoff(0, pitch)
                    until = min(end, asked[done][0]) if done < len(asked) else end
                    own = slice((at - start) * _SAMPLE_BYTES, (until - start) * _SAMPLE_BYTES)
                    player.generate_simple(until - at, memory[own])
                    at = until
                yield np.ascontiguousarray(sound.T)
        finally:
            player.sounds_off()
            # voices that were cut fade out unheard, so the next part starts in silence
            player.generate_simple(RATE_HZ // 4)

    def _select(self, part: Part) -> None:
        player, program = self._player, part.instrument.program
        if part.instrument.drums:
            known = player.sfpreset_name(self._font, _DRUM_BANK, program) is not None
            player.program_select(0, self._font, _DRUM_BANK, program if known else 0, True)
        else:
            player.program_select(0, self._font, 0, program, False)


def events(score: Score, part: Part) -> list[Event]:
    """Note-ons and note-offs by sample; at the same sample the offs come first. What ends while the pedal is down ends
    when it goes up, or when its key is struck again: this synthesiser knows no pedal."""
    pedal = [c.tick for c in part.controls if c.number == PEDAL]
    struck: dict[int, list[int]] = {}
    for note in part.notes:
        struck.setdefault(note.pitch, []).append(note.start)
    found = []
    for note in part.notes:
        end = note.start + note.length
        passed = bisect_right(pedal, end)
        if passed % 2 and passed < len(pedal):
            again = struck[note.pitch]
            following = bisect_right(again, note.start)
            end = min([pedal[passed], *again[following : following + 1]])
        found.append((score.sample_at(note.start, RATE_HZ), 1, note.pitch, note.velocity))
        found.append((score.sample_at(end, RATE_HZ), 0, note.pitch, 0))
    return sorted(found)


def stretches(asked: list[Event], samples: int) -> list[list[Event]]:
    """Events of up to five stretches of two seconds, each beginning at 0: the busiest, the least busy of those that
    still count beside it, and some between."""
    length = round(_CHECK_S * RATE_HZ)
    windows = -(-samples // length)
    busy = [0] * windows
    within: list[list[Event]] = [[] for _ in range(windows)]
    sounding: dict[int, tuple[int, int]] = {}
    for at, on, pitch, velocity in asked:
        if on:
            sounding[pitch] = (at, velocity)
        elif pitch in sounding:
            start, force = sounding.pop(pitch)
            for window in range(start // length, min(windows, -(-at // length))):
                begin, end = max(start, window * length), min(at, (window + 1) * length)
                busy[window] += force * force * (end - begin)
                within[window].append((begin - window * length, 1, pitch, force))
                within[window].append((end - window * length, 0, pitch, 0))
    counting = sorted((w for w in range(windows) if busy[w] * 10 > max(busy)), key=lambda w: (-busy[w], w))
    last = len(counting) - 1
    chosen = sorted({counting[last * i // (_CHECKS - 1)] for i in range(_CHECKS)}) if counting else []
    return [sorted(within[w]) for w in chosen]


def _moved(stretch: list[Event], by: int, length: int) -> Iterator[Event]:
    for at, on, pitch, velocity in stretch:
        yield by + min(at, length - 1), on, pitch, velocity

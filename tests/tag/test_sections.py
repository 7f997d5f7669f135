"""Sections: where the music of a piece changes, and which of them are the same."""

from pathlib import Path

import numpy as np
import pytest

from engine.library.known_music import known_music
from engine.library.record import RecordParameters
from engine.tag.harmony.ear import HarmonyListener
from engine.tag.harmony.spectrum import RATE_HZ
from engine.tag.harmony.texture import Texture
from engine.tag.sections.bars import MOST, bars_of
from engine.tag.sections.form import boundaries, labelled, sections_in
from tests.made_tracks import make_tracks

BAR_S = 2.0
VERSE, CHORUS = ((0, 4, 7), (9, 0, 4), (5, 9, 0), (7, 11, 2)), ((2, 6, 9), (4, 8, 11), (11, 3, 6), (6, 10, 1))


def played(form: str) -> np.ndarray:
    """A chord a bar, four bars of `form` to a letter twice over: A in soft low sines, B in bright ones."""
    rng, bars = np.random.default_rng(1), []
    time = np.arange(round(BAR_S * RATE_HZ)) / RATE_HZ
    for letter in form:
        chords, octave = (VERSE, 0) if letter == "A" else (CHORUS, 2)
        for chord in (*chords, *chords):
            notes = [sum(np.sin(2 * np.pi * 130.8 * 2 ** (octave + n / 12) * time * h) / h for h in (1, 2, 3))
                     for n in chord]  # fmt: skip
            bars.append(0.05 * sum(notes) + rng.normal(0, 0.001, len(time)))
    return np.concatenate(bars).astype(np.float32)


def texture(sound: np.ndarray, *sizes: int) -> Texture:
    listener = HarmonyListener()
    for part in np.split(sound, np.cumsum(sizes)):
        listener.add(part)
    return listener.result().texture


@pytest.fixture(scope="module")
def piece() -> Texture:
    return texture(played("ABAB"))


def test_verse_and_chorus_are_told_apart_and_found_again(piece: Texture) -> None:
    found = sections_in(piece, tuple(np.arange(0, 64, BAR_S)))
    assert [one.start_s for one in found] == pytest.approx([0, 16, 32, 48], abs=0.01)
    assert [one.label for one in found] == ["A", "B", "A", "B"]
    assert [one.end_s for one in found] == [*(one.start_s for one in found[1:]), 64.0]


def test_without_downbeats_they_begin_with_some_multiple_of_two_seconds(piece: Texture) -> None:
    assert [one.start_s for one in sections_in(piece)] == [0, 16, 32, 48]


def test_how_the_sound_is_cut_into_blocks_changes_nothing(piece: Texture) -> None:
    again = texture(played("ABAB"), 1, 70_000, 5, 441_000)
    assert np.array_equal(again.bands_db, piece.bands_db) and again.duration_s == piece.duration_s
    assert sections_in(again) == sections_in(piece)


@pytest.mark.parametrize("samples", [0, 1, 8 * RATE_HZ])
def test_what_is_short_has_no_form(samples: int) -> None:
    assert sections_in(texture(np.ones(samples, np.float32))) == ()


def test_silence_and_what_stays_the_same_are_in_order(piece: Texture) -> None:
    for flat in (np.zeros_like(piece.bands_db), np.full_like(piece.bands_db, -60)):
        found = sections_in(Texture(np.zeros_like(piece.chroma), flat, piece.duration_s))
        assert found[0].start_s == 0 and found[-1].end_s == piece.duration_s


def test_hours_take_as_many_bars_as_minutes() -> None:
    frames = 6 * 3600 * 5
    rng = np.random.default_rng(2)
    long = Texture(rng.random((frames, 24), np.float32), rng.random((frames, 26), np.float32), frames / 5)
    bars = bars_of(long, np.arange(0, frames / 5, 1.5))
    assert len(bars.starts_s) <= MOST and bars.together > 1 and bars.starts_s[0] == 0


def test_downbeats_that_begin_late_and_end_early_are_continued(piece: Texture) -> None:
    bars = bars_of(piece, np.arange(8.5, 40, BAR_S))
    assert bars.starts_s[0] == 0 and np.allclose(np.diff(bars.starts_s)[1:], BAR_S) and bars.starts_s[-1] > 60


def test_there_are_more_labels_than_letters() -> None:
    alike = np.eye(60, dtype=np.float32)
    labels = labelled([*range(0, 61, 2)], alike - 0.5, alike)
    assert labels[:2] == ["A", "B"] and labels[26:28] == ["AA", "AB"] and len(set(labels)) == 30
    assert boundaries(np.ones((32, 32), np.float32), np.zeros(32))[0] == 0


def test_a_composed_piece_knows_its_form_behind_the_clip_it_goes_on_from(tmp_path: Path) -> None:
    (made,) = make_tracks(tmp_path, 1)
    made = made.model_copy(
        update={
            "details": {
                "tempo_bpm": 120,
                "key": "A minor",
                "form": [{"name": "intro", "start_s": 0}, {"name": "verse", "start_s": 4.0}, "broken", {"name": "x"}],
            },
            "model": "composer",
            "parameters": RecordParameters(**{**made.parameters.model_dump(), "continuation_start_s": 2.5}),
        }
    )
    known = known_music(made, lambda _: made)
    assert known and known.sections == [(2.5, "intro"), (6.5, "verse")]

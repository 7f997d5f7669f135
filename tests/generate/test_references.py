"""What a piece takes over from a clip: of a composed one what its score says, of others the octave that is meant."""

from math import log2

import pytest
import soundfile

from engine.generate.composer.genres import GENRES
from engine.generate.composer.plan import draw_up
from engine.generate.composer.prompt import understand
from engine.generate.composer.reference import Reference, analyze_clip, joined, scored
from engine.generate.composer.sampling import Sampling
from engine.generate.composer.taken_tempo import fits, tempo_taken
from engine.generate.composer.theory import QUARTER, SCALES, Key, key_named
from engine.generate.params import GenerateParams
from engine.generate.run import run
from engine.library.inputs import Input, KnownMusic
from tests.fake_job import FakeJob

CLIP = "track:" + "d" * 32
PIECES = [
    ("piano, 78 bpm, E minor", 78.0, "E minor"),
    ("hip hop, 87 bpm, A minor", 87.0, "A minor"),
    ("drum and bass, 174 bpm, F minor", 174.0, "F minor"),
    ("ballad in 6/8, 67 bpm, C# dorian", 67.0, "C# dorian"),
    ("folk in 7/8, 140 bpm, Bb major", 140.0, "Bb major"),
]


def made(job: FakeJob, prompt: str, duration_s: float = 2, **values: object) -> dict:
    run(GenerateParams(prompt=prompt, duration=duration_s, seed=5, **values), job)
    return job.tracks.pop()


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> FakeJob:
    return FakeJob(tmp_path_factory.mktemp("references"))


@pytest.mark.parametrize("field", ["continuation_source", "audio_prompt"])
@pytest.mark.parametrize(("prompt", "tempo_bpm", "key"), PIECES)
def test_a_composed_clip_gives_the_tempo_and_the_key_of_its_score(
    job: FakeJob, prompt: str, tempo_bpm: float, key: str, field: str
) -> None:
    piece = made(job, prompt, 6)
    details = piece["details"]
    path = job.temp_dir / "clip.wav"
    soundfile.write(path, piece["audio"].T, 44_100)
    job.inputs[CLIP] = Input(path, music=KnownMusic(details["tempo_bpm"], details["key"]))
    following = made(job, "strings and flute", **{field: CLIP})["details"]
    assert (following["tempo_bpm"], following["key"]) == (pytest.approx(tempo_bpm, abs=0.02), key)
    assert following["taken_over"]["tempo_bpm"] == following["tempo_bpm"]


def test_a_clip_whose_score_is_known_is_not_listened_to_for_it(job: FakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    path = job.temp_dir / "piece.wav"
    soundfile.write(path, made(job, "piano, 90 bpm", 3)["audio"].T, 44_100)
    for deed in ("_tempo", "_pitches", "_key"):
        monkeypatch.setattr(f"engine.generate.composer.reference.{deed}", None)
    heard = analyze_clip(path, melody=False, known=scored(90.0, Key(4, "minor")))
    assert (heard.tempo_bpm, heard.tonic, heard.mode, heard.scored) == (90.0, 4, "minor", True)
    assert heard.loudness_lufs is not None and heard.duration_s == pytest.approx(3, abs=0.01)


@pytest.mark.parametrize(
    ("prompt", "genre", "heard_bpm", "taken_bpm"),
    [
        ("slow", "pop", 155.65, 77.825),
        ("медленно", "pop", 120.0, 60.0),
        ("快板", "pop", 70.0, 140.0),
        ("78 bpm", "pop", 155.65, 78.0),
        ("hip hop", "hiphop", 173.6, 86.8),
        ("drum and bass", "dnb", 86.95, 173.9),
        ("ballad", "ballad", 136.0, 68.0),
        ("piano", "piano", 150.2, 75.1),
        ("folk", "folk", 110.0, 110.0),
        ("more", "", 162.0, 81.0),
        ("more", "", 120.0, 120.0),
    ],
)
def test_the_octave_of_a_tempo_that_was_heard_is_the_one_that_is_meant(
    prompt: str, genre: str, heard_bpm: float, taken_bpm: float
) -> None:
    intent = understand(prompt)
    taken = tempo_taken(intent, Reference(heard_bpm), GENRES[genre] if intent.genres else None)
    assert taken == pytest.approx(taken_bpm)


def test_the_tempo_of_a_score_is_counted_otherwise_only_where_that_is_asked_for() -> None:
    known = scored(78.0, Key(4, "minor"))
    assert tempo_taken(understand("more"), known, None) == 78.0
    assert tempo_taken(understand("drum and bass"), scored(87.0, Key(4)), GENRES["dnb"]) == 174.0
    assert tempo_taken(understand("fast"), known, None) == 156.0
    assert tempo_taken(understand("100 bpm"), known, None) == 100.0


def test_a_genre_that_is_drawn_suits_the_clip() -> None:
    """Nine times of ten or oftener, and its tempo is the clip's."""
    suits = 0
    for seed in range(60):
        plan = draw_up(understand("more"), 20, Sampling(seed, 1.2, 250, 0.67, 4.0), scored(78.0, Key(4, "minor")))
        assert 60e6 * QUARTER / (plan.quarter_us * plan.metre.beat_ticks) == pytest.approx(78, rel=1e-4)
        suits += fits(78.0, plan.genre)
    assert suits >= 54


@pytest.mark.parametrize("genre", GENRES)
def test_what_is_taken_is_an_octave_of_what_was_heard(genre: str) -> None:
    """In step with the clip, whatever its tempo, and within reach of what is played."""
    for heard_bpm in range(40, 221, 9):
        taken = tempo_taken(understand(""), Reference(float(heard_bpm)), GENRES[genre])
        assert taken is not None and 30 <= taken <= 240
        assert log2(taken / heard_bpm) in (-1, 0, 1)


def test_a_tune_is_stretched_by_less_than_an_octave_where_tempi_were_only_heard() -> None:
    tune = Reference(150.0, 0, "major", ((0.0, 0.4, 7),), None, 8.0)
    assert joined(Reference(75.0, 0, "major"), tune).contour[0][1] == pytest.approx(0.4)
    assert joined(Reference(140.0, 0, "major"), tune).contour[0][1] == pytest.approx(0.4 * 150 / 140)


@pytest.mark.parametrize("mode", SCALES)
@pytest.mark.parametrize("tonic", range(12))
def test_keys_are_known_by_their_names(tonic: int, mode: str) -> None:
    assert key_named(Key(tonic, mode).name) == Key(tonic, mode)


def test_what_names_no_key_is_none() -> None:
    assert key_named("H minor") is None

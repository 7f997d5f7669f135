"""`/tag` on real weights: what it says of sounds whose nature is known, and what it writes where."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.audio.encode import write
from engine.errors import AppError, Canceled, Code
from engine.generate.composer.composition import compose
from engine.generate.composer.engine import Composer
from engine.generate.composer.sampling import Sampling
from engine.library.inputs import Input, KnownMusic
from engine.parameters import Format
from engine.tag import findings, sentences
from engine.tag.ears import wanted
from engine.tag.facts import TrackFacts
from engine.tag.params import TagParams
from engine.tag.run import run
from tests.fake_job import FakeJob
from tests.made_tracks import make_tracks
from tests.split.speech import spoken
from tests.tag.conftest import Weights

RATE_HZ = 44_100
TRACK, UPLOAD = "track:" + "0" * 32, "upload:" + "1" * 32
SECONDS = 20


@pytest.fixture
def job(weights: Weights, tmp_path: Path) -> FakeJob:
    """With every model that `/tag` can want."""
    made = FakeJob(tmp_path)
    made.models_dir.mkdir()
    for model in wanted(TagParams(source=TRACK, midi=True, harmony="madmom"), tmp_path):
        (made.models_dir / model).symlink_to(weights(model)[0].parent)  # some may lie in the checkout's own folder
    return made


@pytest.fixture(scope="module")
def piece(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("piece")
    composer = Composer()
    played = composer.play(
        compose("pop rock, 120 bpm, A minor", SECONDS, Sampling(3)), SECONDS, FakeJob(folder), stems=True
    )
    sound = sum(np.concatenate(list(stem), axis=1) for stem in played.stems.values())
    composer.dispose()
    path = folder / "piece.flac"
    write(path, np.asarray(sound, np.float32), RATE_HZ, format=Format.FLAC)
    return path


@pytest.mark.parametrize("there", [True, False])
def test_what_a_search_understands_comes_along_with_the_models(
    job: FakeJob, weights: Weights, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    (job.models_dir / "musicnn").unlink()
    fetched = []

    def fetch(model: str, _job: FakeJob) -> list[Path]:
        fetched.append(model)
        if model == sentences.MODEL and not there:
            raise AppError(Code.MODEL_MISSING, "model_missing", model=model)
        return weights(model)

    monkeypatch.setattr("engine.tag.hearing.ensure", fetch)
    path = job.temp_dir / "noise.flac"
    write(path, np.random.default_rng(1).normal(0, 0.05, (1, RATE_HZ)).astype(np.float32), RATE_HZ, format=Format.FLAC)
    assert found(job, path)["sound"]["kind"] == "other"
    assert fetched.count(sentences.MODEL) == 1
    (job.models_dir / "musicnn").symlink_to(weights("musicnn")[0].parent)
    fetched.clear()
    found(job, path)
    assert sentences.MODEL not in fetched


def found(job: FakeJob, path: Path, key: str = TRACK, known: KnownMusic | None = None, **params: Any) -> dict[str, Any]:
    job.inputs[key] = Input(path, "A song", music=known)
    run(TagParams(source=key, **params), job)
    facts = job.annotations[key] if key == TRACK else job.tracks[-1]["facts"]
    assert TrackFacts.model_validate(facts).plain() == facts
    return facts


def test_a_piece_is_music_with_tempo_key_chords_and_tags(job: FakeJob, piece: Path) -> None:
    facts = found(job, piece, midi=True)
    assert facts["sound"]["kind"] in ("music", "song") and facts["sound"]["music"] > 0.8
    assert facts["tempo"]["bpm"] == pytest.approx(120, rel=0.02) and facts["tempo"]["source"] == "model"
    assert np.diff(facts["tempo"]["beats_s"]).mean() == pytest.approx(0.5, rel=0.02)
    assert (facts["key"]["name"], facts["key"]["camelot"], facts["key"]["source"]) == ("A minor", "8A", "chroma")
    assert {chord["chord"] for chord in facts["chords"]} & {"Am", "F", "C", "G"}
    categories = {tag["category"] for tag in facts["tags"]}
    assert {"genre", "voice"} <= categories
    assert len(base64.b64decode(facts["vectors"]["musicnn"])) == 2 * 400
    assert len(base64.b64decode(facts["vectors"]["musicnn-labels"])) == 2 * 100
    assert facts["fingerprint"]["duration_s"] == SECONDS
    assert job.scores[TRACK].startswith(b"MThd")
    assert job.tracks == [], "a track of the library is not made a second time"
    assert job.shares[-1] == ("ANALYZING", 1)


def test_of_hours_of_sound_the_tempo_is_told_without_every_beat(
    job: FakeJob, piece: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings, "MOST_BEATS", 10)
    monkeypatch.setattr(findings, "MOST_CHORDS", 2)
    facts = found(job, piece)
    assert (facts["tempo"]["beats_s"], facts["tempo"]["downbeats_s"]) == ([], [])
    assert facts["tempo"]["bpm"] == pytest.approx(120, rel=0.02) and facts["tempo"]["curve"] != []
    assert "chords" not in facts


def test_what_the_score_knows_is_not_guessed(job: FakeJob, piece: Path) -> None:
    facts = found(job, piece, known=KnownMusic(60.0, "C major"), chords=False)
    assert (facts["tempo"]["bpm"], facts["tempo"]["source"], facts["tempo"]["beats_s"]) == (60.0, "score", [])
    assert (facts["key"]["name"], facts["key"]["camelot"], facts["key"]["source"]) == ("C major", "8B", "score")
    assert "chords" not in facts
    facts = found(job, piece, known=KnownMusic(120.0, "A minor"))
    assert facts["tempo"]["source"] == "score" and len(facts["tempo"]["beats_s"]) > 30


def test_a_users_file_becomes_a_track_byte_for_byte(job: FakeJob, piece: Path) -> None:
    facts = found(job, piece, UPLOAD, harmony="madmom")
    (track,) = job.tracks
    assert track["audio"] == piece and track["output"].format is Format.FLAC and track["title"] == "A song"
    assert facts["key"]["source"] == "madmom" and facts["key"]["name"] in ("A minor", "C major")
    assert job.annotations == {}


def test_a_file_of_a_format_without_tracks_becomes_flac(job: FakeJob, piece: Path, tmp_path: Path) -> None:
    import soundfile

    sound, rate_hz = soundfile.read(piece, dtype="float32")
    soundfile.write(tmp_path / "a.aiff", sound, rate_hz, subtype="PCM_24")
    found(job, tmp_path / "a.aiff", UPLOAD, chords=False)
    (track,) = job.tracks
    assert track["output"].format is Format.FLAC and track["rate_hz"] == rate_hz
    assert np.array_equal(track["audio"], sound.T)


def silent(seconds: float) -> np.ndarray:
    return np.zeros((2, round(seconds * RATE_HZ)), np.float32)


@pytest.mark.parametrize(
    ("kind", "sound"),
    [
        ("silence", silent(5)),
        ("silence", silent(1 / RATE_HZ)),
        ("other", np.random.default_rng(1).normal(0, 0.1, (1, 8 * RATE_HZ)).astype(np.float32)),
        ("speech", spoken("The weather tomorrow will be mild, with some rain in the afternoon and clear skies later.")),
    ],
    ids=["silence", "one sample", "noise", "speech"],
)
def test_what_is_no_music_gets_no_word_about_music(job: FakeJob, tmp_path: Path, kind: str, sound: np.ndarray) -> None:
    path = tmp_path / "a.wav"
    write(path, sound, RATE_HZ, format=Format.WAV)
    facts = found(job, path, midi=True)
    assert facts["sound"]["kind"] == kind
    assert not {"tags", "tempo", "key", "chords", "vectors"} & facts.keys()
    assert job.scores == {}


def test_what_is_no_longer_found_goes(job: FakeJob, piece: Path, tmp_path: Path) -> None:
    """But for what was not asked for."""
    facts = found(job, piece)
    (record,) = make_tracks(tmp_path / "audio", 1)
    path = tmp_path / "record.json"
    path.write_text(record.model_copy(update={"facts": facts | {"lyrics": "la"}}).model_dump_json(), encoding="utf-8")
    write(tmp_path / "a.wav", silent(5), RATE_HZ, format=Format.WAV)

    def again(sound: Path, **params: Any) -> set[str]:
        job.annotations.clear()
        job.inputs[TRACK] = Input(sound, "A song", record=path)
        run(TagParams(source=TRACK, **params), job)
        return {name for name, fact in job.annotations[TRACK].items() if fact is None}

    gone = {"tags", "tempo", "key", "chords", "vectors"}
    assert gone <= again(tmp_path / "a.wav", chords=False) <= gone | {"sections", "fingerprint"}
    assert again(piece, chords=False) == set()


def test_eight_channels_are_heard_as_one(job: FakeJob, piece: Path, tmp_path: Path) -> None:
    import soundfile

    sound, rate_hz = soundfile.read(piece, dtype="float32")
    wide = np.repeat(sound.T[:1], 8, axis=0)
    write(tmp_path / "wide.wav", wide, rate_hz, format=Format.WAV)
    facts = found(job, tmp_path / "wide.wav", chords=False)
    assert facts["tempo"]["bpm"] == pytest.approx(120, rel=0.02)


def test_a_cancel_is_obeyed_while_it_listens(job: FakeJob, piece: Path) -> None:
    job.inputs[TRACK] = Input(piece)
    job.cancel_when = lambda: len(job.shares) > 3
    with pytest.raises(Canceled):
        run(TagParams(source=TRACK), job)
    assert job.annotations == {}


def test_without_its_models_it_says_the_next_step(tmp_path: Path, piece: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    job = FakeJob(tmp_path)
    job.inputs[TRACK] = Input(piece)
    with pytest.raises(AppError) as caught:
        run(TagParams(source=TRACK), job)
    assert caught.value.code is Code.MODEL_MISSING

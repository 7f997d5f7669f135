"""`/analyze`: a track with its stems and what they say, out of one job; and what is left of it where there is less."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from engine.analyze.params import AnalyzeParams
from engine.analyze.run import run
from engine.audio.encode import write
from engine.errors import Canceled
from engine.jobs.job import Job, Request
from engine.library.annotations import annotated
from engine.library.inputs import Input, Stem
from engine.library.record import Annotation
from engine.parameters import Format
from engine.tag.ears import wanted
from engine.tag.facts import TrackFacts
from tests.conftest import Running, leftovers
from tests.made_tracks import make_tracks
from tests.split.speech import spoken
from tests.tag.real_weights import real_weights
from tests.tag.stem_job import RATE_HZ, SECONDS, TRACK, UPLOAD, StemJob, played, stem_job

MODELS = ("htdemucs",)


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StemJob:
    """A separation model is there; its engine is made by nobody."""
    monkeypatch.setattr("engine.split.separating.located", lambda model, models_dir: [models_dir / model])
    return stem_job(tmp_path)


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("song")
    sound = np.asarray(sum(played(folder).values()), np.float32)
    write(folder / "a song.flac", sound, RATE_HZ, format=Format.FLAC)
    return folder / "a song.flac"


def analysed(job: StemJob, path: Path, key: str = UPLOAD, **params: Any) -> dict[str, Any]:
    job.inputs.setdefault(key, Input(path, "A song"))
    run(AnalyzeParams(source=key, model="musicnn", **params), job)
    (track,) = job.tracks
    assert TrackFacts.model_validate(track["facts"]).plain() == track["facts"]
    return track


def test_a_file_becomes_a_track_with_its_stems_and_what_they_say(job: StemJob, song: Path) -> None:
    track = analysed(job, song, midi=True)
    assert track["audio"] == song and track["output"].format is Format.FLAC and track["title"] == "A song"
    mix = soundfile.read(song, dtype="float32")[0].T
    assert list(track["stems"]) == ["drums", "bass", "other", "vocals"]
    assert track["stems"]["drums"] == pytest.approx(mix * 0.5, abs=1e-3)
    assert track["details"]["stems"] == list(track["stems"]) and track["rate_hz"] == RATE_HZ
    facts = track["facts"]
    assert facts["stems"].keys() == track["stems"].keys() and facts["chords"] and facts["tempo"]["bpm"]
    assert track["midi"].startswith(b"MThd")
    assert list(job.weights) == ["ANALYZING", "SEPARATING"] and job.shares[-1] == ("SEPARATING", 1)
    assert job.annotations == {} and job.splits == 1


def test_a_sound_of_a_format_without_tracks_becomes_flac_with_stems(job: StemJob, song: Path, tmp_path: Path) -> None:
    sound, rate_hz = soundfile.read(song, dtype="float32")
    soundfile.write(tmp_path / "a.aiff", sound, rate_hz, subtype="PCM_24")
    track = analysed(job, tmp_path / "a.aiff", TRACK, chords=False)
    assert np.array_equal(track["audio"], sound.T) and track["output"].format is Format.FLAC
    assert {stem.shape for stem in track["stems"].values()} == {sound.T.shape}
    assert track["title"] == "", "made of the title of the track that it comes from"


def test_without_stems_it_only_listens(job: StemJob, song: Path) -> None:
    track = analysed(job, song, stems=False, chords=False)
    assert track["stems"] is None and "stems" not in track["facts"] and track["facts"]["tags"]
    assert job.splits == 0 and list(job.weights) == ["ANALYZING"]


def test_a_track_that_has_its_stems_is_not_made_a_second_time(job: StemJob, song: Path) -> None:
    samples = SECONDS * RATE_HZ
    job.inputs[TRACK] = Input(song, "A song", {name: Stem(song, samples) for name in ("vocals", "instrumental")})
    run(AnalyzeParams(source=TRACK, model="musicnn", chords=False), job)
    assert job.tracks == [] and job.splits == 0
    assert job.annotations[TRACK]["stems"].keys() == {"vocals", "instrumental"}


def test_what_the_user_corrected_goes_along_with_a_track_that_is_made_of_it(
    job: StemJob, song: Path, tmp_path: Path
) -> None:
    (made,) = make_tracks(tmp_path / "audio", 1)
    made = annotated(made, Annotation.now("tag", {"tempo": {"bpm": 60.0}, "key": None}, job_id="0" * 32))
    made = annotated(made, Annotation.now("tag", {"tempo": {"bpm": 97.5}}))
    (tmp_path / "record.json").write_text(made.model_dump_json(), encoding="utf-8")
    job.inputs[TRACK] = Input(song, "A song", record=tmp_path / "record.json")
    track = analysed(job, song, TRACK, chords=False)
    assert track["corrected"] == {"tempo": {"bpm": 97.5}} and track["facts"]["tempo"]["source"] == "model"


def silent(samples: int) -> np.ndarray:
    return np.zeros((2, samples), np.float32)


@pytest.mark.parametrize(
    ("kind", "sound"),
    [
        ("silence", silent(5 * RATE_HZ)),
        ("silence", silent(1)),
        ("other", np.random.default_rng(1).normal(0, 0.1, (1, 8 * RATE_HZ)).astype(np.float32)),
        ("speech", spoken("The weather tomorrow will be mild, with some rain in the afternoon and clear skies later.")),
    ],
    ids=["silence", "one sample", "noise", "speech"],
)
def test_what_is_no_music_is_not_split(job: StemJob, tmp_path: Path, kind: str, sound: np.ndarray) -> None:
    path = tmp_path / "a.wav"
    write(path, sound, RATE_HZ, format=Format.WAV)
    track = analysed(job, path, midi=True)
    assert track["facts"]["sound"]["kind"] == kind and track["audio"] == path
    assert not {"tags", "tempo", "key", "chords", "vectors", "stems"} & track["facts"].keys()
    assert track["stems"] is None and track["midi"] is None and job.splits == 0


def test_a_cancel_while_stems_are_made_leaves_no_track(job: StemJob, song: Path) -> None:
    job.inputs[UPLOAD] = Input(song)
    job.cancel_when = lambda: sum(stage == "SEPARATING" for stage, _ in job.shares) > 3
    with pytest.raises(Canceled):
        run(AnalyzeParams(source=UPLOAD, model="musicnn"), job)
    assert job.tracks == []


@pytest.fixture(scope="module")
def listening(running: Running) -> Running:
    """With what listens, beside the small separation model."""
    for model in wanted(AnalyzeParams(source=TRACK), running.settings.models):
        shutil.copytree(real_weights(model)[0].parent, running.settings.models / model)
    return running


def analyze(running: Running, key: str, **wishes: Any) -> Job:
    return running.application.scheduler.submit(Request("analyze", {"source": key, **wishes}))


def separating(running: Running, job: Job) -> None:
    views = running.application.scheduler.views
    running.until(lambda: views.row(running.job(job))["stage"] == "SEPARATING", 120)


def test_one_job_makes_one_track_though_its_worker_is_killed(listening: Running, song: Path) -> None:
    key = listening.upload(song)
    job = analyze(listening, key, chords=False)
    separating(listening, job)
    listening.worker_of(job).process.kill()
    done = listening.done(job, timeout_s=240)
    record = listening.record(done)
    assert done.attempt == 2 and len(done.track_ids) == 1
    listening.until(lambda: not leftovers(listening.settings))
    assert listening.audio(record.id).read_bytes() == song.read_bytes()
    assert [stem.name for stem in record.stems] == ["drums", "bass", "other", "vocals"]
    assert {stem.samples for stem in record.stems} == {record.samples}
    assert record.title == "a song" and record.command == "analyze" and record.model == "file"
    assert record.facts["stems"].keys() == {stem.name for stem in record.stems}
    assert [annotation.command for annotation in record.annotations] == ["analyze"]
    folder = listening.settings.output / "stems" / record.name
    assert sorted(path.name for path in folder.iterdir()) == sorted(stem.file for stem in record.stems)


def test_a_cancel_leaves_nothing_behind(listening: Running, song: Path) -> None:
    before = listening.application.library.count()
    job = analyze(listening, listening.upload(song), chords=False)
    separating(listening, job)
    listening.application.scheduler.cancel(job.id)
    assert listening.done(job, timeout_s=30).status == "CANCELED"
    listening.until(lambda: not leftovers(listening.settings))
    assert listening.application.library.count() == before

"""The sound of whole pieces: stems that add up, loops without a seam, clips that are followed, any length."""

import io
from pathlib import Path

import mido
import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.audio.loudness import measure
from engine.generate.composer.composition import compose
from engine.generate.composer.engine import RATE_HZ, Composer, find_soundfont
from engine.generate.composer.recording import STEMS, record
from engine.generate.composer.reference import analyze_clip
from engine.generate.composer.sampling import Sampling
from engine.generate.composer.synth import Synth
from engine.generate.params import GenerateParams
from engine.generate.run import run
from engine.library.inputs import Input
from tests.fake_job import FakeJob

KEY = "upload:" + "b" * 32


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    return FakeJob(tmp_path_factory.mktemp("sound"))


def made(job: FakeJob, **values) -> dict:
    run(GenerateParams(**{"prompt": "calm piano", "duration": 6, "seed": 5} | values), job)
    return job.tracks[-1]


def whole(stem) -> np.ndarray:
    return np.concatenate(list(stem), axis=1)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(1, 12), st.sampled_from(["rock", "эмбиент", "爵士", "waltz", "loop"]))
def test_any_duration_is_exact_to_the_sample(job, duration, prompt):
    audio = made(job, prompt=prompt, duration=duration)["audio"]
    assert audio.shape == (2, round(duration * RATE_HZ))
    assert np.isfinite(audio).all()


@pytest.mark.slow
def test_minutes_are_exact_and_as_loud_as_the_others(job, full):
    seconds = 600 if full else 150
    audio = made(job, prompt="solo piano", duration=seconds)["audio"]
    assert audio.shape == (2, seconds * RATE_HZ)
    levels = measure(audio, RATE_HZ)
    assert levels.loudness_lufs == pytest.approx(-14, abs=0.5)
    assert levels.true_peak_dbtp <= -1.0


@pytest.mark.parametrize("prompt", ["funk with strings, pads and saxophone", "lo-fi loop"])
def test_stems_sum_to_the_mix_before_the_bus(job, prompt):
    composition = compose(prompt, 8, Sampling(3, 1.2, 250, 0.67, 4.0))
    synth = Synth(find_soundfont(job.models_dir))
    plain = record(synth, composition.played, composition.plan, 8 * RATE_HZ, job, stems=False)
    apart = record(synth, composition.played, composition.plan, 8 * RATE_HZ, job, stems=True)
    roles = {part.role for part in composition.played.parts}
    assert set(apart.stems) == {name for name, own in STEMS.items() if roles & set(own)}
    total = sum(whole(stem) for stem in apart.stems.values())
    assert total == pytest.approx(apart.mix, abs=1e-6)
    assert apart.mix == pytest.approx(plain.mix, abs=1e-4)
    assert all(np.abs(whole(stem)).max() > 1e-3 for stem in apart.stems.values())


def test_a_stem_holds_its_own_parts_only(job):
    track = made(job, prompt="pop, no drums, no bass", stems=True, duration=8)
    assert set(track["stems"]) == {"melody", "harmony"}
    assert made(job, duration=1)["stems"] == {}


@pytest.mark.parametrize("prompt", ["house loop 120 bpm", "ambient pads", "solo piano", "rock"])
def test_a_loop_played_twice_over_has_no_seam(job, prompt):
    """The step at the seam, and the treble of a click there, stay below what the music itself has elsewhere: a drum
    that is struck at the seam is struck as the other bars' are."""
    track = made(job, prompt=prompt, duration=8, loop_mode=True)
    audio = track["audio"].astype(np.float64)
    assert audio.shape == (2, 8 * RATE_HZ)
    assert track["details"]["loop"] is True
    assert [section["name"] for section in track["details"]["form"]].count("ending") == 0
    twice = np.concatenate([audio, audio], axis=1)
    seam, width = audio.shape[1], 64
    step = np.abs(np.diff(twice, axis=1)).max(axis=0)
    bars = sum(section["bars"] for section in track["details"]["form"])
    downbeats = [round(bar * seam / bars) for bar in range(1, bars)]
    struck = max(step[at - 2 : at + 1].max() for at in downbeats)
    assert step[seam - 1] <= max(np.quantile(step, 0.999), 1.1 * struck)
    bend = np.square(np.diff(twice, 3, axis=1)).sum(axis=0)
    bend = bend[: bend.size // width * width].reshape(-1, width).sum(axis=1)
    assert bend[seam // width - 1 : seam // width + 1].max() <= bend[: seam // width - 2].max()
    levels = [np.sqrt(np.mean(np.square(audio[:, at]))) for at in (slice(0, RATE_HZ), slice(-RATE_HZ, None))]
    assert abs(20 * np.log10(levels[0] / levels[1])) < 9
    assert measure(track["audio"], RATE_HZ).loudness_lufs == pytest.approx(-14, abs=0.5)


def test_a_loop_begins_in_the_sound_of_its_own_end(job):
    """The rest of the last chord is in the first moments: there is more sound than the first notes alone make."""
    loop = made(job, prompt="ambient pads, no drums", duration=8, loop_mode=True)["audio"]
    once = made(job, prompt="ambient pads, no drums", duration=8)["audio"]
    start = slice(0, RATE_HZ // 1000)
    assert np.abs(loop[:, start]).max() > 0.01
    assert np.abs(once[:, start]).max() < 0.25 * np.abs(loop[:, start]).max()


def sung(folder: Path, pitches, bpm: float, turns: int = 4) -> Path:
    """A tune in plain tones with three overtones, a note a beat."""
    beat_s = 60 / bpm
    time_s = np.arange(round(beat_s * RATE_HZ)) / RATE_HZ
    shape = np.minimum(1, time_s / 0.01) * np.exp(-2.5 * time_s) * np.minimum(1, (time_s[-1] - time_s) / 0.02)
    notes = [
        shape * sum(np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * k * time_s) / k**2 for k in (1, 2, 3))
        for pitch in pitches
    ]
    path = folder / "tune.wav"
    soundfile.write(path, 0.2 * np.concatenate(notes * turns), RATE_HZ)
    return path


TUNE = (60, 64, 67, 72, 69, 65, 67, 60)


def test_tempo_key_and_tune_of_a_clip_are_heard(tmp_path):
    reference = analyze_clip(sung(tmp_path, TUNE, 100))
    assert reference.tempo_bpm == pytest.approx(100, rel=0.02)
    assert (reference.tonic, reference.mode) == (0, "major")
    found = [pitch_class for _, _, pitch_class in reference.contour]
    assert found[:8] == [pitch % 12 for pitch in TUNE]


@pytest.mark.parametrize("kind", ["silence", "noise"])
def test_where_nothing_is_certain_nothing_is_claimed(tmp_path, kind):
    sound = (
        np.zeros((6 * RATE_HZ, 1)) if kind == "silence" else np.random.default_rng(3).normal(0, 0.1, (6 * RATE_HZ, 1))
    )
    soundfile.write(tmp_path / "clip.wav", sound, RATE_HZ)
    reference = analyze_clip(tmp_path / "clip.wav")
    assert (reference.tempo_bpm, reference.tonic) == (None, None)


def test_a_melody_reference_gives_tempo_key_and_melody(job, tmp_path):
    job.inputs[KEY] = Input(sung(tmp_path, TUNE, 100))
    track = made(job, prompt="pop with flute", duration=20, audio_prompt=KEY)
    taken = track["details"]["taken_over"]
    assert taken["tempo_bpm"] == pytest.approx(100, rel=0.02)
    assert taken["key"] == "C major"
    assert taken["melody_notes"] >= 16
    said = made(job, prompt="pop with flute, 130 bpm, E minor", duration=20, audio_prompt=KEY)["details"]
    assert said["tempo_bpm"] == pytest.approx(130, rel=0.01)
    assert said["key"] == "E minor"
    assert set(said["taken_over"]) == {"melody_notes"}


def test_an_appended_part_goes_on_in_tempo_key_and_loudness(job, tmp_path):
    clip = made(job, prompt="pop, 104 bpm, D minor", duration=24, seed=2)["audio"] * 0.5
    soundfile.write(tmp_path / "clip.wav", clip.T, RATE_HZ, subtype="FLOAT")
    job.inputs[KEY] = Input(tmp_path / "clip.wav")
    track = made(job, prompt="pop", duration=12, continuation_source=KEY)
    assert track["details"]["tempo_bpm"] == pytest.approx(104, rel=0.02)
    assert track["details"]["key"] in ("D minor", "F major")
    new = track["audio"][:, 24 * RATE_HZ :]
    assert new.shape[1] == 12 * RATE_HZ
    assert measure(new, RATE_HZ).loudness_lufs == pytest.approx(measure(clip, RATE_HZ).loudness_lufs, abs=3)


def test_the_midi_file_has_every_part_with_its_balance(job):
    track = made(job, prompt="jazz, piano, double bass, drums", duration=10)
    file = mido.MidiFile(file=io.BytesIO(track["midi"]))
    assert len(file.tracks) == 1 + len(track["details"]["parts"])
    for part in file.tracks[1:]:
        controls = {message.control for message in part if message.type == "control_change" and message.time == 0}
        assert {7, 10, 91} <= controls
    notes = [[m for m in part if m.type == "note_on"] for part in file.tracks[1:]]
    assert [len(own) for own in notes] == [part["notes"] for part in track["details"]["parts"]]


def test_players_stray_from_the_page_and_machines_hardly():
    def strays(prompt: str) -> float:
        composition = compose(prompt, 20, Sampling(4, 1.2, 250, 0.67, 4.0))
        written, played = (
            [n for p in score.parts if p.role == "bass" for n in p.notes]
            for score in (composition.written, composition.played)
        )
        assert len(written) == len(played)
        return float(np.std([b.start - a.start for a, b in zip(written, played, strict=True)]))

    assert strays("rock") > 2 * strays("techno")


def test_the_fetched_soundfont_is_named_in_the_record(job):
    assert made(job, duration=1)["details"]["soundfont"] == "TimGM6mb"
    assert Composer().soundfont == ""

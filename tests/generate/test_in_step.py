"""Nothing is torn, nothing is late: track, stems and MIDI file of one piece are in step to one sample."""

import io
from functools import partial

import mido
import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.audio.block import BLOCK, Audio
from engine.audio.effects import Chain, holes
from engine.generate.composer.composition import compose
from engine.generate.composer.desk import Bus, Widener, reverberated
from engine.generate.composer.engine import RATE_HZ
from engine.generate.composer.mix import bus_gain, fade_out, glue, master
from engine.generate.composer.sampling import Sampling
from engine.generate.composer.score import midi_bytes
from engine.generate.examples import EXAMPLES, Example
from engine.generate.params import GenerateParams
from engine.generate.run import run
from engine.library.inputs import Input
from tests.fake_job import FakeJob

KEY = "upload:" + "c" * 32
SHARED_CACHE = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> FakeJob:
    return FakeJob(tmp_path_factory.mktemp("in-step"))


def made(job: FakeJob, **values: object) -> dict:
    run(GenerateParams(**{"prompt": "calm piano", "duration": 6, "seed": 5} | values), job)
    return job.tracks.pop()


def whole(stem: object) -> Audio:
    return np.concatenate(list(stem), axis=1)


def inside(audio: Audio) -> Audio:
    """Without the silence before the first and after the last sample that is none."""
    sounding = np.flatnonzero(audio.any(axis=0))
    return audio[:, sounding[0] : sounding[-1] + 1]


def lag(heard: Audio, expected: Audio, most: int = 2000) -> int:
    """By how many samples `heard` is later than `expected`: the peak of their cross-correlation, of their steps, for
    the phase of a bass is turned by any high-pass."""
    size = 2 ** int(np.ceil(np.log2(heard.shape[1] + most)))
    spectra = [np.fft.rfft(np.diff(audio.sum(axis=0, dtype=np.float64)), size) for audio in (heard, expected)]
    correlation = np.fft.irfft(spectra[0] * np.conj(spectra[1]), size)
    return int(np.argmax(np.concatenate([correlation[-most:], correlation[: most + 1]]))) - most


def onsets(midi: bytes, pitches: tuple[int, ...]) -> list[int]:
    """Samples at which the file's drums of these pitches begin, as a player of MIDI files counts them."""
    file = mido.MidiFile(file=io.BytesIO(midi))
    found, time_s = [], 0.0
    for message in file:
        time_s += message.time
        if message.type == "note_on" and message.channel == 9 and message.note in pitches and message.velocity:
            found.append(round(time_s * RATE_HZ))
    return sorted(set(found))


def attacks(audio: Audio, near: list[int], within: int = 400) -> list[int]:
    """How much later than each of these moments the largest step lies nearby: where a drum is struck."""
    steps = np.abs(np.diff(audio, axis=1, prepend=0)).max(axis=0)
    return [int(steps[at - within : at + within].argmax()) - within for at in near if at >= within]


@SHARED_CACHE
@given(
    st.floats(1, 15),
    st.sampled_from(["rock", "эмбиент", "爵士 萨克斯", "house", "lo-fi hip hop", "strings"]),
    st.booleans(),
    st.booleans(),
)
def test_no_piece_has_a_hole(job: FakeJob, duration: float, prompt: str, loop: bool, stems: bool) -> None:
    track = made(job, prompt=prompt, duration=duration, loop_mode=loop, stems=stems)
    assert track["audio"].shape == (2, round(duration * RATE_HZ))
    assert holes(inside(track["audio"])) == []
    for stem in track["stems"].values():
        assert whole(stem).shape == track["audio"].shape


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.seed)
def test_the_examples_of_the_readmes_have_no_hole(job: FakeJob, example: Example) -> None:
    track = made(job, prompt=example.prompt, duration=example.duration_s, seed=example.seed)
    assert holes(inside(track["audio"])) == []


@pytest.mark.parametrize(
    "values",
    [
        {"prompt": "funk with strings and saxophone"},
        {"prompt": "house loop 124 bpm"},
        {"prompt": "rock", "loop_mode": True},
        {"prompt": "lo-fi hip hop", "duration": 1.2},
        {"prompt": "drum solo, only drums", "duration": 9},
    ],
    ids=lambda values: values["prompt"],
)
def test_stems_are_in_step_with_the_track(job: FakeJob, values: dict) -> None:
    track = made(job, stems=True, **values)
    total = sum(whole(stem) for stem in track["stems"].values())
    assert total.shape == track["audio"].shape
    assert lag(track["audio"], total) == 0
    quarter = total.shape[1] // 4
    for start in range(0, 4 * quarter, quarter):
        part = slice(start, start + quarter)
        if np.abs(total[:, part]).max() > 1e-2:
            assert lag(track["audio"][:, part], total[:, part], 1000) == 0


@pytest.mark.parametrize("prompt", ["house 124 bpm", "techno loop", "techno, 131 bpm"])
def test_the_midi_files_onsets_are_those_of_the_sound(job: FakeJob, prompt: str) -> None:
    track = made(job, prompt=prompt, duration=12, stems=True)
    kicks = onsets(track["midi"], (35, 36))
    assert len(kicks) > 10
    for audio in (whole(track["stems"]["drums"]), track["audio"]):
        late = attacks(audio, kicks)
        assert len(late) > 10
        assert np.mean([moved in (-1, 0) for moved in late]) > 0.9  # a tick begins between two samples


@pytest.mark.parametrize("at", [0, 1, 30_000, BLOCK - 1, BLOCK, BLOCK + 219, 2 * BLOCK + 1])
@pytest.mark.parametrize("loop", [False, True])
def test_an_impulse_leaves_glue_and_master_where_it_entered(at: int, loop: bool) -> None:
    """A quiet tone keeps the loudness measurable; the impulse is far above it."""
    samples = 3 * BLOCK + 100
    tone = 0.01 * np.sin(np.arange(samples) * 0.01)
    mix = np.stack([tone, tone]).astype(np.float32)
    mix[:, at] += 0.3
    for deed in (glue, partial(master, target_lufs=-14.0)):
        deed(mix, RATE_HZ, lambda: None, loop=loop)
        assert mix.shape == (2, samples)
        assert int(np.abs(mix[0]).argmax()) == at
        assert holes(mix) == []


def test_a_fade_moves_nothing() -> None:
    mix = np.random.default_rng(1).normal(0, 0.1, (2, 3 * BLOCK)).astype(np.float32)
    before = mix.copy()
    fade_out(mix, RATE_HZ, 1.0)
    assert lag(mix, before) == 0
    assert bus_gain(before, RATE_HZ) > 0


@pytest.mark.parametrize("at", [0, BLOCK - 1, BLOCK + 5])
def test_the_chorus_keeps_the_dry_sound_where_it_is(at: int) -> None:
    impulse = np.zeros((2, 2 * BLOCK + 9), np.float32)
    impulse[:, at] = 0.5
    out = whole(Chain([Widener(0.2, RATE_HZ)], 2).stream([impulse]))
    assert out.shape == impulse.shape
    assert out.sum(axis=0) == pytest.approx(impulse.sum(axis=0), abs=1e-6)
    wet = np.flatnonzero(np.abs(out[0] - out[1]) > 1e-4)
    assert at + 0.007 * RATE_HZ < wet[0] <= wet[-1] < at + 0.012 * RATE_HZ


@pytest.mark.parametrize("at", [0, BLOCK - 1, BLOCK + 5, 2 * BLOCK])
def test_the_room_answers_after_its_predelay_wherever_blocks_meet(at: int) -> None:
    answers = []
    for place in (at, 1000):
        bus = Bus(4 * BLOCK, loop=False)
        bus.send[:, place] = 1.0
        reverberated(bus, 0.5, RATE_HZ, lambda: None)
        answers.append(bus.dry[:, place : place + BLOCK])
    assert answers[0] == pytest.approx(answers[1], abs=1e-6)
    assert np.flatnonzero(answers[0].any(axis=0))[0] > 0.018 * RATE_HZ


@pytest.mark.parametrize(("samples", "crossfade_s"), [(61_003, 0.0), (200_001, 0.7), (500, 0.0)])
def test_an_appended_part_begins_where_the_clip_ends_and_so_do_its_stems_and_its_midi_file(
    job: FakeJob, tmp_path_factory: pytest.TempPathFactory, samples: int, crossfade_s: float
) -> None:
    clip = tmp_path_factory.mktemp("clip") / "clip.wav"
    noise = np.random.default_rng(3).uniform(-0.2, 0.2, (samples, 2))
    soundfile.write(clip, noise, RATE_HZ, subtype="FLOAT")
    job.inputs[KEY] = Input(clip)
    asked = {"prompt": "house 124 bpm, A minor, 4/4", "duration": 8, "stems": True}
    alone = made(job, **asked)
    track = made(job, continuation_source=KEY, crossfade_s=crossfade_s, **asked)
    begin = samples - round(crossfade_s * RATE_HZ)
    assert track["parameters"]["continuation_start_s"] * RATE_HZ == pytest.approx(begin, abs=1e-6)
    assert track["audio"].shape == (2, begin + 8 * RATE_HZ)
    assert holes(inside(track["audio"])) == []
    assert lag(track["audio"][:, begin:], alone["audio"]) == 0
    for name, stem in track["stems"].items():
        sound = whole(stem)
        assert sound.shape == track["audio"].shape
        assert not sound[:, :begin].any()
        assert (sound[:, begin:] == whole(alone["stems"][name])).all()
    late = np.subtract(onsets(track["midi"], (35, 36)), onsets(alone["midi"], (35, 36)))
    assert np.abs(late - begin).max() <= 1


@given(st.floats(0, 4000), st.sampled_from(["waltz", "7/8 prog rock 173 bpm", "slow ambient", "techno"]))
@settings(max_examples=30, deadline=None)
def test_silence_before_a_midi_file_is_exact_and_keeps_its_bars(start_s: float, prompt: str) -> None:
    score = compose(prompt, 4, Sampling(3, 1.2, 250, 0.67, 4.0)).played
    files = [mido.MidiFile(file=io.BytesIO(data)) for data in (midi_bytes(score), midi_bytes(score, start_s))]
    notes = []
    for file in files:
        times = np.cumsum([message.time for message in file])
        notes.append([time for time, message in zip(times, file, strict=True) if message.type == "note_on"])
    assert np.subtract(notes[1], notes[0]) == pytest.approx(start_s, abs=2e-6)
    ticks = [sum(message.time for message in file.tracks[0]) for file in files]
    assert (ticks[1] - ticks[0]) % score.metre.bar_ticks == 0

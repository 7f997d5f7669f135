"""What kind of sound it is: noise, hum, speech, composed music and both together, by the model of the package."""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.audio.resample import resample
from engine.generate.composer.composition import compose
from engine.generate.composer.engine import Composer
from engine.generate.composer.sampling import Sampling
from engine.tag.gate import engine as gate
from engine.tag.gate.engine import FRAME, RATE_HZ, EventDetector
from engine.tag.gate.presence import Event, Presence
from engine.tag.gate.runs import Runs
from tests.fake_job import FakeJob
from tests.split.speech import spoken

LINES = "We will talk of trains and of the weather until the morning comes again, and nobody will say that it was dull."
SECONDS = 8


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> EventDetector:
    engine = EventDetector()
    engine.load(FakeJob(tmp_path_factory.mktemp("job")))
    return engine


@cache
def composed(prompt: str) -> np.ndarray:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        composer = Composer()
        made = composer.play(compose(prompt, SECONDS, Sampling(3)), SECONDS, FakeJob(Path(folder))).audio
        composer.dispose()
    sound = made if isinstance(made, np.ndarray) else np.concatenate(list(made), axis=1)
    return resample(sound.mean(axis=0, keepdims=True, dtype=np.float32), 44_100, RATE_HZ)[0]


def speech() -> np.ndarray:
    return spoken(LINES, RATE_HZ)[0]


def noise(colour: float, level: float = 0.1) -> np.ndarray:
    """`colour`: 0 white, 0.5 pink, 1 brown."""
    samples = SECONDS * RATE_HZ
    spectrum = np.fft.rfft(np.random.default_rng(1).standard_normal(samples))
    spectrum /= np.maximum(np.fft.rfftfreq(samples, 1 / RATE_HZ), 20) ** colour
    wave = np.fft.irfft(spectrum, samples)
    return (wave * (level / wave.std())).astype(np.float32)


def hum(lowest_hz: float, hiss: float) -> np.ndarray:
    time_s = np.arange(SECONDS * RATE_HZ) / RATE_HZ
    wave = sum(np.sin(2 * np.pi * lowest_hz * k * time_s + k) / k for k in range(1, 7))
    return (0.1 * wave).astype(np.float32) + noise(0, hiss)


def rain() -> np.ndarray:
    random, sound = np.random.default_rng(2), np.zeros(SECONDS * RATE_HZ + 200)
    for at in random.integers(0, SECONDS * RATE_HZ, 400 * SECONDS):
        sound[at : at + 200] += random.standard_normal(200) * np.exp(-np.arange(200) / 30) * random.uniform(0.02, 0.2)
    return sound.astype(np.float32)


def presence(detector: EventDetector, sound: np.ndarray, cuts: Sequence[int] = ()) -> Presence:
    listener = detector.listener()
    for block in np.split(sound, sorted(cuts)):
        listener.add(block)
    return listener.result()


@pytest.mark.parametrize("prompt", ["ambient", "march", "metal", "solo piano"])
def test_composed_pieces_are_music(detector: EventDetector, prompt: str) -> None:
    found = presence(detector, composed(prompt))
    assert found.kind == "music" and found.has_music and found.share("music") > 0.9


def test_speech_is_speech_and_over_music_both(detector: EventDetector) -> None:
    said = presence(detector, speech())
    assert said.kind == "speech" and not said.has_music and said.share("speech") > 0.8 and said.share("music") < 0.1
    music = np.resize(composed("march"), len(speech()))
    both = presence(detector, speech() + music * np.float32(0.5 * speech().std() / music.std()))
    assert both.kind == "speech over music" and both.has_music and both.share("music") > 0.9


@pytest.mark.parametrize(
    "sound",
    [noise(0), noise(0.5), noise(1), rain(), *[hum(hz, hiss) for hz in (50, 120, 440) for hiss in (1e-3, 1e-2)]],
)
def test_noise_rain_and_hum_are_no_music(detector: EventDetector, sound: np.ndarray) -> None:
    found = presence(detector, sound)
    assert found.kind == "other" and not found.has_music and found.motion_db is not None


def test_a_voice_now_and_then_in_front_of_a_fan_is_speech(detector: EventDetector) -> None:
    said = speech()
    sound = np.resize(noise(0, 0.01), 4 * len(said))
    sound[: len(said)] += said
    found = presence(detector, sound)
    assert found.kind == "speech" and 0.15 < found.share("speech") < 0.4


@pytest.mark.parametrize(
    "sound",
    [np.zeros(5 * RATE_HZ, np.float32), noise(0, 1e-4), noise(0)[: RATE_HZ // 6], np.ones(3 * RATE_HZ, np.float32)],
    ids=["digital silence", "-80 dB", "a sixth of a second", "an offset"],
)
def test_silence(detector: EventDetector, sound: np.ndarray) -> None:
    assert presence(detector, sound).kind == "silence"


@pytest.mark.parametrize("samples", [0, 1, 399, 400, 559, 560, RATE_HZ])
def test_every_length_has_a_result(detector: EventDetector, samples: int) -> None:
    loud = np.sign(noise(0))[:samples].astype(np.float32)
    found = presence(detector, loud)
    assert found.duration_s == samples / RATE_HZ and found.kind in ("silence", "other")


@given(st.lists(st.integers(0, SECONDS * RATE_HZ), max_size=6), st.sampled_from([100, 300]))
@settings(deadline=None, max_examples=6)
def test_chunks_and_cuts_change_nothing(detector: EventDetector, cuts: list[int], chunk: int) -> None:
    """A frame is settled only when no later sample has a say in it, so that all is equal to the last bit."""
    sound = np.concatenate([speech()[: 3 * RATE_HZ], np.zeros(RATE_HZ, np.float32), composed("march")[: 4 * RATE_HZ]])
    whole = presence(detector, sound)
    assert {event.label for event in whole.events} >= {"speech", "music"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gate, "CHUNK", chunk * FRAME)
        assert presence(detector, sound, cuts) == whole


def test_events_are_those_of_the_package(detector: EventDetector) -> None:
    """It ends an event later, once it knows that 0.2 s of nothing follow."""
    sound = np.concatenate([speech()[: 3 * RATE_HZ], np.zeros(RATE_HZ, np.float32), composed("march")[: 4 * RATE_HZ]])
    theirs = detector._loaded.detect(sound)["events"]
    ours = presence(detector, sound)
    for label in ("speech", "music"):
        first = next(event for event in ours.events if event.label == label)
        assert first.start_s == pytest.approx(theirs[label][0][0], abs=0.1)
        their_s = sum(end - start for start, end in theirs[label])
        assert ours.seconds(label) == pytest.approx(their_s, abs=0.25 * len(theirs[label]) + 0.1)


@given(st.lists(st.booleans(), max_size=80), st.lists(st.integers(0, 80), max_size=5))
def test_runs_do_not_depend_on_how_frames_come(active: list[bool], cuts: list[int]) -> None:
    frames = np.array(active, np.bool_)
    whole, cut = Runs(3, 2), Runs(3, 2)
    whole.add(frames)
    for part in np.split(frames, sorted(cuts)):
        cut.add(part)
    found = whole.finish()
    assert cut.finish() == found
    assert all(end - first >= 3 and frames[first] and frames[end - 1] for first, end in found)
    assert all(after[0] - before[1] >= 2 for before, after in pairwise(found))


@pytest.mark.parametrize(
    ("speech_s", "singing_s", "music_s", "motion_db", "kind"),
    [
        (0, 0, 60, 2, "music"), (5, 10, 60, 2, "music"), (5, 40, 60, 2, "song"), (0, 50, 0, 2, "song"),
        (50, 10, 60, 2, "speech over music"), (50, 0, 10, 2, "speech"), (15, 0, 20, 2, "speech"),
        (5, 5, 20, 2, "other"), (0, 0, 60, 0.5, "other"), (60, 0, 0, 0.5, "other"), (0, 0, 60, None, "music"),
    ],
)  # fmt: skip
def test_what_the_shares_make_of_a_minute(
    speech_s: float, singing_s: float, music_s: float, motion_db: float | None, kind: str
) -> None:
    events = (Event("speech", 0, speech_s), Event("singing", 0, singing_s), Event("music", 0, music_s))
    assert Presence(60, 60, motion_db, events).kind == kind

"""`/mix`: what comes out is the sum that was asked for, to the sample."""

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from engine.audio.encode import write
from engine.audio.layouts import named
from engine.context import TrackDraft
from engine.errors import AppError, Canceled, Code
from engine.library.inputs import Input, Stem
from engine.mix.levels import Level, pan_gains, parse_levels
from engine.mix.params import MixParams
from engine.mix.run import run
from engine.parameters import BitDepth, Format
from tests.fake_job import FakeJob
from tests.stemmed import RATE_HZ, noise

SOURCE = "track:" + "1" * 32


def job_with(folder: Path, stems: dict[str, np.ndarray], rate_hz: int = RATE_HZ, **how: Any) -> FakeJob:
    """A job whose source is a track with these stems."""
    format_: Format = how.pop("format", Format.WAV)
    depth: BitDepth = how.pop("bit_depth", "32f")
    layouts: dict[str, str] = how.pop("layouts", {})
    job = FakeJob(folder)
    files = {}
    for name, audio in stems.items():
        path = folder / f"{name}.{format_}"
        layout = named(layouts[name]) if name in layouts else None
        write(path, audio, rate_hz, layout=layout, format=format_, bit_depth=depth)
        files[name] = Stem(path, audio.shape[1])
    track = folder / "track.wav"
    write(track, next(iter(stems.values())), rate_hz, format=Format.WAV)
    job.inputs[SOURCE] = Input(track, "calm", stems=files)
    return job


def mixed(job: FakeJob, **params: Any) -> np.ndarray:
    run(MixParams(source=SOURCE, **params), job)
    audio = job.tracks[-1]["audio"]
    assert audio.dtype == np.float32
    return audio  # type: ignore[no-any-return]


def difference_db(one: np.ndarray, other: np.ndarray) -> float:
    """Energy of the difference against that of `other`, dB."""
    assert one.shape == other.shape
    error = np.sum((one.astype(np.float64) - other) ** 2)
    return 10 * math.log10(error / np.sum(other.astype(np.float64) ** 2)) if error else -math.inf


@pytest.mark.parametrize("seconds", [0.0001, 1.0, 3.7])
def test_one_stem_alone_comes_out_bit_by_bit(tmp_path: Path, seconds: float) -> None:
    stems = {"drums": noise(seconds, 1, level=1.7), "bass": noise(seconds, 2)}
    stems["drums"][:, ::7] = -0.0
    job = job_with(tmp_path, stems)
    assert mixed(job, levels="drums").tobytes() == stems["drums"].tobytes()
    assert job.tracks[0]["prompt"] == "calm · drums" and job.tracks[0]["rate_hz"] == RATE_HZ
    assert job.tracks[0]["tags_of"] == tmp_path / "track.wav"


def test_without_levels_all_stems_sound_as_they_are(tmp_path: Path) -> None:
    stems = {name: noise(2, seed) for seed, name in enumerate(("drums", "bass", "vocals"))}
    job = job_with(tmp_path, stems)
    assert difference_db(mixed(job), sum(stems.values())) < -120  # type: ignore[arg-type]
    assert [share for stage, share in job.shares if stage == "MIXING"][-1] == 1


def test_gains_and_pans_are_the_ones_asked_for(tmp_path: Path) -> None:
    stems = {"drums": noise(1.5, 1), "bass": noise(1.5, 2), "vocals": noise(1.5, 3)}
    job = job_with(tmp_path, stems)
    out = mixed(job, levels="drums=0.8, vocals=1.25@-0.4 bass:0.5@1")
    (ll, lr), (rl, rr) = (1, math.cos(0.6 * math.pi / 2)), (0, math.sin(0.6 * math.pi / 2))
    v, b = stems["vocals"].astype(np.float64), stems["bass"].astype(np.float64)
    wanted = 0.8 * stems["drums"] + 1.25 * np.stack([ll * v[0] + lr * v[1], rl * v[0] + rr * v[1]])
    wanted += 0.5 * np.stack([0 * b[0], b[0] + b[1]])
    assert difference_db(out, wanted) < -120
    assert job.tracks[0]["details"]["stems"]["vocals"] == {"gain": 1.25, "pan": -0.4}


@given(st.floats(-1, 1))
def test_the_pan_law_is_that_of_the_web_audio_specification(pan: float) -> None:
    """W3C Web Audio API 1.1, StereoPannerNode, steps for stereo input: outputL/R from gainL, gainR."""
    x = pan + 1 if pan <= 0 else pan
    gain_l, gain_r = math.cos(x * math.pi / 2), math.sin(x * math.pi / 2)
    in_l, in_r = 0.7, -0.3
    wanted = (in_l + in_r * gain_l, in_r * gain_r) if pan <= 0 else (in_l * gain_l, in_r + in_l * gain_r)
    (ll, lr), (rl, rr) = pan_gains(pan)
    assert (ll * in_l + lr * in_r, rl * in_l + rr * in_r) == pytest.approx(wanted, abs=1e-12)


def test_mono_stems_stay_mono_until_one_is_panned(tmp_path: Path) -> None:
    stems = {"drums": noise(0.5, 1, channels=1), "bass": noise(0.5, 2, channels=1)}
    job = job_with(tmp_path, stems)
    assert mixed(job).shape[0] == 1
    out = mixed(job, levels="drums=1@1 bass")
    drums, bass = stems["drums"][0], stems["bass"][0]
    assert difference_db(out, np.stack([bass, 2 * drums + bass])) < -100


def test_a_mono_stem_sounds_on_both_sides_of_a_stereo_mix(tmp_path: Path) -> None:
    stems = {"drums": noise(0.5, 1), "bass": noise(0.5, 2, channels=1)}
    assert difference_db(mixed(job_with(tmp_path, stems)), stems["drums"] + stems["bass"]) < -120


@pytest.mark.parametrize(("format_", "bit_depth"), [(Format.WAV, "32f"), (Format.WAV, "16"), (Format.FLAC, "24")])
@pytest.mark.parametrize(("from_s", "to_s"), [(0.0, 0.5), (0.123456, 1.987654), (1.5, None), (2.9999, 99.0)])
def test_a_region_is_cut_to_the_sample(
    tmp_path: Path, format_: Format, bit_depth: BitDepth, from_s: float, to_s: float | None
) -> None:
    stems = {"drums": noise(3, 1), "bass": noise(3, 2)}
    job = job_with(tmp_path, stems, format=format_, bit_depth=bit_depth)
    read = {name: soundfile.read(stem.path, dtype="float32")[0].T for name, stem in job.stems(SOURCE).items()}
    first, end = round(from_s * RATE_HZ), round(min(to_s or 3, 3) * RATE_HZ)
    out = mixed(job, from_s=from_s, to_s=to_s)
    assert difference_db(out, (read["drums"] + read["bass"])[:, first:end]) < -120


def test_shorter_stems_end_in_silence(tmp_path: Path) -> None:
    stems = {"drums": noise(4, 1), "bass": noise(1.3, 2)}
    wanted = stems["drums"].copy()
    wanted[:, : stems["bass"].shape[1]] += stems["bass"]
    job = job_with(tmp_path, stems)
    assert difference_db(mixed(job), wanted) < -120
    assert difference_db(mixed(job, levels="bass drums", from_s=2), wanted[:, 2 * RATE_HZ :]) < -120


def test_peaks_are_told(tmp_path: Path) -> None:
    stems = {"drums": noise(1, 1, level=0.9), "bass": noise(1, 2, level=0.9)}
    job = job_with(tmp_path, stems)
    total = stems["drums"] + stems["bass"]
    peak_db = 20 * math.log10(np.abs(total).max())
    assert difference_db(mixed(job), total) < -120 and peak_db > 4
    assert job.tracks[0]["details"]["peak_dbfs"] == pytest.approx(peak_db, abs=0.01)


def test_the_same_wish_gives_the_same_bytes(tmp_path: Path) -> None:
    job = job_with(tmp_path, {"drums": noise(2, 1), "bass": noise(2, 2)})
    wish = {"levels": "drums=0.77@0.3 bass=1.9@-1", "from_s": 0.5, "peaks": "lower"}
    assert mixed(job, **wish).tobytes() == mixed(job, **wish).tobytes()


@pytest.mark.parametrize(
    ("stems", "levels", "key"),
    [
        ({}, "", "mix_without_stems"),
        ({"drums": noise(0.1, 1)}, "vocals", "mix_unknown_stem"),
        ({"drums": noise(0.1, 1)}, "drums=0", "mix_silent"),
        ({"drums": noise(0.1, 1, channels=6), "bass": noise(0.1, 1)}, "", "mix_channels_differ"),
        ({"drums": noise(0.1, 1, channels=6)}, "drums=1@0.5", "mix_pan_surround"),
    ],
)
def test_what_cannot_be_mixed_is_refused_in_words(
    tmp_path: Path, stems: dict[str, np.ndarray], levels: str, key: str
) -> None:
    job = job_with(tmp_path, stems or {"x": noise(0.1, 1)})
    given = job.inputs[SOURCE]
    job.inputs[SOURCE] = Input(given.path, stems={name: given.stems[name] for name in stems})
    with pytest.raises(AppError) as refused:
        mixed(job, levels=levels)
    assert (refused.value.code, refused.value.key) == (Code.INVALID_INPUT, key) and job.tracks == []


def test_a_mono_stem_is_heard_from_the_middle_of_surround(tmp_path: Path) -> None:
    """Not from every speaker, and not as low-frequency effects."""
    stems = {"drums": noise(0.3, 1, channels=6), "bass": noise(0.3, 2, channels=1)}
    job = job_with(tmp_path, stems, layouts={"drums": "5.1"})
    expected = stems["drums"].copy()
    expected[2] += stems["bass"][0]
    assert difference_db(mixed(job), expected) < -120
    assert job.tracks[-1]["layout"] == named("5.1")


def test_stems_of_other_places_are_refused_and_of_other_names_not(tmp_path: Path) -> None:
    stems = {"drums": noise(0.1, 1, channels=4), "bass": noise(0.1, 2, channels=4)}
    with pytest.raises(AppError) as refused:
        mixed(job_with(tmp_path, stems, layouts={"drums": "quad", "bass": "4.0"}))
    assert refused.value.code is Code.INVALID_INPUT
    assert refused.value.key == "mix_channels_differ" and "4.0, quad" in str(refused.value)
    for folder, bass in enumerate(("quad(side)", "4 channels")):
        place = tmp_path / str(folder)
        place.mkdir()
        job = job_with(place, stems, layouts={"drums": "quad", "bass": bass})
        assert difference_db(mixed(job), stems["drums"] + stems["bass"]) < -120
        assert job.tracks[-1]["layout"] == named("quad")


def test_different_rates_are_refused(tmp_path: Path) -> None:
    job = job_with(tmp_path, {"drums": noise(0.1, 1), "bass": noise(0.1, 2)})
    write(tmp_path / "bass.wav", noise(0.1, 2), 48_000, format=Format.WAV, bit_depth="32f")
    with pytest.raises(AppError) as refused:
        mixed(job)
    assert refused.value.code is Code.INVALID_INPUT
    assert refused.value.key == "mix_rates_differ" and "44100, 48000" in str(refused.value)


def test_a_start_behind_the_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AppError) as refused:
        mixed(job_with(tmp_path, {"drums": noise(0.1, 1)}), from_s=5)
    assert (refused.value.code, refused.value.key) == (Code.INVALID_INPUT, "start_past_end")


def test_six_channels_are_mixed_as_they_are(tmp_path: Path) -> None:
    stems = {"drums": noise(0.3, 1, channels=6), "bass": noise(0.3, 2, channels=6)}
    assert (
        difference_db(mixed(job_with(tmp_path, stems), levels="drums bass=0.5"), stems["drums"] + 0.5 * stems["bass"])
        < -120
    )


@pytest.mark.parametrize(
    "levels",
    ["drums=3", "drums=-1", "drums=1@2", "drums=nan", "drums=1e9", "drums drums", "../../x", "drums=", "a b=@", "дом=1",
     "x" * 31, "drums=1@", "drums@0.5@1", "drums=1.2.3", "drums=١"],
)  # fmt: skip
def test_hostile_levels_are_refused(levels: str) -> None:
    with pytest.raises(AppError) as refused:
        MixParams.checked({"source": SOURCE, "levels": levels})
    assert refused.value.code == "INVALID_INPUT" and "drums=0.8" in refused.value.body("en")["message"]


@pytest.mark.parametrize(
    "values",
    [{"from_s": 2, "to_s": 1}, {"to_s": 0}, {"from_s": -1}, {"peaks": "loud"}, {"from_s": math.nan}, {"source": "x"}],
)
def test_other_hostile_values_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(AppError) as refused:
        MixParams.checked({"source": SOURCE, **values})
    assert refused.value.code is Code.INVALID_INPUT
    assert {problem["field"] for problem in refused.value.detail["fields"]} & {*values, "?"}


names = st.from_regex(re.compile(r"[a-z0-9_]{1,30}", re.ASCII), fullmatch=True)
numbers = st.integers(0, 200).map(lambda n: n / 100)


@given(st.dictionaries(names, st.tuples(numbers, st.integers(-100, 100).map(lambda n: n / 100)), max_size=6))
def test_levels_read_back_what_was_written(levels: dict[str, tuple[float, float]]) -> None:
    text = " ".join(f"{name}={gain}@{pan}" for name, (gain, pan) in levels.items())
    assert parse_levels(text) == {name: Level(gain, pan) for name, (gain, pan) in levels.items()}


def test_cancel_ends_it_half_way(tmp_path: Path) -> None:
    job = job_with(tmp_path, {"drums": noise(10, 1), "bass": noise(10, 2)})
    job.cancel_when = lambda: len(job.shares) >= 3
    with pytest.raises(Canceled):
        mixed(job)
    assert job.tracks == []


class _Drain(FakeJob):
    """Takes the blocks and keeps none; notes the most memory seen."""

    most_mb = 0.0

    def new_track(self, draft: TrackDraft) -> None:
        self.samples = 0
        for number, block in enumerate(draft.audio):
            self.samples += block.shape[1]
            if number % 50 == 0:
                self.most_mb = max(self.most_mb, psutil.Process().memory_info().rss / 2**20)


@pytest.mark.slow
def test_hours_are_mixed_in_little_memory(tmp_path: Path, full: bool) -> None:
    minutes = 180 if full else 20
    piece = noise(60, 1)
    job = job_with(tmp_path, {"drums": noise(0.1, 1), "bass": noise(0.1, 2)})
    files = job.inputs[SOURCE].stems
    for name, stem in files.items():
        write(stem.path, (piece for _ in range(minutes)), RATE_HZ, format=Format.WAV, bit_depth="32f")
        files[name] = Stem(stem.path, piece.shape[1] * minutes)
    drain = _Drain(tmp_path)
    drain.inputs = job.inputs
    before = psutil.Process().memory_info().rss / 2**20
    run(MixParams(source=SOURCE, levels="drums=0.5@0.1 bass"), drain)
    print(f"\n{minutes} minutes of two stems: {drain.most_mb - before:.1f} MiB more")
    assert drain.samples == piece.shape[1] * minutes and drain.most_mb - before < 64


def test_the_files_have_the_last_word_on_how_long_a_mix_is(tmp_path: Path) -> None:
    """A record's length of a stem may be wrong: a file may have been cut, or put there by hand."""
    stems = {"drums": noise(3, 1), "bass": noise(2, 2)}
    job = job_with(tmp_path, stems)
    for said in (1000, 10_000_000):
        given = job.inputs[SOURCE]
        stated = {name: Stem(stem.path, said) for name, stem in given.stems.items()}
        job.inputs[SOURCE] = Input(given.path, stems=stated)
        assert mixed(job).shape[1] == stems["drums"].shape[1]

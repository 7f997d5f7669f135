"""`/match` from files to track: what is heard, kept, told, refused."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.audio.encode import write
from engine.audio.layouts import named
from engine.audio.loudness import measure
from engine.errors import AppError, Canceled, Code
from engine.library.inputs import Input, Stem
from engine.match.params import MatchParams
from engine.match.render import render
from engine.match.run import run
from engine.match.spot import render_spot, response
from engine.match.style import EqBand, LoudnessTarget, ReverbSettings, StereoSettings, StyleParams
from engine.parameters import Format
from tests.fake_job import FakeJob
from tests.stemmed import noise

RATE_HZ = 44_100
SOURCE, REFERENCE = "track:" + "1" * 32, "upload:" + "2" * 32
STYLE = StyleParams(
    eq=(EqBand(f_hz=1000, gain_db=6, q=1),), stereo=StereoSettings(width=1.3), lufs=LoudnessTarget(target_db=-16)
)


def music(seconds: float, seed: int, *, channels: int = 2, rate_hz: int = RATE_HZ, level: float = 0.2) -> np.ndarray:
    """Noise with a beat and one louder stretch in its second half."""
    sound = noise(seconds, seed, channels=channels)[:, : round(seconds * rate_hz)] * level
    t = np.arange(sound.shape[1]) / rate_hz
    sound *= (0.35 + 0.65 * np.exp(-((t * 2) % 1) * 4)).astype(np.float32)
    sound[:, int(0.6 * sound.shape[1]) : int(0.9 * sound.shape[1])] *= 2
    return sound


def job_with(folder: Path, source: np.ndarray, reference: np.ndarray | None = None, rate_hz: int = RATE_HZ) -> FakeJob:
    job = FakeJob(folder)
    for key, name, sound in ((SOURCE, "song", source), (REFERENCE, "model", reference)):
        if sound is not None:
            path = folder / f"{name}.wav"
            write(path, sound, rate_hz, format=Format.WAV, bit_depth="32f")
            job.inputs[key] = Input(path)
    return job


def styled(job: FakeJob, **params: Any) -> dict[str, Any]:
    style = params.pop("style", STYLE)
    run(MatchParams(source=SOURCE, style=style.model_dump_json(), **params), job)
    return job.tracks[-1]


def test_a_style_alone_is_applied(tmp_path: Path) -> None:
    source = music(6, 1)
    job = job_with(tmp_path, source)
    track = styled(job)
    assert track["audio"].shape == source.shape and track["rate_hz"] == RATE_HZ
    levels = measure(track["audio"], RATE_HZ)
    assert levels.loudness_lufs == pytest.approx(-16, abs=0.2) and levels.true_peak_dbtp <= -0.95
    match = track["details"]["match"]
    assert StyleParams.model_validate(match["style_params"]) == STYLE
    assert set(match["charts"]) >= {"loudness", "spectrum", "ms_energy", "gain_reduction"}
    assert job.shares[-1][0] == "RENDERING" and list(job.weights) == ["ANALYZING", "RENDERING"]
    assert track["prompt"] == "song" and track["tags_of"] == tmp_path / "song.wav"


def test_what_is_applied_is_what_was_asked_of_it(tmp_path: Path) -> None:
    source = music(4, 1)
    job = job_with(tmp_path, source)
    untouched = styled(job, aspects="none")["audio"]
    assert np.abs(untouched - source).max() < 1e-6
    assert styled(job, amount=0)["audio"] == pytest.approx(source, abs=1e-6)


def test_places_are_the_loudest(tmp_path: Path) -> None:
    sound = music(80, 1, channels=1)
    places = styled(job_with(tmp_path, sound))["details"]["match"]["places"]
    assert places["source"]["from_s"] == pytest.approx(45, abs=6) and places["source"]["length_s"] == 30
    assert places["result"]["from_s"] == places["source"]["from_s"]
    assert places["result"]["loudness_lufs"] > places["source"]["loudness_lufs"]


def test_curves_are_short_however_long_the_sound(tmp_path: Path) -> None:
    charts = styled(job_with(tmp_path, music(90, 1)))["details"]["match"]["charts"]
    lines = [line for chart in charts.values() for line in chart["lines"].values()]
    assert all(len(line["x"]) == len(line["y"]) <= 300 for line in lines) and len(lines) >= 7


def test_the_file_is_rendered_at_the_rate_that_was_wished(tmp_path: Path) -> None:
    track = styled(job_with(tmp_path, music(3, 1)), sample_rate="48000")
    assert track["rate_hz"] == 48_000 and track["audio"].shape[1] == 3 * 48_000


@pytest.mark.parametrize(
    ("source", "rate_hz"),
    [
        (np.zeros((2, RATE_HZ), np.float32), RATE_HZ),
        (np.full((1, 1), 0.5, np.float32), RATE_HZ),
        (np.sign(noise(1, 1)), RATE_HZ),
        (noise(1, 1, channels=1), RATE_HZ),
        (noise(1, 1, channels=6), 48_000),
        (noise(1, 1), 8000),
        (np.full((2, RATE_HZ), 0.5, np.float32), RATE_HZ),
    ],
    ids=["silence", "one sample", "clipped", "mono", "5.1", "8 kHz", "DC"],
)
def test_odd_sounds_come_out_sound(tmp_path: Path, source: np.ndarray, rate_hz: int) -> None:
    track = styled(job_with(tmp_path, source, rate_hz=rate_hz))
    assert track["audio"].shape == source.shape and np.isfinite(track["audio"]).all()
    peak = measure(track["audio"], rate_hz).true_peak_dbtp
    assert (-math.inf if peak is None else peak) <= -0.95


def matched(job: FakeJob, **params: Any) -> dict[str, Any]:
    run(MatchParams(source=SOURCE, reference=REFERENCE, **params), job)
    return job.tracks[-1]


def test_a_reference_is_come_close_to(tmp_path: Path) -> None:
    source, reference = music(12, 1, level=0.1), music(12, 2, level=0.4)
    reference[:, 1:] -= 0.7 * reference[:, :-1]
    job = job_with(tmp_path, source, reference)
    track = matched(job)
    match = track["details"]["match"]
    assert match["mode"] == "B" and list(job.weights) == ["ANALYZING", "INVERTING", "RENDERING"]
    assert measure(track["audio"], RATE_HZ).loudness_lufs == pytest.approx(
        measure(reference, RATE_HZ).loudness_lufs,
        abs=0.5,  # type: ignore[arg-type]
    )
    spectra = {name: np.array(line["y"]) for name, line in match["charts"]["spectrum"]["lines"].items()}

    def distance(name: str) -> float:
        difference = (spectra[name] - spectra["reference"])[5:28]
        return float(np.std(difference))

    print(f"\nspectrum: {distance('source'):.2f} dB before, {distance('result'):.2f} dB after")
    assert distance("result") < 0.4 * distance("source")
    assert match["metrics"]["after"]["stft_dist"] < 0.8 * match["metrics"]["before"]["stft_dist"]
    again = StyleParams.model_validate(match["style_params"])
    run(MatchParams(source=SOURCE, reference=REFERENCE, style=again.model_dump_json()), job)
    assert job.tracks[-1]["audio"].tobytes() == track["audio"].tobytes()  # applied again it is the very same


def test_a_search_never_makes_it_worse(tmp_path: Path) -> None:
    reference = music(6, 2, level=0.4)
    reference[:, 1:] -= 0.7 * reference[:, :-1]
    job = job_with(tmp_path, music(6, 1, level=0.1), reference)
    refined = matched(job, refine_s=1.5)["details"]["match"]["refined"]
    assert refined["after_db"] <= refined["before_db"] and refined["evaluations"] >= 1
    assert [share for stage, share in job.shares if stage == "INVERTING"][-1] == 1


def test_the_same_performance_is_known(tmp_path: Path) -> None:
    reference = music(12, 1)
    late = np.pad(-0.5 * reference, ((0, 0), (RATE_HZ // 4, 0))).astype(np.float32)
    job = job_with(tmp_path, late, reference)
    track = matched(job)
    match = track["details"]["match"]
    alignment = match["style_params"]["alignment"]
    assert match["mode"] == "A" and alignment["polarity"] == -1
    assert alignment["delay_s"] == pytest.approx(0.25, abs=0.001)
    assert match["aligned"] == {**alignment, "trimmed": False}
    assert track["audio"].shape == late.shape
    assert match["places"]["result"]["from_s"] == match["places"]["source"]["from_s"]
    trimmed = matched(job, align_trim=True)
    match = trimmed["details"]["match"]
    assert match["aligned"]["trimmed"]
    assert trimmed["audio"].shape[1] == pytest.approx(reference.shape[1], abs=RATE_HZ // 1000)
    assert match["places"]["result"]["from_s"] == max(0, match["places"]["source"]["from_s"] - 0.25)


@pytest.mark.parametrize("early_s", [0.3, -0.3])
@pytest.mark.parametrize("wet", [False, True])
def test_a_track_keeps_its_length_when_it_is_aligned(tmp_path: Path, early_s: float, wet: bool) -> None:
    dry = music(20, 1)
    style = StyleParams(reverb=ReverbSettings(rt60_s=1.2, mix=0.3)) if wet else StyleParams(eq=STYLE.eq)
    reference = np.concatenate(list(render(dry, RATE_HZ, 2, style)), axis=1)
    count = round(abs(early_s) * RATE_HZ)
    source = dry[:, count:] if early_s > 0 else np.pad(dry, ((0, 0), (count, 0)))
    track = matched(job_with(tmp_path, source, reference), mode="A")
    assert track["audio"].shape == source.shape
    style_params = track["details"]["match"]["style_params"]
    assert style_params["alignment"]["delay_s"] == pytest.approx(-early_s, abs=0.001)
    assert (style_params["reverb"] is not None) == wet


@pytest.mark.parametrize(
    ("begins_s", "lasts_s", "unmatched"),
    [
        (3.0, 17.0, [(0, 3)]),
        (3.0, 10.0, [(0, 3), (13, 20)]),
        (-3.0, 23.0, []),
        (-3.0, 30.0, []),
        (-3.0, 13.0, [(10, 20)]),
        (0.0, 12.0, [(12, 20)]),
    ],
)
def test_the_whole_track_is_kept_and_what_the_reference_lacks_is_said(
    tmp_path: Path, begins_s: float, lasts_s: float, unmatched: list[tuple[float, float]]
) -> None:
    """The reference begins so many seconds after the track and lasts so long: earlier, later, shorter, longer."""
    song = music(30, 3)
    first = 5 * RATE_HZ
    source = song[:, first : first + 20 * RATE_HZ]
    start = first + round(begins_s * RATE_HZ)
    reference = np.concatenate(list(render(song, RATE_HZ, 2, STYLE)), axis=1)[
        :, start : start + round(lasts_s * RATE_HZ)
    ]
    job = job_with(tmp_path, source, reference)
    match = matched(job, mode="A")["details"]["match"]
    assert job.tracks[-1]["audio"].shape == source.shape
    assert (match["style_params"].get("alignment") is not None) == (begins_s != 0)
    assert np.array(match["unmatched"]).reshape(-1) == pytest.approx(np.array(unmatched).reshape(-1), abs=0.2)


def test_a_file_matched_with_its_copy_stays_what_it_is(tmp_path: Path) -> None:
    sound = music(8, 1)
    track = matched(job_with(tmp_path, sound, sound))
    gain = float((track["audio"] * sound).sum() / (sound * sound).sum())
    error_db = 10 * math.log10(np.sum((track["audio"] - gain * sound) ** 2) / np.sum(sound**2))
    assert error_db < -25 and abs(20 * math.log10(gain)) < 0.3


@pytest.mark.parametrize("sound", [np.zeros((2, RATE_HZ), np.float32), np.full((1, 1), 0.5, np.float32)])
def test_odd_sounds_are_matched_too(tmp_path: Path, sound: np.ndarray) -> None:
    audio = matched(job_with(tmp_path, sound, music(4, 2)))["audio"]
    assert audio.shape == sound.shape and np.isfinite(audio).all()


@pytest.mark.parametrize(("channels", "rate_hz"), [(1, 8000), (6, 48_000)])
def test_channels_and_rates_may_differ(tmp_path: Path, channels: int, rate_hz: int) -> None:
    job = job_with(tmp_path, music(5, 1))
    path = tmp_path / "model.wav"
    write(path, noise(5, 2, channels=channels, rate_hz=rate_hz), rate_hz, format=Format.WAV)
    job.inputs[REFERENCE] = Input(path)
    assert matched(job)["audio"].shape == (2, 5 * RATE_HZ)


def with_stems(job: FakeJob, key: str, name: str, stems: dict[str, np.ndarray]) -> None:
    """Gives the job an input that has these stems."""
    files = {}
    for stem, sound in stems.items():
        path = job.temp_dir / f"{name}-{stem}.wav"
        write(path, sound, RATE_HZ, format=Format.WAV, bit_depth="32f")
        files[stem] = Stem(path, sound.shape[1])
    whole = job.temp_dir / f"{name}.wav"
    write(whole, sum(stems.values()), RATE_HZ, format=Format.WAV, bit_depth="32f")  # type: ignore[arg-type]
    job.inputs[key] = Input(whole, stems=files)


def test_stems_are_matched_one_by_one_and_so_is_their_balance(tmp_path: Path) -> None:
    """What no style of the whole can do: in the reference one stem is louder and the other is softer."""
    job = FakeJob(tmp_path)
    bass, drums = music(8, 1, level=0.3), music(8, 2, level=0.05)
    bass[:, 1:] += 0.9 * bass[:, :-1]
    with_stems(job, SOURCE, "song", {"bass": bass, "drums": drums, "other": 0 * bass})
    with_stems(job, REFERENCE, "model", {"bass": 0.2 * bass, "drums": 3 * drums, "vocals": drums})
    track = matched(job, stem_wise=True)
    stems, match = track["stems"], track["details"]["match"]

    def balance_db(one: np.ndarray, other: np.ndarray) -> float:
        return 10 * math.log10(np.sum(one.astype(np.float64) ** 2) / np.sum(other.astype(np.float64) ** 2))

    assert balance_db(stems["bass"], stems["drums"]) == pytest.approx(balance_db(0.2 * bass, 3 * drums), abs=1.5)
    assert not stems["other"].any() and set(match["stem_styles"]) == {"bass", "drums", "other"}
    total = sum(stems.values())
    gain = float((track["audio"] * total).sum() / (total * total).sum())
    assert np.sum((track["audio"] - gain * total) ** 2) < 0.003 * np.sum(track["audio"] ** 2)
    assert measure(track["audio"], RATE_HZ).true_peak_dbtp <= -0.95


def test_stems_are_demanded_of_both(tmp_path: Path) -> None:
    job = job_with(tmp_path, music(1, 1), music(1, 2))
    with pytest.raises(AppError) as refused:
        matched(job, stem_wise=True)
    assert (refused.value.code, refused.value.key) == (Code.INVALID_INPUT, "match_without_stems") and job.shares == []


def test_a_track_is_not_matched_with_itself(tmp_path: Path) -> None:
    with pytest.raises(AppError) as refused:
        run(MatchParams(source=SOURCE, reference=SOURCE), job_with(tmp_path, music(1, 1)))
    assert (refused.value.code, refused.value.key) == (Code.INVALID_INPUT, "match_with_itself")


def test_what_is_too_short_cannot_be_aligned(tmp_path: Path) -> None:
    with pytest.raises(AppError) as refused:
        matched(job_with(tmp_path, music(0.5, 1), music(4, 2)), mode="A")
    assert (refused.value.code, refused.value.key) == (Code.INVALID_INPUT, "match_too_short")


@pytest.mark.parametrize("level", [0, 1e-40, 1e-6, 3e-4], ids=["none", "denormal", "rounding", "under the gate"])
@pytest.mark.parametrize("language", ["en", "ru", "zh"])
def test_a_silent_reference_is_refused_in_words(tmp_path: Path, level: float, language: str) -> None:
    """Noise of -75 dBFS lies under the gate of BS.1770 however high its peaks are."""
    job = job_with(tmp_path, music(1, 1), (level * noise(1, 2)).astype(np.float32))
    with pytest.raises(AppError) as refused:
        matched(job)
    assert (refused.value.code, refused.value.key) == (Code.INVALID_INPUT, "match_reference_silent")
    assert refused.value.body(language)["message"] and not job.tracks


@pytest.mark.parametrize("level", [0, 1e-40, 1e-6])
@pytest.mark.parametrize("mode", ["auto", "A"])
def test_a_target_without_a_sound_stays_as_it_is(tmp_path: Path, level: float, mode: str) -> None:
    source = (level * noise(3, 1)).astype(np.float32)
    wet = np.concatenate(list(render(music(6, 2), RATE_HZ, 2, StyleParams(reverb=ReverbSettings(mix=0.5)))), axis=1)
    audio = matched(job_with(tmp_path, source, wet), mode=mode)["audio"]
    assert audio.shape == source.shape and np.abs(audio - source).max() <= 1e-7


@pytest.mark.parametrize(("channels", "rate_hz", "key"), [(9, 48_000, "match_channels"), (1, 4000, "match_rate")])
@pytest.mark.parametrize("language", ["en", "ru", "zh"])
def test_what_cannot_be_rendered_is_refused_in_words(
    tmp_path: Path, channels: int, rate_hz: int, key: str, language: str
) -> None:
    job = job_with(tmp_path, np.zeros((channels, 4000), np.float32), rate_hz=rate_hz)
    with pytest.raises(AppError) as refused:
        styled(job)
    assert (refused.value.code, refused.value.key) == (Code.INVALID_INPUT, key)
    assert "{" not in refused.value.body(language)["message"] and not job.tracks


@pytest.mark.parametrize("when", ["ANALYZING", "RENDERING"])
def test_cancel_is_heard(tmp_path: Path, when: str) -> None:
    job = job_with(tmp_path, music(20, 1), music(20, 2))
    job.cancel_when = lambda: any(stage == when for stage, _ in job.shares)
    with pytest.raises(Canceled):
        matched(job)
    assert job.tracks == []


def test_a_damaged_reference_ends_the_hearing_of_both(tmp_path: Path) -> None:
    job = job_with(tmp_path, music(4, 1))
    damaged = tmp_path / "model.wav"
    damaged.write_bytes(b"no sound")
    job.inputs[REFERENCE] = Input(damaged)
    with pytest.raises(AppError) as raised:
        matched(job)
    assert (raised.value.code, raised.value.key) == (Code.UNSUPPORTED_AUDIO, "not_audio")


def test_an_excerpt_sounds_as_the_whole_will(tmp_path: Path) -> None:
    """With the limiter at rest a chain without memory of the past gives the very same samples, up to the gain."""
    source = music(30, 1)
    job = job_with(tmp_path, source)
    whole = styled(job)["audio"]
    params = MatchParams(source=SOURCE, style=STYLE.model_dump_json()).model_dump(mode="json")
    own = measure(source, RATE_HZ).loudness_lufs
    target = tmp_path / "spot"
    facts = render_spot(tmp_path / "song.wav", target, params, own, 12.0, 10.0, RATE_HZ, None)
    spot = np.frombuffer(target.read_bytes(), "<f4").reshape(-1, 2).T
    assert spot.shape == (2, 10 * RATE_HZ) and facts.samples == spot.shape[1] and facts.limiter_db == 0
    part = whole[:, 12 * RATE_HZ : 22 * RATE_HZ]
    gain = float((part * spot).sum() / (spot * spot).sum())
    error_db = 10 * math.log10(np.sum((part - gain * spot) ** 2) / np.sum(part**2))
    print(f"\nexcerpt against the whole: {error_db:.1f} dB, gain {20 * math.log10(gain):+.2f} dB")
    assert error_db < -60 and abs(20 * math.log10(gain)) < 1


def test_an_excerpt_past_the_end_is_refused(tmp_path: Path) -> None:
    job_with(tmp_path, music(2, 1))
    params = MatchParams(source=SOURCE, style=STYLE.model_dump_json()).model_dump(mode="json")
    with pytest.raises(AppError) as refused:
        render_spot(tmp_path / "song.wav", tmp_path / "x", params, -20.0, 60.0, 10.0, RATE_HZ, None)
    assert (refused.value.code, refused.value.key) == (Code.INVALID_INPUT, "start_past_end")


def test_a_recorded_room_answers_each_channel_from_its_own_place(tmp_path: Path) -> None:
    """Of a room of 5.1 each channel takes the one that stands there, stereo its mix without the LFE."""
    room = np.zeros((6, 100), np.float32)
    room[range(6), range(6)] = 1  # every place answers a sample later than the one before
    path = tmp_path / "room.wav"
    write(path, room, 48_000, layout=named("5.1"), format=Format.WAV)
    late = {"FL": 0, "FR": 1, "FC": 2, "LFE": 3, "BL": 4, "BR": 5, "SL": 4, "SR": 5}
    for name in ("5.1", "5.0(side)", "4.0", "quad(side)", "3.1"):
        found = response(path, 48_000, named(name))
        if name == "4.0":  # nothing was recorded behind the middle
            assert found.shape == (2, 100)
        else:
            assert [int(channel.argmax()) for channel in found] == [late[place] for place in named(name).places]
    left, right = response(path, 48_000, named("9.1.6"))
    assert list(np.flatnonzero(left)) == [0, 2, 4] and list(np.flatnonzero(right)) == [1, 2, 5]

"""Where channels stand: read from every container, heard on the right side, measured and written by their places."""

from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pyebur128
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from pyebur128 import ChannelType, MeasurementMode, R128State

from engine.audio import decode, encode
from engine.audio.channels import mix_channels
from engine.audio.fit import Fitter
from engine.audio.layouts import MONO, PLACES, STEREO, Layout, arranged, named, of_mask, usual
from engine.audio.loudness import measure
from engine.parameters import Format
from tests.audio.sounds import Audio, noise, tone_levels, tones, write_places
from tests.wants import wants

CASES = Path(__file__).parents[3] / "shared" / "data" / "cases"
RATE_HZ = 48_000
NAMES = ["mono", "stereo", "2.1", "3.0", "3.1", "4.0", "quad", "5.0", "5.1", "5.1(side)", "6.1", "7.1", "7.1(wide)"]

LEFT, RIGHT, BOTH, HALF, NONE = (1, 0), (0, 1), (0.7071, 0.7071), (0.5, 0.5), (0, 0)
LESS_LEFT, LESS_RIGHT = (0.7071, 0), (0, 0.7071)
EARS = {
    "FL": LEFT, "FR": RIGHT, "FLC": LEFT, "FRC": RIGHT, "FC": BOTH, "LFE": NONE, "BC": HALF,
    "SL": LESS_LEFT, "SR": LESS_RIGHT, "BL": LESS_LEFT, "BR": LESS_RIGHT, "TFL": LESS_LEFT, "TFR": LESS_RIGHT,
    "UNK": BOTH,
}  # fmt: skip
"""What ITU-R BS.775 lets be heard of each place in the left and the right ear, written down once more."""


def ears(places: tuple[str, ...]) -> np.ndarray:
    """[2, channels]: turned down so that no ear can clip; one channel alone is heard in both as it is."""
    if len(places) == 1:
        return np.ones((2, 1))
    matrix = np.array([EARS[place] for place in places]).T
    return matrix / matrix.sum(axis=1).max()


def frequencies_hz(places: Sequence[str]) -> list[int]:
    """One for each channel, low ones for low-frequency effects, which some codecs cut off above 120 Hz."""
    return [60 + channel if place.startswith("LFE") else 400 + 150 * channel for channel, place in enumerate(places)]


def sound_of(places: Sequence[str]) -> Audio:
    """A second and a half in which every channel has a tone of its own, at 0.4 of full scale."""
    time_s = np.arange(3 * RATE_HZ // 2) / RATE_HZ
    waves = [0.4 * np.sin(2 * np.pi * f_hz * time_s) for f_hz in frequencies_hz(places)]
    return np.stack(waves).astype(np.float32)


def heard(path: Path, places: Sequence[str]) -> np.ndarray:
    """[2, channels]: how loud the tone of each channel is in each ear of the file's stereo mix."""
    audio, rate_hz = decode.read(path, channels=2)
    return tone_levels(audio, rate_hz, frequencies_hz(places)) / 0.4


def of_ffmpeg(name: str) -> tuple[str, ...]:
    return tuple(channel.name for channel in av.AudioLayout(name).channels)


def test_the_table_is_that_of_ffmpeg() -> None:
    for name in [*NAMES, "quad(side)", "cube", "hexagonal", "5.1.4", "7.2.3", "9.1.6", "22.2", "downmix"]:
        assert named(name).places == of_ffmpeg(name) and named(name).name == name


def test_names_and_masks_lead_back_to_their_layout() -> None:
    for text in [*NAMES, "22.2", "4 channels", "FL+FR+TFL", "FL+FC+UNK+UNK"]:
        layout = named(text)
        assert (named(layout.name), layout.name) == (layout, text)
        if "UNK" not in text and "22.2" not in text and text != "mono":
            assert of_mask(layout.wav_mask, layout.channels) == layout
    with pytest.raises(ValueError, match="not a layout"):
        named("7.7")


@given(mask=st.integers(0, 2**32 - 1), channels=st.integers(1, 30))
def test_any_mask_keeps_every_channel(mask: int, channels: int) -> None:
    layout = of_mask(mask, channels)
    assert layout.channels == channels
    assert sorted(channel for group in layout.groups for channel in group) == list(range(channels))
    if channels > 2:
        assert layout.wav_mask & ~mask == 0


@given(places=st.permutations([*PLACES][:12]).map(lambda p: tuple(p[:8])), samples=st.integers(0, 50))
def test_any_order_of_any_places_is_brought_into_ours(places: tuple[str, ...], samples: int) -> None:
    layout, order = arranged(places)
    assert [places[channel] for channel in order] == list(layout.places)
    assert list(layout.places) == sorted(places, key=list(PLACES).index)
    audio = noise(8, samples)
    if set(places) <= set(EARS):
        np.testing.assert_allclose(mix_channels(audio[order], layout, 2), ears(places) @ audio, atol=1e-4)


@given(name=st.sampled_from([*NAMES, "6 channels", "22.2", "9.1.6"]), count=st.integers(1, 2))
def test_mixing_down_never_clips_and_keeps_what_both_sides_share(name: str, count: int) -> None:
    layout = named(name)
    loud = np.sign(noise(layout.channels, 1000))
    assert np.abs(mix_channels(loud, layout, count)).max() <= 1 + 1e-6
    same = np.repeat(noise(1, 100), layout.channels, axis=0)
    np.testing.assert_allclose(mix_channels(same, layout, count)[0], same[0], atol=1e-6)


def test_what_nobody_can_know_is_not_made_up() -> None:
    with pytest.raises(ValueError, match=r"cannot turn stereo into 3\.0"):
        mix_channels(np.zeros((2, 5), np.float32), STEREO, named("3.0"))
    audio = noise(6, 5)
    for have, want in (("5.1", "5.1(side)"), ("6 channels", "5.1"), ("5.1", "6 channels")):
        np.testing.assert_array_equal(mix_channels(audio, named(have), named(want)), audio)


def test_one_channel_is_heard_from_the_middle_of_any_layout() -> None:
    mono = noise(1, 5)
    sounding = {"stereo": {"FL", "FR"}, "5.1": {"FC"}, "quad": {"FL", "FR"}, "4 channels": {"UNK"}}
    for name, places in sounding.items():
        made = mix_channels(mono, MONO, named(name))
        for place, channel in zip(named(name).places, made, strict=True):
            np.testing.assert_array_equal(channel, mono[0] if place in places else np.zeros(5, np.float32))


ALL = NAMES[1:]
VORBIS = [name for name in ALL if name in ["stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1"]]
LISTED = ["3.1", "quad(side)", "4.1", "5.0(side)", "5.1(side)", "6.0", "6.0(front)", "hexagonal", "octagonal"]
"""AAC has no number for these."""
HOLDS = {
    ("wav", "pcm_s16le"): ALL, ("w64", "pcm_s16le"): ALL, ("flac", "flac"): ALL, ("matroska", "flac"): ALL,
    ("wv", "wavpack"): ALL, ("mov", "pcm_s16le"): ALL, ("avi", "pcm_s16le"): ALL,
    # these two know surrounds only at the sides
    ("caf", "pcm_s16le"): [n for n in ALL if n not in ("quad", "5.0", "5.1")],
    ("aiff", "pcm_s16be"): [n for n in ALL if n not in ("quad", "5.0", "5.1")],
    ("ipod", "aac"): ["stereo", "2.1", "3.0", "4.0", "quad", "5.0", "5.1", "7.1", *LISTED],
    ("adts", "aac"): ["stereo", "3.0", "4.0", "5.0", "5.1", "7.1", *LISTED],
    ("matroska", "aac"): LISTED, ("mpegts", "aac"): LISTED,
    ("mov", "aac"): ["stereo", "3.1", "5.1", "7.1"],
    ("ac3", "ac3"): ["stereo", "2.1", "3.0", "3.1", "4.0", "5.1(side)"],
    ("eac3", "eac3"): ["stereo", "2.1", "3.0", "3.1", "4.0", "5.1(side)"],
    ("ipod", "alac"): ["stereo", "3.0", "4.0", "5.0", "5.1", "7.1(wide)"], ("caf", "alac"): ["stereo", "4.0", "5.1"],
    ("matroska", "ac3"): ["4.0", "5.1(side)"],
    # FFmpeg's own encoder puts channels of 5.0 and 6.1 where they do not belong
    ("webm", "libopus"): ["stereo", "3.0", "quad", "5.1", "7.1"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("container", "codec", "name"), [(*kind, name) for kind, names in HOLDS.items() for name in names]
)
def test_a_file_s_channels_are_heard_where_it_says(tmp_path: Path, container: str, codec: str, name: str) -> None:
    """Each channel has a tone of its own; all are found at the level of ITU-R BS.775, the LFE in no ear."""
    path, places = tmp_path / "a", of_ffmpeg(name)
    write_places(path, sound_of(places), RATE_HZ, name, codec, container)
    assert decode.probe(path).layout == named(name)
    found, expected = heard(path, places), ears(places)
    assert found[expected == 0].max(initial=0) < 0.01
    decibels = 20 * np.log10(found[expected > 0] / expected[expected > 0])
    assert np.abs(decibels).max() < 0.5, decibels


@pytest.mark.parametrize(("container", "codec"), [("tta", "tta"), ("matroska", "pcm_s16le")])
def test_ffmpeg_s_guesses_from_a_number_are_not_believed(tmp_path: Path, container: str, codec: str) -> None:
    path = tmp_path / "a"
    write_places(path, sound_of(of_ffmpeg("4.0")), RATE_HZ, "4.0", codec, container)
    assert decode.probe(path).layout == usual(4)


@pytest.mark.parametrize("kind", [Format.WAV, Format.FLAC, Format.OGG, Format.OPUS, Format.MP3])
@pytest.mark.parametrize("name", [*NAMES, "quad(side)", "6 channels", "FL+FR+TFL", "FL+FC"])
def test_a_layout_that_is_written_is_read_again(tmp_path: Path, kind: Format, name: str) -> None:
    """Or the note says what became of it, and nothing is heard elsewhere than before."""
    layout, path = named(name), tmp_path / "a"
    audio = sound_of(layout.places)
    written = encode.write(path, audio, RATE_HZ, layout=layout, format=kind)
    found = decode.probe(path).layout
    assert found == written.layout
    if kind in (Format.WAV, Format.FLAC):
        assert (found, written.note) == (layout, None)
    elif found != layout:
        assert written.note == ("channels_2" if found.channels < layout.channels else f"layout_{found.name}")
    if found != named("5.1") or layout != named("6 channels"):  # Ogg Vorbis has no channels without places
        before, after = mix_channels(audio, layout, 2), decode.read(path, channels=2)[0]
        levels = [tone_levels(x, RATE_HZ, frequencies_hz(layout.places)) for x in (before, after)]
        ratio = levels[1].max() / levels[0].max()  # silent channels count in how far a mix is turned down
        np.testing.assert_allclose(levels[1], levels[0] * ratio, atol=0.01)
        assert ratio > 0.4


@pytest.mark.parametrize("kind", ["WAV", "AIFF", "CAF", "AU", "W64", "NIST", "MAT5"])
@pytest.mark.parametrize("channels", [4, 6, 8])
def test_channels_without_a_place_are_all_kept_and_heard_in_both_ears(tmp_path: Path, kind: str, channels: int) -> None:
    path = tmp_path / "a"
    places = ("UNK",) * channels
    soundfile.write(path, sound_of(places).T, RATE_HZ, format=kind, subtype="PCM_16")
    assert decode.probe(path).layout == usual(channels)
    assert not usual(channels).pairs and not usual(channels).lfe
    np.testing.assert_allclose(heard(path, places), np.full((2, channels), 1 / channels), atol=0.01)


def test_a_mask_for_fewer_channels_leaves_the_others_without_a_place(tmp_path: Path) -> None:
    layout = Layout(("FL", "FR", "UNK", "UNK", "UNK"))
    for kind in (Format.WAV, Format.FLAC):
        encode.write(tmp_path / "a", noise(5, 100), RATE_HZ, layout=layout, format=kind)
        assert decode.probe(tmp_path / "a").layout == layout


def test_the_cases_that_broke() -> None:
    """A centre of 4.0 in the left ear only, an LFE of 2.1 on one side."""
    if not CASES.is_dir():
        pytest.skip(wants("shared data"))
    centre, _ = decode.read(CASES / "centre_of_4.0.m4a", channels=2)
    np.testing.assert_array_equal(centre[0], centre[1])
    assert np.abs(centre).max() > 0.05
    lfe, _ = decode.read(CASES / "lfe_of_2.1.wav", channels=2)
    assert not lfe.any()


EBUR128 = {
    "FL": ChannelType.LEFT, "FR": ChannelType.RIGHT, "FC": ChannelType.CENTER, "LFE": ChannelType.UNUSED,
    "BL": ChannelType.M_PLUS_110, "BR": ChannelType.M_MINUS_110, "SL": ChannelType.M_PLUS_090,
    "SR": ChannelType.M_MINUS_090, "BC": ChannelType.M_PLUS_180, "FLC": ChannelType.M_PLUS_SC,
    "FRC": ChannelType.M_MINUS_SC, "TFL": ChannelType.U_PLUS_030, "TFR": ChannelType.U_MINUS_030,
    "UNK": ChannelType.LEFT,
}  # fmt: skip
BEHIND_SIDES = {"BL": ChannelType.M_PLUS_135, "BR": ChannelType.M_MINUS_135}


@pytest.mark.parametrize("name", [*NAMES[1:], "4 channels", "5.1.2", "quad(side)", "hexagonal"])
def test_loudness_weighs_each_place_as_libebur128_does(name: str) -> None:
    """Channel by channel, and all of them together, within 0.05 LU."""
    layout = named(name)
    behind = BEHIND_SIDES if "SL" in layout.places else {}
    alone = [np.zeros((layout.channels, RATE_HZ), np.float32) for _ in layout.places]
    for channel, audio in enumerate(alone):
        audio[channel] = tones(1, RATE_HZ, RATE_HZ, lowest_hz=997)[0]
    for audio in [*alone, tones(layout.channels, RATE_HZ, RATE_HZ, lowest_hz=997)]:
        state = R128State(layout.channels, RATE_HZ, MeasurementMode.MODE_I)
        for channel, place in enumerate(layout.places):
            state.set_channel(channel, behind.get(place, EBUR128[place]))
        state.add_frames(np.ascontiguousarray(audio.T).reshape(-1), audio.shape[1])
        expected = pyebur128.get_loudness_global(state)
        found = measure(audio, RATE_HZ, layout).loudness_lufs
        if np.isinf(expected):
            assert found is None
        else:
            assert found == pytest.approx(expected, abs=0.05)


@given(
    parts=st.lists(
        st.tuples(
            st.sampled_from(["mono", "stereo", "2.1", "4.0", "quad", "5.1", "5.1(side)", "7.1", "4 channels"]),
            st.sampled_from([24_000, RATE_HZ]),
            st.integers(100, 5000),
        ),
        min_size=2,
        max_size=4,
    )
)
def test_where_the_layout_changes_nothing_changes_its_side(parts: list[tuple[str, int, int]]) -> None:
    """Joined files of other layouts keep each place that the first one has; the rest is mixed to the front."""
    first = named(parts[0][0])
    fitter, out = Fitter(RATE_HZ, first), []
    for name, rate_hz, samples in parts:
        layout = named(name)
        audio = np.zeros((layout.channels, samples), np.float32)
        audio[[c for c, place in enumerate(layout.places) if place in ("FL", "SL", "BL")]] = 0.1
        if "FL" in layout.places:
            made = list(fitter.add(audio, rate_hz, layout))
            out += made
            if rate_hz == RATE_HZ:
                left, right = mix_channels(made[-1], first, 2)
                if first != MONO and "FL" in first.places:
                    assert left.all() and not right.any()
    out += list(fitter.finish())
    assert {len(block) for block in out} <= {first.channels}
    lasts = sum(samples * RATE_HZ // rate_hz for name, rate_hz, samples in parts if "FL" in named(name).places)
    assert abs(sum(block.shape[1] for block in out) - lasts) <= len(parts)

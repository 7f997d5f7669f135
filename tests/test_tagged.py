"""A tagged file through every command that carries tags, as its user sends it: by upload, with real workers."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import mutagen
import numpy as np
import pytest
from mutagen import id3

from engine.audio import decode, encode
from engine.audio.loudness import measure
from engine.audio.tags import Chapter, Tags, read_tags, store_tags
from engine.jobs.tasks import write_tags
from engine.library.record import Record
from engine.parameters import Format
from tests.audio.sounds import noise
from tests.conftest import Running

MODELS = ("htdemucs",)
RATE_HZ = 44_100
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(64)
ARTISTS, GENRES = ["Anna K", "Ben"], ["Pop", "Rock"]


@pytest.fixture(scope="module")
def key(running: Running, tmp_path_factory: pytest.TempPathFactory) -> str:
    """As `tagged.mp3` of the cases: two artists, ReplayGain, MP3Gain, timed lyrics; and a cover, a link, a comment."""
    path = tmp_path_factory.mktemp("sources") / "tagged.mp3"
    encode.write(path, noise(2, 2 * RATE_HZ, level=0.2), RATE_HZ, format=Format.MP3)
    tags = id3.ID3()
    tags.add(id3.TIT2(encoding=3, text=["Title"]))
    tags.add(id3.TPE1(encoding=3, text=ARTISTS))
    tags.add(id3.TCON(encoding=3, text=GENRES))
    tags.add(id3.TSOP(encoding=3, text=["K, Anna", "Ben"]))
    tags.add(id3.TCMP(encoding=3, text=["1"]))
    tags.add(id3.POPM(email="me@home", rating=196, count=1))
    tags.add(id3.COMM(encoding=3, lang="eng", desc="", text=["mine"]))
    tags.add(id3.TXXX(encoding=3, desc="DESCRIPTION", text=["its story"]))
    tags.add(id3.SYLT(encoding=3, lang="eng", format=2, type=1, desc="", text=[("one", 500)]))
    tags.add(id3.CHAP(element_id="a", start_time=1000, end_time=2000, sub_frames=[id3.TIT2(encoding=3, text=["b"])]))
    tags.add(id3.APIC(encoding=0, mime="image/png", type=3, desc="", data=PICTURE))
    tags.add(id3.APIC(encoding=0, mime="-->", type=4, desc="link", data=b"http://example.org/back.png"))
    for name, text in (
        ("MP3GAIN_MINMAX", "089,179"), ("REPLAYGAIN_TRACK_PEAK", "0.998"), ("REPLAYGAIN_TRACK_GAIN", "-9.80 dB"),
        ("REPLAYGAIN_ALBUM_GAIN", "-9.10 dB"),
    ):  # fmt: skip
        tags.add(id3.TXXX(encoding=3, desc=name, text=[text]))
    tags.save(path)
    return running.upload(path)


def done(running: Running, command: str, **params: Any) -> tuple[Record, Path]:
    record = running.made(command, **params)
    return record, running.audio(record.id)


def assert_kept(path: Path, *, title: str, own: str, at_s: tuple[float, float] = (0.5, 1.0)) -> None:
    """All that the source said, the loudness as it now is, and what made it in a field of its own."""
    tags = mutagen.File(path).tags
    if isinstance(tags, id3.ID3):
        assert (tags["TPE1"].text, tags["TCON"].text, tags["TIT2"].text) == (ARTISTS, GENRES, [title])
        assert tags["COMM::eng"].text == ["mine"] and tags["TXXX:audiocraft-webui"].text == [own]
        assert tags["TENC"].text == ["audiocraft-webui"]
        assert tags["APIC:"].data == PICTURE and len(tags.getall("APIC")) == 1
    else:
        assert (tags["artist"], tags["genre"], tags["title"]) == (ARTISTS, GENRES, [title])
        assert (tags["comment"], tags["audiocraft-webui"]) == (["mine"], [own])
        assert tags["encoded_by"] == ["audiocraft-webui"]
    said = read_tags(path)
    assert said.values["description"] == ["its story"] and said.values["artistsort"] == ["K, Anna", "Ben"]
    assert said.values["compilation"] == ["1"] and said.rating == pytest.approx(0.8)
    assert said.timed_lyrics == [(at_s[0], "one")] and [cover.data for cover in said.covers] == [PICTURE]
    assert [(c.start_s, c.title) for c in said.chapters] == [(pytest.approx(at_s[1], abs=1e-3), "b")]
    levels = {name for name in said.values if name.startswith(("replaygain", "r128", "mp3gain"))}
    lufs = measure(*decode.read(path)).loudness_lufs
    assert lufs is not None
    if path.suffix == ".opus":
        assert levels == {"r128_track_gain"}
    else:
        assert levels == {"replaygain_track_gain", "replaygain_track_peak"}
        assert float(said.texts["replaygain_track_gain"].split()[0]) == pytest.approx(-18 - lufs, abs=0.1)


@pytest.mark.parametrize("format_", ["wav", "flac", "mp3"])
def test_upscale(running: Running, key: str, format_: str) -> None:
    record, path = done(running, "upscale", source=key, model="harmonic", seed=1, format=format_)
    assert_kept(path, title="Title · restored", own="upscale: harmonic, seed 1")
    assert record.parameters.format_note == "cover_lost"


@pytest.mark.parametrize("format_", ["wav", "flac"])
def test_match(running: Running, key: str, tmp_path: Path, format_: str) -> None:
    reference = tmp_path / "r.wav"
    encode.write(reference, noise(2, 3 * RATE_HZ, seed=5, level=0.05), RATE_HZ, format=Format.WAV)
    record, path = done(running, "match", source=key, reference=running.upload(reference), format=format_)
    assert_kept(path, title="Title in the style of r", own=read_tags(path).texts["audiocraft-webui"])
    assert read_tags(path).texts["audiocraft-webui"].startswith("match: match")
    assert record.parameters.format_note == "cover_lost"


@pytest.mark.parametrize("delay_s", [0.5, -0.5])
def test_a_match_that_is_aligned_moves_its_chapters(running: Running, tmp_path: Path, delay_s: float) -> None:
    sound, lead = noise(2, 6 * RATE_HZ, level=0.2), np.zeros((2, RATE_HZ // 2), np.float32)
    late = np.concatenate([lead, sound], axis=1)
    source, reference = (late, sound) if delay_s > 0 else (sound, late)
    encode.write(tmp_path / "s.flac", source, RATE_HZ, format=Format.FLAC)
    encode.write(tmp_path / "r.flac", reference, RATE_HZ, format=Format.FLAC)
    store_tags(tmp_path / "s.flac", Tags(chapters=[Chapter(0.0, "a"), Chapter(2.0, "b")]))
    keys = {"source": running.upload(tmp_path / "s.flac"), "reference": running.upload(tmp_path / "r.flac")}
    record, path = done(running, "match", **keys, mode="A", align_trim=True, format="wav")
    moved_s = record.details["match"]["aligned"]["delay_s"]
    assert moved_s == pytest.approx(delay_s, abs=0.01)
    places = [chapter.start_s for chapter in read_tags(path).chapters]
    assert places == [pytest.approx(max(0.0, at - moved_s), abs=1e-3) for at in (0.0, 2.0)]


def test_split_and_mix(running: Running, key: str) -> None:
    record, path = done(running, "split", source=key, format="flac")
    assert_kept(path, title="Title · stems", own="split: htdemucs")
    for stem in record.stems:
        file = running.settings.output / "stems" / record.name / stem.file
        said = read_tags(file)
        assert said.values["artist"] == ARTISTS and said.values["title"] == [f"Title · {stem.name}"]
        lufs = measure(*decode.read(file)).loudness_lufs
        if lufs is not None:
            assert float(said.texts["replaygain_track_gain"].split()[0]) == pytest.approx(-18 - lufs, abs=0.1)
    for format_ in ("wav", "flac", "mp3"):
        _, path = done(running, "mix", source=f"track:{record.id}", levels="drums bass", format=format_)
        assert_kept(path, title="Title · mix", own="mix: mix")
    _, path = done(running, "mix", source=f"track:{record.id}", format="wav", from_s=0.25, to_s=1.75)
    assert_kept(path, title="Title · mix", own="mix: mix", at_s=(0.25, 0.75))


def test_a_composed_piece_says_what_made_it_and_takes_no_ones_comment(running: Running) -> None:
    _, path = done(running, "generate", model="composer", prompt="calm piano", duration=2, seed=3, format="flac")
    words = read_tags(path).texts
    assert (
        words["audiocraft-webui"].startswith("generate: composer, seed 3") and words["encodedby"] == "audiocraft-webui"
    )
    assert "comment" not in words and "description" not in words


def test_the_artist_of_a_track_is_written_beside_all_the_rest(running: Running, key: str, tmp_path: Path) -> None:
    _, path = done(running, "upscale", source=key, model="harmonic", seed=1, format="wav")
    before, sound = read_tags(path), decode.read(path)[0]
    write_tags(path, tmp_path / "copy.tmp", {"artist": "Новый"})
    after = read_tags(tmp_path / "copy.tmp")
    kept = {name: values for name, values in before.values.items() if name != "artistsort"}  # it sorts the old one
    assert after == replace(before, values=kept | {"artist": ["Новый"]})
    np.testing.assert_array_equal(decode.read(tmp_path / "copy.tmp")[0], sound)

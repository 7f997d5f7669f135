"""Stems over REST: pieces of samples, waveforms and archives, in both async modes."""

import io
import json
import os
import shutil
import subprocess
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import numpy as np
import psutil
import pytest
import soundfile

from engine.audio.layouts import named
from engine.library.record import Record
from engine.parameters import Format
from engine.web.stems import zip_of
from tests.conftest import make_settings
from tests.live import Live, live
from tests.stemmed import RATE_HZ, make_stemmed, noise
from tests.waiting import until

SECONDS = 2.0


@pytest.fixture(scope="module", params=["eventlet", "threading"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Tracks with stems of every kind are there when it starts."""
    folder = tmp_path_factory.mktemp(request.param)
    settings = make_settings(folder)
    stems = {"drums": noise(SECONDS, 1, level=1.5), "bass": noise(SECONDS, 2)}
    make_stemmed(settings, stems, name="float")
    make_stemmed(settings, {"drums": noise(SECONDS, 1), "bass": noise(SECONDS, 2)}, name="王菲", bit_depth="16")
    for format_ in (Format.FLAC, Format.MP3, Format.OGG, Format.OPUS):
        rate_hz = 48_000 if format_ is Format.OPUS else RATE_HZ
        make_stemmed(
            settings, {"drums": noise(SECONDS, 1, rate_hz=rate_hz)}, name=format_, format=format_, rate_hz=rate_hz
        )
    make_stemmed(settings, {"drums": noise(0.5, 1, channels=6)}, name="5.1", layout=named("5.1"))
    make_stemmed(settings, {"drums": noise(0.5, 1)}, name="FL+LFE", layout=named("FL+LFE"))
    make_stemmed(settings, {"drums": noise(1, 5, level=0.5), "bass": noise(1, 6, level=0.25)}, name="to_delete")
    with live(folder, mode=request.param) as running:
        until(lambda: running.json("GET", "/api/library")["total"] >= 9)
        yield running


def track(server: Live, name: str) -> Record:
    path = server.settings.audio_dir / f"{name}.json"
    return Record.model_validate_json(path.read_bytes())


def file_of(server: Live, record: Record, stem: str) -> Path:
    found = next(known for known in record.stems if known.name == stem)
    return server.settings.output / "stems" / record.name / found.file


def piece(server: Live, record: Record, stem: str, query: str) -> tuple[dict[str, str], np.ndarray]:
    """Headers, and the samples [channels, frames]."""
    status, headers, raw = server.request("GET", f"/api/tracks/{record.id}/stems/{stem}/samples?{query}")
    assert status == 200 and int(headers["Content-Length"]) == len(raw), raw[:200]
    return headers, np.frombuffer(raw, "<f4").reshape(-1, int(headers["X-Channels"])).T


@pytest.mark.parametrize("name", ["float", "王菲", "flac", "mp3", "ogg", "opus", "5.1"])
def test_a_piece_holds_exactly_the_samples_of_its_place(server: Live, name: str) -> None:
    record = track(server, name)
    whole = piece(server, record, "drums", "")[1]
    rate_hz = record.stems[0].rate_hz
    assert whole.shape == (2, record.stems[0].samples)
    exact = 1e-6 if name == "5.1" else 0  # sums of floats
    if name not in ("mp3", "ogg", "opus"):
        sound = soundfile.read(file_of(server, record, "drums"), dtype="float32", always_2d=True)[0].T
        if name == "5.1":  # as two ears hear it (ITU-R BS.775), without the low-frequency effects
            left, right, centre, _, *behind = sound
            both = np.float32(0.5**0.5)
            sound = np.stack([left + both * (centre + behind[0]), right + both * (centre + behind[1])])
        np.testing.assert_allclose(whole, sound, rtol=0, atol=exact)
    for start, count in (
        (0, 1),
        (1, 1000),
        (12_345, 4096),
        (whole.shape[1] - 5, 100),
        (whole.shape[1], 10),
        (10**9, 1),
    ):
        headers, part = piece(server, record, "drums", f"from={start}&count={count}")
        np.testing.assert_allclose(part, whole[:, start : start + count], rtol=0, atol=exact)
        assert headers["X-Sample-Rate"] == str(rate_hz)
    deadline = time.monotonic() + 5  # the file goes when the answer is closed, a moment after its last byte
    while list(server.settings.peaks_dir.glob(".*")):
        assert time.monotonic() < deadline


def test_low_frequency_effects_are_no_right_side(server: Live) -> None:
    record = track(server, "FL+LFE")
    whole = piece(server, record, "drums", "")[1]
    sound = soundfile.read(file_of(server, record, "drums"), dtype="float32", always_2d=True)[0].T
    assert np.array_equal(whole[0], sound[0]) and not whole[1].any()


def test_pieces_are_limited_and_wrong_numbers_refused(server: Live) -> None:
    record = track(server, "float")
    place = f"/api/tracks/{record.id}/stems/drums/samples"
    for query in (
        "from=-1",
        "from=x",
        "from=nan",
        "count=0",
        "count=-5",
        "count=99999999999",
        "from=1e99",
        "count=inf",
    ):
        status, _, raw = server.request("GET", f"{place}?{query}")
        assert status == 400 and json.loads(raw)["error"]["code"] == "INVALID_INPUT", query
    for stem in ("vocals", "..%2fdrums", "%00", "drums.wav", "a" * 3000):
        for what in ("samples", "peaks", "audio"):
            status, _, raw = server.request("GET", f"/api/tracks/{record.id}/stems/{stem}/{what}")
            assert status == 404 and json.loads(raw)["error"]["code"] == "NOT_FOUND", (stem, what)


def test_a_waveform_is_made_kept_and_goes_with_the_track(server: Live) -> None:
    settings = server.settings
    made = track(server, "to_delete")
    for stem, level in (("drums", 0.5), ("bass", 0.25)):
        peaks = server.json("GET", f"/api/tracks/{made.id}/stems/{stem}/peaks")
        assert max(peaks["peaks"][0]) == pytest.approx(level, abs=0.01) and peaks["duration_s"] == 1
    kept = settings.peaks_dir / f"{made.id}.stems"
    assert sorted(path.name for path in kept.iterdir()) == ["bass.json", "drums.json"]
    server.json("PATCH", f"/api/tracks/{made.id}", {"artist": "Анна"})
    assert server.request("GET", f"/api/tracks/{made.id}/stems/drums/peaks")[0] == 200
    assert piece(server, track(server, "Анна_to_delete"), "drums", "count=5")[1].shape == (2, 5)
    assert server.request("DELETE", f"/api/tracks/{made.id}")[0] == 200
    assert not kept.exists()


def test_a_stem_is_served_as_what_it_is(server: Live) -> None:
    for name, mime in (("flac", "audio/flac"), ("mp3", "audio/mpeg"), ("float", "audio/wav")):
        url = f"/api/tracks/{track(server, name).id}/stems/drums/audio"
        assert server.request("GET", url)[1]["Content-Type"] == mime


@pytest.mark.parametrize(
    ("query", "names"),
    [("", ["drums", "bass"]), ("?stems=bass", ["bass"]), ("?stems=bass,drums,bass", ["bass", "drums"])],
)
def test_an_archive_holds_the_stems_as_they_are(server: Live, tmp_path: Path, query: str, names: list[str]) -> None:
    record = track(server, "王菲")
    status, headers, raw = server.request("GET", f"/api/tracks/{record.id}/stems.zip{query}")
    assert (status, headers["Content-Type"]) == (200, "application/zip") and int(headers["Content-Length"]) == len(raw)
    assert quote("王菲 · stems.zip") in headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [f"王菲 · {name}.wav" for name in names]
        for name in names:
            assert archive.read(f"王菲 · {name}.wav") == file_of(server, record, name).read_bytes()
            assert archive.getinfo(f"王菲 · {name}.wav").compress_type == zipfile.ZIP_STORED
    if shutil.which("unzip"):
        (tmp_path / "a.zip").write_bytes(raw)
        assert subprocess.run(["unzip", "-t", tmp_path / "a.zip"], capture_output=True, check=False).returncode == 0


def test_an_archive_of_what_is_not_there_is_refused(server: Live) -> None:
    record = track(server, "float")
    for query in ("?stems=vocals", "?stems=", "?stems=drums,..%2fx", "?stems=%00"):
        status, _, raw = server.request("GET", f"/api/tracks/{record.id}/stems.zip{query}")
        assert status == 404 and json.loads(raw)["error"]["code"] == "NOT_FOUND", query
    job = server.json("POST", "/api/jobs", {"command": "debug", "params": {}})
    plain = server.finished(job["job_id"])["track_ids"][0]
    assert server.request("GET", f"/api/tracks/{plain}/stems.zip")[0] == 404


def test_a_long_archive_neither_holds_the_server_up_nor_fills_its_memory(server: Live) -> None:
    record = track(server, "5.1")
    path = file_of(server, record, "drums")
    before = path.read_bytes()
    process = psutil.Process(server.process.pid)
    with path.open("r+b") as file:
        file.truncate(600 * 2**20)
    try:
        sizes: list[int] = []
        reader = threading.Thread(
            target=lambda: sizes.append(len(server.request("GET", f"/api/tracks/{record.id}/stems.zip")[2]))
        )
        held = process.memory_info().rss
        reader.start()
        slowest, most = 0.0, held
        while reader.is_alive():
            began = time.monotonic()
            server.json("GET", "/api/health")
            slowest, most = max(slowest, time.monotonic() - began), max(most, process.memory_info().rss)
        reader.join()
    finally:
        path.write_bytes(before)
    print(f"\nslowest answer meanwhile {slowest:.3f} s, {(most - held) / 2**20:.1f} MiB more")
    assert sizes[0] > 600 * 2**20 and slowest < 0.5 and most - held < 48 * 2**20


@pytest.mark.slow
def test_an_archive_past_four_gigabytes_is_valid(tmp_path: Path, full: bool) -> None:
    """The reduced count goes through the sizes alone; the full one writes the archive."""
    sizes = {"a.wav": 2**32 - 1, "b.wav": 10, "c.wav": 7}
    for name, size in sizes.items():
        with (tmp_path / name).open("wb") as file:
            file.truncate(size)
    answer = zip_of((path.stem, path) for path in map(tmp_path.joinpath, sizes))
    assert (answer.content_length or 0) > sum(sizes.values())
    if not full:
        return
    path = tmp_path / "long.zip"
    with path.open("wb") as file:
        file.writelines(answer.iter_encoded())
    assert path.stat().st_size == answer.content_length
    with zipfile.ZipFile(path) as archive:
        assert {info.filename: info.file_size for info in archive.infolist()} == sizes and archive.testzip() is None


def test_a_file_that_changes_while_it_is_packed_breaks_the_archive_off(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(bytes(100_000))
    for size in (99_999, 100_001):
        answer = zip_of([("a", tmp_path / "a.wav")])
        os.truncate(tmp_path / "a.wav", size)
        with pytest.raises(RuntimeError):
            list(answer.iter_encoded())
        os.truncate(tmp_path / "a.wav", 100_000)

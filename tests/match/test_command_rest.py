"""Matches from outside: REST for the page and programs, and the command line."""

import io
import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.audio.encode import write
from engine.match.style import EqBand, LoudnessTarget, StyleParams
from engine.match.vstpreset import CLASS_ID, VstPreset, pack
from engine.parameters import Format
from tests.conftest import make_settings
from tests.live import Live, live
from tests.match.test_command import RATE_HZ, music
from tests.stemmed import make_stemmed
from tests.test_terminal import run as run_terminal

STYLE = StyleParams(eq=(EqBand(f_hz=500, gain_db=3, q=1),), lufs=LoudnessTarget(target_db=-18)).model_dump(mode="json")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("match")
    make_stemmed(make_settings(folder), {"drums": music(4, 1)}, name="song")
    with live(folder) as running:
        deadline = time.monotonic() + 30
        while not running.json("GET", "/api/tracks")["total"]:  # the library is compared with the disk
            assert time.monotonic() < deadline
        yield running


def key(server: Live, name: str = "song") -> str:
    return f"track:{json.loads((server.settings.audio_dir / f'{name}.json').read_text())['id']}"


@pytest.fixture(scope="module")
def matched(server: Live) -> str:
    """The id of a track that a match made."""
    params = {"source": key(server), "style": json.dumps(STYLE)}
    job = server.json("POST", "/api/jobs", {"command": "match", "params": params})
    row = server.finished(job["job_id"])
    assert row["status"] == "COMPLETED", row["error"]
    return str(row["track_ids"][0])


def test_all_data_come_as_a_file_and_go_with_the_track(server: Live, matched: str) -> None:
    status, headers, body = server.request("GET", f"/api/tracks/{matched}/match")
    data = json.loads(body)
    assert status == 200 and ".match.json" in headers["Content-Disposition"]
    assert data["style_params"] == STYLE and data["sources"] == [key(server)] and data["charts"]["spectrum"]["lines"]
    assert server.request("GET", f"/api/tracks/{key(server).removeprefix('track:')}/match")[0] == 404


def test_an_excerpt_is_rendered_for_the_asking(server: Live) -> None:
    asked = {"params": {"source": key(server), "style": json.dumps(STYLE)}, "from_s": 1.0, "rate_hz": 48_000}
    status, headers, body = server.request("POST", "/api/match/spot", asked | {"own_lufs": -20.0})
    facts = json.loads(headers["X-Match"])
    assert status == 200 and (facts["rate_hz"], facts["channels"], facts["samples"]) == (48_000, 2, 3 * 48_000)
    sound = np.frombuffer(body, "<f4").reshape(-1, 2)
    assert len(sound) == facts["samples"] and 0 < np.abs(sound).max() <= 1
    assert list(server.settings.peaks_dir.glob(".*")) == []


@pytest.mark.parametrize(
    "change",
    [
        {"params": None}, {"params": {}}, {"params": {"source": "track:" + "0" * 32, "style": "{}"}},
        {"from_s": -1}, {"from_s": "1"}, {"from_s": 1e9}, {"from_s": True}, {"rate_hz": 1}, {"rate_hz": None},
        {"own_lufs": "loud"}, {"more": 1}, {"from_s": 100},
    ],
)  # fmt: skip
def test_a_hostile_excerpt_is_refused(server: Live, change: dict[str, Any]) -> None:
    asked = {"params": {"source": key(server), "style": "{}"}, "from_s": 0.0, "rate_hz": 44_100, "own_lufs": None}
    status, _, body = server.request("POST", "/api/match/spot", asked | change)
    assert status in (400, 404) and json.loads(body)["error"]["code"] in ("INVALID_INPUT", "NOT_FOUND")
    assert server.request("POST", "/api/match/spot", [1])[0] == 400


def test_a_style_is_exported_as_all_its_files(server: Live) -> None:
    status, headers, body = server.request("POST", "/api/match/export", {"style": STYLE, "form": "zip", "name": "tön"})
    assert status == 200 and "t%C3%B6n.zip" in headers["Content-Disposition"]
    names = zipfile.ZipFile(io.BytesIO(body)).namelist()
    assert {Path(name).suffix for name in names} == {".json", ".wav", ".txt", ".yml", ".vstpreset"}


@pytest.mark.parametrize(
    "asked",
    [
        {}, {"style": 1, "form": "json"}, {"style": {}, "form": "exe"}, {"style": {"eq": 1}, "form": "json"},
        {"style": {"reverb": {"ir_key": "track:" + "0" * 32}}, "form": "json"},
        {"style": {}, "form": "json", "rate_hz": 1},
        {"style": {"reverb": {"ir_key": "../../etc"}}, "form": "ir_wav"},
    ],
)  # fmt: skip
def test_a_hostile_export_is_refused(server: Live, asked: Any) -> None:
    status, _, body = server.request("POST", "/api/match/export", asked)
    assert status in (400, 404) and json.loads(body)["error"]["message"]
    assert server.request("POST", "/api/match/export")[0] == 415


def test_an_exported_vstpreset_is_imported_as_the_same_style(server: Live) -> None:
    asked = {"style": STYLE, "form": "vstpreset"}
    status, _, file = server.request("POST", "/api/match/export", asked)
    assert status == 200
    status, _, body = server.request("POST", "/api/match/import", file)
    found = StyleParams.model_validate(json.loads(body)["style"])
    assert status == 200 and found == StyleParams.model_validate(STYLE)


@pytest.mark.parametrize("language", ["en", "ru", "zh"])
@pytest.mark.parametrize(
    ("file", "key"),
    [
        (b"", "vstpreset_damaged"), (b"VST3", "vstpreset_damaged"), (b"RIFF" * 50, "vstpreset_damaged"),
        (pack(VstPreset(CLASS_ID, {"Comp": b"[" * 100_000})), "vstpreset_damaged"),
        (pack(VstPreset("0" * 32, {"Comp": b"x"})), "vstpreset_foreign"),
        (bytes(2**20 + 1), "request_too_large"),
    ],
)  # fmt: skip
def test_a_hostile_preset_is_refused_in_words(server: Live, file: bytes, key: str, language: str) -> None:
    status, _, body = server.request("POST", "/api/match/import", file, {"X-Language": language})
    error = json.loads(body)["error"]
    assert status in (400, 413) and error["detail"]["key"] == f"error.{key}" and len(error["message"]) > 10


def test_the_schema_names_every_part(server: Live) -> None:
    schema = server.json("GET", "/api/match/schema")
    assert set(schema["properties"]) == set(StyleParams.model_fields)


def test_the_command_line_matches_two_files(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 2)):
        write(tmp_path / f"{name}.wav", music(4, seed), RATE_HZ, format=Format.WAV)
    files = ["--source", str(tmp_path / "a.wav"), "--reference", str(tmp_path / "b.wav")]
    done = run_terminal(tmp_path, "match", *files, "--aspects", "tone", "--json")
    record = json.loads(done.stdout)
    assert done.returncode == 0 and record["command"] == "match" and record["prompt"] == "a ≈ b"
    assert record["details"]["match"]["rendered"]["lufs"] is None and record["details"]["match"]["decisions"]

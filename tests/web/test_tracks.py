"""The library over REST: lists, marks, names, pictures, scores, stems and uploads."""

import io
import json
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
import soundfile
from mutagen.wave import WAVE
from PIL import Image

from tests.live import Live
from tests.made_tracks import silence
from tests.web.test_api import made


def uploaded(server: Live, data: bytes, name: str = "a.wav") -> tuple[int, Any]:
    body = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    status, _, raw = server.request(
        "POST", "/api/uploads", body + data + b"\r\n--x--\r\n", {"Content-Type": "multipart/form-data; boundary=x"}
    )
    return status, json.loads(raw)


def test_lists_are_searched_filtered_sorted_and_paged(server: Live) -> None:
    for number in range(5):
        made(server, prompt=f"Список {number}", duration=0.1 * (5 - number))
    listed = server.json("GET", "/api/tracks?q=%D0%A1%D0%9F%D0%98%D0%A1%D0%9E%D0%9A&sort=shortest&limit=2&offset=1")
    assert (listed["total"], listed["offset"]) == (5, 1)
    assert [row["prompt"] for row in listed["tracks"]] == ["Список 3", "Список 2"]
    assert server.json("GET", "/api/tracks?command=split&limit=0") == {"tracks": [], "total": 0, "offset": 0}
    summary = server.json("GET", "/api/library")
    assert summary["commands"]["debug"] >= 5
    assert sum(summary["commands"].values()) == summary["total"] == server.json("GET", "/api/tracks?limit=0")["total"]


def test_a_new_artist_renames_the_files_and_their_tags(server: Live) -> None:
    track = made(server, prompt="to rename", seed=4)
    row = server.json("PATCH", f"/api/tracks/{track['id']}", {"artist": " Лю \u202e流\n", "favourite": True})
    assert row["name"] == f"Лю-流_{track['name']}" and row["artist"] == "Лю 流" and row["favourite"]
    now = server.json("GET", f"/api/tracks/{track['id']}")
    assert now["parameters"]["artist"] == now["artist"] == "Лю 流" and now["file"] == f"{row['name']}.wav"
    audio = server.settings.audio_dir / now["file"]
    assert str(WAVE(audio).tags["TPE1"]) == "Лю 流" and soundfile.info(audio).frames == track["samples"]
    assert (
        server.request("GET", now["audio_url"])[0] == server.request("GET", f"{now['audio_url'][:-5]}peaks")[0] == 200
    )
    server.json("PATCH", f"/api/tracks/{track['id']}", {"artist": None})
    bare = server.json("GET", f"/api/tracks/{track['id']}")
    assert bare["name"] == track["name"] and bare["artist"] is None
    assert not [p.name for p in server.settings.audio_dir.iterdir() if p.name.startswith((".", "Лю"))]


def test_a_spectrogram_shows_where_the_sound_is(server: Live) -> None:
    track = made(server, duration=2.0, seed=6)
    status, headers, raw = server.request("GET", f"/api/tracks/{track['id']}/spectrogram")
    assert (status, headers["Content-Type"]) == (200, "image/png")
    picture = np.asarray(Image.open(io.BytesIO(raw)).convert("L"), float)
    sound, rate_hz = soundfile.read(server.settings.audio_dir / track["file"])
    spectrum = np.abs(np.fft.rfft(sound[:, 0]))
    loudest_hz = np.argmax(spectrum) * rate_hz / sound.shape[0]
    row = int(np.argmax(picture.mean(axis=1)))
    assert abs((picture.shape[0] - 0.5 - row) * rate_hz / 2 / picture.shape[0] - loudest_hz) < 2 * rate_hz / 512
    server.request("DELETE", f"/api/tracks/{track['id']}")
    assert not list(server.settings.peaks_dir.glob(f"{track['id']}*"))


def test_a_closer_look_is_drawn_from_that_part_alone(server: Live) -> None:
    track = made(server, duration=3.0, seed=16)
    address = f"/api/tracks/{track['id']}"
    sound, rate_hz = soundfile.read(server.settings.audio_dir / track["file"])
    part = server.json("GET", f"{address}/peaks?from_s=1&to_s=1.5&points=200")
    assert part["duration_s"] == pytest.approx(0.5, abs=1 / rate_hz)
    high, low = np.array(part["peaks"])
    spans = np.array_split(sound[rate_hz : rate_hz + rate_hz // 2], 200)
    assert len(high) == 200
    assert np.median(np.abs(high - [span.max() for span in spans])) < 0.01
    assert np.median(np.abs(low - [span.min() for span in spans])) < 0.01
    status, headers, raw = server.request("GET", f"{address}/spectrogram?from_s=1&to_s=1.5")
    assert (status, headers["Content-Type"]) == (200, "image/png")
    assert Image.open(io.BytesIO(raw)).width > 300, "half a second in steps finer than the whole is drawn in"
    assert server.json("GET", f"{address}/peaks?from_s=50&to_s=51")["peaks"] == [[], []], "past the end"
    for query in ("from_s=1&to_s=0", "to_s=901", "to_s=x", "from_s=-1&to_s=1", "to_s=1&points=0", "to_s=nan"):
        for picture in ("peaks", "spectrogram"):
            assert server.request("GET", f"{address}/{picture}?{query}")[0] == 400, query
    assert not list(server.settings.peaks_dir.glob("*.tmp"))


def test_scores_and_stems_lie_beside_the_track(server: Live) -> None:
    track = made(server, beside=True, duration=1.0)
    score = server.json("GET", f"/api/tracks/{track['id']}/score")
    assert score["parts"] == [{"name": "tone", "program": 5, "drums": False, "notes": [[0.25, 0.5, 60, 90]]}]
    assert server.request("GET", track["midi_url"])[1]["Content-Type"] == "audio/midi"
    assert [stem["name"] for stem in track["stems"]] == ["high", "low"]
    for stem in track["stems"]:
        sound, _ = soundfile.read(io.BytesIO(server.request("GET", stem["audio_url"])[2]))
        assert sound.shape[0] == stem["samples"] == track["samples"]
    plain = made(server)
    assert plain["midi_url"] is None and server.request("GET", f"/api/tracks/{plain['id']}/score")[0] == 404


def test_uploads_are_listed_played_and_deleted(server: Live) -> None:
    status, row = uploaded(server, silence(8000), "клип <1>.wav")
    assert status == 201 and row["duration_s"] == 1.0
    assert row["key"] in [listed["key"] for listed in server.json("GET", "/api/uploads")["uploads"]]
    identity = row["key"].removeprefix("upload:")
    status, headers, raw = server.request("GET", row["audio_url"], headers={"Range": "bytes=0-3"})
    assert (status, headers["Content-Type"], raw) == (206, "audio/wav", b"RIFF")
    job = server.json("POST", "/api/jobs", {"command": "debug", "params": {"source": row["key"], "step_s": 0.5}})
    assert server.request("DELETE", f"/api/uploads/{identity}")[0] == 400  # a job needs it
    server.finished(job["job_id"])
    assert server.request("DELETE", f"/api/uploads/{identity}")[0] == 200
    assert server.request("GET", f"/api/uploads/{identity}")[0] == 404


def test_a_page_with_script_in_it_is_never_served_as_one(server: Live) -> None:
    status, row = uploaded(server, silence(800) + b"<script>alert(1)</script>", "x.html")
    assert status == 201
    headers = server.request("GET", row["audio_url"])[1]
    assert headers["Content-Type"] == "audio/wav" and headers["X-Content-Type-Options"] == "nosniff"


def test_a_cover_is_drawn_in_the_colour_of_the_key_that_is_known_now(server: Live) -> None:
    job = server.json("POST", "/api/jobs", {"command": "debug", "params": {"duration": 0.5}})
    path = f"/api/tracks/{server.finished(job['job_id'])['track_ids'][0]}"
    covers = [server.request("GET", f"{path}/cover")[2]]
    for key in ("E minor", "C major", "E minor"):
        facts = server.json("POST", f"{path}/annotations", {"key": {"name": key}})
        covers.append(server.request("GET", f"{path}/cover")[2])
        assert covers[-1] == server.request("GET", f"{path}/cover")[2]
    assert covers[1] == covers[3] and len(set(covers)) == 3, "grey, and two hues"
    server.json("POST", f"{path}/annotations/{facts['annotations'][-1]['id']}/undo", {})
    assert server.request("GET", f"{path}/cover")[2] == covers[2]


def test_the_report_is_made_when_it_is_asked_for_and_saved_under_the_title(server: Live) -> None:
    job = server.json("POST", "/api/jobs", {"command": "debug", "params": {"duration": 0.5}})
    track_id = server.finished(job["job_id"])["track_ids"][0]
    server.json("PATCH", f"/api/tracks/{track_id}", {"title": "Ночь/夜"})
    path = f"/api/tracks/{track_id}"
    status, headers, body = server.request("GET", f"{path}/analysis.json")
    assert (status, json.loads(body)["track"]["title"]) == (200, "Ночь/夜")
    assert quote("Ночь_夜.analysis.json") in headers["Content-Disposition"]
    server.json("POST", f"{path}/annotations", {"tempo": {"bpm": 97.5}})
    assert server.json("GET", f"{path}/analysis.json")["tempo"]["bpm"] == 97.5
    status, headers, body = server.request("GET", f"{path}/analysis.md?language=ru")
    assert status == 200 and headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert "97,5 BPM" in body.decode() and "исправлено вами" in body.decode()
    assert b"corrected by you" in server.request("GET", f"{path}/analysis.md?language=../x")[2]
    assert quote("Ночь_夜.analysis.md") in headers["Content-Disposition"]
    assert "stems" in server.json("GET", "/api/analysis/schema")["properties"]
    for suffix in ("json", "md"):
        assert server.request("GET", f"/api/tracks/{'0' * 32}/analysis.{suffix}")[0] == 404

"""REST and sockets as the page uses them, in both async modes."""

import json
import re
import threading
from typing import Any
from urllib.parse import quote

import socketio

from tests.live import Live


def made(server: Live, **params: Any) -> dict[str, Any]:
    """A finished debug track's summary row, made through REST."""
    job = server.json("POST", "/api/jobs", {"command": "debug", "params": params})
    row = server.finished(job["job_id"])
    return server.json("GET", f"/api/tracks/{row['track_ids'][0]}")


def test_a_track_is_played_by_ranges_and_downloaded_with_its_name(server: Live) -> None:
    track = made(server, duration=1, format="flac")
    status, headers, whole = server.request("GET", track["audio_url"])
    assert status == 200 and headers["Content-Type"] == "audio/flac" and headers["Accept-Ranges"] == "bytes"
    status, headers, part = server.request("GET", track["audio_url"], headers={"Range": "bytes=100-199"})
    assert status == 206 and part == whole[100:200] and headers["Content-Range"] == f"bytes 100-199/{len(whole)}"
    assert server.request("GET", track["audio_url"], headers={"Range": "bytes=99999999-"})[0] == 416
    disposition = server.request("GET", track["download_url"])[1]["Content-Disposition"]
    assert track["title"] == "tone" and "tone.flac" in disposition


def test_a_name_in_any_script_is_downloaded_whole(server: Live) -> None:
    track = made(server, artist="王菲 Анна", prompt="Ночь 夜")
    assert track["name"].startswith("王菲-Анна_debug_")
    disposition = server.request("GET", track["download_url"])[1]["Content-Disposition"]
    assert quote("Ночь 夜.wav") in disposition and disposition.startswith("attachment")


def test_the_last_run_is_kept_with_an_automatic_seed_left_automatic(server: Live) -> None:
    made(server, prompt="remember me")
    last_run = server.json("GET", "/api/state")["last_run"]
    assert last_run["command"] == "debug" and last_run["params"]["prompt"] == "remember me"
    assert last_run["params"]["seed"] == -1
    assert json.loads((server.settings.state_dir / "last_run.json").read_text(encoding="utf-8")) == last_run


def test_what_has_no_effect_is_taken_with_a_note_and_not_kept(server: Live) -> None:
    wish = {"prompt": "tiny", "duration": 1, "seed": 2, "mbd": True, "headroom_db": 20, "prompt_s": 4}
    answer = server.json("POST", "/api/jobs", {"command": "generate", "params": wish})
    (mode, model) = sorted(answer["notes"], key=lambda note: str(note["values"]["names"]), reverse=True)
    assert mode["values"] == {"names": "prompt_s", "because": "continuation_mode=append"}
    assert model["values"] == {"names": "mbd", "because": "model=composer"} and "mbd" in model["message"]
    row = server.finished(answer["job_id"])
    kept = server.json("GET", f"/api/tracks/{row['track_ids'][0]}")["parameters"]
    assert kept["headroom_db"] == 20 and not {"mbd", "prompt_s", "precision", "extend_stride_s"} & set(kept)
    assert server.json("POST", "/api/jobs", {"command": "debug", "params": {"prompt": "x"}})["notes"] == []


def test_typed_values_win_over_the_panel_and_what_they_exclude_is_off(server: Live) -> None:
    panel = {"top_k": 250, "top_p": 0.67, "duration": 30, "mbd": True}
    typed = {"command": "generate", "params": panel, "text": "tiny top_k=100 duration=1 seed=2"}
    answer = server.json("POST", "/api/jobs", typed)
    params = answer["job"]["params"]
    assert (params["top_k"], params["top_p"], params["duration"]) == (100, 0, 1)
    assert answer["notes"] == []  # nothing that the words set is without effect
    row = server.finished(answer["job_id"])
    kept = server.json("GET", f"/api/tracks/{row['track_ids'][0]}")["parameters"]
    assert (kept["top_k"], kept["top_p"]) == (100, None)


def test_peaks_are_there_and_come_back_when_lost(server: Live) -> None:
    track = made(server, duration=1)
    peaks = server.json("GET", f"/api/tracks/{track['id']}/peaks")
    assert abs(max(peaks["peaks"][0]) - 0.25) < 0.01 and abs(peaks["duration_s"] - 1) < 1e-6
    (server.settings.peaks_dir / f"{track['id']}.json").unlink()
    assert server.json("GET", f"/api/tracks/{track['id']}/peaks") == peaks


def test_a_locked_track_stays_and_an_unlocked_one_goes_with_all_its_files(server: Live) -> None:
    track = made(server)
    path = f"/api/tracks/{track['id']}"
    assert server.json("PATCH", path, {"locked": True, "favourite": True})["locked"] is True
    assert server.json("DELETE", path)["error"]["detail"]["key"] == "error.track_locked"
    assert server.json("GET", path)["favourite"] is True
    server.json("PATCH", path, {"locked": False})
    assert server.json("DELETE", path) == {"id": track["id"]}
    assert not list(server.settings.audio_dir.glob(f"{track['name']}.*"))
    assert server.request("GET", path)[0] == 404


def test_errors_speak_the_pages_language(server: Live) -> None:
    path = "/api/tracks/" + "0" * 32
    russian = json.loads(server.request("GET", path, headers={"X-Language": "ru"})[2])["error"]
    assert russian["message"] == "Этого трека больше нет в библиотеке." and russian["code"] == "NOT_FOUND"


def test_the_state_holds_what_a_page_needs(server: Live) -> None:
    state = server.json("GET", "/api/state")
    names = [command["name"] for command in state["commands"]]
    assert names[:1] == ["generate"] and "debug" in names
    assert state["commands"][0]["schema"]["properties"]["duration"]["maximum"] == 600
    assert {"version", "language", "jobs", "tracks", "track_total", "last_run"} <= set(state)


def test_the_server_holds_no_model_package(server: Live) -> None:
    made(server)
    assert server.json("GET", "/api/health")["model_packages"] == []


def test_headers_forbid_inline_scripts_and_framing(server: Live) -> None:
    headers = server.request("GET", "/")[1]
    policy = headers["Content-Security-Policy"]
    (nonce,) = re.findall(r"script-src 'self' 'nonce-([\w-]{22})';", policy)
    assert nonce not in server.request("GET", "/")[1]["Content-Security-Policy"], "each page has its own"
    assert "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert server.request("GET", "/static/js/main.js")[1]["Content-Type"].startswith("text/javascript")


def test_an_upload_is_probed_and_can_be_a_source(server: Live) -> None:
    track = made(server, duration=0.5)
    audio = server.request("GET", track["audio_url"])[2]
    boundary = "----x"
    body = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="клип.bin"\r\n\r\n'.encode()
    body += audio + f"\r\n--{boundary}--\r\n".encode()
    status, _, raw = server.request(
        "POST", "/api/uploads", body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    )
    upload = json.loads(raw)
    assert status == 201 and upload["name"] == "клип.bin" and (upload["rate_hz"], upload["channels"]) == (44100, 2)
    assert abs(upload["duration_s"] - 0.5) < 1e-6
    second = made(server, source=upload["key"])
    assert second["sources"] == [upload["key"]] and second["details"]["source_bytes"] == len(audio)


def test_a_socket_client_sees_its_job_live_from_asking_to_the_track(server: Live) -> None:
    client = socketio.Client()
    seen: dict[str, list[Any]] = {"state": [], "job": [], "track": []}
    done = threading.Event()

    def job_changed(row: dict[str, Any]) -> None:
        if row["request_id"] == f"socket-{server.port}":
            seen["job"].append(row)
            if row["status"] == "COMPLETED":
                done.set()

    client.on("state", seen["state"].append)
    client.on("job", job_changed)
    client.on("track", seen["track"].append)
    client.connect(server.address, transports=["websocket"])
    try:
        text = {"text": "/debug a tone steps=20 step_s=0.02", "request_id": f"socket-{server.port}"}
        answer = client.call("command", text)
        assert done.wait(20)
        row = seen["job"][-1]
        assert row["id"] == answer["job_id"] and row["params"]["prompt"] == "a tone" and row["progress"] == 1
        assert [r["progress"] for r in seen["job"]] == sorted(r["progress"] for r in seen["job"])
        assert any(track["job_id"] == row["id"] for track in seen["track"])
        assert seen["state"][0]["commands"]
        assert client.call("command", text)["job_id"] == row["id"], "a repeated message is the same job"
        assert client.call("command", {"text": 5})["error"]["code"] == "INVALID_INPUT"
        assert client.call("cancel", {"job_id": "nonsense"})["error"]["code"] == "NOT_FOUND"
        assert client.call("retry", None)["error"]["code"] == "INVALID_INPUT"
    finally:
        client.disconnect()


def test_a_job_can_be_canceled_retried_and_forgotten(server: Live) -> None:
    job_id = server.json("POST", "/api/jobs", {"command": "debug", "params": {"steps": 60, "step_s": 0.05}})["job_id"]
    assert server.json("DELETE", f"/api/jobs/{job_id}")["error"]["detail"]["key"] == "error.job_active"
    server.json("POST", f"/api/jobs/{job_id}/cancel", {})
    assert server.finished(job_id)["status"] == "CANCELED"
    server.json("POST", f"/api/jobs/{job_id}/retry", {})
    assert server.finished(job_id)["status"] == "COMPLETED"
    segments = server.json("GET", f"/api/jobs/{job_id}")["segments"]
    last = segments[-1]["attempt"]
    stages = [(one["stage"], one["status"]) for one in segments if one["attempt"] == last]
    assert stages == [("WORKING", "COMPLETED"), ("SAVING", "COMPLETED")]
    server.json("DELETE", f"/api/jobs/{job_id}")
    assert server.request("GET", f"/api/jobs/{job_id}")[0] == 404

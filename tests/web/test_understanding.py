"""What a text means before it is sent: `POST /api/understand`."""

from typing import Any

import pytest

from tests.live import Live

TRACK = "0" * 31 + "1"
DROPPED = "upload:" + "2" * 32


def understood(server: Live, text: str, **more: Any) -> Any:
    return server.json("POST", "/api/understand", {"text": text, "language": "en", **more})


def test_what_is_said_of_the_result_is_told_with_its_words(server: Live) -> None:
    found = understood(server, "five minutes of techno as mp3, three versions")
    assert found["command"] is None and found["edit"] is None
    assert found["heard"] == {
        "duration": {"value": 300.0, "words": "five minutes", "fits": True},
        "variations": {"value": 3, "words": "three versions", "fits": True},
        "format": {"value": "mp3", "words": "as mp3", "fits": True},
    }
    assert understood(server, "20 minutes of drones")["heard"]["duration"]["fits"] is False
    assert "duration" not in understood(server, "15 секунд duration=20")["heard"], "what is typed goes first"
    assert understood(server, "/debug 15 seconds")["heard"] == {}


def test_another_command_gets_the_dropped_or_open_track(server: Live) -> None:
    found = understood(server, "убери вокал из этого", track_id=TRACK)
    params = {"stems": "vocals", "two_stems": True, "source": f"track:{TRACK}"}
    assert found["command"] == {"name": "split", "params": params, "phrase": "убери вокал из этого"}
    assert understood(server, "修复高音", track_id=TRACK, uploads=[DROPPED])["command"]["params"]["source"] == DROPPED
    assert understood(server, "remove the vocals")["command"]["params"] == {"stems": "vocals", "two_stems": True}
    assert understood(server, "/generate remove the vocals")["command"] is None
    found = understood(server, "restore this recording as flac", track_id=TRACK)["command"]
    assert (found["name"], found["params"]) == ("upscale", {"source": f"track:{TRACK}", "format": "flac"})


def test_a_sound_is_found_by_its_title(server: Live) -> None:
    row = server.finished(server.ask(prompt="Quiet Harbour", artist="Anna"))
    name = server.json("GET", f"/api/tracks/{row['track_ids'][0]}")["name"]
    for called in (f"{name}.wav", "Quiet Harbour", "the quiet harbour"):
        found = understood(server, f"make this sound like {called}", track_id=TRACK)["command"]
        assert found["params"] == {"source": f"track:{TRACK}", "reference": f"track:{row['track_ids'][0]}"}
    assert understood(server, "make this sound like rain", track_id=TRACK)["command"] is None


@pytest.mark.parametrize(
    "body",
    [
        [], {}, {"text": 1}, {"text": None}, {"text": "a" * 10_001}, {"text": "a", "command": {}},
        {"text": "a", "track_id": "../../x"}, {"text": "a", "uploads": "upload"}, {"text": "a", "uploads": ["/etc"]},
        {"text": "a", "uploads": [DROPPED] * 501},
    ],
)  # fmt: skip
def test_what_has_not_this_form_is_refused(server: Live, body: Any) -> None:
    assert server.json("POST", "/api/understand", body)["error"]["code"] == "INVALID_INPUT"


def made(server: Live, **params: Any) -> list[Any]:
    """The records of a piece asked for through REST, without another model than the composer."""
    row = server.finished(server.ask("generate", **params))
    assert row["status"] == "COMPLETED"
    return [server.json("GET", f"/api/tracks/{track_id}") for track_id in row["track_ids"]]


def test_a_piece_is_as_its_prompt_says_and_its_record_tells(server: Live) -> None:
    records = made(server, prompt="два варианта рока, 2 секунды, в flac", seed=7)
    assert [record["parameters"]["seed"] for record in records] == [7, 8]
    assert [record["parameters"]["variation"] for record in records] == [1, 2]
    assert len({record["title"] for record in records}) == 2
    for record in records:
        assert record["duration_s"] == record["parameters"]["duration"] == 2
        assert record["parameters"]["format"] == "flac"
        assert record["heard"] == {"variations": "два варианта", "duration": "2 секунды", "format": "в flac"}
        assert record["details"]["not_heard"] == []


def test_a_parameter_goes_before_the_words(server: Live) -> None:
    (record,) = made(server, prompt="15 seconds of jazz loop", duration=3, loop_mode=False)
    assert (record["duration_s"], record["details"]["loop"]) == (3, False)
    assert record["heard"] == {}


def test_more_than_there_can_be_is_said(server: Live) -> None:
    asked = {"command": "generate", "params": {"prompt": "20 minutes of drones"}}
    error = server.json("POST", "/api/jobs", asked)["error"]
    assert error["detail"]["key"] == "error.heard_beyond" and "20 minutes" in error["message"]
    assert "600" in error["message"]

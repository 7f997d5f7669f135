"""Pieces of the library changed by words, and more like them: from a record, through the queue, to the next record."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.live import Live, live

PROMPT = "lo-fi hip hop, electric piano, 78 bpm"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live(tmp_path_factory.mktemp("pieces")) as running:
        yield running


def made(server: Live, prompt: str, **params: Any) -> dict[str, Any]:
    """The record of what /generate makes."""
    row = server.finished(server.ask("generate", prompt=prompt, **params))
    assert row["status"] == "COMPLETED", row["error"]
    return server.json("GET", f"/api/tracks/{row['track_ids'][0]}")


def refusal(server: Live, **params: Any) -> str:
    status, _, body = server.request("POST", "/api/jobs", {"command": "generate", "params": params})
    assert status == 400
    return body.decode()


def parts(server: Live, record: dict[str, Any]) -> dict[str, list[tuple[int, int]]]:
    """Pitches and velocities of each part of the score that lies beside a track."""
    score = server.json("GET", f"/api/tracks/{record['id']}/score")
    return {part["name"]: [(note[2], note[3]) for note in part["notes"]] for part in score["parts"]}


@pytest.fixture(scope="module")
def first(server: Live) -> dict[str, Any]:
    return made(server, PROMPT, seed=11, duration=12)


def test_an_edit_changes_what_was_asked_and_edits_go_on_from_each_other(server: Live, first: dict[str, Any]) -> None:
    bare = made(server, "without drums", piece=f"track:{first['id']}")
    assert bare["title"] == f"{first['title']} · without drums"
    assert bare["details"]["origin"] | {"title": ""} == {
        "track_id": first["id"], "title": "", "relation": "edit", "refused": [], "not_heard": [],
        "changes": [{"kind": "without", "names": ["drums"]}],
    }  # fmt: skip
    assert bare["parameters"]["seed"] == 11
    assert bare["duration_s"] == first["duration_s"]
    kept = {name: notes for name, notes in parts(server, first).items() if not name.startswith("drums")}
    assert parts(server, bare) == kept

    slower = made(server, "slower", piece=f"track:{bare['id']}")
    assert slower["details"]["tempo_bpm"] < 0.9 * first["details"]["tempo_bpm"]
    assert slower["duration_s"] > 1.1 * first["duration_s"]
    assert slower["details"]["origin"]["changes"][0]["duration_s"]["to"] == round(slower["duration_s"], 1)
    assert [step["words"] for step in slower["details"]["recipe"]["steps"]] == ["without drums", "slower"]
    assert {part["role"] for part in slower["details"]["parts"]} == {part["role"] for part in bare["details"]["parts"]}
    assert slower["details"]["chords"] == first["details"]["chords"]


def test_a_length_that_is_asked_for_holds_whatever_the_tempo(server: Live, first: dict[str, Any]) -> None:
    key = f"track:{first['id']}"
    assert made(server, "slower", piece=key, duration=20)["duration_s"] == 20
    assert made(server, "faster, make it 15 seconds", piece=key)["duration_s"] == 15


def test_more_like_it_keeps_its_kind_and_has_other_motifs(server: Live, first: dict[str, Any]) -> None:
    other = made(server, first["prompt"], like=f"track:{first['id']}", seed=99)
    before, after = first["details"], other["details"]
    assert after["origin"]["relation"] == "like"
    assert (after["genre"], after["metre"]) == (before["genre"], before["metre"])
    assert [p["instrument"] for p in after["parts"]] == [p["instrument"] for p in before["parts"]]
    assert after["tempo_bpm"] == before["tempo_bpm"]  # it was asked for
    assert other["duration_s"] == first["duration_s"]
    assert parts(server, other) != parts(server, first)
    again = made(server, first["prompt"], like=f"track:{first['id']}", seed=99)
    assert parts(server, again) == parts(server, other)
    edited = made(server, "in C minor", piece=f"track:{other['id']}")
    assert edited["details"]["key"] == "C minor"
    assert len(parts(server, edited)) == len(parts(server, other))


def test_what_cannot_be_changed_says_so(server: Live, first: dict[str, Any]) -> None:
    key = f"track:{first['id']}"
    assert "shorter intro" in refusal(server, prompt="purple elephants", piece=key)
    assert "Choose one" in refusal(server, prompt="slower", piece=key, like=key)
    row = server.finished(server.ask("debug", duration=1))
    foreign = f"track:{row['track_ids'][0]}"
    assert "not written by the composer" in refusal(server, prompt="slower", piece=foreign)
    assert "made from another sound" in refusal(server, prompt="again", like=foreign)


def test_the_prompt_is_told_what_an_edit_would_change(server: Live, first: dict[str, Any]) -> None:
    def edit(text: str, track_id: str | None = first["id"]) -> Any:
        return server.json("POST", "/api/understand", {"text": text, "track_id": track_id})["edit"]

    assert edit("slower")["is_edit"]
    assert edit("медленнее")["changes"] == edit("慢一点")["changes"] == edit("slower")["changes"]
    assert not edit("calm piano without drums")["is_edit"]
    assert edit("slow piano") is None
    assert edit("slower", None) is None
    assert edit("/split slower") is None

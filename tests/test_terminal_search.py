"""`./run.sh search`: by itself, and beside a page that owns the folder."""

import json
from pathlib import Path
from typing import Any

import pytest

from engine.messages import translate
from tests.live import live
from tests.tagged import listened, record
from tests.test_terminal import run
from tests.waiting import until


def put(folder: Path) -> dict[str, str]:
    """Title -> id of tracks that lie on disk, and in no index yet."""
    audio = folder / "out" / "audio"
    audio.mkdir(parents=True)
    tracks = [
        record("one", listened(1, "piano", "chillout", bpm=70.2, key="A minor"), title="Nocturne"),
        record("two", listened(2, "techno", bpm=130, key="E minor"), title="Склад 9"),
        record("three", listened(3, "guitar"), title="三"),
        record("four", {}, title="unheard"),
    ]
    for track in tracks:
        (audio / f"{track.name}.json").write_text(json.dumps(track.model_dump(mode="json")))
        (audio / track.file).write_bytes(b"RIFF")
    return {track.title: track.id for track in tracks}


def test_it_searches_without_a_page(tmp_path: Path) -> None:
    ids = put(tmp_path)
    done = run(tmp_path, "search", "spokojnoe piano", "--plain")
    assert (done.returncode, done.stdout) == (1, "")
    done = run(tmp_path, "search", "calm piano at night", "--language", "ru")
    first = done.stdout.splitlines()[0]
    assert done.returncode == 0 and first.startswith("Nocturne") and first.endswith(ids["Nocturne"])
    assert (
        all(said in first for said in (" 70 ", "A minor", translate("term.tag.instruments/piano", "ru"), "%"))
        and ": 1." in done.stderr
    )
    done = run(tmp_path, "search", "--like", ids["Nocturne"], ids["三"], "--low-bpm", "100", "--json")
    found: dict[str, Any] = json.loads(done.stdout)
    assert [row["title"] for row in found["tracks"]] == ["Склад 9"] and found["tracks"][0]["likeness"]


def test_it_searches_by_the_page_that_runs(tmp_path: Path) -> None:
    ids = put(tmp_path)
    with live(tmp_path) as server:
        until(lambda: server.json("GET", "/api/library")["total"] == len(ids))
        done = run(tmp_path, "search", "piano", "--key", "Am", "Em")
        assert done.returncode == 0 and [line.split()[0] for line in done.stdout.splitlines()] == ["Nocturne"]
        refused = run(tmp_path, "search", "--like", ids["unheard"], "--json")
        assert refused.returncode == 2 and json.loads(refused.stderr)["error"]["code"] == "INVALID_INPUT"


@pytest.mark.parametrize("flags", [["--low-bpm", "fast"], ["--key", "H"], ["--like", "../x"], ["--tag", ""]])
def test_what_cannot_be_searched_for_is_refused(tmp_path: Path, flags: list[str]) -> None:
    done = run(tmp_path, "search", "piano", *flags)
    assert done.returncode == 2 and done.stdout == "" and len(done.stderr.splitlines()) == 1

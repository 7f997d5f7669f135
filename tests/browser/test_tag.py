"""What is in a sound: a file of one's own becomes a card that says it, and what is wrong there is put right."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from engine.tag.ears import wanted
from engine.tag.params import TagParams
from tests.browser.conftest import ARTEFACTS, send, soon
from tests.live import Live, live
from tests.tag.real_weights import real_weights

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """With the models that `/tag` listens with."""
    folder = tmp_path_factory.mktemp("tag")
    for model in wanted(TagParams(source="track:" + "0" * 32), folder):
        shutil.copytree(real_weights(model)[0].parent, folder / "models" / model)
    with live(folder) as running:
        yield running


def findings(page: Page, part: str) -> str:
    return page.get_by_test_id("findings").get_by_test_id(part).inner_text()


def test_a_file_is_tagged_its_tempo_put_right_and_the_library_finds_it(
    page: Page, server: Live, tmp_path: Path
) -> None:
    send(page, "/generate pop rock, 120 bpm, A minor, duration=12 seed=3 format=flac")
    expect(page.get_by_test_id("card")).to_be_visible(timeout=60_000)
    made = server.json("GET", "/api/tracks")["tracks"][0]
    record = server.json("GET", f"/api/tracks/{made['id']}")
    mine = shutil.copyfile(server.settings.audio_dir / record["file"], tmp_path / "моя песня.flac")

    page.locator("#command").select_option("tag")
    page.get_by_test_id("file-source").set_input_files(mine)
    expect(page.get_by_test_id("audio-chosen")).to_contain_text("моя песня.flac")
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("findings")).to_be_visible(timeout=120_000)
    assert re.match(r"(119|120|121)(\.\d)? BPM", findings(page, "tempo"))
    assert findings(page, "key") in ("A minor · 8A", "C major · 8B"), "the key or its relative"
    assert findings(page, "sound-kind") in ("Music", "Song")
    expect(page.get_by_test_id("tag").first).to_be_visible()
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / "tag.png")

    track = server.json("GET", "/api/tracks?command=tag")["tracks"][0]
    kept = server.json("GET", f"/api/tracks/{track['id']}")
    assert (server.settings.audio_dir / kept["file"]).read_bytes() == mine.read_bytes(), "the user's file as it was"

    page.get_by_test_id("tempo-switch").click()
    expect(page.get_by_test_id("tempo")).to_have_text(re.compile(r"^\s*(60|240)(\.\d)? BPM"))
    page.get_by_test_id("undo-correction").click()
    expect(page.get_by_test_id("tempo")).to_have_text(re.compile(r"^\s*(119|120|121)"))
    expect(page.get_by_test_id("tempo")).to_be_focused()
    page.get_by_test_id("tempo").click()
    page.get_by_test_id("tempo-input").fill("97.5")
    page.get_by_test_id("tempo-save").click()
    expect(page.get_by_test_id("tempo")).to_have_text(re.compile(r"97[.,]5 BPM"))
    facts = server.json("GET", f"/api/tracks/{track['id']}/annotations")["facts"]
    assert (facts["tempo"]["bpm"], facts["tempo"]["source"], facts["tempo"]["beats_s"]) == (97.5, "user", [])

    again = server.json("POST", "/api/jobs", {"command": "tag", "params": {"source": f"track:{track['id']}"}})
    assert server.finished(again["job_id"], 120)["status"] == "COMPLETED"
    facts = server.json("GET", f"/api/tracks/{track['id']}/annotations")["facts"]
    assert facts["tempo"]["bpm"] == 97.5, "what the user corrected stays"

    first = page.get_by_test_id("tag").first
    name = first.inner_text().strip()
    first.get_by_role("button").click()
    expect(page.get_by_test_id("tag").filter(has_text=name)).to_have_count(0)
    left = [tag["name"] for tag in server.json("GET", f"/api/tracks/{track['id']}/annotations")["facts"]["tags"]]
    found = soon(page, lambda: server.json("GET", f"/api/tracks?q={left[0].replace(' ', '+')}")["tracks"])
    assert [row["id"] for row in found] == [track["id"]], "its tags are among what the library is searched by"


def test_a_track_of_the_composer_keeps_what_its_score_knows(page: Page, server: Live) -> None:
    send(page, "/generate waltz, 150 bpm, G major, duration=8 seed=5")
    expect(page.get_by_test_id("card")).to_be_visible(timeout=60_000)
    made = server.json("GET", "/api/tracks?command=generate")["tracks"][0]
    job = server.json("POST", "/api/jobs", {"command": "tag", "params": {"source": f"track:{made['id']}"}})
    assert server.finished(job["job_id"], 120)["status"] == "COMPLETED"
    facts = server.json("GET", f"/api/tracks/{made['id']}/annotations")["facts"]
    assert (facts["tempo"]["source"], facts["key"]["source"], facts["key"]["name"]) == ("score", "score", "G major")
    expect(page.get_by_test_id("key")).to_have_text("G major · 9B")


def test_what_is_untagged_is_tagged_from_the_library(page: Page, server: Live) -> None:
    for seed in (1, 2, 3):
        server.finished(server.ask(seed=seed, duration=2))
    before = server.json("GET", "/api/tagging")
    assert before["state"] == "idle" and before["total"] - before["tagged"] >= 3
    page.get_by_test_id("open-library").click()
    tagging = page.get_by_test_id("tagging")
    expect(tagging).to_contain_text(f"Not tagged yet: {before['total'] - before['tagged']}")
    page.get_by_test_id("tag-all").click()
    expect(tagging).to_have_attribute("data-state", "running")
    expect(page.get_by_test_id("tagging-pause")).to_be_focused()
    page.get_by_test_id("tagging-pause").click()
    expect(tagging).to_have_attribute("data-state", "paused")
    page.get_by_test_id("tagging-pause").click()
    expect(tagging).to_have_count(0, timeout=400_000)  # it takes what the other tests leave of the processor
    after = server.json("GET", "/api/tagging")
    assert (after["state"], after["tagged"], after["failed"]) == ("idle", after["total"], 0)

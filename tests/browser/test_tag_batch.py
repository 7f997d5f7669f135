"""Many files tagged at once, and what the chat says of what was found."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import test_tag
from tests.browser.test_batch import dropped
from tests.live import Live

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

server = test_tag.server


def test_many_files_are_a_batch_and_one_that_is_broken_stops_no_other(
    page: Page, server: Live, tmp_path: Path, full: bool
) -> None:
    count = 29 if full else 9
    page.locator("#command").select_option("tag")
    dropped(page, tmp_path, tuple(f"take {number}.wav" for number in range(count)), 0.4)
    page.get_by_test_id("choose").get_by_role("button", name="/tag").click()
    batch = page.get_by_test_id("batch")
    expect(batch.get_by_test_id("batch-row")).to_have_count(count, timeout=60_000)
    batch_id = server.json("GET", "/api/jobs")["jobs"][-1]["batch_id"]
    (broken,) = server.finished(server.ask(seed=1))["track_ids"]
    (server.settings.audio_dir / server.json("GET", f"/api/tracks/{broken}")["file"]).write_bytes(b"no sound")
    body = {"batch_id": batch_id, "command": "tag", "sources": [f"track:{broken}"]}
    assert server.request("POST", "/api/batches", body)[0] == 202
    expect(batch.get_by_test_id("batch-row")).to_have_count(count + 1)
    expect(batch).to_have_attribute("data-open", "false", timeout=240_000)
    expect(batch.locator('[data-status="COMPLETED"]')).to_have_count(count)
    expect(batch.locator('[data-status="FAILED"]')).to_have_count(1)
    assert server.json("GET", "/api/tagging")["tagged"] == count
    assert server.json("GET", "/api/tracks?q=take&limit=50")["total"] == count


def test_the_chat_says_what_was_found_in_a_track_of_the_library(page: Page, server: Live) -> None:
    made = server.finished(server.ask("generate", prompt="waltz, 150 bpm, G major", duration=8, seed=5))
    job = server.ask("tag", source=f"track:{made['track_ids'][0]}")
    assert server.finished(job, 120)["status"] == "COMPLETED"
    message = page.locator(f'article[data-job-id="{job}"][data-status="COMPLETED"]')
    expect(message.get_by_test_id("found")).to_have_text(re.compile("^(Music|Song) · 150 BPM · G major"))
    message.get_by_test_id("track-link").click()
    expect(page.get_by_test_id("findings")).to_be_visible()

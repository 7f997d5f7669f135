"""What the page tells in passing: it covers nothing, leaves by itself and can be read again; files that are refused."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Page, expect

from tests.browser.conftest import ONE_MODE
from tests.browser.dropping import drop

SIZES = {"desk": (1440, 900), "phone": (390, 800)}
COVERED = """() => {
  const meets = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  const notices = [...document.querySelectorAll(".notice")].map((node) => node.getBoundingClientRect());
  const inSight = (node, middle) => {
    for (let pane = node.parentElement; pane; pane = pane.parentElement) {
      const { top, bottom } = pane.getBoundingClientRect();
      if (getComputedStyle(pane).overflowY !== "visible" && (middle < top || middle > bottom)) return false;
    }
    return true;
  };
  const under = (box) => document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)?.closest(".notice");
  return [...document.querySelectorAll("button, input, select, textarea, a[href], summary")]
    .filter((node) => node.checkVisibility() && !node.closest(".notice"))
    .filter((node) => {
      const box = node.getBoundingClientRect();
      return notices.some((notice) => meets(box, notice)) && under(box) && inSight(node, box.y + box.height / 2);
    })
    .map((node) => node.outerHTML.slice(0, 120));
}"""
"""The controls that lie under a notice; those that are scrolled out of their pane lie under nothing."""


def silence(samples: int) -> bytes:
    """A WAV of 8 kHz."""
    file = io.BytesIO()
    soundfile.write(file, np.zeros((samples, 1)), 8000, format="WAV")
    return file.getvalue()


@ONE_MODE
@pytest.mark.parametrize("size", SIZES)
def test_notices_cover_nothing_and_can_be_read_again(page: Page, size: str) -> None:
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    for name in ("one.pdf", "two.pdf", "three.pdf"):
        drop(page, {name: b"%PDF"})
        expect(page.get_by_test_id("notice").last).to_contain_text(name)
    expect(page.get_by_test_id("notice")).to_have_count(2)
    assert page.evaluate(COVERED) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_test_id("notice-bell").click()
    expect(page.get_by_test_id("notice-history").get_by_role("listitem")).to_have_count(3)
    expect(page.locator(".bell-count")).to_have_count(0)
    page.get_by_test_id("notice-clear").click()
    expect(page.get_by_test_id("notice-bell")).to_have_count(0)


def test_a_batch_counts_the_files_that_are_refused_and_goes_on_with_the_others(guest: Page, tmp_path: Path) -> None:
    files = {"a.wav": silence(4000), "notes.pdf": b"%PDF", "fake.wav": b"no sound" * 90, "b.wav": silence(4000)}
    drop(guest, {**files, "c.wav": silence(4000)})
    guest.get_by_test_id("choose").get_by_role("button", name="/debug").click()
    batch = guest.get_by_test_id("batch").last
    expect(batch).to_have_attribute("data-open", "false", timeout=120_000)
    expect(batch).to_contain_text("3 of 5")
    expect(batch).to_contain_text("failed: 2")
    expect(batch.get_by_test_id("batch-refused")).to_have_count(2)
    expect(batch.get_by_test_id("batch-refused").filter(has_text="notes.pdf")).to_contain_text("not an audio file")
    expect(batch.get_by_test_id("batch-refused").filter(has_text="fake.wav")).to_contain_text("not an audio file")
    guest.reload()
    expect(guest.get_by_test_id("batch").last.get_by_test_id("batch-refused")).to_have_count(2)


def test_an_import_says_what_was_kept(guest: Page, tmp_path: Path) -> None:
    user = {
        "id": "x1", "role": "user", "at": 1, "text": "from elsewhere", "command": "generate", "request_id": None,
        "job_id": None, "status": None, "error": None, "tracks": [],
    }  # fmt: skip
    made = {**user, "id": "x2", "role": "assistant", "status": "COMPLETED", "tracks": [{"id": "e" * 32, "name": "old"}]}
    file = tmp_path / "chat.json"
    file.write_text(json.dumps({"messages": [user, made, {**user, "role": "root"}, 7]}), encoding="utf-8")
    guest.get_by_test_id("import-chat").set_input_files(file)
    told = guest.get_by_test_id("notice").last
    expect(told).to_contain_text("“chat.json”: messages imported: 2. Unreadable, left out: 2.")
    expect(told).to_contain_text("Tracks that no longer exist: 1.")
    guest.get_by_test_id("import-chat").set_input_files(file)
    expect(guest.get_by_test_id("notice").last).to_contain_text("messages imported: 0. Already here: 2.")

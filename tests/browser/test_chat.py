"""The chat: palette, recall, variations, import, clearing, and what happens when the server goes away."""

import json
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.commands import commands
from tests.browser.conftest import ONE_MODE, send, soon, visiting
from tests.browser.dropping import data_transfer
from tests.live import Live, start

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=alert(1)> <script>alert(2)</script> {{7*7}} 🎹👩‍🚀 שלום \u202eabc\u202c é́̂ & \" '"


def answered(page: Page, title: str) -> None:
    expect(page.get_by_test_id("message-assistant").filter(has_text=title)).to_have_count(1)


@ONE_MODE
def test_the_palette_offers_commands_parameters_and_values(page: Page) -> None:
    box, items = page.get_by_test_id("prompt"), page.get_by_test_id("palette-item")
    box.press_sequentially("/")
    expect(items).to_have_count(len(commands(debug=True)))
    box.press_sequentially("deb")
    expect(items).to_have_count(1)
    box.press("Enter")
    expect(box).to_have_value("/debug ")
    box.press_sequentially("fa")
    expect(items.first).to_contain_text("fail=")
    box.press("Tab")
    box.press_sequentially("DISK")
    expect(items).to_have_count(1)
    expect(box).to_have_attribute("aria-activedescendant", "palette-0")
    box.press("Tab")
    expect(box).to_have_value("/debug fail=DISK_FULL ")
    expect(page.get_by_test_id("chips")).to_contain_text("DISK_FULL")
    box.press_sequentially("steps=")
    expect(page.get_by_test_id("palette")).to_contain_text("1")
    box.press("Escape")
    expect(page.get_by_test_id("palette")).to_have_count(0)
    box.fill("")
    box.press_sequentially("/ge")
    items.first.click()
    expect(box).to_have_value("/generate ")
    expect(box).to_be_focused()


@ONE_MODE
def test_words_override_the_sliders_and_arrow_up_recalls_them(page: Page) -> None:
    send(page, "/debug seed=21 duration=0.5 loud")
    answered(page, "loud")
    send(page, "/debug second seed=22")
    answered(page, "second")
    box = page.get_by_test_id("prompt")
    box.press("ArrowUp")
    expect(box).to_have_value("/debug second seed=22")
    box.press("ArrowUp")
    expect(box).to_have_value("/debug seed=21 duration=0.5 loud")
    box.press("ArrowDown")
    box.press("ArrowDown")
    expect(box).to_have_value("")
    box.fill("line one")
    box.press("Shift+Enter")
    expect(box).to_have_value("line one\n")


def test_a_double_press_is_one_job_and_variations_are_several(page: Page, server: Live) -> None:
    before = len(server.json("GET", "/api/jobs")["jobs"])
    box = page.get_by_test_id("prompt")
    box.fill("/debug twice seed=31")
    expect(page.get_by_test_id("send")).to_be_enabled()
    box.evaluate(
        """box => { for (let i = 0; i < 3; i++)
            box.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true})) }"""
    )
    answered(page, "twice")
    assert len(server.json("GET", "/api/jobs")["jobs"]) == before + 1
    page.get_by_test_id("variations").fill("3")
    page.get_by_test_id("variations").press("Tab")
    send(page, "/debug varied seed=41")
    for number in (1, 2, 3):
        answered(page, f"varied · {number} of 3")
    expect(page.get_by_test_id("message-user").filter(has_text="varied")).to_have_count(1)
    page.get_by_test_id("track-link").filter(has_text="varied · 2 of 3").click()
    page.get_by_test_id("delete").click()
    page.get_by_test_id("confirm-yes").click()
    expect(page.get_by_test_id("message-assistant").filter(has_text="varied · 2 of 3")).to_have_count(0)
    expect(page.get_by_test_id("message-user").filter(has_text="varied")).to_have_count(1)


def test_hostile_text_is_shown_as_text_and_stored_intact(guest: Page, own_server: Live, tmp_path: Path) -> None:
    send(guest, f"/debug {HOSTILE} seed=51")
    answered(guest, "<img src=x")
    job = next(job for job in own_server.json("GET", "/api/jobs")["jobs"] if job["params"]["seed"] == 51)
    record = json.loads(next(own_server.settings.audio_dir.glob("debug_51_*.json")).read_text(encoding="utf-8"))
    assert record["prompt"] == job["params"]["prompt"] == HOSTILE
    expect(guest.get_by_test_id("message-user")).to_contain_text("<img src=x onerror=alert(1)>")
    expect(guest.get_by_test_id("card")).to_contain_text("<script>alert(2)</script>")

    guest.get_by_test_id("artist").click()
    guest.get_by_test_id("artist-name").fill("<b>Анна</b> 🎻 \u202ex")
    guest.get_by_test_id("artist-save").click()
    expect(guest.get_by_test_id("card")).to_contain_text("<b>Анна</b> 🎻")
    renamed = json.loads(next(own_server.settings.audio_dir.glob("*debug_51_*.json")).read_text(encoding="utf-8"))
    assert renamed["artist"] == "<b>Анна</b> 🎻 x"  # what has no shape of its own is taken out of a name

    chat = {
        "messages": [
            {
                "id": "old", "role": "user", "at": 1.0, "text": f"{HOSTILE} imported", "command": "debug",
                "request_id": None, "job_id": None, "status": None, "error": None, "tracks": [],
            },
            {
                "id": "old2", "role": "assistant", "at": 2.0, "text": "", "command": "debug", "request_id": None,
                "job_id": None, "status": "COMPLETED", "error": None, "tracks": [{"id": "f" * 32, "name": HOSTILE}],
            },
        ]
    }  # fmt: skip
    file = tmp_path / "<b>chat<b>.json"
    file.write_text(json.dumps(chat), encoding="utf-8")
    guest.get_by_test_id("import-chat").set_input_files(file)
    expect(guest.get_by_test_id("message-user").filter(has_text="imported")).to_contain_text("<script>alert(2)")
    guest.get_by_test_id("import-chat").set_input_files(file)
    expect(guest.get_by_test_id("message-user").filter(has_text="imported")).to_have_count(1)
    chat["messages"][0]["role"] = "root"
    file.write_text(json.dumps(chat), encoding="utf-8")
    guest.get_by_test_id("import-chat").set_input_files(file)
    expect(guest.get_by_test_id("notice").filter(has_text="<b>chat<b>.json").last).to_be_visible()
    assert guest.locator("img[src=x], b, script:not([src], [type=importmap])").count() == 0


def test_clearing_says_what_goes_and_locked_tracks_stay(guest: Page, own_server: Live) -> None:
    send(guest, "/debug keep me tracks=3 seed=61")
    answered(guest, "keep me")
    guest.get_by_test_id("track-link").first.click()
    guest.get_by_test_id("locked").click()
    expect(guest.get_by_test_id("locked")).to_have_attribute("aria-pressed", "true")
    guest.get_by_test_id("clear-chat").click()
    dialog = guest.get_by_test_id("choose")
    expect(dialog).to_contain_text(re.compile(r"stems: 2;.*stay: 1", re.DOTALL))
    guest.keyboard.press("Escape")
    assert len(list(own_server.settings.audio_dir.glob("*.wav"))) == 3
    guest.get_by_test_id("clear-chat").click()
    guest.get_by_test_id("choose-1").click()
    expect(guest.get_by_test_id("message-user")).to_have_count(0)
    guest.get_by_test_id("open-library").click()
    expect(guest.get_by_test_id("library-row")).to_have_count(1)
    assert len(list(own_server.settings.audio_dir.glob("*.wav"))) == 1


def test_tabs_and_disk_agree(guest: Page, own_server: Live) -> None:
    send(guest, "/debug one seed=71")
    answered(guest, "one")
    send(guest, "/debug two seed=72")
    answered(guest, "two")
    other = guest.context.new_page()
    other.goto(own_server.address)
    answered(other, "one")
    guest.get_by_test_id("track-link").filter(has_text="one").click()
    guest.get_by_test_id("delete").click()
    guest.get_by_test_id("confirm-yes").click()
    expect(other.get_by_test_id("message-user")).to_have_count(1)
    own_server.json("POST", "/api/jobs", {"command": "debug", "params": {"prompt": "elsewhere", "seed": 73}})
    answered(guest, "elsewhere")
    for file in own_server.settings.audio_dir.glob("debug_72_*"):
        file.unlink()
    gone = other.get_by_test_id("track-gone")

    def seen() -> bool:
        """The disk is compared at most once in two seconds, when a page comes."""
        other.reload()
        other.get_by_test_id("message-user").first.wait_for()
        return gone.count() > 0

    soon(other, seen, 30)
    expect(gone).to_contain_text("two")
    expect(guest.get_by_test_id("track-gone")).to_contain_text("two")


def test_a_job_that_was_interrupted_goes_on_in_its_own_line_and_says_so(guest: Page, own_server: Live) -> None:
    send(guest, "/debug long steps=100 step_s=0.05 seed=75")
    line = guest.get_by_test_id("message-system")
    expect(line).to_have_attribute("data-status", "RUNNING")
    expect(guest.get_by_test_id("interrupted")).to_have_count(0)
    (row,) = [row for row in own_server.json("GET", "/api/jobs")["jobs"] if row["status"] == "RUNNING"]
    for worker in own_server.workers():
        worker.kill()
    expect(guest.get_by_test_id("interrupted")).to_contain_text("attempt 2")
    expect(line).to_have_attribute("data-job-id", row["id"])
    expect(guest.get_by_test_id("interrupted")).to_have_count(0, timeout=30_000)
    answered(guest, "long")


def test_a_lost_connection_is_said_and_repaired(browser: Browser, tmp_path: Path) -> None:
    first = start(tmp_path)
    second = None
    try:
        with visiting(browser, first.address) as page:
            send(page, "/debug before seed=81")
            answered(page, "before")
            send(page, "/debug long steps=600 step_s=0.1 seed=82")
            expect(page.get_by_test_id("cancel")).to_have_count(1)
            first.stop()
            expect(page.get_by_test_id("connection")).to_be_visible(timeout=15_000)
            expect(page.get_by_test_id("send")).to_be_disabled()
            second = start(tmp_path, "--port", str(first.port))
            assert second.port == first.port
            expect(page.get_by_test_id("connection")).to_have_count(0, timeout=20_000)
            expect(page.get_by_test_id("message-system")).to_have_attribute(
                "data-status", "RUNNING"
            )  # again, by itself
            page.get_by_test_id("cancel").click()
            send(page, "/debug after seed=83")
            answered(page, "after")
    finally:
        for server in (first, second):
            if server and server.process.poll() is None:
                server.stop()


def test_files_and_text_are_dropped_and_pasted_anywhere(guest: Page, own_server: Live, tmp_path: Path) -> None:
    send(guest, "/debug source seed=91")
    answered(guest, "source")
    sound = shutil.copy(next(own_server.settings.audio_dir.glob("debug_91_*.wav")), tmp_path / "дроп <1>.wav")
    data = Path(sound).read_bytes()
    files = data_transfer(guest, {"дроп <1>.wav": data}, "audio/wav")
    guest.dispatch_event("main", "dragenter", {"dataTransfer": files})
    expect(guest.get_by_test_id("drop-veil")).to_be_visible()
    guest.dispatch_event("main", "drop", {"dataTransfer": files})
    expect(guest.get_by_test_id("drop-veil")).to_have_count(0)
    guest.get_by_test_id("choose").get_by_role("button", name="/debug").click()
    expect(guest.get_by_test_id("audio-chosen")).to_contain_text("дроп <1>.wav")
    expect(guest.locator("#field-source")).to_be_focused()

    words = guest.evaluate_handle(
        "() => { const t = new DataTransfer(); t.setData('text/plain', 'dropped words'); return t }"
    )
    guest.dispatch_event("main", "drop", {"dataTransfer": words})
    expect(guest.get_by_test_id("prompt")).to_have_value("dropped words")
    guest.evaluate(
        """bytes => { const t = new DataTransfer(); t.items.add(new File([new Uint8Array(bytes)], 'notes.pdf'));
            window.dispatchEvent(new ClipboardEvent('paste', {clipboardData: t, bubbles: true, cancelable: true})) }""",
        [1, 2, 3],
    )
    expect(guest.get_by_test_id("notice")).to_contain_text("notes.pdf")

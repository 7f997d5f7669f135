"""Many files at once: dropped, put in another order, held, canceled, retried; then heard beside their source."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Browser, Locator, Page, expect

from engine.audio.resample import resample
from tests.browser.conftest import ARTEFACTS, send, visiting
from tests.browser.dropping import drop
from tests.live import Live, live

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

RATE_HZ = 44_100
NAMES = ("<img src=x onerror=alert(1)>.wav", "вторая песня.wav", "三.wav")


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """One of its own for each test: a page shows every batch that its server knows."""
    with live(tmp_path_factory.mktemp("batch")) as running:
        yield running


@pytest.fixture
def page(browser: Browser, server: Live) -> Iterator[Page]:
    with visiting(browser, server.address) as visitor:
        yield visitor


def dropped(page: Page, folder: Path, names: tuple[str, ...] = NAMES, seconds: float = 3.0) -> None:
    """Sounds of noise that ends at 8 kHz, dropped onto the page together."""
    files: dict[str, bytes] = {}
    for number, name in enumerate(names):
        noise = np.random.default_rng(number).standard_normal((2, round(seconds * 16_000))).astype(np.float32)
        path = folder / f"{number}.wav"
        soundfile.write(path, resample(0.1 * noise, 16_000, RATE_HZ).T, RATE_HZ, "PCM_16")
        files[name] = path.read_bytes()
    drop(page, files, "audio/wav")


def row(page: Page, name: str) -> Locator:
    return page.get_by_test_id("batch-row").filter(has_text=name)


def order(page: Page) -> list[str]:
    return [text.strip() for text in page.locator(".batch-name").all_text_contents()]


def test_three_files_are_dropped_reordered_held_canceled_and_done(page: Page, server: Live, tmp_path: Path) -> None:
    page.locator("#command").select_option("debug")
    page.locator("#field-steps").fill("200")
    page.locator("#field-steps").blur()
    page.locator("#field-step_s").fill("0.05")  # long enough to be held back on a busy machine
    page.locator("#field-step_s").blur()
    dropped(page, tmp_path, seconds=0.5)
    expect(page.get_by_test_id("choose")).to_contain_text("3")
    page.get_by_test_id("choose").get_by_role("button", name="/debug").click()
    expect(page.get_by_test_id("batch-row")).to_have_count(3, timeout=30_000)
    expect(page.get_by_test_id("batch")).to_have_count(1)
    expect(page.get_by_test_id("batch-bar")).to_have_count(1)
    first, second, third = NAMES
    expect(row(page, first)).to_have_attribute("data-status", "RUNNING")
    expect(row(page, third)).to_have_attribute("data-status", "PENDING")
    row(page, third).drag_to(row(page, second))
    expect(page.locator(".batch-name").nth(1)).to_have_text(third)
    assert order(page) == [first, third, second]
    row(page, second).get_by_test_id("batch-up").click()
    expect(page.locator(".batch-name").nth(1)).to_have_text(second)
    page.get_by_test_id("batch-pause").click()
    expect(row(page, second).get_by_test_id("batch-state")).to_have_text("Paused")
    row(page, first).get_by_test_id("batch-close").click()
    expect(row(page, first)).to_have_attribute("data-status", "CANCELED")
    expect(row(page, second)).to_have_attribute("data-status", "PENDING")
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / "batch.png")
    page.reload()
    expect(page.get_by_test_id("batch-row")).to_have_count(3)
    page.get_by_test_id("batch-continue").click()
    expect(row(page, second)).to_have_attribute("data-status", "COMPLETED", timeout=60_000)
    expect(row(page, third)).to_have_attribute("data-status", "COMPLETED", timeout=60_000)
    expect(page.get_by_test_id("batch")).to_have_attribute("data-open", "false")
    expect(page.get_by_test_id("message-system")).to_have_count(0)
    assert server.json("GET", "/api/tracks?command=debug")["total"] == 2


def test_what_failed_is_retried_together(page: Page, server: Live, tmp_path: Path) -> None:
    page.locator("#command").select_option("debug")
    page.get_by_role("button", name="Reset").first.click()
    page.locator("#field-fail").select_option("INTERNAL")
    dropped(page, tmp_path, ("плохо 1.wav", "плохо 2.wav"), 0.5)
    page.get_by_test_id("choose").get_by_role("button", name="/debug").click()
    batch = page.get_by_test_id("batch").last
    expect(batch.get_by_test_id("batch-retry")).to_contain_text("2", timeout=30_000)
    ids = [one.get_attribute("data-job-id") for one in batch.get_by_test_id("batch-row").all()]
    before = [server.json("GET", f"/api/jobs/{one}")["finished_at"] for one in ids]
    batch.get_by_test_id("batch-retry").click()
    for job_id, finished_at in zip(ids, before, strict=True):
        page.wait_for_function(
            """([id, at]) => fetch(`/api/jobs/${id}`).then((r) => r.json())
                .then((row) => row.status === "FAILED" && row.finished_at > at)""",
            arg=[job_id, finished_at],
        )
    expect(batch).to_contain_text("0 of 2")


def test_files_may_only_be_kept(page: Page, server: Live, tmp_path: Path) -> None:
    dropped(page, tmp_path, ("a.wav", "b.wav"), 0.5)
    page.get_by_test_id("choose").get_by_role("button", name="Upload only").click()
    expect(page.get_by_test_id("notice")).to_contain_text("2")


def given(page: Page, tmp_path: Path, seconds: float) -> None:
    """A sound of one's own as the source of `/debug`."""
    page.locator("#command").select_option("debug")
    page.get_by_role("button", name="Reset").first.click()
    rng = np.random.default_rng(7)
    path = tmp_path / "источник.wav"
    soundfile.write(path, rng.standard_normal((int(seconds * 22_050), 1)) * 0.3, 22_050, "PCM_16")
    page.get_by_test_id("file-source").set_input_files(path)
    expect(page.get_by_test_id("audio-chosen")).to_contain_text("источник.wav")


def playing(page: Page) -> float:
    """Peak of what the A/B switch lets be heard, once there is something."""
    peak = page.wait_for_function("() => document.querySelector('compare-switch').comparison?.peak || null")
    return float(peak.json_value())


def test_source_and_result_are_heard_in_turn(page: Page, tmp_path: Path) -> None:
    given(page, tmp_path, 4)
    page.locator("#field-duration").fill("4")
    page.locator("#field-duration").blur()
    page.get_by_test_id("send").click()
    compare = page.get_by_test_id("compare")
    expect(compare).to_be_visible(timeout=30_000)
    expect(page.get_by_test_id("side-1")).to_be_enabled(timeout=30_000)
    expect(compare).to_have_attribute("data-chosen", "0")
    expect(page.get_by_test_id("compare-gain")).to_contain_text("dB")
    page.get_by_test_id("compare-play").click()
    expect(compare).to_have_attribute("data-playing", "true")
    assert playing(page) > 0.001
    page.locator(".side").nth(1).click()
    expect(compare).to_have_attribute("data-chosen", "1")
    assert playing(page) > 0.001
    page.keyboard.press("x")
    expect(compare).to_have_attribute("data-chosen", "0")
    page.keyboard.press("2")
    expect(compare).to_have_attribute("data-chosen", "1")
    page.get_by_test_id("compare-play").click()
    expect(compare).to_have_attribute("data-playing", "false")
    page.get_by_test_id("play").click()
    expect(page.locator(".player").first).to_have_attribute("data-playing", "true")
    page.get_by_test_id("compare-play").click()
    expect(page.locator(".player").first).to_have_attribute("data-playing", "false")
    page.get_by_test_id("compare-play").click()


def test_a_preview_is_compared_with_its_own_spot(page: Page, server: Live, tmp_path: Path) -> None:
    given(page, tmp_path, 12)
    page.locator("#field-duration").fill("5")
    page.locator("#field-duration").blur()
    page.get_by_test_id("preview-at").fill("3.5")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/samples?" in request.url else None)
    page.get_by_test_id("preview").click()
    expect(page.get_by_test_id("is-preview")).to_contain_text("3.5", timeout=30_000)
    expect(page.get_by_test_id("side-1")).to_be_enabled(timeout=30_000)
    page.get_by_test_id("compare-play").click()
    playing(page)
    expect(page.get_by_test_id("compare")).to_contain_text("0:05")
    first = next(url for url in asked if "/upload:" in url)
    assert f"from={int(3.5 * RATE_HZ)}&" in first and "rate_hz=44100" in first
    track = server.json("GET", "/api/tracks?limit=1&command=debug")["tracks"][0]["id"]
    assert server.json("GET", f"/api/tracks/{track}")["parameters"]["preview_at_s"] == 3.5


def test_a_batch_of_upscales_from_the_drop_to_the_picture(page: Page, server: Live, tmp_path: Path) -> None:
    first, second, third = NAMES
    send(page, "/debug hold the lane steps=5000 step_s=0.05 seed=77")
    expect(page.get_by_test_id("message-system")).to_contain_text("Working", timeout=30_000)
    dropped(page, tmp_path)
    page.get_by_test_id("choose").get_by_role("button", name="/upscale").click()
    expect(page.get_by_test_id("batch-row")).to_have_count(3, timeout=30_000)
    expect(row(page, third).get_by_test_id("batch-state")).to_have_text("waiting")
    row(page, third).drag_to(row(page, first))
    expect(page.locator(".batch-name").first).to_have_text(third)
    assert order(page) == [third, first, second]
    row(page, first).get_by_test_id("batch-close").click()
    expect(row(page, first)).to_have_attribute("data-status", "CANCELED")
    page.get_by_test_id("message-system").get_by_test_id("cancel").click()
    expect(row(page, third)).to_have_attribute("data-status", "COMPLETED", timeout=60_000)
    expect(row(page, second)).to_have_attribute("data-status", "COMPLETED", timeout=60_000)
    row(page, second).get_by_test_id("batch-open").click()
    expect(page.get_by_test_id("card")).to_contain_text(second)
    picture = page.get_by_test_id("picture")
    picture.scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('[data-testid=picture]')?.naturalWidth > 300")
    expect(page.get_by_test_id("figure-cutoff")).to_have_text(re.compile(r"^[78]\.\d kHz"))
    expect(page.get_by_test_id("figure-gained")).to_have_text(re.compile(r"^[1-9]\d*\.\d dB"))
    expect(page.get_by_test_id("figure-low")).to_have_text(re.compile(r"^[<−-].*\d dB"))
    expect(page.get_by_test_id("side-1")).to_be_enabled(timeout=30_000)
    page.get_by_test_id("compare-play").click()
    assert playing(page) > 0.001
    page.locator(".side").nth(1).click()
    expect(page.get_by_test_id("compare")).to_have_attribute("data-chosen", "1")
    assert playing(page) > 0.001
    page.get_by_test_id("compare-play").click()
    page.screenshot(path=ARTEFACTS / "upscaled.png")
    # the panes scroll, the page does not
    assert page.evaluate("document.documentElement.scrollTop + document.body.scrollTop") <= 1


def test_five_seconds_of_an_upscale_are_heard_before_the_long_run(page: Page, server: Live, tmp_path: Path) -> None:
    dropped(page, tmp_path, ("долгая.wav",), 9)
    page.get_by_test_id("choose").get_by_role("button", name="/upscale").click()
    page.get_by_test_id("preview-at").fill("2")
    page.get_by_test_id("preview").click()
    expect(page.get_by_test_id("is-preview")).to_be_visible(timeout=60_000)
    expect(page.get_by_test_id("compare")).to_contain_text("0:05", timeout=30_000)
    made = server.json("GET", "/api/tracks?limit=1&command=upscale")["tracks"][0]
    assert made["duration_s"] == pytest.approx(5.0, abs=0.001)


def test_a_dropped_folder_is_walked_to_its_ends(page: Page, tmp_path: Path) -> None:
    """The browser itself drops a folder from the disk."""
    album = tmp_path / "альбом <b>"
    for place in (
        "02 b.wav",
        "01 a.wav",
        "CD 2/10 d.wav",
        "CD 2/9 c.wav",
        ".hidden.wav",
        "cover.jpg",
        "CD 2/empty.txt",
    ):
        path = album / place
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, np.zeros((4410, 1)), RATE_HZ, "PCM_16", format="WAV")
    wire = page.context.new_cdp_session(page)
    drag = {"items": [], "files": [str(album)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        wire.send("Input.dispatchDragEvent", {"type": kind, "x": 600, "y": 300, "data": drag})
    page.get_by_test_id("choose").get_by_role("button", name="/debug").click()
    expect(page.get_by_test_id("batch-row")).to_have_count(4, timeout=30_000)
    assert order(page) == ["01 a.wav", "02 b.wav", "9 c.wav", "10 d.wav"]
    expect(page.get_by_test_id("batch")).to_have_attribute("data-open", "false", timeout=30_000)

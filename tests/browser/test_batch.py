"""Many files at once: dropped, put in another order, held, canceled, retried; then heard beside their source."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import ARTEFACTS, visiting
from tests.live import Live, live

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

RATE_HZ = 44_100
NAMES = ("<img src=x onerror=alert(1)>.wav", "вторая песня.wav", "三.wav")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live(tmp_path_factory.mktemp("batch")) as running:
        yield running


@pytest.fixture
def page(browser: Browser, server: Live) -> Iterator[Page]:
    with visiting(browser, server.address) as visitor:
        yield visitor


def dropped(page: Page, folder: Path, names: tuple[str, ...] = NAMES, seconds: float = 3.0) -> None:
    """Sounds of low-passed noise, dropped onto the page together."""
    files: list[dict[str, Any]] = []
    for number, name in enumerate(names):
        rng = np.random.default_rng(number)
        noise = np.convolve(rng.standard_normal(int(seconds * RATE_HZ)), np.ones(8) / 8, "same") * 0.2
        path = folder / f"{number}.wav"
        soundfile.write(path, np.stack([noise, noise], 1), RATE_HZ, "PCM_16")
        files.append({"name": name, "bytes": list(path.read_bytes())})
    transfer = """(data) => { const transfer = new DataTransfer();
        const type = "audio/wav";
        for (const {name, bytes} of data) transfer.items.add(new File([new Uint8Array(bytes)], name, {type}));
        return transfer }"""
    page.dispatch_event("main", "drop", {"dataTransfer": page.evaluate_handle(transfer, files)})


def row(page: Page, name: str) -> Locator:
    return page.get_by_test_id("batch-row").filter(has_text=name)


def order(page: Page) -> list[str]:
    return [text.strip() for text in page.locator(".batch-name").all_text_contents()]


def test_three_files_are_dropped_reordered_held_canceled_and_done(page: Page, server: Live, tmp_path: Path) -> None:
    page.locator("#command").select_option("debug")
    page.locator("#field-steps").fill("300")
    page.locator("#field-steps").blur()
    page.locator("#field-step_s").fill("0.02")
    page.locator("#field-step_s").blur()
    dropped(page, tmp_path)
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
    expect(row(page, second).get_by_test_id("batch-state")).to_have_text("On hold")
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
    page.get_by_test_id("choose").get_by_role("button", name="Only keep").click()
    expect(page.get_by_test_id("notice")).to_contain_text("2")

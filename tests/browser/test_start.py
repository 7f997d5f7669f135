"""The first ten seconds: what goes with the words, what an empty page offers, what the prompt asks for."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import send, visiting
from tests.live import Live, live
from tests.made_tracks import silence

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 800}
FINGER_PX = 44


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live(tmp_path_factory.mktemp("start")) as running:
        yield running


@pytest.fixture
def visitor(browser: Browser, place: Live) -> Iterator[Page]:
    with visiting(browser, place.address) as page:
        yield page


def last_params(place: Live) -> Any:
    return place.json("GET", "/api/state")["last_run"]["params"]


def test_a_sound_that_goes_with_the_words_is_a_chip_until_it_was_used(
    visitor: Page, place: Live, tmp_path: Path
) -> None:
    visitor.locator("#command").select_option("debug")
    (tmp_path / "rainy <b>day.wav").write_bytes(silence(8000))
    visitor.get_by_test_id("file-source").set_input_files(tmp_path / "rainy <b>day.wav")
    chip = visitor.get_by_test_id("chip-source")
    expect(chip).to_contain_text("Source: rainy <b>day.wav")
    send(visitor, "once")
    expect(chip).to_have_count(0)
    key = last_params(place)["source"]
    assert key.startswith("upload:")
    send(visitor, "without it")
    expect(visitor.get_by_test_id("card")).to_contain_text("without it")
    assert last_params(place)["source"] is None
    visitor.locator("#field-source").select_option(key)
    chip.get_by_test_id("chip-pin").click()
    send(visitor, "pinned")
    expect(visitor.get_by_test_id("card")).to_contain_text("pinned")
    assert last_params(place)["source"] == key
    expect(chip.get_by_test_id("chip-pin")).to_have_attribute("aria-pressed", "true")
    visitor.reload()
    expect(chip).to_contain_text("rainy")
    chip.get_by_test_id("chip-remove").click()
    expect(chip).to_have_count(0)
    expect(visitor.locator("#field-source")).to_have_value("")
    expect(visitor.get_by_test_id("prompt")).to_be_focused()


def test_a_refused_job_leaves_its_sound_at_the_prompt(visitor: Page, tmp_path: Path) -> None:
    visitor.locator("#command").select_option("debug")
    (tmp_path / "rainy.wav").write_bytes(silence(8000))
    visitor.get_by_test_id("file-source").set_input_files(tmp_path / "rainy.wav")
    send(visitor, "wrong duration=-1")
    expect(visitor.locator(".message.failed")).to_have_count(1)
    expect(visitor.get_by_test_id("chip-source")).to_contain_text("rainy.wav")


def test_typed_values_are_chips_and_are_taken_out_by_them(visitor: Page) -> None:
    box = visitor.get_by_test_id("prompt")
    box.fill("calm duration=8 piano")
    chip = visitor.get_by_test_id("chip-typed-duration")
    expect(chip).to_contain_text("Duration: 8")
    chip.get_by_test_id("chip-remove").click()
    expect(box).to_have_value("calm piano")


def test_chips_can_be_hit_with_a_finger(browser: Browser, place: Live, tmp_path: Path) -> None:
    with visiting(browser, place.address, viewport=PHONE) as page:
        page.get_by_test_id("view-settings").click()
        page.locator("#command").select_option("debug")
        (tmp_path / f"{'long ' * 30}.wav").write_bytes(silence(8000))
        page.get_by_test_id("file-source").set_input_files(tmp_path / f"{'long ' * 30}.wav")
        page.get_by_test_id("view-chat").click()
        expect(page.get_by_test_id("chip-source")).to_contain_text("long long")
        for button in page.get_by_test_id("chip-source").get_by_role("button").all():
            box = button.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= FINGER_PX
            assert box["x"] + box["width"] <= PHONE["width"]

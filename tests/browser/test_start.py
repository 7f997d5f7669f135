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


def test_a_refused_job_leaves_its_sound_at_the_prompt_and_offers_to_edit_it(visitor: Page, tmp_path: Path) -> None:
    visitor.locator("#command").select_option("debug")
    (tmp_path / "rainy.wav").write_bytes(silence(8000))
    visitor.get_by_test_id("file-source").set_input_files(tmp_path / "rainy.wav")
    send(visitor, "wrong duration=-1")
    expect(visitor.locator(".message.failed")).to_have_count(1)
    expect(visitor.get_by_test_id("chip-source")).to_contain_text("rainy.wav")
    expect(visitor.get_by_test_id("retry")).to_have_count(0)
    visitor.get_by_test_id("edit").click()
    expect(visitor.get_by_test_id("prompt")).to_have_value("wrong duration=-1")


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
        page.get_by_test_id("view-settings").click()
        page.locator("#command").select_option("upscale")
        page.get_by_test_id("file-source").set_input_files(tmp_path / f"{'long ' * 30}.wav")
        page.get_by_test_id("view-chat").click()
        expect(page.get_by_test_id("send")).to_contain_text("Restore long")
        button = page.get_by_test_id("send").bounding_box()
        assert button is not None
        assert button["x"] + button["width"] <= PHONE["width"]


def test_one_click_on_an_empty_page_makes_a_piece(guest: Page, own_server: Live) -> None:
    pieces = guest.get_by_test_id("piece")
    expect(pieces).to_have_count(6)
    expect(pieces.first).to_contain_text("0:30")
    pieces.first.click()
    expect(guest.get_by_test_id("track-link")).to_have_count(1, timeout=60_000)
    expect(pieces).to_have_count(0)
    params = last_params(own_server)
    assert (params["duration"], params["seed"], params["model"]) == (30, 24, "composer")
    assert params["prompt"].startswith("calm solo piano")


def test_a_tile_takes_a_sound_and_the_button_says_what_will_be_done(guest: Page, tmp_path: Path) -> None:
    send_button = guest.get_by_test_id("send")
    expect(send_button).to_have_text("Compose")
    (tmp_path / "rainy.wav").write_bytes(silence(8000))
    guest.get_by_test_id("tile-upscale").locator("input").set_input_files(tmp_path / "rainy.wav")
    expect(guest.locator("#command")).to_have_value("upscale")
    expect(guest.get_by_test_id("chip-source")).to_contain_text("rainy")
    expect(send_button).to_contain_text("Restore rainy")
    expect(guest.get_by_test_id("prompt")).to_be_focused()
    expect(guest.get_by_test_id("prompt")).to_have_attribute(
        "placeholder", "Choose the sound to restore, or drop it anywhere"
    )
    guest.get_by_test_id("prompt").press("Enter")
    expect(guest.get_by_test_id("track-link")).to_have_count(1, timeout=60_000)
    expect(guest.get_by_test_id("chip-source")).to_have_count(0)


def test_a_sound_dropped_on_a_tile_is_for_its_command(guest: Page) -> None:
    guest.get_by_test_id("tile-split").evaluate(
        """(tile, bytes) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([new Uint8Array(bytes)], "song.wav", { type: "audio/wav" }));
          for (const type of ["dragenter", "dragover", "drop"]) {
            tile.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }));
          }
        }""",
        list(silence(8000)),
    )
    expect(guest.get_by_test_id("chip-source")).to_contain_text("song")
    expect(guest.get_by_test_id("send")).to_contain_text("Split song")
    expect(guest.get_by_test_id("drop-veil")).to_have_count(0)


@pytest.mark.parametrize("viewport", [{"width": 1440, "height": 900}, PHONE], ids=["wide", "phone"])
def test_a_missing_sound_is_asked_for_at_its_field(browser: Browser, place: Live, viewport: Any) -> None:
    with visiting(browser, place.address, viewport=viewport) as page:
        page.get_by_test_id("prompt").fill("/upscale")
        button = page.get_by_test_id("send")
        expect(button).to_have_text("Choose the sound to restore")
        button.click()
        expect(page.locator("#field-source")).to_be_focused()
        expect(page.locator("#field-source")).to_be_in_viewport()
        expect(page.locator("#command")).to_have_value("upscale")


def test_words_for_a_command_that_takes_none_can_go_to_generate(visitor: Page) -> None:
    box = visitor.get_by_test_id("prompt")
    box.fill("/match calm piano amount=50")
    chip = visitor.get_by_test_id("chip-astray")
    expect(chip).to_contain_text("/match takes no words")
    box.press("Enter")
    expect(visitor.locator(".message.failed")).to_have_count(0)
    expect(box).to_have_value("/match calm piano amount=50")
    chip.get_by_role("button").click()
    expect(box).to_have_value("calm piano")
    expect(visitor.locator("#command")).to_have_value("generate")


def test_the_rest_of_the_settings_is_folded_and_remembered_for_each_command(visitor: Page) -> None:
    more = visitor.get_by_test_id("settings-more")
    for name in ("model", "duration", "seed", "format"):
        expect(visitor.locator(f"#field-{name}").or_(visitor.locator(f"[name={name}-mode]")).first).to_be_visible()
    expect(visitor.locator("#field-temperature")).not_to_be_visible()
    more.locator("> summary").click()
    visitor.locator("#field-temperature").fill("1.5")
    visitor.locator("#field-temperature").press("Tab")
    expect(visitor.get_by_test_id("more-set")).to_have_text("1 changed")
    visitor.locator("#command").select_option("split")
    expect(visitor.locator("#field-shifts")).not_to_be_visible()
    visitor.locator("#command").select_option("generate")
    visitor.reload()
    expect(visitor.locator("#field-temperature")).to_be_visible()
    more.locator("> summary").click()
    expect(visitor.get_by_test_id("more-set")).to_be_visible()


def test_the_empty_page_stays_where_it_is_while_one_types(browser: Browser, own_server: Live) -> None:
    with visiting(browser, own_server.address, viewport={"width": 1440, "height": 700}) as page:
        heading = page.get_by_test_id("chat").get_by_role("heading").first
        before = heading.bounding_box()
        page.get_by_test_id("prompt").fill("ten seconds of upbeat funk\n" * 5)
        expect(page.get_by_test_id("chip-heard-duration")).to_be_visible()
        log = page.get_by_test_id("chat")
        assert log.evaluate("log => log.scrollHeight > log.clientHeight")
        assert heading.bounding_box() == before

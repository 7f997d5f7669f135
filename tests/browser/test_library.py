"""The library drawer, with more tracks than a page would want to draw."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import TRACKS

pytestmark = pytest.mark.browser


def test_search_filters_and_order(reader: Page) -> None:
    reader.get_by_test_id("open-library").click()
    count, rows = reader.get_by_test_id("library-count"), reader.get_by_test_id("library-track")
    expect(count).to_have_text(f"Tracks: {TRACKS}")
    expect(rows.first).to_contain_text(f"take {TRACKS - 1}")
    reader.get_by_test_id("library-q").fill("ТИХИЙ вальс")
    expect(count).not_to_have_text(f"Tracks: {TRACKS}")
    expect(rows.first).to_contain_text("тихий вальс")
    reader.get_by_test_id("library-q").fill("100% _")
    expect(count).to_have_text("Tracks: 0")
    expect(reader.get_by_test_id("library")).to_contain_text("No tracks found")
    reader.get_by_test_id("library-q").fill("")
    reader.get_by_test_id("library-filters").locator("summary").click()
    reader.get_by_test_id("library-command").select_option("debug")
    expect(count).to_have_text(f"Tracks: {TRACKS // 5}")
    reader.get_by_test_id("library-only-favourites").check()
    expect(count).to_have_text(f"Tracks: {len([n for n in range(0, TRACKS, 5) if n % 7 == 0])}")
    reader.get_by_test_id("library-command").select_option("")
    reader.get_by_test_id("library-only-favourites").uncheck()
    reader.get_by_test_id("library-sort").select_option("oldest")
    expect(rows.first).to_contain_text("take 0")


def test_only_rows_in_sight_are_drawn_and_the_keyboard_reaches_all(reader: Page) -> None:
    reader.get_by_test_id("open-library").click()
    rows = reader.get_by_test_id("library-track")
    expect(rows.first).to_be_visible()
    rows.first.focus()
    reader.keyboard.press("End")
    expect(reader.locator(":focus")).to_contain_text("take 0")
    assert rows.count() < 40
    reader.keyboard.press("PageUp")
    reader.keyboard.press("ArrowDown")
    focused = reader.locator(".library-row:focus-within")
    expect(focused).to_have_attribute("aria-setsize", str(TRACKS))
    reader.keyboard.press("Home")
    for act in ("library-similar", "library-favourite"):
        reader.keyboard.press("Tab")
        expect(reader.locator(":focus")).to_have_attribute("data-testid", act)
    before = reader.locator(":focus").get_attribute("aria-pressed")
    reader.keyboard.press("Enter")
    expect(reader.locator(":focus")).to_have_attribute("aria-pressed", "false" if before == "true" else "true")
    rows.first.press("Enter")
    expect(reader.get_by_test_id("library")).not_to_be_visible()
    expect(reader.get_by_test_id("card")).to_contain_text(f"take {TRACKS - 1}")


def test_a_track_can_be_deleted_and_the_other_tab_follows(guest: Page) -> None:
    guest.get_by_test_id("prompt").fill("/debug one of three tracks=3 seed=5")
    guest.get_by_test_id("send").click()
    expect(guest.get_by_test_id("card")).to_be_visible()
    other = guest.context.new_page()
    other.goto(guest.url)
    for page in (guest, other):
        page.get_by_test_id("open-library").click()
        expect(page.get_by_test_id("library-row")).to_have_count(3)
    guest.get_by_test_id("library-delete").first.click()
    guest.get_by_test_id("confirm-yes").click()
    for page in (guest, other):
        expect(page.get_by_test_id("library-row")).to_have_count(2)

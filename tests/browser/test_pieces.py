"""Composed pieces changed by words in the chat, and more like them."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ONE_MODE, send, visiting
from tests.live import Live

pytestmark = [pytest.mark.browser, ONE_MODE]

PIECE = "/generate lo-fi hip hop, 78 bpm duration=6 seed="


def composed(page: Page, seed: int) -> str:
    """A piece on the card; its title."""
    send(page, f"{PIECE}{seed}")
    card = page.get_by_test_id("card")
    expect(card.get_by_test_id("more-like-this")).to_be_visible(timeout=30_000)
    expect(card.get_by_test_id("intent")).to_contain_text("78")
    return card.locator("#card-title").inner_text()


def test_words_edit_the_piece_on_the_card_and_the_card_tells(page: Page) -> None:
    title = composed(page, 301)
    prompt, chip = page.get_by_test_id("prompt"), page.get_by_test_id("chip-edit")
    prompt.fill("slower, without drums")
    expect(chip).to_contain_text("Edit of")
    page.get_by_test_id("send").click()
    origin = page.get_by_test_id("origin")
    expect(origin).to_contain_text("slower, 78 → 67.9 bpm (6 s → 6.9 s); without drums", timeout=30_000)
    edited = page.get_by_test_id("card").get_attribute("data-track-id")
    expect(page.get_by_test_id("message-user").last).to_have_text(f"slower, without drums · of {title}")
    expect(origin.get_by_role("button")).to_have_css("display", "inline")
    origin.get_by_role("button").press("Enter")
    expect(page.get_by_test_id("card")).not_to_have_attribute("data-track-id", str(edited))
    expect(page.get_by_test_id("intent")).to_contain_text("78")


def test_the_chip_says_what_will_be_done_and_switches_it(page: Page) -> None:
    composed(page, 302)
    prompt, chip = page.get_by_test_id("prompt"), page.get_by_test_id("chip-edit")
    prompt.fill("calm piano without drums")
    expect(chip).to_contain_text("New piece")
    chip.get_by_role("button").click()
    expect(chip).to_contain_text("Edit of")
    prompt.fill("ambient music")
    expect(chip).to_have_count(0)
    prompt.fill("in G minor")
    expect(chip).to_contain_text("Edit of")
    chip.get_by_role("button").click()
    expect(chip).to_contain_text("New piece")


def test_more_like_this_is_a_new_piece_of_its_kind(page: Page) -> None:
    composed(page, 303)
    first = page.get_by_test_id("card").get_attribute("data-track-id")
    page.get_by_test_id("more-like-this").click()
    expect(page.get_by_test_id("origin")).to_contain_text("More like", timeout=30_000)
    expect(page.get_by_test_id("card")).not_to_have_attribute("data-track-id", str(first))


@pytest.mark.parametrize(
    ("language", "words", "chip", "told"),
    [("ru", "медленнее", "Правка", "медленнее"), ("zh", "慢一点", "修改", "变慢")],
)
def test_edits_are_told_in_the_page_s_language_and_fit_a_phone(
    browser: Browser, server: Live, language: str, words: str, chip: str, told: str
) -> None:
    with visiting(browser, server.address) as page:
        page.get_by_test_id("language").select_option(language)
        expect(page.locator("html")).to_have_attribute("lang", language)
        send(page, f"{PIECE}304")
        expect(page.get_by_test_id("intent")).to_be_attached(timeout=30_000)
        page.get_by_test_id("prompt").fill(words)
        expect(page.get_by_test_id("chip-edit")).to_contain_text(chip)
        page.get_by_test_id("send").click()
        expect(page.get_by_test_id("origin")).to_contain_text(told, timeout=30_000)
        page.set_viewport_size({"width": 390, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        link = page.get_by_test_id("origin").get_by_role("button")
        assert link.evaluate("link => link.getClientRects()[0].height") >= 44

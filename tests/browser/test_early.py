"""Whoever is faster than the page loses nothing: what is typed, sent, dropped or pressed early waits for the rest."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import ONE_MODE
from tests.live import Live

pytestmark = [pytest.mark.browser, ONE_MODE]

NUMBERS = count(1)
DROP = """name => {
    const data = new DataTransfer();
    data.items.add(new File([], name, {type: 'audio/wav'}));
    const how = {dataTransfer: data, bubbles: true, cancelable: true};
    return !document.body.dispatchEvent(new DragEvent('drop', how));
}"""


class Late:
    """What of the page is kept back until `come`."""

    def __init__(self, page: Page, path: str) -> None:
        self._held: list[Route] | None = []
        page.route(path, self._asked)

    def _asked(self, route: Route) -> None:
        if self._held is None:
            route.continue_()
        else:
            self._held.append(route)

    def come(self) -> None:
        held, self._held = self._held or [], None
        for route in held:
            route.continue_()


@contextmanager
def arriving(browser: Browser, server: Live, late: str) -> Iterator[tuple[Page, Late]]:
    """A visitor whose page has all but what `late` names."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    kept_back = Late(page, late)
    page.goto(server.address, wait_until="commit")
    yield page, kept_back
    context.close()
    assert complaints == []


def said(page: Page) -> str:
    """Fill the box and press Enter in the moment that it is there; what was said."""
    words = f"/debug early {next(NUMBERS)}"
    box = page.get_by_test_id("prompt")
    box.fill(words)
    box.press("Enter")
    return words


@pytest.mark.parametrize("late", ["**/socket.io/**", "**/deferred.js"])
def test_words_that_are_sent_early_become_a_job(browser: Browser, server: Live, late: str) -> None:
    with arriving(browser, server, late) as (page, kept_back):
        words = said(page)
        if "socket" in late:
            expect(page.locator("#prompt-hint")).to_contain_text("as soon as the server answers")
            expect(page.get_by_test_id("prompt")).to_have_value(words)
        kept_back.come()
        expect(page.get_by_test_id("track-link").filter(has_text=words.removeprefix("/debug "))).to_have_count(1)
        expect(page.get_by_test_id("prompt")).to_have_value("")


def test_without_its_sentences_there_is_no_box_to_lose_words_in(browser: Browser, server: Live) -> None:
    with arriving(browser, server, "**/i18n/**") as (page, kept_back):
        page.wait_for_load_state("domcontentloaded")
        expect(page.get_by_test_id("prompt")).to_have_count(0)
        kept_back.come()
        words = said(page)
        expect(page.get_by_test_id("track-link").filter(has_text=words.removeprefix("/debug "))).to_have_count(1)


def test_words_that_wait_are_taken_back_by_escape_or_by_writing_on(browser: Browser, server: Live) -> None:
    with arriving(browser, server, "**/socket.io/**") as (page, kept_back):
        hint = page.locator("#prompt-hint")
        before = len(server.json("GET", "/api/jobs")["jobs"])
        words = said(page)
        expect(hint).to_contain_text("as soon as the server answers")
        page.get_by_test_id("prompt").press("Escape")
        expect(hint).to_contain_text("Enter sends")
        said(page)
        page.get_by_test_id("prompt").press_sequentially(" on")
        expect(hint).to_contain_text("Enter sends")
        page.get_by_test_id("prompt").fill(words)
        kept_back.come()
        expect(page.get_by_test_id("send")).to_be_enabled()
        assert len(server.json("GET", "/api/jobs")["jobs"]) == before
        expect(page.get_by_test_id("prompt")).to_have_value(words)


def dropped(page: Page, name: str) -> bool:
    """Drop an empty file; whether the page takes it: the browser would open it in place of the page."""
    page.get_by_test_id("prompt").wait_for()
    return bool(page.evaluate(DROP, name))


def test_a_file_that_is_dropped_before_the_server_has_spoken_is_taken(browser: Browser, server: Live) -> None:
    with arriving(browser, server, "**/socket.io/**") as (page, kept_back):
        assert dropped(page, "hasty.wav")
        kept_back.come()
        expect(page.get_by_test_id("notice")).to_contain_text("hasty.wav")


def test_what_is_asked_before_the_page_is_whole_is_asked(browser: Browser, server: Live) -> None:
    with arriving(browser, server, "**/deferred.js") as (page, kept_back):
        assert dropped(page, "brisk.wav")
        expect(page.get_by_test_id("notice")).to_contain_text("brisk.wav")
        page.get_by_test_id("clear-chat").click()
        expect(page.get_by_test_id("choose")).to_be_visible()
        page.keyboard.press("Escape")
        page.get_by_test_id("chat").focus()
        page.keyboard.press("?")
        page.get_by_test_id("open-library").click()
        kept_back.come()
        expect(page.get_by_test_id("keys")).to_be_visible()

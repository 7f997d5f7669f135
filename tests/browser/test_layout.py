"""Room to work: panes with borders that move, the desk, the phone, and what may never be cut."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import send, visiting
from tests.live import Live, live

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 800}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live(tmp_path_factory.mktemp("layout")) as running:
        yield running


@pytest.fixture
def page(browser: Browser, server: Live) -> Iterator[Page]:
    with visiting(browser, server.address) as visitor:
        yield visitor


def width(part: Locator) -> float:
    box = part.bounding_box()
    assert box
    return box["width"]


def opened(page: Page, text: str, seed: int) -> None:
    """A track of this seed is made and is the card."""
    send(page, f"{text} seed={seed}")
    link = page.get_by_test_id("track-link").last
    expect(link).to_be_visible(timeout=30_000)
    expect(page.get_by_test_id("card")).to_be_attached()


def test_borders_are_dragged_moved_by_keys_put_back_and_remembered(browser: Browser, server: Live) -> None:
    with visiting(browser, server.address, viewport={"width": 1440, "height": 900}) as page:
        settings, card = page.locator(".pane-settings"), page.locator(".pane-card")
        border = page.get_by_test_id("border-settings")
        box = border.bounding_box()
        assert box
        page.mouse.move(box["x"] + box["width"] / 2, 400)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] / 2 + 100, 400, steps=3)
        page.mouse.up()
        assert width(settings) == pytest.approx(412, abs=2)
        side = page.get_by_test_id("border-card")
        side.press("ArrowLeft")
        assert width(card) == 408 + 16
        expect(side).to_have_attribute("aria-valuenow", "424")
        side.press("Home")
        assert width(card) == 336
        side.press("End")
        assert width(page.locator(".pane-chat")) == 400, "what is left to the chat"
        side.press("Enter")
        page.reload()
        page.locator("#command").wait_for(state="attached")
        assert width(settings) == pytest.approx(412, abs=2)
        border.dblclick()
        assert width(settings) == 312
        page.get_by_test_id("fold-settings").click()
        expect(settings).to_be_hidden()
        page.reload()
        page.locator("#command").wait_for(state="attached")
        expect(settings).to_be_hidden()
        page.get_by_test_id("fold-settings").click()
        expect(settings).to_be_visible()


@pytest.mark.parametrize("window", [800, 1440])
def test_the_card_takes_the_wide_place_and_gives_it_back(browser: Browser, server: Live, window: int) -> None:
    with visiting(browser, server.address, viewport={"width": window, "height": 900}) as page:
        opened(page, "/debug the desk", 301)
        chat, card = page.locator(".pane-chat"), page.locator(".pane-card")
        page.get_by_test_id("desk").click()
        assert width(card) > width(chat)
        expect(page.locator(".pane-settings")).to_be_hidden()
        page.get_by_test_id("border-chat").press("Home")
        assert width(chat) == 332
        assert page.evaluate(CUT) == []
        page.get_by_test_id("fold-chat").click()
        expect(chat).to_be_hidden()
        assert width(card) == window
        page.reload()
        expect(card).to_be_visible()
        assert width(card) == window
        page.get_by_test_id("fold-chat").click()
        page.get_by_test_id("desk").click()
        assert width(chat) > 332


CUT = """() => [...document.querySelectorAll('html, .pane, dialog[open], .top, .prompt, .player, .section')]
    .filter(part => part.checkVisibility() && part.scrollWidth > part.clientWidth + 1)
    .map(part => `${part.className || part.tagName}: ${part.scrollWidth} > ${part.clientWidth}`)"""

SMALL = """() => [...document.querySelectorAll('button, a[href], input, select, textarea, summary')]
    .filter(part => part.checkVisibility({ visibilityProperty: true }) && !part.closest('.skip'))
    .map(part => [part, (part.matches('input') && part.closest('label')) || part])
    .filter(([, shown]) => shown.getBoundingClientRect().width > 0)
    .filter(([, shown]) => { const { width, height } = shown.getBoundingClientRect();
        return width < 43.5 || height < 43.5 })
    .map(([part, shown]) => { const { width, height } = shown.getBoundingClientRect();
        const name = part.dataset.testid || part.id || part.className || part.tagName;
        return `${name} ${Math.round(width)} x ${Math.round(height)}` })"""


@pytest.mark.parametrize("language", ["en", "ru", "zh"])
def test_on_a_phone_nothing_is_cut_and_everything_can_be_hit(browser: Browser, server: Live, language: str) -> None:
    with visiting(browser, server.address, viewport=PHONE, has_touch=True) as page:
        page.get_by_test_id("menu").click()
        page.get_by_test_id("language").select_option(language)
        expect(page.locator("html")).to_have_attribute("lang", language)
        found = {"menu": page.evaluate(SMALL) + page.evaluate(CUT)}
        page.get_by_test_id("theme").press("Escape")
        expect(page.get_by_test_id("theme")).to_be_hidden()
        top = page.locator(".top").bounding_box()
        assert top and top["height"] < 64, "one row"
        opened(page, "jazz, piano, Donaudampfschifffahrtsgesellschaftskapitän duration=2 stems=true", 302)
        for view in ("chat", "settings", "card"):
            page.get_by_test_id(f"view-{view}").click()
            if view == "card":
                page.get_by_test_id("open-score").locator("summary").click()
                page.get_by_test_id("open-spectrogram").locator("summary").click()
                page.get_by_test_id("mark-b").click()
            found[view] = page.evaluate(SMALL) + page.evaluate(CUT)
        page.get_by_test_id("open-library").click()
        expect(page.get_by_test_id("library-row").first).to_be_visible()
        found["library"] = page.evaluate(SMALL) + page.evaluate(CUT)
        assert {view: wrong for view, wrong in found.items() if wrong} == {}


CONTRAST = """([one, other]) => {
    const light = text => { const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
        pen.fillStyle = text; pen.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...pen.getImageData(0, 0, 1, 1).data].map(c => c / 255)
            .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b };
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05) }"""


def style(part: Locator, name: str) -> str:
    return str(part.evaluate("(part, name) => getComputedStyle(part).getPropertyValue(name)", name))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_is_chosen_and_what_is_off_can_be_told(browser: Browser, server: Live, theme: str) -> None:
    with visiting(browser, server.address, viewport={"width": 1440, "height": 900}) as page:
        page.get_by_test_id("theme").select_option(theme)
        page.locator("#command").select_option("split")
        chosen = page.locator(".segment :checked + span").first
        ring = re.search(r"rgb[^)]*\)|oklab[^)]*\)|color[^)]*\)", style(chosen, "box-shadow"))
        assert ring, "the chosen one has a ring"
        around = style(page.locator(".segments").first, "background-color")
        assert page.evaluate(CONTRAST, [ring[0], around]) >= 3, "WCAG 1.4.11"
        page.evaluate(
            """() => document.querySelector('.settings').insertAdjacentHTML('beforeend',
                '<input class="slider" id="on" type="range"><input class="slider" id="off" type="range" disabled>'
                + '<input class="slider empty" id="none" type="range">')"""
        )
        on, off, none = (style(page.locator(f"#{name}"), "--accent") for name in ("on", "off", "none"))
        assert on != off and on != none


def test_a_slider_without_a_value_stands_empty(page: Page) -> None:
    page.locator("#command").select_option("split")
    empty = page.locator(".slider.empty")
    expect(empty.first).to_be_attached()
    for slider in empty.all():
        assert slider.evaluate("slider => [slider.value === slider.min, slider.style.getPropertyValue('--share')]") == [
            True, "0%",
        ]  # fmt: skip


def test_the_legend_of_a_score_has_its_own_swatches_only(page: Page) -> None:
    opened(page, "jazz, piano duration=2", 303)
    page.get_by_test_id("open-score").locator("summary").click()
    line = page.locator("piano-roll .legend li").first
    expect(line).to_be_visible()
    assert line.evaluate("line => getComputedStyle(line, '::before').content") == "none"


def test_every_track_has_a_cover_on_card_list_chat_bar_and_lock_screen(page: Page, server: Live) -> None:
    opened(page, "calm piano in E minor duration=2", 304)
    track = server.json("GET", "/api/tracks?limit=1")["tracks"][0]["id"]
    page.get_by_test_id("play").click()
    page.get_by_test_id("open-library").click()
    expect(page.get_by_test_id("library-row").first).to_be_visible()
    for place in (".card-head", ".result", "player-bar", ".library-row"):
        image = page.locator(f"{place} track-cover img[src='/api/tracks/{track}/cover']").first
        expect(image).to_have_js_property("naturalWidth", 384)
    status, headers, raw = server.request("GET", f"/api/tracks/{track}/cover")
    assert (status, headers["Content-Type"]) == (200, "image/png") and raw.startswith(b"\x89PNG")
    artwork = page.evaluate("navigator.mediaSession.metadata.artwork[0].src")
    assert artwork == f"{server.address}/api/tracks/{track}/cover"
    assert list(server.settings.peaks_dir.glob(f"{track}.cover.png"))
    server.request("DELETE", f"/api/tracks/{track}")
    assert not list(server.settings.peaks_dir.glob(f"{track}*"))

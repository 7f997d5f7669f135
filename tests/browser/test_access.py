"""Languages, themes, narrow windows, the keyboard alone, and what axe-core finds."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.models import MODELS
from engine.settings import PROJECT
from tests.browser.conftest import ARTEFACTS, ONE_MODE, send, visiting
from tests.live import Live

pytestmark = pytest.mark.browser

AXE = PROJECT / "node_modules" / "axe-core" / "axe.min.js"
NAMES = re.compile(r"[A-Za-z][A-Za-z-]{2,}")


def violations(page: Page) -> list[str]:
    """What axe-core objects to, by rule and place."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "() => axe.run(document, {resultTypes: ['violations'], preload: false}).then(r => r.violations)"
    )
    return [f"{v['id']}: {[node['target'] for node in v['nodes']][:4]}" for v in found]


def card(page: Page) -> None:
    send(page, "jazz, piano, zorbly duration=2 seed=5")
    expect(page.get_by_test_id("card")).to_contain_text("composer_5_", timeout=30_000)
    if page.get_by_test_id("view-card").is_visible():
        page.get_by_test_id("view-card").click()
    page.get_by_test_id("open-score").locator("summary").click()
    page.get_by_test_id("open-spectrogram").locator("summary").click()
    expect(page.locator("[data-testid=spectrogram][data-state=shown]")).to_be_visible(timeout=20_000)
    page.get_by_test_id("mark-b").click()


def mixer(page: Page) -> None:
    send(page, "jazz, piano duration=2 seed=6 stems=true")
    expect(page.get_by_test_id("card")).to_contain_text("composer_6_", timeout=30_000)
    if page.get_by_test_id("view-card").is_visible():
        page.get_by_test_id("view-card").click()
    page.get_by_test_id("mark-b").click()
    page.get_by_test_id("lane").first.get_by_test_id("stem-mute").click()
    page.get_by_test_id("lane").last.get_by_test_id("stem-solo").click()
    page.get_by_test_id("lane").last.get_by_test_id("stem-pan").fill("0.4")
    expect(page.get_by_test_id("zip-audible")).to_be_visible()
    page.get_by_test_id("mixer").scroll_into_view_if_needed()


def queue(page: Page) -> None:
    for number in range(3):
        send(page, f"/debug job {number} steps=3000 step_s=0.05 lane=model")
        expect(page.get_by_test_id("message-user")).to_have_count(number + 1)
    expect(page.get_by_test_id("queue-row")).to_have_count(3)
    page.get_by_test_id("stop-after").click()
    expect(page.get_by_test_id("queue-continue")).to_be_visible()


def batch(page: Page) -> None:
    send(page, "/debug source seed=31 duration=6")
    expect(page.get_by_test_id("track-link")).to_have_count(1, timeout=30_000)
    body = {"batch_id": "a" * 32, "command": "debug", "params": {"steps": 3000, "step_s": 0.05}}
    track = page.evaluate("fetch('/api/tracks').then((r) => r.json()).then((r) => r.tracks[0].id)")
    page.evaluate(
        """([body, tracks]) => fetch('/api/batches', {method: 'POST', headers: {'Content-Type': 'application/json'},
            body: JSON.stringify({...body, sources: tracks.map((id) => `track:${id}`)})})""",
        [body, [track]],
    )
    send(page, "/debug beside the batch seed=32")
    expect(page.get_by_test_id("batch-row")).to_have_count(1)
    expect(page.get_by_test_id("batch-row")).to_have_attribute("data-status", "RUNNING")


def compare(page: Page) -> None:
    send(page, "/debug source seed=33 duration=2")
    expect(page.get_by_test_id("card")).to_contain_text("debug_33_", timeout=30_000)
    track = page.evaluate("fetch('/api/tracks').then((r) => r.json()).then((r) => r.tracks[0].id)")
    send(page, f"/debug seed=34 duration=2 preview_at_s=0 source=track:{track}")
    expect(page.get_by_test_id("card")).to_contain_text("debug_34_", timeout=30_000)
    if page.get_by_test_id("view-card").is_visible():
        page.get_by_test_id("view-card").click()
    expect(page.get_by_test_id("side-1")).to_be_enabled()
    page.get_by_test_id("compare").scroll_into_view_if_needed()


def failed(page: Page) -> None:
    send(page, "/debug fail=OUT_OF_MEMORY")
    expect(page.get_by_test_id("retry")).to_be_visible()


def settings(page: Page) -> None:
    if page.get_by_test_id("view-settings").is_visible():
        page.get_by_test_id("view-settings").click()
    page.locator("#command").select_option("debug")
    page.get_by_test_id("presets").locator("summary").click()


def palette(page: Page) -> None:
    page.get_by_test_id("prompt").fill("")
    page.get_by_test_id("prompt").press_sequentially("/debug artist=x fail=")
    expect(page.get_by_test_id("palette-item").first).to_be_visible()


def library(page: Page) -> None:
    card(page)
    page.get_by_test_id("open-library").click()
    expect(page.get_by_test_id("library-row")).to_have_count(1)


def clearing(page: Page) -> None:
    page.get_by_test_id("clear-chat").click()
    expect(page.get_by_test_id("choose")).to_be_visible()


def asking(page: Page) -> None:
    card(page)
    page.get_by_test_id("delete").click()
    expect(page.get_by_test_id("confirm")).to_be_visible()


def nothing_yet(page: Page) -> None:
    expect(page.get_by_test_id("send")).to_be_visible()


VIEWS: dict[str, Callable[[Page], None]] = {
    view.__name__: view
    for view in (nothing_yet, card, mixer, queue, batch, compare, failed, settings, palette, library, clearing, asking)
}


@pytest.mark.slow
@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing_in_either_theme_and_width(browser: Browser, own_server: Live, view: str, full: bool) -> None:
    """It is narrow first: there the view is chosen that is beside the others where there is room for all."""
    ARTEFACTS.mkdir(exist_ok=True)
    narrow, wide = ({"width": width, "height": 800} for width in (360, 1280))
    with visiting(browser, own_server.address, viewport=narrow, reduced_motion="reduce") as page:
        VIEWS[view](page)
        for size in (narrow, wide):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            # what differs in one theme alone is its colours: each is looked at in one width
            for theme in ("light", "dark") if full else ("light",) if size is narrow else ("dark",):
                page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
                assert violations(page) == [], (size, theme)
                page.screenshot(path=ARTEFACTS / f"{view}-{size['width']}-{theme}.png")
            wider = page.evaluate(
                """() => [...document.querySelectorAll('html, .pane, dialog[open], .library')]
                    .filter(part => part.scrollWidth > part.clientWidth + 1 && part.checkVisibility())
                    .map(part => part.className + ' ' + part.scrollWidth)"""
            )
            assert wider == [], f"nothing is cut off at the side of {size}"


@ONE_MODE
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ru", "zh"])
def test_the_main_path_in_every_language_and_theme(browser: Browser, page: Page, language: str, theme: str) -> None:
    page.get_by_test_id("theme").select_option(theme)
    page.get_by_test_id("language").select_option(language)
    expect(page.locator("html")).to_have_attribute("lang", language)
    send(page, f"тихое пианино 安静 calm duration=1 seed={ord(language[0])}")
    expect(page.get_by_test_id("card")).to_contain_text(f"composer_{ord(language[0])}_", timeout=30_000)
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).every(c => c < 60)")
    assert dark is (theme == "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    page.screenshot(path=ARTEFACTS / f"main-{language}-{theme}.png")


def spoken(page: Page) -> set[str]:
    """Every text and label that is on the page now."""
    return set(
        page.evaluate(
            """() => { const said = [];
                const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
                while (walk.nextNode()) said.push(walk.currentNode.textContent.trim());
                for (const part of document.querySelectorAll('[aria-label], [title], [placeholder]'))
                    for (const name of ['aria-label', 'title', 'placeholder'])
                        if (part.getAttribute(name)) said.push(part.getAttribute(name));
                return said.filter(Boolean) }"""
        )
    )


@pytest.mark.parametrize("language", ["ru", "zh"])
def test_nothing_english_is_left_over(reader: Page, language: str) -> None:
    """English sentences: three or more Latin words in a row that are no name, value or prompt."""
    reader.get_by_test_id("track-link").first.click()
    expect(reader.get_by_test_id("card")).to_be_visible()
    reader.get_by_test_id("language").select_option(language)
    expect(reader.locator("html")).to_have_attribute("lang", language)
    reader.get_by_test_id("open-library").click()
    expect(reader.get_by_test_id("library-row").first).to_be_visible()
    english = set(json.loads((PROJECT / "static" / "i18n" / "en" / "page.json").read_text()).values())
    own = {
        "audiocraft",
        "-webui",
        "English",
        "Top K",
        "Top P",
        "CFG",
        "BPM",
        "Seed",
        "JSON",
        "TXT",
        "MIDI",
        "Id",
        "Hz",
        "dB",
        "Opus",
    }
    left = (spoken(reader) & english) - own
    assert left == set()
    sentences = {text for text in spoken(reader) if len(NAMES.findall(text)) >= 3 and not re.search("take|_made", text)}
    models = tuple(f"{model.title}: " for model in MODELS.values())  # with their licences
    sentences = {text for text in sentences if not text.startswith(models)}
    assert {text for text in sentences if not re.search(r"[\u0400-\u04ff\u3400-\u9fff]", text)} == set()


@ONE_MODE
def test_the_keyboard_alone_is_enough(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_class(re.compile("skip"))
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.get_by_test_id("prompt").focus()
    page.keyboard.type("/debug by keyboard duration=5 seed=77")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("card")).to_contain_text("by keyboard")
    expect(page.locator("p[role=status]").first).to_have_text("Done: /debug by keyboard")
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.testid") == "play":
            break
    page.keyboard.press("Enter")
    expect(page.locator("page-shell > audio")).to_have_js_property("paused", False)
    page.keyboard.press("Space")
    expect(page.locator("page-shell > audio")).to_have_js_property("paused", True)


@ONE_MODE
def test_reduced_motion_moves_nothing(browser: Browser, server: Live) -> None:
    with visiting(browser, server.address, reduced_motion="reduce") as page:
        send(page, "/debug still steps=200 step_s=0.02")
        expect(page.get_by_test_id("progress")).to_have_count(1)
        page.get_by_test_id("open-library").click()
        assert page.evaluate("document.getAnimations().length") == 0

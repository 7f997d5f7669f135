"""The library looked through by meaning, by likeness, by tempo and key; kept searches; duplicates; what is untagged."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import ARTEFACTS, visiting
from tests.browser.heard_tracks import heard, make_heard
from tests.browser.test_access import violations
from tests.conftest import make_settings
from tests.live import Live, live

pytestmark = pytest.mark.browser

UNTAGGED = 3
HEARD = {
    "Evening rain": heard(("mood/calm", "instruments/piano"), 70.0, "A minor", (1.0, 0.1)),
    "Quiet river": heard(("mood/calm", "instruments/guitar"), 84.0, "E minor", (0.9, 0.3)),
    "Night drive": heard(("genre/electronic", "mood/happy"), 128.0, "C major", (0.1, 1.0)),
    "Warehouse": heard(("genre/electronic", "instruments/drums"), 132.0, "F# minor", (0.0, 0.9, 0.5)),
    "Old oak": heard(("genre/folk", "instruments/violin"), 96.0, "D minor", (0.6, 0.5)),
}


@pytest.fixture(scope="module")
def listened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A server whose library has tracks that were tagged, some that were not, and a copy of one."""
    folder = tmp_path_factory.mktemp("listened")
    make_heard(make_settings(folder).audio_dir, HEARD, untagged=UNTAGGED)
    with live(folder) as running:
        yield running


@pytest.fixture
def drawer(browser: Browser, listened: Live) -> Iterator[Page]:
    """The library, open before a visitor."""
    with visiting(browser, listened.address, reduced_motion="reduce") as page:
        opened(page)
        yield page


def opened(page: Page) -> None:
    page.get_by_test_id("open-library").click()
    expect(page.get_by_test_id("library-row").first).to_be_visible()
    expect(page.get_by_test_id("tagging")).to_be_visible()


def titles(page: Page) -> Locator:
    return page.get_by_test_id("library-row").locator(".track-name")


def filters(page: Page) -> None:
    page.get_by_test_id("library-filters").locator("summary").click()


def looked_for(page: Page, words: str) -> None:
    page.get_by_test_id("library-q").fill(words)
    expect(page.get_by_test_id("library-sort")).to_be_disabled()


@pytest.mark.parametrize(
    ("language", "words", "why"),
    [
        ("ru", "спокойное фортепиано", ("спокойная", "фортепиано")),
        ("zh", "平静的钢琴", ("平静", "钢琴")),
        ("en", "calm piano for the night", ("calm", "piano")),
    ],
)
def test_what_is_described_is_found_first_and_says_why(
    browser: Browser, listened: Live, language: str, words: str, why: tuple[str, ...]
) -> None:
    with visiting(browser, listened.address, viewport={"width": 390, "height": 844}, reduced_motion="reduce") as page:
        page.get_by_test_id("menu").click()
        page.get_by_test_id("language").select_option(language)
        expect(page.locator("html")).to_have_attribute("lang", language)
        opened(page)
        expect(page.get_by_test_id("library-meaning")).to_be_checked()
        looked_for(page, words)
        expect(titles(page).first).to_have_text("Evening rain")
        first = page.get_by_test_id("library-row").first
        assert set(why) <= set(first.get_by_test_id("why").all_inner_texts())
        expect(first.get_by_test_id("why").first).to_have_attribute("title", re.compile(r"\d+\s?%"))
        expect(first.get_by_test_id("row-key")).to_have_attribute("title", "8A")
        expect(first.get_by_test_id("row-bpm")).to_have_text("70 BPM")
        ARTEFACTS.mkdir(exist_ok=True)
        page.screenshot(path=ARTEFACTS / f"library-search-{language}.png")
        page.get_by_test_id("library-meaning").uncheck()
        expect(page.get_by_test_id("library-count")).to_contain_text("0")


def test_similar_tracks_and_less_like_that(drawer: Page) -> None:
    row = drawer.get_by_test_id("library-row").filter(has_text="Evening rain")
    row.get_by_test_id("library-similar").click()
    part = drawer.get_by_test_id("library-part")
    expect(part).to_have_text(re.compile("Evening rain"))
    expect(part).to_have_attribute("data-part", "like")
    others = titles(drawer).filter(has_not_text="Evening rain")
    expect(others.first).to_have_text("Quiet river")
    expect(drawer.get_by_test_id("likeness").first).to_have_text(re.compile(r"\d+%"))
    river = drawer.get_by_test_id("library-row").filter(has_text="Quiet river")
    river.get_by_test_id("library-less").click()
    expect(part).to_have_count(2)
    expect(others.first).to_have_text("Old oak")
    oak = drawer.get_by_test_id("library-row").filter(has_text="Old oak")
    oak.get_by_test_id("library-more").click()
    expect(part).to_have_count(3)
    expect(oak).to_have_count(0)
    part.filter(has_text="Old oak").get_by_role("button").click()
    expect(part).to_have_count(2)
    expect(oak).to_have_count(1)
    drawer.get_by_test_id("clear-search").click()
    expect(part).to_have_count(0)
    expect(titles(drawer)).to_have_count(len(HEARD) + UNTAGGED)


def test_the_card_finds_what_is_like_it_and_the_list_plays_on(drawer: Page) -> None:
    drawer.get_by_test_id("library-track").filter(has_text="Warehouse").click()
    expect(drawer.get_by_test_id("card")).to_contain_text("Warehouse")
    drawer.get_by_test_id("find-similar").click()
    expect(drawer.get_by_test_id("library-part")).to_have_text(re.compile("Warehouse"))
    others = titles(drawer).filter(has_not_text="Warehouse")
    expect(others.first).to_have_text("Night drive")
    found = titles(drawer).all_inner_texts()
    drawer.get_by_test_id("library").get_by_test_id("play-row").first.click()
    after = drawer.locator(".drawer-bar").get_by_test_id("bar-next")
    expect(after).to_have_accessible_name(re.compile(re.escape(found[1])))


def test_tempo_key_and_tags_by_keyboard(drawer: Page) -> None:
    filters_of = drawer.get_by_test_id("library-filters").locator("summary")
    filters_of.focus()
    drawer.keyboard.press("Enter")
    expect(drawer.get_by_test_id("library-compatible")).to_be_disabled()
    drawer.get_by_test_id("library-key").select_option("A minor")
    expect(titles(drawer)).to_have_text(["Evening rain"])
    drawer.get_by_test_id("library-compatible").check()
    expect(titles(drawer)).to_have_text(["Old oak", "Night drive", "Quiet river", "Evening rain"])
    drawer.get_by_test_id("library-low_bpm").fill("80")
    drawer.keyboard.press("Tab")
    expect(drawer.locator(":focus")).to_have_attribute("data-testid", "library-high_bpm")
    drawer.keyboard.type("100")
    drawer.keyboard.press("Enter")
    expect(titles(drawer)).to_have_text(["Old oak", "Quiet river"])
    moods = drawer.get_by_test_id("library-mood")
    expect(moods.locator("option")).to_have_text(["Any", "calm (2)", "happy (1)"])
    expect(drawer.get_by_test_id("library-model").locator("option").nth(1)).to_have_text(
        re.compile("^built-in composer \\(")
    )
    moods.select_option("mood/calm")
    expect(titles(drawer)).to_have_text(["Quiet river"])
    expect(drawer.get_by_test_id("library-part")).to_have_text(["calm", "A minor · 8A and compatible", "80–100 BPM"])
    drawer.get_by_test_id("library-part").first.get_by_role("button").press("Enter")
    expect(titles(drawer)).to_have_text(["Old oak", "Quiet river"])
    expect(drawer.locator(":focus")).to_have_accessible_name("Remove: A minor · 8A and compatible")
    drawer.get_by_test_id("library-high_bpm").fill("9000")
    drawer.keyboard.press("Tab")
    expect(titles(drawer)).to_have_text(["Old oak", "Quiet river"])
    drawer.get_by_test_id("clear-search").click()
    expect(drawer.get_by_test_id("library-low_bpm")).to_have_value("")
    expect(drawer.get_by_test_id("library-key")).to_have_value("")
    expect(drawer.get_by_test_id("library-q")).to_be_focused()
    drawer.keyboard.press("ArrowDown")
    expect(drawer.get_by_test_id("library-track").first).to_be_focused()


def test_a_search_is_kept_opened_after_a_reload_changed_and_taken_along(drawer: Page, tmp_path: Path) -> None:
    looked_for(drawer, "calm")
    drawer.get_by_test_id("keep-search").click()
    drawer.get_by_test_id("playlist-title").fill("Для вечера")
    drawer.keyboard.press("Enter")
    expect(drawer.get_by_test_id("open-playlist")).to_have_text("Playlist: Для вечера")
    drawer.reload()
    drawer.locator("#command").wait_for(state="attached")
    opened(drawer)
    view = drawer.get_by_test_id("library-view-playlists")
    view.check(force=True)
    with drawer.expect_download() as download:
        drawer.get_by_test_id("playlist-download").click()
    download.value.save_as(tmp_path / "list.m3u8")
    written = (tmp_path / "list.m3u8").read_text(encoding="utf-8")
    assert written.startswith("#EXTM3U") and "Evening rain" in written and "Warehouse" not in written
    drawer.get_by_test_id("playlist-open").click()
    expect(drawer.get_by_test_id("library-q")).to_have_value("calm")
    expect(titles(drawer).first).to_have_text(re.compile("Evening rain|Quiet river"))
    expect(drawer.get_by_test_id("library-track").first).to_be_focused()

    filters(drawer)
    drawer.get_by_test_id("library-high_bpm").fill("75")
    drawer.keyboard.press("Enter")
    drawer.get_by_test_id("playlist-change").click()
    expect(drawer.get_by_test_id("playlist-change")).to_have_count(0)
    view.check(force=True)
    drawer.get_by_test_id("playlist-rename").click()
    drawer.get_by_test_id("playlist-new-title").fill("Slow evening")
    drawer.keyboard.press("Enter")
    opens = drawer.get_by_test_id("playlist-open")
    expect(opens).to_have_text("Slow evening")
    expect(opens).to_be_focused()
    drawer.get_by_test_id("library-view-tracks").check(force=True)
    expect(drawer.get_by_test_id("open-playlist")).to_have_text("Playlist: Slow evening")
    view.check(force=True)
    opens.press("Enter")
    expect(titles(drawer)).to_have_text(["Evening rain"])
    expect(drawer.get_by_test_id("library-part")).to_have_text("up to 75 BPM")
    view.check(force=True)
    drawer.get_by_test_id("playlist-delete").click()
    drawer.get_by_test_id("confirm-yes").click()
    expect(drawer.get_by_test_id("library")).to_contain_text("No playlists yet")


def test_a_copy_is_found_heard_and_deleted(browser: Browser, tmp_path: Path) -> None:
    words = np.random.default_rng(7).integers(0, 2**32, 60, dtype=np.uint32)
    facts = heard(("mood/calm",), 70.0, "A minor", (1.0,))
    twice = facts | {"fingerprint": {"words": base64.b64encode(words.tobytes()).decode(), "duration_s": 7.4}}
    make_heard(make_settings(tmp_path).audio_dir, {"The master": twice, "A copy of it": twice, "Another": facts})
    with live(tmp_path) as server, visiting(browser, server.address) as page:
        page.get_by_test_id("open-library").click()
        page.get_by_test_id("library-view-duplicates").check(force=True)
        group, copies = page.get_by_test_id("duplicates"), page.get_by_test_id("duplicate")
        expect(group).to_have_count(1)
        expect(copies).to_have_count(2)
        expect(page.get_by_test_id("library")).to_contain_text("not tagged: 1.")
        files = copies.get_by_test_id("duplicate-file").all_inner_texts()
        assert len(set(files)) == 2 and all(file.endswith(".wav") for file in files)
        copies.first.get_by_test_id("play-row").click()
        expect(copies.first.get_by_test_id("play-row")).to_have_attribute("data-state", re.compile("playing|paused"))
        copies.filter(has_text="A copy of it").get_by_test_id("duplicate-delete").click()
        page.get_by_test_id("confirm-yes").click()
        expect(copies).to_have_count(0)
        expect(page.get_by_test_id("library")).to_contain_text("No duplicates found")
        assert {row["title"] for row in server.json("GET", "/api/tracks")["tracks"]} == {"The master", "Another"}


@pytest.mark.parametrize("width", [1280, 390])
def test_every_view_is_accessible_in_either_theme(browser: Browser, listened: Live, width: int) -> None:
    size = {"width": width, "height": 844}
    with visiting(browser, listened.address, viewport=size, reduced_motion="reduce") as page:
        opened(page)
        page.get_by_test_id("library").get_by_test_id("play-row").first.click()
        looked_for(page, "calm")
        expect(page.get_by_test_id("why").first).to_be_visible()
        filters(page)
        expect(page.locator(".drawer-bar .bar-row")).to_be_in_viewport(ratio=1)
        expect(page.get_by_test_id("library-row").first).to_be_in_viewport()
        for view in ("tracks", "playlists", "duplicates"):
            page.get_by_test_id(f"library-view-{view}").check(force=True)
            for theme in ("light", "dark"):
                page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
                assert violations(page) == [], view
                page.screenshot(path=ARTEFACTS / f"library-{view}-{width}-{theme}.png")
            wide = "[...document.querySelectorAll('.library-drawer, .library, .library-view')]"
            assert page.evaluate(f"() => {wide}.every(part => part.scrollWidth <= part.clientWidth + 1)")

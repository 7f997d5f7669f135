"""One time axis and one playhead for all pictures of a track."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.browser.conftest import send, soon, visiting
from tests.live import Live, live

pytestmark = pytest.mark.browser

SHARES = """() => [...document.querySelectorAll('[data-time]')].filter(plot => plot.querySelector('.playhead'))
    .filter(plot => plot.checkVisibility()).map(plot => {
        const around = plot.getBoundingClientRect();
        const head = plot.querySelector('.playhead').getBoundingClientRect();
        return [around.left, around.width, (plot.matches('.lane-wave') ? head.right : head.left) - around.left] })"""
"""Left edge, width, and place of the playhead of each picture, px."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live(tmp_path_factory.mktemp("timeline")) as running:
        yield running


@pytest.fixture(scope="module")
def piece(server: Live, browser: Browser) -> str:
    """A composed piece with stems; its id."""
    with visiting(browser, server.address) as page:
        send(page, "synthwave, dark, intro verse drop outro duration=24 seed=12 stems=true")
        expect(page.get_by_test_id("track-link")).to_be_visible(timeout=60_000)
    return str(server.json("GET", "/api/tracks?limit=1")["tracks"][0]["id"])


def shown(page: Page, track_id: str) -> None:
    page.evaluate("id => document.querySelector('page-shell').app.open(id)", track_id)
    expect(page.get_by_test_id("wave")).to_be_visible()


def view(page: Page) -> list[float]:
    """The view of the card, seconds."""
    found: list[float] = page.evaluate(
        "(({ from_s, to_s }) => [from_s, to_s])(document.querySelector('track-card').timeline)"
    )
    return found


def at_s(page: Page) -> float:
    return float(page.evaluate("document.querySelector('page-shell').app.playback.at_s"))


def test_all_pictures_share_the_view_and_the_playhead(browser: Browser, server: Live, piece: str) -> None:
    with visiting(browser, server.address, viewport={"width": 1440, "height": 900}) as page:
        shown(page, piece)
        page.get_by_test_id("desk").click()
        for name in ("open-score", "open-spectrogram"):
            page.get_by_test_id(name).locator("summary").click()
        expect(page.locator("[data-testid=spectrogram][data-state=shown]")).to_be_visible(timeout=20_000)
        wave = page.get_by_test_id("wave")
        wave.scroll_into_view_if_needed()
        box = wave.bounding_box()
        assert box
        page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 20)
        page.keyboard.down("Control")
        page.mouse.wheel(0, -100)
        page.keyboard.up("Control")
        assert soon(page, lambda: view(page)[1] - view(page)[0] < 24)
        from_s, to_s = view(page)
        assert to_s - from_s == pytest.approx(24 / 2.0137, abs=0.2)
        assert from_s + 0.25 * (to_s - from_s) == pytest.approx(6, abs=0.1), "the moment under the pointer stays"
        wave.click(position={"x": box["width"] / 2, "y": 20})
        middle_s = (from_s + to_s) / 2
        assert soon(page, lambda: abs(at_s(page) - middle_s) < 0.1)
        for plot in ("piano-roll", "spectrogram"):
            picture = page.get_by_test_id(plot)
            place = picture.bounding_box()
            assert place
            picture.click(position={"x": place["width"] * 0.25, "y": 30})
            assert soon(page, lambda: abs(at_s(page) - (from_s + 0.25 * (to_s - from_s))) < 0.1)
            picture.click(position={"x": place["width"] * 0.5, "y": 30})
            assert soon(page, lambda: abs(at_s(page) - middle_s) < 0.1)
        shares = page.evaluate(SHARES)
        assert len(shares) >= 6, "waveform, four lanes, score, spectrogram"
        (left, width, head), *others = shares
        assert head == pytest.approx(width / 2, abs=1.5)
        for other in others:
            assert other == pytest.approx([left, width, head], abs=2)


def test_keys_buttons_and_the_scroll_bar_move_the_view(browser: Browser, server: Live, piece: str) -> None:
    with visiting(browser, server.address, viewport={"width": 1440, "height": 900}) as page:
        shown(page, piece)
        assert view(page) == [0, 24]
        expect(page.get_by_test_id("zoom-fit")).to_be_disabled()
        page.get_by_test_id("zoom-in").click()
        assert view(page) == [6, 18]
        page.get_by_test_id("wave").press("+")
        assert view(page) == [9, 15]
        page.get_by_test_id("wave").press(".")
        assert view(page) == [12, 18]
        page.get_by_test_id("scroll").fill("2")
        assert view(page) == [2, 8]
        page.get_by_test_id("wave").press("0")
        assert view(page) == [0, 24]
        for _ in range(12):
            page.get_by_test_id("wave").press("=")
        from_s, to_s = view(page)
        assert to_s - from_s == pytest.approx(0.25)
        expect(page.get_by_test_id("zoom-in")).to_be_disabled()


def test_the_view_goes_along_with_the_sound(browser: Browser, server: Live, piece: str) -> None:
    with visiting(browser, server.address) as page:
        shown(page, piece)
        page.evaluate("document.querySelector('track-card').timeline.show(0, 1)")
        page.get_by_test_id("play").click()
        assert soon(page, lambda: view(page)[0] > 0.5)
        page.get_by_test_id("play").click()
        assert view(page)[0] <= at_s(page) <= view(page)[1]


def test_finer_peaks_come_for_what_is_looked_at_and_the_sound_is_not_decoded_here(
    browser: Browser, server: Live, piece: str
) -> None:
    with visiting(browser, server.address, viewport={"width": 1440, "height": 900}) as page:
        shown(page, piece)
        asked: list[str] = []

        def heard(request: Request) -> None:
            if request.resource_type != "media":  # the player's own, which may come late
                asked.append(request.url)

        page.on("request", heard)
        page.evaluate("document.querySelector('track-card').timeline.show(10, 10.5)")
        parts = soon(page, lambda: [url for url in asked if re.search(rf"{piece}/peaks\?", url)])
        spans = [[float(x) for x in re.findall(r"_s=([\d.]+)", url)] for url in parts]
        assert all(to_s - from_s <= 3 for from_s, to_s in spans), "no more than is looked at"
        assert min(spans)[0] <= 10 and max(to_s for _, to_s in spans) >= 10.5
        assert soon(page, lambda: any("/stems/" in url and "from_s" in url for url in asked)), "the lanes too"
        assert not [url for url in asked if url.endswith("/audio")]


@pytest.mark.parametrize(
    ("language", "names"),
    [("en", ["intro", "verse", "drop"]), ("ru", ["вступление", "куплет", "дроп"]), ("zh", ["前奏", "主歌", "高潮段"])],
)
def test_sections_and_chords_stand_over_the_waveform_and_are_gone_to(
    browser: Browser, server: Live, piece: str, language: str, names: list[str]
) -> None:
    record = server.json("GET", f"/api/tracks/{piece}")
    with visiting(browser, server.address, viewport={"width": 1440, "height": 900}) as page:
        page.get_by_test_id("language").select_option(language)
        shown(page, piece)
        sections = page.get_by_test_id("strip-sections").locator("span")
        assert sections.all_inner_texts()[:3] == names
        chords = page.get_by_test_id("strip-chords").locator("span")
        expect(chords).to_have_count(len(record["details"]["harmony"]))
        expect(chords.first).to_have_text(record["details"]["harmony"][0]["chord"])
        sections.nth(2).click()
        drop = next(part for part in record["details"]["form"] if part["name"] == "drop")
        assert soon(page, lambda: abs(at_s(page) - drop["start_s"]) < 0.05)


def test_two_fingers_zoom_and_one_scrolls(browser: Browser, server: Live, piece: str) -> None:
    phone = {"width": 390, "height": 800}
    with visiting(browser, server.address, viewport=phone, has_touch=True, is_mobile=True) as page:
        shown(page, piece)
        box = page.get_by_test_id("wave").bounding_box()
        assert box
        y = box["y"] + 20
        page.get_by_test_id("wave").tap(position={"x": box["width"] / 2, "y": 20})
        assert soon(page, lambda: abs(at_s(page) - 12) < 0.2)
        touch = page.context.new_cdp_session(page)

        def fingers(kind: str, *xs: float) -> None:
            points = [{"x": x, "y": y, "id": number} for number, x in enumerate(xs)]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        fingers("touchStart", 150)
        fingers("touchStart", 150, 250)
        for spread in (20, 40, 60):
            fingers("touchMove", 150 - spread, 250 + spread)
        fingers("touchEnd")
        from_s, to_s = view(page)
        assert 8 < to_s - from_s < 16, "the fingers are twice as far apart"
        fingers("touchStart", 200)
        for x in (180, 160, 140):
            fingers("touchMove", x)
        fingers("touchEnd")
        assert view(page)[0] > from_s
        assert at_s(page) == pytest.approx(12, abs=0.2), "nobody asked for another moment"

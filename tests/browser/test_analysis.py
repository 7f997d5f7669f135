"""The analysis of a track: sections, chords and tempo above each other in time, and the report to be saved."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.analyze.reported import FACTS, reported
from tests.browser.conftest import ARTEFACTS, soon, visiting
from tests.conftest import make_settings
from tests.live import Live, live
from tests.made_tracks import RATE_HZ, silence

pytestmark = pytest.mark.browser
CURVE = [(2.0 * step, 116.0 + step % 9) for step in range(32)]
DESK, PHONE = {"width": 1440, "height": 1000}, {"width": 390, "height": 800}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """With a track of 64 s of which much is known."""
    folder = tmp_path_factory.mktemp("analysis")
    audio = make_settings(folder).audio_dir
    assert FACTS.tempo
    facts = FACTS.model_copy(update={"tempo": FACTS.tempo.model_copy(update={"curve": CURVE})})
    record = reported(audio, facts=facts, title="Night drive", stems=[])
    (audio / record.file).write_bytes(silence(64 * RATE_HZ))
    (audio / f"{record.name}.json").write_text(record.model_dump_json(), encoding="utf-8")
    with live(folder) as running:
        yield running


def opened(page: Page, server: Live) -> None:
    """The analysis on the card of the track."""
    track = server.json("GET", "/api/tracks")["tracks"][0]
    page.evaluate("id => document.querySelector('page-shell').app.open(id)", track["id"])
    page.get_by_test_id("open-analysis").locator("summary").click()
    expect(page.get_by_test_id("lane-sections")).to_be_visible()


def at_s(page: Page) -> float:
    return float(page.evaluate("document.querySelector('page-shell').app.playback.at_s"))


def test_sections_and_chords_lead_to_their_moments_by_pointer_and_keys(browser: Browser, server: Live) -> None:
    with visiting(browser, server.address, viewport=DESK) as page:
        opened(page, server)
        sections, chords = (
            page.get_by_test_id(f"lane-{kind}").get_by_role("button") for kind in ("sections", "chords")
        )
        assert sections.all_inner_texts() == ["A", "A'", "B"]
        expect(chords).to_have_count(32)
        assert 3 < chords.filter(has_text=re.compile(r"\w")).count() < 32, "names have room beside each other"
        hues = [sections.nth(at).get_attribute("data-hue") for at in range(3)]
        assert hues[0] == hues[1] != hues[2], "the same music has one colour"
        sections.nth(2).click()
        assert soon(page, lambda: abs(at_s(page) - 32) < 0.1)
        expect(sections.nth(2)).to_have_attribute("aria-current", "true")
        page.keyboard.press("Home")
        expect(sections.first).to_be_focused()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        assert soon(page, lambda: abs(at_s(page) - 16) < 0.1)
        page.keyboard.press("Tab")
        expect(chords.nth(8)).to_be_focused()
        expect(page.get_by_role("img", name="The tempo over time, between 116 and 124 BPM")).to_be_visible()
        box = page.get_by_test_id("tempo-curve").bounding_box()
        assert box
        page.get_by_test_id("tempo-curve").click(position={"x": box["width"] / 4, "y": 20})
        assert soon(page, lambda: abs(at_s(page) - 16) < 0.5)
        page.get_by_test_id("zoom-in").click()
        assert soon(page, lambda: chords.count() < 32), "the lanes show what the timeline shows"
        ARTEFACTS.mkdir(exist_ok=True)
        page.get_by_test_id("lane-chords").scroll_into_view_if_needed()
        page.get_by_test_id("analysis-md").scroll_into_view_if_needed()
        page.screenshot(path=ARTEFACTS / "analysis.png")


@pytest.mark.parametrize("language", ["ru", "zh"])
def test_the_report_is_saved_in_the_language_of_the_page(browser: Browser, server: Live, language: str) -> None:
    with visiting(browser, server.address, viewport=PHONE, accept_downloads=True) as page:
        opened(page, server)
        page.evaluate("language => import('/static/js/core/i18n.js').then(({ i18n }) => i18n.use(language))", language)
        heading = {"ru": "Анализ", "zh": "分析"}[language]
        expect(page.get_by_test_id("open-analysis").locator("summary")).to_have_text(heading)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide == 0, "nothing stands out on a phone"
        assert (
            page.get_by_test_id("lane-sections").get_by_role("button").first.evaluate("part => part.offsetHeight") >= 44
        )
        page.get_by_test_id("analysis-md").scroll_into_view_if_needed()
        page.screenshot(path=ARTEFACTS / f"analysis-{language}.png")
        with page.expect_download() as report:
            page.get_by_test_id("analysis-md").click()
        assert report.value.suggested_filename == "Night drive.analysis.md"
        assert {"ru": "## Секции", "zh": "## 段落"}[language] in report.value.path().read_text(encoding="utf-8")
        with page.expect_download() as facts:
            page.get_by_test_id("analysis-json").click()
        assert json.loads(facts.value.path().read_text(encoding="utf-8"))["key"]["name"] == "F# minor"

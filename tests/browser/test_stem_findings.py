"""What each stem says, on the card: folded away, in the visitor's language, and narrow enough for a telephone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from engine.tag.facts import SoundFact, StemFact, TagFact, TrackFacts
from tests.browser.conftest import ARTEFACTS, soon, visiting
from tests.conftest import make_settings
from tests.live import Live, live
from tests.stemmed import make_stemmed, noise

pytestmark = pytest.mark.browser

FACTS = TrackFacts(
    sound=SoundFact(kind="song", speech=0.0, singing=0.5, music=1.0),
    tags=[
        TagFact(name="vocals", category="voice", score=0.81, source="derived", stem="vocals"),
        TagFact(name="strings section", category="instruments", score=0.34, source="musicnn", stem="other"),
        TagFact(name="bass", category="instruments", score=0.9, source="derived", stem="bass"),
        TagFact(name="pop", category="genre", score=0.4, source="musicnn"),
    ],
    stems={
        "drums": StemFact(tags=[], active_share=0.76, level_db=-6.72),
        "bass": StemFact(tags=[], active_share=0.9, level_db=None),
        "other": StemFact(
            tags=[
                TagFact(name="strings section", category="instruments", score=0.34, source="musicnn", stem="other"),
                TagFact(name="harp", category="instruments", score=0.18, source="musicnn", stem="other"),
            ],
            active_share=0.97,
            level_db=-3.1,
        ),
        "vocals": StemFact(
            tags=[TagFact(name="female voice", category="voice", score=0.5, source="musicnn", stem="vocals")],
            active_share=0.5,
            level_db=-4.0,
            singing=0.81,
        ),
    },
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A library with one track whose stems were listened to."""
    folder = tmp_path_factory.mktemp("findings")
    settings = make_settings(folder)
    record = make_stemmed(settings, {name: noise(2, at) for at, name in enumerate(FACTS.stems or {})}, name="song")
    path: Path = settings.audio_dir / "song.json"
    path.write_text(record.model_copy(update={"facts": FACTS.plain()}).model_dump_json(), encoding="utf-8")
    with live(folder) as running:
        yield running


NARROW = {"width": 390, "height": 844}


@pytest.mark.parametrize(
    ("language", "rows"),
    [
        (
            "en",
            [
                ("Drums", "-6.7 dB", "76%", "–"),
                ("Bass", "silent", "90%", "–"),
                ("Other", "-3.1 dB", "97%", "strings section 34%, harp 18%"),
                ("Vocals", "-4 dB", "50%", "sung 81%, female voice 50%"),
            ],
        ),
        ("ru", [("Ударные", "-6,7 дБ", "76 %", "–")]),
        ("zh", [("鼓", "-6.7 dB", "76%", "–")]),
    ],
    ids=["en", "ru", "zh"],
)
def test_each_stem_has_a_line(browser: Browser, server: Live, language: str, rows: list[tuple[str, ...]]) -> None:
    with visiting(browser, server.address) as page:
        track = soon(page, lambda: server.json("GET", "/api/tracks")["tracks"])[0]["id"]
        page.get_by_test_id("language").select_option(language)
        expect(page.locator("html")).to_have_attribute("lang", language)
        page.set_viewport_size(NARROW)
        page.evaluate("id => document.querySelector('page-shell').app.open(id)", track)
        folded = page.get_by_test_id("stem-findings")
        expect(folded.get_by_role("table")).to_be_hidden()
        folded.locator("summary").focus()
        page.keyboard.press("Enter")
        expect(folded.get_by_role("table")).to_be_visible()
        said = [
            tuple(cell.strip().replace("\u00a0", " ").replace("\u2212", "-") for cell in line.split("\t"))
            for line in page.get_by_test_id("stem-finding").all_inner_texts()
        ]
        assert said[: len(rows)] == rows and len(said) == 4
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out"
        tip = page.get_by_test_id("tag").last.get_attribute("title") or ""
        assert page.locator("[data-testid=stem-finding] th").last.inner_text() in tip
        ARTEFACTS.mkdir(exist_ok=True)
        page.get_by_test_id("findings").screenshot(path=ARTEFACTS / f"stem-findings-{language}.png")

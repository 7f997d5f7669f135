"""How scripts come in, and what becomes of one: a drama that is heard, changed, rendered again and taken away."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from engine.drama.project import Project
from tests.browser.conftest import ARTEFACTS, soon, visiting
from tests.live import Live, live
from tests.tag.real_weights import real_weights

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

PATIENCE_MS = 240_000.0
"""How long a drama may take beside tests that compute."""
SPEAKERS = dict.fromkeys(("narrator", "Anna"), "espeak:en")
"""A voice that needs no weights."""

STORY = "It was late. “Who is there?” asked Anna. “Only the wind,” said Boris. Thunder rolled over the house."

SHORT = "It was late. “Who is there?” asked Anna. Thunder rolled."


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    full = request.config.getoption("--full")
    flags = ["--models", str(real_weights("kokoro")[0].parents[1])] if full else []
    with live(tmp_path_factory.mktemp("scripts"), *flags) as running:
        yield running


@pytest.mark.parametrize("way", ["dropped", "chosen", "pasted"])
def test_a_script_comes_to_drama_by_drop_by_choice_and_as_a_long_text_that_is_pasted(
    browser: Browser, server: Live, tmp_path: Path, way: str
) -> None:
    with visiting(browser, server.address) as page:
        if way == "dropped":
            page.evaluate(
                """text => { const files = new DataTransfer();
                    files.items.add(new File([text], 'Буря.txt', {type: 'text/plain'}));
                    const how = {dataTransfer: files, bubbles: true, cancelable: true};
                    window.dispatchEvent(new DragEvent('drop', how)) }""",
                STORY,
            )
        elif way == "chosen":
            page.locator("#command").select_option("drama")
            file = tmp_path / "Буря.txt"
            file.write_text(STORY, encoding="utf-8")
            page.get_by_test_id("file-script").set_input_files(file)
        else:
            page.locator("#command").select_option("drama")
            page.get_by_test_id("prompt").evaluate(
                """(box, text) => { const data = new DataTransfer(); data.setData('text/plain', text);
                    const how = {clipboardData: data, bubbles: true, cancelable: true};
                    box.dispatchEvent(new ClipboardEvent('paste', how)) }""",
                "Буря\n" + STORY * 200,
            )
        expect(page.locator("#command")).to_have_value("drama")
        expect(page.get_by_test_id("chip-script")).to_contain_text("Буря")
        expect(page.get_by_test_id("script-about")).to_contain_text("English")
        expect(page.get_by_test_id("prompt")).to_have_value("")
        expect(page.get_by_test_id("send")).to_be_enabled()
        page.locator("#command").select_option("upscale")
        expect(page.get_by_test_id("audio-source").locator("option", has_text="Буря")).to_have_count(0)
        page.locator("#command").select_option("drama")
        page.get_by_test_id("chip-script").get_by_test_id("chip-remove").click()
        expect(page.get_by_test_id("chip-script")).to_have_count(0)
        page.get_by_test_id("prompt").fill("Anna: Hello.\nBoris: Good evening.")
        expect(page.get_by_test_id("send")).to_be_enabled()


@pytest.mark.slow
def test_a_story_becomes_a_drama_that_is_recast_changed_rendered_again_and_taken_away(
    browser: Browser, server: Live, full: bool
) -> None:
    with visiting(browser, server.address) as page:
        page.locator("#command").select_option("drama")
        page.get_by_test_id("prompt").fill(f"{SHORT} stems=false cast='{json.dumps(SPEAKERS, separators=(',', ':'))}'")
        expect(page.get_by_test_id("send")).to_have_text("Perform")
        page.get_by_test_id("send").click()
        card = page.get_by_test_id("card")
        expect(page.get_by_test_id("drama")).to_be_visible(timeout=PATIENCE_MS)
        first = card.get_attribute("data-track-id")
        anna = page.get_by_test_id("line").filter(has_text="Who is there?")
        expect(anna).to_contain_text("Anna")
        page.get_by_test_id("tab-cast").click()
        page.get_by_test_id("character").filter(has_text="Anna").locator(".cast-name").click()
        if full:
            page.get_by_test_id("character-voice").select_option("kokoro:bf_emma")
        else:  # no other voice does without weights
            page.get_by_test_id("character-pitch").fill("4")
        expect(page.get_by_test_id("drama-anew")).to_contain_text("1 line")
        page.get_by_test_id("tab-script").click()
        anna.click()
        page.get_by_test_id("line-text").fill("Who goes there?")
        page.get_by_test_id("line-hear").click()
        audio = page.locator("page-shell > audio")
        soon(page, lambda: "/api/speech/" in str(audio.evaluate("audio => audio.src")), 120)
        soon(page, lambda: audio.evaluate("audio => audio.duration > 0.2 && audio.duration < 5"))
        expect(page.get_by_test_id("message-user")).to_have_count(1)
        thunder = page.get_by_test_id("clip").filter(has_text="Thunder")
        before_s = float(thunder.get_attribute("data-from") or 0)
        thunder.focus()
        page.keyboard.press("Shift+ArrowLeft")
        expect(page.get_by_test_id("drama-changes")).to_have_text("3 changes")
        ARTEFACTS.mkdir(exist_ok=True)
        page.screenshot(path=ARTEFACTS / "drama-changed.png")
        page.get_by_test_id("drama-render").click()
        expect(card).not_to_have_attribute("data-track-id", first or "", timeout=PATIENCE_MS)
        expect(page.get_by_test_id("line").filter(has_text="Who goes there?")).to_be_visible()
        expect(page.get_by_test_id("drama-bar")).to_have_count(0)
        page.screenshot(path=ARTEFACTS / "drama-rendered.png")
        track = card.get_attribute("data-track-id")
        project = Project.read(server.json("GET", f"/api/tracks/{track}/project"))
        cast = next(each for each in project.characters if each.name == "Anna")
        assert (cast.voice, cast.pitch_semitones) == (("kokoro:bf_emma", 0) if full else ("espeak:en", 4))
        moved_s = float(thunder.get_attribute("data-from") or 0)
        assert before_s - 2.5 < moved_s < before_s
        page.get_by_test_id("drama-export").locator("summary").click()
        for name in ("subtitles.srt", "book.m4b"):
            with page.expect_download(timeout=PATIENCE_MS) as waiting:
                page.get_by_test_id(f"export-{name}").click()
            content = waiting.value.path().read_bytes()
            if name.endswith(".srt"):
                assert "Who goes there?" in content.decode() and "-->" in content.decode()
            else:
                assert content[4:8] == b"ftyp"
        page.evaluate("id => document.querySelector('page-shell').app.open(id)", first)
        expect(page.get_by_test_id("line").filter(has_text="Who is there?")).to_be_visible()
        expect(page.get_by_test_id("drama-bar")).to_have_count(0)

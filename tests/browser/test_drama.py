"""The desk of a drama: read along, edited, recast, its sounds moved; kept in the browser until it is rendered."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from engine.drama.project import Project, uncovered
from engine.settings import PROJECT
from tests.browser.conftest import ARTEFACTS, soon, visiting
from tests.browser.drama_tracks import drama, make_drama
from tests.conftest import make_settings
from tests.live import Live, live
from tests.made_tracks import silence

pytestmark = pytest.mark.browser

AXE = PROJECT / "node_modules" / "axe-core" / "axe.min.js"
LONG = 10_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("drama")
    make_drama(make_settings(folder).audio_dir, drama())
    with live(folder) as running:
        yield running


@pytest.fixture
def page(browser: Browser, server: Live) -> Iterator[Page]:
    with visiting(browser, server.address) as visitor:
        opened(visitor, server)
        yield visitor


def opened(page: Page, server: Live) -> str:
    track = str(server.json("GET", "/api/tracks?limit=1&command=drama&sort=oldest")["tracks"][0]["id"])
    page.evaluate("id => document.querySelector('page-shell').app.open(id)", track)
    expect(page.get_by_test_id("line").first).to_be_attached()
    return track


def edited(page: Page) -> dict[str, Any]:
    """The project in hand."""
    return dict(page.evaluate("document.querySelector('drama-desk').hand.project"))


def edited_line(page: Page, line_id: str) -> dict[str, Any]:
    return next(line for line in edited(page)["lines"] if line["id"] == line_id)


def test_the_script_is_read_along_with_the_sound(page: Page) -> None:
    lines = page.get_by_test_id("line")
    expect(lines).to_have_count(8)
    expect(lines.nth(1)).to_contain_text("Anna")
    expect(lines.nth(1)).to_contain_text("afraid")
    expect(page.get_by_test_id("script")).to_contain_text("Chapter One")
    expect(page.get_by_test_id("scene")).to_have_count(2)
    expect(lines.nth(3)).to_have_attribute("data-doubtful", "")
    lines.nth(5).click()
    expect(lines.nth(5)).to_have_attribute("aria-selected", "true")
    expect(lines.nth(5)).to_have_attribute("data-sounding", "")
    expect(page.locator("page-shell > audio")).to_have_js_property("paused", False)
    assert soon(page, lambda: page.evaluate("document.querySelector('page-shell > audio').currentTime")) >= 12
    page.keyboard.press("Space")
    expect(page.locator("page-shell > audio")).to_have_js_property("paused", True)


def test_the_keyboard_alone_reads_finds_doubts_and_edits(page: Page) -> None:
    script = page.get_by_test_id("script")
    script.focus()
    chosen = page.locator("[data-testid=line][aria-selected=true]")
    page.keyboard.press("ArrowDown")
    expect(chosen).to_have_attribute("data-row", "l1")
    expect(script).to_have_attribute("aria-activedescendant", "line-l1")
    page.keyboard.press("d")
    expect(chosen).to_have_attribute("data-row", "l3")
    page.keyboard.press("y")
    expect(chosen).not_to_have_attribute("data-doubtful", "")
    page.keyboard.press("d")
    expect(chosen).to_have_attribute("data-row", "l6")
    page.keyboard.press("End")
    expect(chosen).to_have_attribute("data-row", "l7")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("line-text")).to_be_focused()
    page.get_by_test_id("line-text").fill("Boris, run!")
    script.focus()
    expect(chosen).to_contain_text("Boris, run!")
    expect(chosen).to_contain_text("changed")
    page.keyboard.press("s")
    expect(page.get_by_test_id("scene-place")).to_be_focused()
    page.get_by_test_id("scene-place").select_option("church")
    page.get_by_test_id("scene-time").select_option("")
    expect(page.get_by_test_id("scene-reverb")).to_have_value("church")
    expect(page.get_by_test_id("scene").nth(1)).to_contain_text("church")
    scene = edited(page)["scenes"][1]
    assert scene["place"] == {"value": "church", "confidence": 1, "words": ""} and scene["time"] is None
    page.get_by_test_id("drama-undo").click()
    page.get_by_test_id("drama-undo").click()
    expect(page.get_by_test_id("scene-reverb")).to_have_value("none")
    script.focus()
    page.keyboard.press("u")
    expect(chosen).to_contain_text("give me your hand")
    page.keyboard.press("r")
    page.keyboard.press("Delete")
    expect(page.get_by_test_id("line")).to_have_count(7)
    expect(chosen).to_have_attribute("data-row", "l6")
    expect(script).to_be_focused()
    project = Project.read(edited(page))
    assert uncovered(project) == []


def test_lines_are_split_joined_and_added_and_changes_survive_a_reload(page: Page, server: Live) -> None:
    page.get_by_test_id("line").nth(2).click()
    box = page.get_by_test_id("line-text")
    box.focus()
    box.evaluate("box => box.setSelectionRange(16, 16)")
    page.keyboard.press("ArrowRight")
    page.get_by_test_id("line-split").click()
    expect(page.get_by_test_id("line")).to_have_count(9)
    expect(page.locator("[data-testid=line][aria-selected=true]")).to_contain_text("A door creaked")
    page.get_by_test_id("line-add").click()
    expect(box).to_be_focused()
    page.keyboard.type("It was a cat.")
    page.get_by_test_id("line-speaker").select_option("boris")
    page.get_by_test_id("line-emotion").select_option("happy")
    expect(page.get_by_test_id("drama-changes")).to_have_text("5 changes")
    expect(page.get_by_test_id("drama-anew")).to_contain_text("3 lines")
    page.reload()
    opened(page, server)
    added = page.get_by_test_id("line").nth(4)
    expect(added).to_contain_text("It was a cat.")
    expect(added).to_contain_text("Boris")
    expect(page.get_by_test_id("drama-changes")).to_have_text("5 changes")
    project = Project.read(edited(page))
    assert uncovered(project) == [] and project.lines[4].start == project.lines[4].end
    page.get_by_test_id("drama-discard").click()
    expect(page.get_by_test_id("line")).to_have_count(8)
    page.get_by_test_id("drama-redo").click()
    expect(page.get_by_test_id("drama-changes")).to_have_text("1 change")


def test_a_thunder_is_moved_by_pointer_and_keys_and_tied_to_the_nearest_word(page: Page) -> None:
    thunder = page.locator("[data-clip=thunder]")
    box, frame = thunder.bounding_box(), page.get_by_test_id("drama-lanes").bounding_box()
    assert box and frame
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + frame["width"] / 10, box["y"] + 8, steps=4)
    page.mouse.up()
    expect(page.get_by_test_id("clip-editor")).to_contain_text(re.compile("thunder", re.IGNORECASE))

    def clip() -> dict[str, Any]:
        return next(clip for clip in edited(page)["clips"] if clip["id"] == "thunder")

    before = drama().clips[2]
    dragged = clip()
    assert before.id == "thunder" and before.start_s is not None
    assert 1 < dragged["start_s"] - before.start_s < 3 and dragged["start"]["line"] == "l5"
    assert abs(dragged["start"]["offset_s"]) < 0.3 and dragged["start"]["at"] > 0
    thunder.focus()
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(thunder).to_be_focused()
    assert clip()["start_s"] == pytest.approx(dragged["start_s"] - 1.1, abs=0.02)
    page.get_by_test_id("clip-gain").fill("-6")
    page.get_by_test_id("clip-fade-in").fill("0.4")
    page.get_by_test_id("clip-fade-out").fill("99")
    page.keyboard.press("Tab")
    assert (clip()["gain_db"], clip()["fade_in_s"], clip()["fade_out_s"]) == (-6, 0.4, 30)
    page.get_by_test_id("clip-fade-in").fill("")
    page.keyboard.press("Tab")
    assert clip()["fade_in_s"] is None
    page.get_by_test_id("sound-search").fill("door")
    expect(page.get_by_test_id("found-sound").first).to_contain_text("Door")
    page.locator("[data-clip=rain0]").click(position={"x": 4, "y": 4})
    expect(page.get_by_test_id("sound-search")).to_have_value("")
    expect(page.get_by_test_id("found-sound").filter(has_text="Rain").first).to_be_visible()
    thunder.press("Delete")
    expect(thunder).to_have_count(0)
    assert Project.read(edited(page)).clips


VOICES = [
    {
        "id": f"kokoro:{name}", "name": name[3:].title(), "engine": "kokoro", "language": "en", "gender": gender,
        "age": "adult", "accent": "gb", "grade": 0.7, "narrates": False, "licence": "Apache-2.0",
        "commercial_use": True, "installed": name != "bf_isabella", "fetchable": True,
    }
    for name, gender in (("bf_emma", "female"), ("bf_isabella", "female"), ("am_michael", "male"))
]  # fmt: skip


@pytest.fixture
def spoken(page: Page) -> Iterator[list[dict[str, Any]]]:
    """What a page that has voices asks to be said; each line is there at the second look."""
    asked: list[dict[str, Any]] = []

    def speech(route: Route) -> None:
        if route.request.method == "POST":
            asked.append(route.request.post_data_json["utterance"])
            route.fulfill(json={"key": "a" * 40, "ready": False})
        elif route.request.method == "HEAD":
            route.fulfill(status=404 if len(looks) < 1 else 200)
            looks.append(1)
        else:
            route.fulfill(body=silence(4000), content_type="audio/wav")

    looks: list[int] = []
    page.route("**/api/voices", lambda route: route.fulfill(json={"voices": VOICES, "samples": {}}))
    page.route("**/api/speech**", speech)
    page.route("**/api/speech/**", speech)
    page.reload()
    yield asked


def test_a_voice_is_recast_and_blended_and_lines_are_heard_as_they_are_now(
    page: Page, server: Live, spoken: list[dict[str, Any]]
) -> None:
    opened(page, server)
    page.get_by_test_id("tab-cast").click()
    anna = page.get_by_test_id("character").nth(1)
    anna.locator(".cast-name").click()
    voice = page.get_by_test_id("character-voice")
    expect(voice.locator("option", has_text="Isabella")).to_contain_text("downloads when used")
    voice.select_option("kokoro:bf_isabella")
    expect(page.get_by_test_id("character-licence")).to_contain_text("Apache-2.0")
    expect(page.get_by_test_id("drama-anew")).to_contain_text("3 lines")
    page.get_by_test_id("character-blend").select_option("kokoro:bf_emma")
    expect(anna.get_by_test_id("character-voice-name")).to_have_text("Isabella + Emma 30%")
    anna.get_by_test_id("character-hear").click()
    soon(page, lambda: len(spoken) == 1)
    assert spoken[0]["voice"] == "kokoro:bf_isabella+bf_emma@0.30" and "Who is there?" in spoken[0]["text"]
    page.get_by_test_id("character-name").fill("Anya")
    page.keyboard.press("Tab")
    page.get_by_test_id("character-merge").select_option("boris")
    expect(page.get_by_test_id("character")).to_have_count(2)
    page.get_by_test_id("drama-undo").click()
    page.get_by_test_id("tab-script").click()
    expect(page.get_by_test_id("line").nth(1)).to_contain_text("Anya")
    page.get_by_test_id("line").nth(1).click()
    page.get_by_test_id("line-text").fill("Who goes there?")
    page.get_by_test_id("line-speed").fill("0.8")
    page.get_by_test_id("line-hear").click()
    audio = page.locator("page-shell > audio")
    soon(page, lambda: str(audio.evaluate("audio => audio.src")).endswith("/api/speech/" + "a" * 40))
    assert spoken[1]["text"] == "Who goes there?" and spoken[1]["speed"] == pytest.approx(0.8)
    expect(page.get_by_test_id("line").nth(1)).to_have_attribute("data-sounding", "")


def test_what_is_saved_and_what_is_rendered_is_the_project_with_its_changes(page: Page, server: Live) -> None:
    page.get_by_test_id("line").nth(7).click()
    page.get_by_test_id("line-emotion").select_option("sad")
    with page.expect_download() as waiting:
        page.get_by_test_id("drama-save").click()
    saved = waiting.value
    assert saved.suggested_filename == "A stormy night.drama.json"
    project = Project.read(json.loads(saved.path().read_text(encoding="utf-8")))
    assert project.lines[7].emotion == "sad" and project.lines[7].words
    page.get_by_test_id("drama-render").click()
    jobs = soon(page, lambda: [job for job in server.json("GET", "/api/jobs")["jobs"] if job["command"] == "drama"])
    expect(page.get_by_test_id("drama-render")).to_be_disabled()
    server.request("POST", f"/api/jobs/{jobs[0]['id']}/cancel", b"")
    script = jobs[0]["params"]["script"].removeprefix("upload:")
    sent = Project.read(server.json("GET", f"/api/uploads/{script}/audio"))
    assert sent == project.model_copy(
        update={"lines": [line.model_copy(update={"words": []}) for line in project.lines]}
    )
    server.finished(jobs[0]["id"])
    expect(page.get_by_test_id("drama-render")).to_be_enabled()
    expect(page.get_by_test_id("drama-changes")).to_have_text("1 change")


def test_a_book_of_ten_thousand_lines_is_built_as_far_as_it_is_seen_and_goes_to_its_end(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("book")
    make_drama(make_settings(folder).audio_dir, drama(LONG, scene_lines=40))
    with live(folder) as server, visiting(browser, server.address) as page:
        opened(page, server)
        assert page.get_by_test_id("line").count() < 60
        page.get_by_test_id("script").focus()
        page.keyboard.press("End")
        last = page.locator(f"[data-row=l{LONG - 1}]")
        expect(last).to_be_in_viewport()
        page.keyboard.press("Delete")
        expect(page.locator(f"[data-row=l{LONG - 2}]")).to_be_in_viewport()
        expect(page.get_by_test_id("lanes-many")).to_be_visible()


@pytest.mark.parametrize(
    ("language", "width", "themes"),
    [("en", 1440, ("dark", "light")), ("en", 390, ("dark",)), ("ru", 390, ("light",)), ("zh", 390, ("dark",))],
)
def test_axe_finds_nothing_and_nothing_is_cut(
    browser: Browser, server: Live, language: str, width: int, themes: tuple[str, ...]
) -> None:
    size = {"width": width, "height": 900}
    with visiting(browser, server.address, viewport=size, reduced_motion="reduce") as page:
        page.evaluate("language => localStorage.setItem('language', JSON.stringify(language))", language)
        page.reload()
        page.locator("#command").wait_for(state="attached")
        opened(page, server)
        page.locator("[data-clip=thunder]").click()
        page.get_by_test_id("scene").first.click()
        page.get_by_test_id("line-text").fill("It was a dark night.")
        ARTEFACTS.mkdir(exist_ok=True)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        for tab in ("script", "cast", "levels"):
            page.get_by_test_id(f"tab-{tab}").click()
            if tab == "cast":
                page.locator(".cast-name").nth(1).click()
            for theme in themes:
                page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
                if language == "en":
                    found = page.evaluate("() => axe.run('drama-desk', {preload: false}).then(r => r.violations)")
                    assert [f"{v['id']}: {[n['target'] for n in v['nodes']][:4]}" for v in found] == [], theme
            page.get_by_test_id("drama").screenshot(path=ARTEFACTS / f"drama-{tab}-{width}-{language}-{themes[-1]}.png")
        wider = page.evaluate(
            """() => [...document.querySelectorAll('html, .pane, .drama, .drama-editor, .cast-scroll, .script')]
                .filter(part => part.scrollWidth > part.clientWidth + 1 && part.checkVisibility())
                .map(part => part.className + ' ' + part.scrollWidth)"""
        )
        assert wider == [], "nothing is cut off at the side"

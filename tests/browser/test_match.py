"""A newcomer's way with two files: matched, heard against each other, moved, kept as a preset, rendered again."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile
from playwright.sync_api import Browser, Page, expect

from engine.audio.encode import write
from engine.match.style import StyleParams
from engine.parameters import Format
from engine.settings import PROJECT
from tests.browser.conftest import ARTEFACTS, visiting
from tests.live import Live, live
from tests.match.test_command import RATE_HZ, music

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

AXE = PROJECT / "node_modules" / "axe-core" / "axe.min.js"
SECONDS = 14.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live(tmp_path_factory.mktemp("match")) as running:
        yield running


@pytest.fixture(scope="module")
def matched(server: Live, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two files of one's own, given to the page and matched there; the id of the track."""
    folder = tmp_path_factory.mktemp("files")
    with visiting(browser, server.address) as page:
        page.locator("#command").select_option("match")
        for field, seed, level in (("source", 1, 0.1), ("reference", 2, 0.3)):
            sound = music(SECONDS, seed, level=level)
            if field == "reference":
                sound[:, 1:] -= 0.9 * sound[:, :-1]
            path = folder / f"{field} песня.wav"
            write(path, sound, RATE_HZ, format=Format.WAV)
            page.get_by_test_id(f"file-{field}").set_input_files(path)
            expect(page.get_by_test_id(f"audio-{field}").get_by_test_id("audio-chosen")).to_contain_text(path.name)
        page.get_by_test_id("send").click()
        expect(page.get_by_test_id("match")).to_be_visible(timeout=120_000)
    return str(server.json("GET", "/api/tracks?limit=1&command=match")["tracks"][0]["id"])


@pytest.fixture
def page(browser: Browser, server: Live, matched: str) -> Iterator[Page]:
    with visiting(browser, server.address) as visitor:
        shown(visitor, matched)
        yield visitor


def shown(page: Page, track_id: str) -> None:
    page.evaluate("id => document.querySelector('page-shell').app.open(id)", track_id)
    expect(page.get_by_test_id("match")).to_be_visible()


def rendered(page: Page) -> None:
    """The excerpt is there with the present values."""
    expect(page.get_by_test_id("spot-state")).to_contain_text("The loudest 10 s", timeout=60_000)
    expect(page.get_by_test_id("match")).to_have_attribute("aria-busy", "false")


def style_in_hand(page: Page) -> StyleParams:
    edit = page.evaluate("document.querySelector('match-panel').edit.style")
    return StyleParams.model_validate(edit)


def give_a_band(page: Page) -> None:
    """One band more; where all of them are taken, in the place of the first."""
    if not page.get_by_test_id("eq-add").count():
        page.get_by_test_id("eq-band-1").press("Delete")
    page.get_by_test_id("eq-add").click()


def test_the_card_shows_what_was_found(page: Page, server: Live, matched: str) -> None:
    for name in ("loudness", "spectrum", "ms_energy", "gain_reduction"):
        expect(page.get_by_test_id(f"chart-{name}")).to_be_visible()
    expect(page.get_by_test_id("match-metrics").locator("tbody tr").first).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_test_id("chart-spectrum-data").click()
    chart = json.loads(waiting.value.path().read_text())
    assert set(chart["lines"]) == {"source", "result", "reference"}
    with page.expect_download() as waiting:
        page.get_by_test_id("match-data").click()
    data = json.loads(waiting.value.path().read_text())
    record = server.json("GET", f"/api/tracks/{matched}")
    assert data["charts"] == record["details"]["match"]["charts"] and data["metrics"]["after"]
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / "match.png")


OUTSIDE = """() => [...document.querySelectorAll('.frame')].flatMap(frame => {
    const around = frame.getBoundingClientRect();
    return [...frame.querySelectorAll('span')].filter(mark => mark.checkVisibility()).filter(mark => {
        const { left, right, top, bottom } = mark.getBoundingClientRect();
        return left < around.left - 1 || right > around.right + 1 || top < around.top - 1 || bottom > around.bottom + 1
    }).map(mark => mark.textContent) })"""
CUT_NUMBERS = """() => [...document.querySelectorAll('.eq-line .number, .match-knob output')]
    .filter(shown => shown.checkVisibility() && shown.scrollWidth > shown.clientWidth + 1).map(shown => shown.value)"""


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("width", [390, 1440])
def test_plots_have_axes_and_bands_have_headings_and_nothing_is_cut(
    browser: Browser, server: Live, matched: str, language: str, width: int
) -> None:
    with visiting(browser, server.address, viewport={"width": width, "height": 900}) as page:
        if width == 390:
            page.get_by_test_id("menu").click()
        page.get_by_test_id("language").select_option(language)
        shown(page, matched)
        hertz, decibel = ("Hz", "dB") if language == "en" else ("Гц", "дБ")
        equaliser = page.get_by_test_id("eq")
        page.get_by_test_id("eq-f_hz-1").fill("12345.6")
        page.get_by_test_id("eq-gain_db-1").fill("-11.75")
        page.get_by_test_id("eq-gain_db-1").press("Tab")
        expect(equaliser.locator(".frame-unit")).to_have_text(decibel)
        expect(equaliser.locator(".frame-across span").filter(visible=True).first).to_contain_text(hertz)
        heads = equaliser.locator(".eq-line").first.locator(".eq-head").filter(visible=True).all_inner_texts()
        assert heads[-3:] == [hertz, decibel, "Q"]
        for name in ("spectrum", "loudness"):
            expect(page.get_by_test_id(f"chart-{name}").locator(".frame-up span").first).to_be_visible()
        assert page.evaluate(OUTSIDE) == [], "labels and handles stay inside"
        assert page.evaluate(CUT_NUMBERS) == []
        page.get_by_test_id("match").screenshot(path=ARTEFACTS / f"match-{width}-{language}.png")


def test_the_curve_stays_in_range_however_much_bands_add(page: Page) -> None:
    page.evaluate(
        """() => { const band = { type: 'peaking', f_hz: 1000, q: 0.5, gain_db: 12 };
            const eq = document.querySelector('match-eq'); eq.say(Array(4).fill(band)) }"""
    )
    expect(page.get_by_test_id("eq").locator(".eq-handle")).to_have_count(4)
    numbers = page.get_by_test_id("eq-curve").evaluate("path => path.getAttribute('d').match(/-?[\\d.]+/g).map(Number)")
    assert min(numbers[1::2]) >= 0, "the top of the curve is in the picture"


def test_a_b_and_the_reference_are_switched_without_a_stop(page: Page) -> None:
    page.get_by_test_id("compare-play").click()
    switch = page.get_by_test_id("compare")
    expect(switch).to_have_attribute("data-playing", "true")
    for number in (2, 3, 1):
        page.get_by_test_id(f"side-{number}").check(force=True)
        expect(switch).to_have_attribute("data-chosen", str(number - 1))
        expect(switch).to_have_attribute("data-playing", "true")
    gains = page.evaluate("document.querySelector('match-switch').comparison.gains_db")
    assert len(gains) == 3 and max(gains) == 0 and min(gains) < 0
    page.get_by_test_id("compare-play").click()


def test_an_aspect_is_toggled_and_a_band_is_moved_and_heard_at_once(page: Page) -> None:
    page.get_by_test_id("aspect-loudness").uncheck(force=True)
    rendered(page)
    page.get_by_test_id("aspect-loudness").check(force=True)
    expect(page.get_by_test_id("spot-state")).to_contain_text("30 seconds")  # as it was: nothing to render
    if not style_in_hand(page).eq:
        page.get_by_test_id("eq-add").click()
    before = style_in_hand(page).eq[0]
    page.get_by_test_id("eq-band-1").focus()
    for key in ("ArrowUp", "ArrowUp", "ArrowRight", "PageUp"):
        page.keyboard.press(key)
    rendered(page)
    band = style_in_hand(page).eq[0]
    assert band.gain_db == pytest.approx(min(12, before.gain_db + 1), abs=0.02)
    assert band.f_hz > before.f_hz and band.q >= before.q
    box = page.get_by_test_id("eq-band-1").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 30, box["y"] + box["height"] / 2, steps=3)
    page.mouse.up()
    assert style_in_hand(page).eq[0].f_hz > 1.1 * band.f_hz
    rendered(page)
    piece = page.evaluate("[...document.querySelector('match-panel').excerpt.pieces.values()][0].audio[0].length")
    assert piece == pytest.approx(10 * RATE_HZ, abs=1)
    page.get_by_test_id("compare-play").click()
    expect(page.get_by_test_id("compare")).to_have_attribute("data-playing", "true")
    page.get_by_test_id("eq-band-1").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_test_id("match")).to_have_attribute("aria-busy", "true")
    rendered(page)
    expect(page.get_by_test_id("compare")).to_have_attribute("data-playing", "true")  # it went on


def test_the_side_has_an_equaliser_of_its_own(page: Page) -> None:
    held = style_in_hand(page)
    side = page.get_by_test_id("side_eq")
    expect(side.get_by_role("heading", name="Side equaliser")).to_be_visible()
    if not held.side_eq:
        page.get_by_test_id("side_eq-add").click()
    before = style_in_hand(page).side_eq[0]
    page.get_by_test_id("side_eq-band-1").focus()
    page.keyboard.press("ArrowDown")
    rendered(page)
    after = style_in_hand(page)
    assert after.side_eq[0].gain_db == pytest.approx(max(-12, before.gain_db - 0.5), abs=0.02)
    assert after.eq == held.eq  # the other one stays as it is
    page.get_by_test_id("aspect-width").uncheck(force=True)
    expect(side).to_have_attribute("data-off", "")


def test_a_preset_is_kept_loaded_renamed_and_deleted(page: Page, matched: str) -> None:
    presets = page.locator("match-presets")
    page.get_by_test_id("match-amount").fill("500")
    give_a_band(page)
    kept = style_in_hand(page)
    presets.locator("summary").click()
    presets.get_by_test_id("preset-name").fill("тёплый")
    presets.get_by_test_id("preset-save").click()
    expect(presets.get_by_test_id("preset")).to_have_count(1)
    page.reload()
    page.locator("#command").wait_for(state="attached")
    shown(page, matched)
    assert style_in_hand(page) != kept
    presets.locator("summary").click()
    presets.get_by_text("тёплый").click()
    rendered(page)
    assert style_in_hand(page) == kept
    expect(page.get_by_test_id("match-amount")).to_have_value("500")
    with page.expect_download() as waiting:
        presets.get_by_test_id("preset-share").click()
    shared = json.loads(waiting.value.path().read_text())["presets"][0]
    assert shared["command"] == "match" and StyleParams.model_validate_json(shared["params"]["style"]) == kept
    presets.get_by_test_id("preset-rename").click()
    presets.locator("#match-preset-new-name").fill("warm")
    presets.get_by_test_id("preset-renamed").click()
    expect(presets.get_by_test_id("preset")).to_contain_text("warm")
    presets.get_by_test_id("preset-delete").click()
    page.get_by_test_id("confirm-yes").click()
    expect(presets.get_by_test_id("preset")).to_have_count(0)


@pytest.mark.parametrize(
    ("form", "starts"),
    [("json", b"{"), ("ir_wav", b"RIFF"), ("equalizer_apo", b"#"), ("camilladsp", b"---"), ("vstpreset", b"VST3")],
)
def test_a_style_is_exported(page: Page, form: str, starts: bytes) -> None:
    page.get_by_test_id("match-form").select_option(form)
    with page.expect_download() as waiting:
        page.get_by_test_id("match-export").click()
    assert Path(waiting.value.path()).read_bytes().startswith(starts)


def test_an_exported_vstpreset_comes_back_as_a_preset(page: Page, tmp_path: Path) -> None:
    give_a_band(page)
    page.get_by_test_id("aspect-width").uncheck(force=True)
    exported = style_in_hand(page)
    page.get_by_test_id("match-form").select_option("vstpreset")
    with page.expect_download() as waiting:
        page.get_by_test_id("match-export").click()
    file = tmp_path / "мой стиль.vstpreset"
    waiting.value.save_as(file)
    page.get_by_test_id("match-undo").click()
    assert style_in_hand(page) != exported
    presets = page.locator("match-presets")
    presets.locator("summary").click()
    presets.get_by_test_id("presets-import").set_input_files(file)
    presets.get_by_text("мой стиль").click()
    rendered(page)
    assert style_in_hand(page) == exported


@pytest.mark.parametrize(("language", "words"), [("en", "damaged"), ("ru", "повреждён"), ("zh", "损坏")])
def test_a_damaged_vstpreset_is_refused_in_words(page: Page, tmp_path: Path, language: str, words: str) -> None:
    file = tmp_path / "x.vstpreset"
    file.write_bytes(b"VST3" + bytes(100))
    page.get_by_test_id("language").select_option(language)
    presets = page.locator("match-presets")
    presets.locator("summary").click()
    presets.get_by_test_id("presets-import").set_input_files(file)
    expect(page.locator("notice-list")).to_contain_text(words)
    expect(presets.get_by_test_id("preset")).to_have_count(0)


def test_apply_makes_a_new_track(page: Page, server: Live, matched: str) -> None:
    page.get_by_test_id("aspect-width").uncheck(force=True)
    give_a_band(page)
    wanted = style_in_hand(page)
    page.get_by_test_id("match-apply").click()
    card = page.get_by_test_id("card")
    expect(card).not_to_have_attribute("data-track-id", matched, timeout=120_000)
    made = server.json("GET", "/api/tracks?limit=1&command=match")["tracks"][0]
    match = server.json("GET", f"/api/tracks/{made['id']}")["details"]["match"]
    assert StyleParams.model_validate(match["style_params"]) == wanted and match["rendered"]["stereo"] is None
    file = server.json("GET", f"/api/tracks/{made['id']}")["file"]
    assert soundfile.info(server.settings.audio_dir / file).frames >= SECONDS * RATE_HZ
    expect(page.get_by_test_id("match-apply")).to_be_disabled()


@pytest.mark.parametrize("language", ["en", "ru", "zh"])
def test_nothing_is_out_of_reach_or_without_a_name(browser: Browser, server: Live, matched: str, language: str) -> None:
    with visiting(browser, server.address, viewport={"width": 360, "height": 800}, bypass_csp=True) as page:
        page.evaluate("language => import('/static/js/core/i18n.js').then(m => m.i18n.use(language))", language)
        page.evaluate("id => document.querySelector('page-shell').app.open(id)", matched)
        page.get_by_test_id("match").wait_for(state="attached")
        for name in ("match-values", "match-decisions", "presets"):
            for summary in page.locator(f"match-panel [data-testid={name}] > summary").all():
                summary.evaluate("s => s.parentElement.open = true")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        words = page.get_by_test_id("match").text_content() or ""
        assert "ui." not in words and "undefined" not in words
        page.add_script_tag(content=AXE.read_text(encoding="utf-8"))
        found = page.evaluate("axe.run('match-panel', {resultTypes: ['violations']})")
        assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found["violations"]] == []

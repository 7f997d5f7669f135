"""Titles instead of file names: a walk through the commands that meets no id, no key and no name of a file of ours."""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.audio.sounds import noise
from tests.browser.conftest import ARTEFACTS, send, soon, visiting
from tests.live import Live, live
from tests.split.made_sources import written
from tests.split.test_demucs import placed
from tests.web.test_sounds import brought

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

RATE_HZ = 44_100
INTERNAL = re.compile(r"[0-9a-f]{32}|(?:upload|track):[0-9a-f]|_\d{8}_\d\d_\d\d|stem_split|undefined|\[object")
SHOWN = """() => {
    const details = [...document.querySelectorAll("details.section:not([hidden])")];
    for (const part of details) part.hidden = true;
    const text = [document.body.innerText, document.title];
    for (const part of document.querySelectorAll("[aria-label], [title], [placeholder], option"))
        if (!part.closest("details.section"))
            text.push(...["aria-label", "title", "placeholder"].map((name) => part.getAttribute(name) ?? ""),
                part instanceof HTMLOptionElement ? part.textContent : "");
    for (const part of details) part.hidden = false;
    return text.join("\\n");
}"""
"""All that can be read or heard of the page, but for the details."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Its models folder holds a small htdemucs with random weights."""
    folder = tmp_path_factory.mktemp("titles")
    placed(folder, "htdemucs")
    with live(folder) as running:
        yield running


@pytest.fixture
def page(browser: Browser, server: Live) -> Iterator[Page]:
    with visiting(browser, server.address, accept_downloads=True) as visitor:
        yield visitor


def clean(page: Page) -> None:
    text = page.evaluate(SHOWN)
    assert [line for line in text.splitlines() if INTERNAL.search(line)] == []


def made(page: Page, title: str) -> Locator:
    """The result of that title in the chat, once it is there."""
    link = page.get_by_test_id("track-link").filter(has_text=title)
    expect(link.first).to_be_visible(timeout=120_000)
    clean(page)
    return link.first


def test_a_walk_through_the_commands_meets_no_file_name(page: Page, server: Live, tmp_path: Path) -> None:
    send(page, "calm piano duration=2 seed=5")
    made(page, "calm piano")
    expect(page.locator("#card-title")).to_have_text("calm piano")
    track = server.json("GET", "/api/tracks?limit=1")["tracks"][0]["id"]
    source = written(tmp_path / "time_to_strike.wav", noise(2, 3 * RATE_HZ) * 0.2)
    page.locator("#command").select_option("upscale")
    page.get_by_test_id("file-source").set_input_files(source)
    expect(page.get_by_test_id("audio-chosen")).to_contain_text("time_to_strike.wav")
    page.get_by_test_id("send").click()
    made(page, "time_to_strike · restored")
    expect(page.get_by_test_id("message-user").last).to_have_text("/upscale time_to_strike.wav")
    name = server.json("GET", "/api/tracks?limit=1")["tracks"][0]["name"]
    assert re.fullmatch(r"time-to-strike_harmonic_\d{8}_\d\d_\d\d", name)
    upload = server.json("GET", "/api/uploads")["uploads"][0]["key"]
    send(page, f"/match source={upload} reference=track:{track}")
    made(page, "time_to_strike in the style of calm piano")
    asked = page.get_by_test_id("message-user").last
    expect(asked).to_have_text("/match time_to_strike.wav → sound of calm piano")
    asked.get_by_test_id("about-input").filter(has_text="calm piano").click()
    expect(page.locator("#card-title")).to_have_text("calm piano")
    send(page, f"/split source={upload}")
    made(page, "time_to_strike · stems")
    split = server.json("GET", "/api/tracks?limit=1&command=split")["tracks"][0]["id"]
    send(page, f"/mix drums bass source=track:{split}")
    made(page, "time_to_strike · mix")
    expect(page.get_by_test_id("message-user").last).to_have_text("/mix time_to_strike · stems · 2 stems")
    send(page, f"/split source=track:{track} model=htdemucs_6s")
    failed = page.locator("[data-testid=message-system][data-status=FAILED]").last
    expect(failed).to_be_visible(timeout=60_000)
    clean(page)
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / "titles.png")
    with page.expect_download() as export:
        page.get_by_test_id("export-txt").click()
    text = Path(export.value.path()).read_text(encoding="utf-8")
    assert "/match time_to_strike.wav → sound of calm piano" in text and not INTERNAL.search(text)


def test_a_title_is_changed_in_place_and_comes_back(page: Page, server: Live) -> None:
    send(page, "quiet harp duration=2 seed=6")
    made(page, "quiet harp")
    title, box = page.get_by_test_id("title"), page.get_by_test_id("title-name")
    title.click()
    box.fill("Night \u202e<b>../x</b>")
    box.press("Escape")
    expect(title).to_have_text("quiet harp")
    title.press("Enter")
    box.fill("Night <b>../x</b>")
    box.press("Enter")
    expect(title).to_have_text("Night <b>../x</b>")
    expect(title).to_be_focused()
    expect(page.get_by_test_id("track-link").filter(has_text="Night <b>../x</b>")).to_be_visible()
    track = server.json("GET", "/api/tracks?limit=1&q=night")["tracks"][0]
    assert track["title"] == "Night <b>../x</b>"
    with page.expect_download() as download:
        page.locator("a[href$='/audio?download=1']").first.click()
    assert download.value.suggested_filename == "Night _b_.._x__b_.wav"
    title.click()
    box.fill("")
    box.press("Enter")
    expect(title).to_have_text("quiet harp")


def test_variations_are_numbered(page: Page) -> None:
    page.get_by_test_id("variations").fill("2")
    page.get_by_test_id("variations").press("Tab")
    flute = "slow flute over quiet strings and a harp in a wide room"
    send(page, f"{flute}, as mp3, duration=2 seed=1")
    titles = [f"{flute} · {number} of 2" for number in (1, 2)]
    for title in titles:
        made(page, title)
    page.set_viewport_size({"width": 390, "height": 800})
    page.get_by_test_id("view-chat").click()
    cut = "spans => spans.map(span => span.scrollWidth > span.clientWidth)"
    names = page.get_by_test_id("track-link").locator(".track-name")
    expect(names.filter(has_text=flute)).to_have_text(titles)
    for title in titles:
        parts = names.filter(has_text=title).locator(".title-text > span")
        assert parts.evaluate_all(cut) == [True, False]


def test_a_batch_is_one_zip_of_titles(page: Page, server: Live) -> None:
    keys = []
    for number, name in enumerate(("same.wav", "same.wav", "другая.wav")):
        keys.append(brought(server, noise(1, RATE_HZ, seed=number) * 0.1, name=name))
    batch = "c" * 32
    body = {"batch_id": batch, "command": "upscale", "params": {"model": "resample"}, "sources": keys}
    server.json("POST", "/api/batches", body)
    button = page.get_by_test_id("batch-zip")
    soon(page, lambda: page.get_by_test_id("batch-state").filter(has_text="Done").count() == 3, timeout_s=60)
    clean(page)
    with page.expect_download() as download:
        button.click()
    archive = zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes()))
    assert sorted(archive.namelist()) == ["same · resampled.flac", "same · resampled_2.flac", "другая · resampled.flac"]
    assert archive.testzip() is None


@pytest.mark.parametrize(
    ("language", "said", "title"),
    [("ru", "/match Песня.wav → звучание как тихий вальс", "Песня в стиле тихий вальс"),
     ("zh", "/match Песня.wav → тихий вальс 的声音", "Песня（тихий вальс 风格）")],
)  # fmt: skip
def test_it_is_said_in_the_language_of_the_page(
    browser: Browser, server: Live, language: str, said: str, title: str
) -> None:
    source = brought(server, noise(2, 2 * RATE_HZ) * 0.2, name="Песня.wav")
    job = server.json("POST", "/api/jobs", {"command": "generate", "params": {"prompt": "тихий вальс", "duration": 2}})
    track = server.finished(job["job_id"])["track_ids"][0]
    with visiting(browser, server.address) as page:
        page.get_by_test_id("language").select_option(language)
        expect(page.locator("html")).to_have_attribute("lang", language)
        send(page, f"/match source={source} reference=track:{track}")
        expect(page.get_by_test_id("message-user").last).to_have_text(said)
        soon(page, lambda: server.json("GET", "/api/tracks?limit=1&command=match")["tracks"][:1], timeout_s=60)
        link = page.get_by_test_id("track-link").filter(has_text=title)
        expect(link).to_be_attached(timeout=60_000)
        clean(page)
        page.set_viewport_size({"width": 390, "height": 800})
        expect(page.locator("#card-title")).to_have_text(title)
        clean(page)

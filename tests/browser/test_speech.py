"""Words that do things: what they say of the result is done, another command that they ask for waits for Enter."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ONE_MODE, send, soon, visiting
from tests.live import Live

pytestmark = [pytest.mark.browser, ONE_MODE]

PHONE = {"viewport": {"width": 390, "height": 800}, "has_touch": True}


@pytest.fixture(params=["en", "ru", "zh"])
def speaker(request: pytest.FixtureRequest, page: Page) -> Iterator[tuple[Page, str]]:
    """A page in each language."""
    page.get_by_test_id("language").select_option(request.param)
    expect(page.locator("html")).to_have_attribute("lang", request.param)
    yield page, request.param


def jobs(server: Live) -> int:
    return len(server.json("GET", "/api/jobs")["jobs"])


def with_track_open(page: Page, seed: int) -> None:
    send(page, f"/debug open me seed={seed} duration=0.3")
    expect(page.get_by_test_id("card")).to_contain_text(f"debug_{seed}_", timeout=20_000)


PROMPTS = {
    "en": ("two seconds of calm piano as flac", "two seconds"),
    "ru": ("две секунды спокойного пианино в flac", "две секунды"),
    "zh": ("两秒安静的钢琴曲，存成flac", "两秒"),
}


def test_length_and_format_are_heard_shown_and_done(speaker: tuple[Page, str], server: Live) -> None:
    page, language = speaker
    text, words = PROMPTS[language]
    page.get_by_test_id("prompt").fill(text)
    expect(page.get_by_test_id("chip-heard-duration")).to_contain_text("2")
    expect(page.get_by_test_id("chip-heard-format")).to_contain_text("flac", ignore_case=True)
    page.get_by_test_id("prompt").press("Enter")
    expect(page.get_by_test_id("said")).to_contain_text(words, timeout=30_000)
    expect(page.get_by_test_id("not-understood")).to_have_count(0)
    track_id = page.get_by_test_id("card").get_attribute("data-track-id")
    record = server.json("GET", f"/api/tracks/{track_id}")
    assert (record["duration_s"], record["parameters"]["format"]) == (2, "flac")


def test_a_moved_slider_goes_before_the_words_until_its_chip_is_clicked(page: Page) -> None:
    page.locator("#field-duration").fill("3")
    page.locator("#field-duration").press("Tab")
    page.get_by_test_id("prompt").fill("2 seconds of calm piano")
    chip = page.get_by_test_id("chip-heard-duration")
    expect(chip).to_contain_text("3")
    expect(chip.get_by_role("button")).to_have_attribute("title", re.compile("2 seconds"))
    chip.get_by_role("button").click()
    expect(chip).to_contain_text("2")
    page.get_by_test_id("prompt").fill("2 seconds of calm piano duration=4")
    expect(page.get_by_test_id("chip-typed-duration")).to_contain_text("4")
    expect(chip).to_have_count(0)


def test_more_than_there_can_be_is_said_before_and_after_sending(page: Page) -> None:
    page.get_by_test_id("prompt").fill("20 minutes of drones")
    expect(page.get_by_test_id("chip-heard-duration").locator("[title]").first).to_have_attribute(
        "title", re.compile("10:00")
    )
    page.get_by_test_id("prompt").press("Enter")
    expect(page.get_by_test_id("message-system").last).to_contain_text("20 minutes")


ASKED = {"en": "restore this recording", "ru": "восстанови эту запись", "zh": "修复这段录音"}


def test_another_command_waits_for_enter_and_the_words_stay(speaker: tuple[Page, str], server: Live) -> None:
    page, language = speaker
    with_track_open(page, 6100 + ord(language[0]))
    before = jobs(server)
    box = page.get_by_test_id("prompt")
    box.fill(ASKED[language])
    box.press("Enter")  # before the page has shown what it means: nothing is done
    expect(page.get_by_test_id("chip-asked")).to_contain_text("/upscale")
    expect(page.get_by_test_id("chip-asked-source")).to_contain_text("open me")
    expect(page.get_by_test_id("prompt-command")).to_have_text("/upscale")
    expect(box).to_have_value(ASKED[language])
    assert jobs(server) == before
    box.press("Enter")
    expect(page.get_by_test_id("message-user").last).to_have_text(ASKED[language])
    expect(box).to_have_value("")
    expect(page.get_by_test_id("card")).to_contain_text("harmonic", timeout=60_000)


SENT = "remove the vocals duration=1"


@pytest.mark.parametrize("way", ["key", "button"])
def test_one_key_goes_back(page: Page, server: Live, way: str) -> None:
    with_track_open(page, 6300 + len(way))
    box = page.get_by_test_id("prompt")
    box.fill("remove the vocals")
    expect(page.get_by_test_id("prompt-command")).to_have_text("/split")
    expect(page.get_by_test_id("chip-asked-stems")).to_be_visible()
    if way == "key":
        box.press("Escape")
    else:
        page.get_by_test_id("chip-asked").get_by_test_id("chip-remove").click()
    expect(page.get_by_test_id("chip-asked")).to_have_count(0)
    expect(page.get_by_test_id("prompt-command")).to_have_text("/generate")
    expect(box).to_be_focused()
    box.press("End")
    box.press_sequentially(" duration=1")
    box.press("Enter")
    expect(page.get_by_test_id("message-user").last).to_contain_text(SENT)
    soon(page, lambda: [job for job in server.json("GET", "/api/jobs")["jobs"] if job["text"] == SENT])


def test_a_missing_sound_is_asked_for(page: Page, server: Live) -> None:
    before = jobs(server)
    box = page.get_by_test_id("prompt")
    box.fill("remove the vocals")
    expect(page.get_by_test_id("chip-asked-source").get_by_role("button")).to_be_visible()
    box.press("Enter")
    expect(page.locator("#field-source")).to_be_focused()
    expect(box).to_have_value("remove the vocals")
    assert jobs(server) == before


@pytest.mark.parametrize("server_is", ["silent", "refusing"])
def test_a_server_that_does_not_say_keeps_nothing_waiting(page: Page, server_is: str) -> None:
    page.route("**/api/understand", lambda route: route.abort() if server_is == "refusing" else None)
    box = page.get_by_test_id("prompt")
    box.fill("calm piano")
    box.press("Enter")
    expect(page.get_by_test_id("message-user").last).to_have_text("calm piano", timeout=10_000)
    page.unroute_all(behavior="ignoreErrors")


def test_the_chip_fits_on_a_phone(browser: Browser, server: Live) -> None:
    with visiting(browser, server.address, **PHONE) as page:
        page.get_by_test_id("prompt").fill("убери вокал")
        chip = page.get_by_test_id("chip-asked")
        expect(chip).to_be_visible()
        box = chip.bounding_box()
        assert box is not None
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390 and box["height"] >= 44
        assert page.evaluate("document.documentElement.scrollWidth") <= 390

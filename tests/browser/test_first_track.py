"""What a newcomer does first: type, wait, listen, save the chat, come back."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ARTEFACTS, POLL_MS, send, soon
from tests.live import Live, live

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", params=["eventlet", "threading"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A newcomer's own: nothing in it yet."""
    with live(tmp_path_factory.mktemp(request.param), mode=request.param) as running:
        yield running


def test_a_prompt_becomes_a_card_that_plays_and_is_still_there_after_a_reload(
    page: Page, server: Live, tmp_path: Path
) -> None:
    live_messages = page.get_by_test_id("message-system")
    send(page, "calm piano, 80 bpm duration=90 seed=7")
    expect(page.get_by_test_id("message-user")).to_have_text(re.compile("calm piano, 80 bpm"))
    expect(live_messages).to_have_count(1)
    shares = set()
    answer = page.get_by_test_id("message-assistant")
    while answer.count() == 0:
        assert live_messages.count() <= 1, "progress lives in one message"
        shares |= set(page.get_by_test_id("progress").evaluate_all("bars => bars.map(bar => bar.value)"))
        page.wait_for_timeout(POLL_MS)
    assert len(shares) >= 3, f"the message advanced: {shares}"
    expect(live_messages).to_have_count(0)
    card = page.get_by_test_id("card")
    expect(card).to_have_count(1)
    expect(card).to_contain_text("composer_7_")

    page.get_by_test_id("play").click()
    audio = page.locator("page-shell > audio")
    soon(page, lambda: audio.evaluate("player => player.currentTime > 0.5"))
    heard = audio.evaluate("player => [player.currentTime, player.duration, player.paused, player.error]")
    assert heard[0] > 0.5 and abs(heard[1] - 90) < 0.01 and heard[2] is False and heard[3] is None
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"page-{server.port}.png")

    with page.expect_download() as download:
        page.get_by_test_id("export-json").click()
    saved = tmp_path / "chat.json"
    download.value.save_as(saved)
    chat = json.loads(saved.read_text(encoding="utf-8"))
    assert {message["role"] for message in chat["messages"]} == {"user", "assistant"}
    with page.expect_download() as download:
        page.get_by_test_id("export-txt").click()
    download.value.save_as(tmp_path / "chat.txt")
    assert "[user] calm piano, 80 bpm" in (tmp_path / "chat.txt").read_text(encoding="utf-8")

    page.reload()
    expect(page.get_by_test_id("message-user")).to_have_count(1)
    expect(page.get_by_test_id("message-assistant")).to_have_count(1)
    expect(page.get_by_test_id("message-system")).to_have_count(0)
    page.get_by_test_id("track-link").first.click()
    expect(page.get_by_test_id("card")).to_have_count(1)
    expect(page.get_by_test_id("card")).to_contain_text("composer_7_")


def test_after_a_failure_the_message_can_be_retried_and_the_next_prompt_works(page: Page) -> None:
    send(page, "/debug fail=DISK_FULL recovers_after=1 steps=2")
    retry = page.get_by_test_id("retry")
    expect(retry).to_be_visible()
    send(page, "/debug next one seed=4")
    expect(page.get_by_test_id("message-assistant").filter(has_text="next one")).to_have_count(1)
    expect(page.get_by_test_id("prompt")).to_be_enabled()


def test_a_running_job_is_canceled_from_its_message(page: Page) -> None:
    send(page, "/debug steps=1000 step_s=0.05")
    page.get_by_test_id("cancel").click()
    expect(page.get_by_test_id("cancel")).to_have_count(0)
    expect(page.get_by_test_id("chat")).to_contain_text(re.compile("cancel", re.IGNORECASE))


def test_two_open_tabs_stay_in_step(page: Page, server: Live) -> None:
    other = page.context.new_page()
    other.goto(server.address)
    send(page, "/debug seen twice seed=11")
    expect(page.get_by_test_id("message-assistant").filter(has_text="seen twice")).to_have_count(1)
    other.get_by_test_id("open-library").click()
    expect(other.get_by_test_id("library-track").filter(has_text="seen twice").first).to_be_visible()


def test_hostile_text_is_shown_as_text(page: Page) -> None:
    text = "<img src=x onerror=alert(1)> \u202eabc\u202c 🎹 ‘é́’"
    send(page, f"/debug {text} seed=12")
    expect(page.get_by_test_id("message-assistant").filter(has_text="<img src=x")).to_have_count(1)
    expect(page.get_by_test_id("message-user").last).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator("img[src=x]").count() == 0


@pytest.mark.parametrize(("language", "word"), [("ru", "Сочинить"), ("zh", "作曲"), ("en", "Compose")])
def test_the_language_changes_at_once(page: Page, language: str, word: str) -> None:
    page.get_by_test_id("language").select_option(language)
    button = page.get_by_test_id("send")
    expect(button).to_have_accessible_name(re.compile(word))

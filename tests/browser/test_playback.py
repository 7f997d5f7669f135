"""Listening: one sound for all lists, the bar that stays, and what finished work does to what is heard."""

import itertools
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect

from tests.browser.conftest import send, soon, visiting
from tests.browser.test_listen import NOTE_STARTS
from tests.live import Live

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 800}


def made(page: Page, text: str, tracks: int = 1) -> None:
    """Ask for something and wait until the chat holds as many results."""
    send(page, text)
    expect(page.get_by_test_id("track-link")).to_have_count(tracks, timeout=30_000)


def sound(page: Page) -> Locator:
    return page.locator("page-shell > audio")


def heard(page: Page) -> dict[str, Any]:
    """Where the sound is, once it is under way."""
    script = "a => ({at_s: a.currentTime, id: a.src.split('/').at(-2), paused: a.paused, loop: a.loop})"
    return soon(page, lambda: (now := sound(page).evaluate(script))["at_s"] > 0.3 and not now["paused"] and now)


def bar(page: Page, part: str) -> Locator:
    return page.locator(".main-bar").get_by_test_id(f"bar-{part}")


def test_variations_are_heard_one_after_the_other_from_the_same_moment(guest: Page) -> None:
    made(guest, "/debug three takes tracks=3 duration=20 seed=1", 3)
    plays = guest.get_by_test_id("chat").get_by_test_id("play-row")
    plays.first.click()
    first = heard(guest)
    expect(plays.first).to_have_attribute("data-state", "playing")
    guest.locator(".main-bar").get_by_test_id("bar-seek").fill("8")
    plays.first.press("ArrowDown")
    expect(plays.nth(1)).to_be_focused()
    second = heard(guest)
    assert second["id"] != first["id"] and 8 <= second["at_s"] < 13
    guest.keyboard.press("ArrowRight")
    expect(plays.nth(2)).to_be_focused()
    guest.keyboard.press("ArrowUp")
    expect(plays.nth(1)).to_be_focused()
    assert heard(guest)["at_s"] >= 8
    expect(guest.locator('[data-testid=play-row][data-state="playing"]')).to_have_count(1)
    guest.keyboard.press("Space")
    expect(sound(guest)).to_have_js_property("paused", True)


def test_the_bar_follows_the_list_and_names_what_comes(guest: Page, own_server: Live) -> None:
    made(guest, "/debug one duration=9 seed=1")
    made(guest, "/debug two duration=9 seed=2", 2)
    made(guest, "/debug three duration=9 seed=3", 3)
    titles = {row["id"]: row["title"] for row in own_server.json("GET", "/api/tracks")["tracks"]}
    ids = guest.get_by_test_id("track-link").evaluate_all("links => links.map(link => link.dataset.trackId)")
    chat = guest.get_by_test_id("chat").get_by_test_id("play-row")
    chat.nth(1).click()
    expect(bar(guest, "title")).to_have_text(titles[ids[1]])
    expect(bar(guest, "previous")).to_have_accessible_name(re.compile(re.escape(titles[ids[0]])))
    expect(bar(guest, "next")).to_have_accessible_name(re.compile(re.escape(titles[ids[2]])))
    bar(guest, "next").click()
    assert heard(guest)["id"] == ids[2]
    expect(bar(guest, "next")).to_be_disabled()

    guest.get_by_test_id("open-library").click()
    guest.get_by_test_id("library-sort").select_option("oldest")
    rows = guest.get_by_test_id("library").get_by_test_id("play-row")
    rows.first.click()
    expect(rows.first).to_have_attribute("data-state", "playing")
    drawer = guest.locator(".drawer-bar")
    expect(drawer.get_by_test_id("bar-next")).to_have_accessible_name(re.compile(re.escape(titles[ids[1]])))
    heard(guest)
    sound(guest).evaluate("audio => audio.currentTime = audio.duration - 0.3")
    expect(rows.nth(1)).to_have_attribute("data-state", "playing")  # the list plays on
    drawer.get_by_test_id("bar-title").click()
    expect(guest.get_by_test_id("library")).not_to_be_visible()
    expect(guest.get_by_test_id("card")).to_have_attribute("data-track-id", ids[1])
    assert heard(guest)["id"] == ids[1]
    guest.get_by_test_id("next").click()
    expect(guest.get_by_test_id("card")).to_have_attribute("data-track-id", ids[2])
    assert heard(guest)["id"] == ids[2]


def test_a_loop_repeats_at_once_and_without_a_seam(guest: Page) -> None:
    made(guest, "techno loop duration=4 seed=3 loop_mode=true")
    guest.evaluate(NOTE_STARTS)
    guest.get_by_test_id("chat").get_by_test_id("play-row").click()
    expect(bar(guest, "loop")).to_have_attribute("aria-pressed", "true")
    started = soon(guest, lambda: len(noted := guest.evaluate("window.started")) >= 3 and noted, 20)
    for (before, duration_s, rate_hz), (after, _, _) in itertools.pairwise(started):
        assert abs(before + duration_s - after) < 0.5 / rate_hz
    expect(sound(guest)).to_have_js_property("paused", True)  # or it would be heard twice
    playing = "document.querySelector('page-shell').app.playing"
    assert guest.evaluate(playing)
    bar(guest, "play").click()
    soon(guest, lambda: not guest.evaluate(playing))
    bar(guest, "play").click()
    bar(guest, "loop").click()
    assert heard(guest)["loop"] is False  # from the element again


def test_what_may_be_chosen_can_be_heard_first(guest: Page) -> None:
    made(guest, "/debug quiet source duration=6 seed=1")
    guest.locator("#command").select_option("debug")
    field = guest.get_by_test_id("audio-source")
    field.get_by_test_id("choices-of").locator("summary").click()
    choices = field.get_by_test_id("choices")
    expect(choices.locator('track-wave[data-drawn="true"]')).to_have_count(1)
    choices.get_by_test_id("play-row").click()
    heard(guest)
    choices.get_by_test_id("choice").click()
    expect(field.get_by_test_id("audio-chosen")).to_be_visible()
    expect(field.get_by_test_id("audio-chosen").get_by_test_id("play-row")).to_have_attribute("data-state", "playing")


def test_waveforms_are_asked_for_as_they_come_into_sight(reader: Page) -> None:
    asked: list[list[str]] = []

    def note(request: Request) -> None:
        if "/api/outlines" in request.url:
            asked.append(request.url.partition("keys=")[2].split(","))

    reader.on("request", note)
    reader.get_by_test_id("open-library").click()
    soon(reader, lambda: asked)
    row = reader.locator(".library-row[aria-posinset='200']")
    to_middle = "list => list.scrollTop = list.scrollHeight / 2"
    soon(reader, lambda: reader.locator(".library").evaluate(to_middle) and row.count(), 20)
    soon(reader, lambda: sum(map(len, asked)) > 8)
    keys = [key for request in asked for key in request]
    assert len(keys) == len(set(keys)) < 120, "each once, and only what is near"
    assert len(asked) <= 12


def test_a_second_tab_that_plays_stops_the_first(guest: Page) -> None:
    made(guest, "/debug two tabs duration=20 seed=4")
    guest.get_by_test_id("chat").get_by_test_id("play-row").click()
    heard(guest)
    other = guest.context.new_page()
    other.goto(guest.url)
    other.get_by_test_id("chat").get_by_test_id("play-row").click()
    expect(sound(guest)).to_have_js_property("paused", True)
    heard(other)
    guest.get_by_test_id("chat").get_by_test_id("play-row").click()
    expect(sound(other)).to_have_js_property("paused", True)
    heard(guest)


def shown(page: Page) -> str:
    return page.get_by_test_id("card").get_attribute("data-track-id") or ""


def test_a_card_that_is_heard_or_worked_on_stays_and_the_new_track_says_so(guest: Page) -> None:
    made(guest, "/debug first duration=30 seed=1")
    first = shown(guest)
    guest.get_by_test_id("play").click()
    made(guest, "/debug second duration=3 seed=2", 2)
    notice = guest.get_by_test_id("notice")
    expect(notice).to_contain_text("second")
    assert shown(guest) == first
    notice.get_by_test_id("notice-action").click()
    expect(guest.get_by_test_id("card")).not_to_have_attribute("data-track-id", first)
    expect(notice).to_have_count(0)
    second = shown(guest)
    assert heard(guest)["id"] == first  # the sound went on
    guest.get_by_test_id("artist").click()
    guest.get_by_test_id("artist-name").fill("Someone")
    made(guest, "/debug third duration=3 seed=3", 3)
    expect(notice).to_contain_text("third")
    assert shown(guest) == second
    guest.get_by_test_id("rerun").click()  # from this card: its result takes its place
    expect(guest.get_by_test_id("card")).not_to_have_attribute("data-track-id", second)


def test_stems_open_when_the_split_that_was_asked_for_from_the_card_is_done(guest: Page, own_server: Live) -> None:
    made(guest, "/debug song duration=30 seed=1")
    first = shown(guest)
    guest.get_by_test_id("play").click()
    record = own_server.json("GET", f"/api/tracks/{first}")
    stem = {"audio_url": "/", "duration_s": 30, "samples": 30 * 44_100, "rate_hz": 44_100, "channels": 2}
    stems = [stem | {"name": name, "file": name} for name in ("a", "b")]
    split = record | {"id": "5" * 32, "title": "song · stems", "stems": stems}
    guest.route(f"**/api/tracks/{'5' * 32}", lambda route: route.fulfill(json=split))
    row = own_server.json("GET", "/api/jobs")["jobs"][0]
    done = row | {"id": "6" * 32, "command": "split", "track_ids": ["5" * 32], "params": {"source": f"track:{first}"}}
    guest.evaluate(
        """row => { const { app } = document.querySelector('page-shell');
            app.arrivals.expect('asked');
            app.connection.emit('job', {...row, request_id: 'asked', status: 'RUNNING'});
            app.connection.emit('job', {...row, request_id: 'asked', status: 'COMPLETED'}); }""",
        done,
    )
    expect(guest.get_by_test_id("mixer")).to_be_in_viewport()
    assert heard(guest)["id"] == first


def at_end(page: Page) -> bool:
    script = "log => log.scrollHeight - log.scrollTop - log.clientHeight < 4"
    return bool(page.get_by_test_id("chat").evaluate(script))


def test_progress_comes_into_sight_only_for_those_who_are_at_the_end(guest: Page, own_server: Live) -> None:
    made(guest, "/debug many tracks=8 duration=1 seed=1", 8)
    soon(guest, lambda: at_end(guest))
    own_server.ask(steps=3000, step_s=0.05)
    expect(guest.get_by_test_id("progress")).to_be_in_viewport()
    soon(guest, lambda: at_end(guest))
    guest.get_by_test_id("chat").evaluate("log => log.scrollTop = 0")
    expect(guest.get_by_test_id("progress")).not_to_be_in_viewport()
    own_server.ask(steps=3000, step_s=0.05)
    expect(guest.get_by_test_id("message-system")).to_have_count(2)
    assert guest.get_by_test_id("chat").evaluate("log => log.scrollTop") == 0


def test_the_bar_is_at_hand_on_a_phone(browser: Browser, own_server: Live) -> None:
    with visiting(browser, own_server.address, viewport=PHONE, has_touch=True) as page:
        made(page, "/debug on the phone tracks=2 duration=20 seed=1", 2)
        page.get_by_test_id("chat").get_by_test_id("play-row").first.click()
        heard(page)
        boxes = {name: page.locator(".main-bar").get_by_test_id(f"bar-{name}").bounding_box() for name in
                 ("previous", "play", "next", "title", "loop")}  # fmt: skip
        for name, box in boxes.items():
            assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390 and box["y"] + box["height"] <= 800, name
        assert min(min(box["width"], box["height"]) for name, box in boxes.items() if box and name != "title") >= 44
        seek = bar(page, "seek").bounding_box()
        assert seek and seek["x"] >= 9 and seek["x"] + seek["width"] <= 381, "its thumb is whole at both ends"
        prompt = page.get_by_test_id("prompt").bounding_box()
        over = page.locator(".main-bar").bounding_box()
        assert prompt and over and prompt["y"] + prompt["height"] <= over["y"]
        for view in ("card", "settings", "chat"):
            page.get_by_test_id(f"view-{view}").click()
            expect(bar(page, "play")).to_be_in_viewport()
        bar(page, "next").click()
        expect(bar(page, "previous")).to_be_enabled()
        bar(page, "title").click()
        expect(page.get_by_test_id("card")).to_be_visible()


def test_keys_work_where_no_field_has_the_focus_and_nowhere_else(guest: Page) -> None:
    made(guest, "/debug keys tracks=2 duration=30 seed=1", 2)
    paused = sound(guest)
    guest.get_by_test_id("track-link").last.click()  # the pointer left the focus on it
    expect(bar(guest, "title")).to_contain_text("2 of 2")
    guest.keyboard.press("Space")
    expect(paused).to_have_js_property("paused", False)
    before = heard(guest)["id"]
    guest.keyboard.press("ArrowRight")
    soon(guest, lambda: heard(guest)["id"] != before)
    guest.keyboard.press("Control+Space")
    guest.keyboard.press("/")
    prompt = guest.get_by_test_id("prompt")
    expect(prompt).to_be_focused()
    guest.keyboard.type("a / b? c")
    expect(prompt).to_have_value("a / b? c")
    expect(paused).to_have_js_property("paused", False)
    guest.evaluate("document.activeElement.blur()")
    guest.keyboard.press("Space")
    expect(paused).to_have_js_property("paused", True)
    guest.keyboard.press("Shift+?")
    keys = guest.get_by_test_id("keys")
    expect(keys).to_be_visible()
    expect(keys.locator("section")).to_have_count(13)
    expect(keys).not_to_contain_text("ui.key")
    close = keys.get_by_role("button")
    expect(close).to_be_focused()
    guest.keyboard.press("ArrowRight")
    guest.keyboard.press("/")
    expect(keys).to_be_visible()
    guest.keyboard.press("Escape")
    expect(keys).not_to_be_visible()
    expect(paused).to_have_js_property("paused", True)
    guest.evaluate(
        """() => document.body.dispatchEvent(
            new KeyboardEvent('keydown', {key: ' ', isComposing: true, bubbles: true, cancelable: true}))"""
    )
    expect(paused).to_have_js_property("paused", True)

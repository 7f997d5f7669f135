"""Nothing piles up: after many tracks the page holds what it held after a few."""

import uuid
from pathlib import Path

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.browser.conftest import visiting
from tests.conftest import make_settings
from tests.live import live
from tests.stemmed import make_stemmed, noise

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WARM = 8
WATCHED = ("Nodes", "JSEventListeners", "AudioHandlers", "AudioWorkletProcessors", "Documents", "Frames")
STEADY, MOST_LOOKS, BETWEEN_LOOKS_MS = 6, 100, 200

ONE_GRAPH = 12
"""Nodes of a mixer with three stems. The last one that was closed may be kept for long; a leak would keep each."""


def counts(page: Page, session: CDPSession) -> dict[str, float]:
    """What is kept once nothing goes any more: a player that just stopped leaves when its sound has left the system."""
    looks: list[dict[str, float]] = []
    while len(looks) < STEADY or any(look != looks[-1] for look in looks[-STEADY:]):
        assert len(looks) < MOST_LOOKS, looks[-STEADY:]
        session.send("HeapProfiler.collectGarbage")
        page.wait_for_timeout(BETWEEN_LOOKS_MS)
        metrics = session.send("Performance.getMetrics")["metrics"]
        kept = {metric["name"]: metric["value"] for metric in metrics if metric["name"] in WATCHED}
        looks.append(kept | {"detached": len(session.send("DOM.getDetachedDomNodes")["detachedNodes"])})
    return looks[-1]


def test_cards_replaced_in_a_row_leave_nothing_behind(reader: Page, full: bool) -> None:
    times = WARM + (180 if full else 30)  # after thirty the tracks are as long again: their clocks have as many marks
    session = reader.context.new_cdp_session(reader)
    session.send("Performance.enable")
    session.send("DOM.enable")
    reader.get_by_test_id("track-link").first.click()
    expect(reader.get_by_test_id("card")).to_be_visible()
    reader.wait_for_load_state("networkidle")  # covers and waveforms of the lists are there, and their listeners
    seen = {}
    for number in range(times + 1):
        reader.get_by_test_id("play").click()
        expect(reader.locator("page-shell > audio")).to_have_js_property("error", None)
        if number == WARM:
            seen = counts(reader, session)
        if number == times:
            break
        before = reader.get_by_test_id("card").get_attribute("data-track-id")
        reader.get_by_test_id("next").click()
        expect(reader.get_by_test_id("card")).not_to_have_attribute("data-track-id", before or "")
    left = counts(reader, session)
    print(f"\nafter {WARM}: {seen}\nafter {times}: {left}")
    assert len(reader.get_by_test_id("card").all()) == 1
    for name, value in left.items():
        assert value <= seen[name] + 5, f"{name}: {seen[name]} -> {value}"


def test_mixers_replaced_while_they_sound_leave_nothing_behind(browser: Browser, tmp_path: Path, full: bool) -> None:
    times = 100 if full else 16
    names = ["one", "two"]
    for seed, name in enumerate(names):
        stems = {stem: noise(8, 10 * seed + n) for n, stem in enumerate(("drums", "bass", "vocals"))}
        make_stemmed(make_settings(tmp_path), stems, name=name)
    with live(tmp_path) as server, visiting(browser, server.address) as page:
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")
        session.send("DOM.enable")
        seen = {}
        for number in range(times + 1):
            track_id = uuid.uuid5(uuid.NAMESPACE_OID, names[number % 2]).hex
            page.evaluate("id => document.querySelector('page-shell').app.open(id)", track_id)
            expect(page.locator("#card-title")).to_have_text(names[number % 2])
            page.get_by_test_id("mixer-play").click()
            expect(page.get_by_test_id("mixer-time")).to_have_text("0:01", timeout=10_000)
            if number in (WARM, times):
                page.get_by_test_id("mixer-play").click()  # or the playing one would be counted
                left = counts(page, session)
                seen = seen or left
        print(f"\nafter {WARM}: {seen}\nafter {times}: {left}")
        for name, value in left.items():
            spare = ONE_GRAPH if name == "AudioHandlers" else 5
            assert value <= seen[name] + spare, f"{name}: {seen[name]} -> {value}"

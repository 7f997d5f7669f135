"""The queue panel: order, cancel, hold."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import send
from tests.live import Live

pytestmark = pytest.mark.browser


def fill(page: Page, count: int) -> None:
    for number in range(count):
        send(page, f"/debug job {number} steps=3000 step_s=0.05 lane=model")
        expect(page.get_by_test_id("message-user")).to_have_count(number + 1)
    expect(page.get_by_test_id("queue-row")).to_have_count(count)
    expect(page.get_by_test_id("queue-up")).to_have_count(count - 1)  # the first one runs


def waiting(page: Page) -> list[str]:
    return [row[-1] for row in page.locator(".queue-row[draggable=true] .queue-words").evaluate_all(
        "rows => rows.map(row => row.textContent.match(/job \\d/)[0])")]  # fmt: skip


def test_waiting_jobs_are_reordered_canceled_and_emptied(guest: Page, own_server: Live) -> None:
    fill(guest, 4)
    assert waiting(guest) == ["1", "2", "3"]
    guest.get_by_test_id("queue-up").last.click()
    expect(guest.locator(".queue-words").nth(2)).to_contain_text("job 3")
    expect(guest.locator(".queue-row:has-text('job 3') .handle").first).to_be_focused()
    guest.locator(".queue-row:has-text('job 2')").drag_to(guest.locator(".queue-row:has-text('job 1')"))
    expect(guest.locator(".queue-words").nth(1)).to_contain_text("job 2")
    assert waiting(guest) == ["2", "1", "3"]
    rows = {job["text"]: job for job in own_server.json("GET", "/api/jobs")["jobs"]}
    assert [rows[f"/debug job {n} steps=3000 step_s=0.05 lane=model"]["position"] for n in (2, 1, 3)] == [1, 2, 3]
    guest.get_by_test_id("queue-close").nth(1).click()
    expect(guest.get_by_test_id("queue-row")).to_have_count(3)
    guest.get_by_test_id("cancel-waiting").click()
    expect(guest.get_by_test_id("queue")).to_have_count(0)
    expect(guest.get_by_test_id("cancel")).to_have_count(1)
    guest.get_by_test_id("cancel").click()
    expect(guest.get_by_test_id("retry")).to_have_count(4)


def test_stop_now_and_after_this_hold_the_queue_until_it_continues(guest: Page, own_server: Live) -> None:
    fill(guest, 3)
    guest.get_by_test_id("stop-now").click()
    expect(guest.get_by_test_id("retry")).to_have_count(1)
    expect(guest.get_by_test_id("queue")).to_contain_text("Paused")
    expect(guest.get_by_test_id("message-system").filter(has_text="Paused")).to_have_count(2)
    assert own_server.json("GET", "/api/state")["paused"] is True
    other = guest.context.new_page()
    other.goto(own_server.address)
    other.get_by_test_id("queue-continue").click()
    expect(guest.get_by_test_id("stop-after")).to_be_visible()
    guest.get_by_test_id("stop-after").click()
    expect(guest.get_by_test_id("queue")).to_contain_text("Paused")
    guest.get_by_test_id("cancel-waiting").click()
    expect(guest.get_by_test_id("cancel")).to_have_count(1)
    guest.get_by_test_id("cancel").click()
    expect(guest.get_by_test_id("queue")).to_have_count(0)  # with nothing left to hold, the hold is over
    send(guest, "/debug goes at once seed=5")
    expect(guest.get_by_test_id("message-assistant")).to_have_count(1)

"""People at the page: they log in and out, and neither sees what is the other's."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from engine.accounts import passwords
from engine.accounts.accounts import Accounts
from engine.database import Database
from engine.settings import Settings
from tests.browser.test_access import violations
from tests.conftest import make_settings
from tests.live import Live, live

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"
BOSS, ANN, BEN = "boss@example.org", "ann@example.org", "ben@example.org"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A server where an administrator and two users live, whose passwords are checked in no time."""
    folder = tmp_path_factory.mktemp("house")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "COST", replace(passwords.COST, memory_cost=64, time_cost=1, parallelism=1))
        with people(make_settings(folder)) as accounts:
            for email in (BOSS, ANN, BEN):
                accounts.users.add(email, PASSWORD)
    with live(folder) as running:
        yield running


@contextmanager
def people(settings: Settings) -> Iterator[Accounts]:
    """The accounts of a server, beside it."""
    database = Database(settings.index_url)
    try:
        database.migrate()
        yield Accounts.open(settings, database)
    finally:
        database.close()


def end_logins(house: Live, email: str) -> None:
    with people(house.settings) as accounts:
        accounts.credentials.revoke_all(accounts.users.find(email).id)


@contextmanager
def context(browser: Browser, **options: Any) -> Iterator[BrowserContext]:
    opened = browser.new_context(**{"locale": "en-GB", "viewport": {"width": 1280, "height": 800}} | options)
    yield opened
    opened.close()


def log_in(page: Page, email: str, password: str = PASSWORD) -> None:
    page.locator("#login-email").fill(email)
    page.locator("#login-password").fill(password)
    page.keyboard.press("Enter")


def come(page: Page, house: Live, email: str) -> None:
    page.goto(house.address)
    log_in(page, email)
    inside(page)


def inside(page: Page) -> None:
    page.locator("#command").wait_for(state="attached")
    expect(page.get_by_test_id("login")).to_have_count(0)


def test_who_knows_the_password_comes_in_and_a_login_that_ends_costs_nothing(browser: Browser, house: Live) -> None:
    with context(browser) as own:
        page = own.new_page()
        page.goto(house.address)
        expect(page.locator("#login-email")).to_be_focused()
        assert violations(page) == []
        log_in(page, ANN, "wrong")
        expect(page.get_by_test_id("login-error")).to_have_text("Email or password is wrong.")
        assert page.locator("#settings-title").count() == 0, "there is no page for nobody"
        page.get_by_test_id("show-password").click()
        expect(page.locator("#login-password")).to_have_attribute("type", "text")
        page.locator("#login-password").fill(PASSWORD)
        page.keyboard.press("Enter")
        inside(page)
        page.get_by_test_id("prompt").fill("/debug half a sen")
        end_logins(house, ANN)
        expect(page.get_by_test_id("login")).to_be_visible()
        expect(page.locator("#login-password")).to_be_focused()
        assert violations(page) == []
        log_in(page, ANN)
        inside(page)
        expect(page.get_by_test_id("prompt")).to_be_focused()
        page.keyboard.type("tence seed=41 duration=1")
        page.get_by_test_id("send").click()
        expect(page.get_by_test_id("card")).to_contain_text("half a sentence", timeout=30_000)
        end_logins(house, ANN)
        log_in(page, BEN)
        inside(page)
        expect(page.locator("start-page")).to_be_visible()
        assert "half a sentence" not in page.content()
        assert page.get_by_test_id("prompt").input_value() == ""

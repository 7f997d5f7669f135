"""People at the page: they log in and out, and neither sees what is the other's."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, WebSocket, expect

from engine.accounts import passwords
from engine.accounts.accounts import Accounts
from engine.accounts.credentials import Kind
from engine.database import Database
from engine.settings import Settings
from engine.web.auth.proof import COOKIE
from tests.browser.conftest import send
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


def come_by_cookie(own: BrowserContext, house: Live, email: str) -> Page:
    """A page of this user, who has logged in before."""
    with people(house.settings) as accounts:
        _, secret = accounts.credentials.add(accounts.users.find(email).id, Kind.SESSION, name="Mozilla/5.0 Firefox")
    own.add_cookies([{"name": f"{COOKIE}-{house.port}", "value": secret, "url": house.address}])
    return own.new_page()


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


def answers(page: Page, *paths: str) -> str:
    """What the server answers the page of a user, one body after the other."""
    asked = "paths => Promise.all(paths.map(path => fetch(path).then(answer => answer.text()))).then(all => all.join())"
    return str(page.evaluate(asked, list(paths)))


def test_two_users_at_once_see_nothing_of_each_other(browser: Browser, house: Live) -> None:
    words = {ANN: "anns-own-words", BEN: "bens-own-words"}
    heard: dict[str, list[str]] = {ANN: [], BEN: []}
    with context(browser) as anns, context(browser) as bens:
        pages = {ANN: come_by_cookie(anns, house, ANN), BEN: come_by_cookie(bens, house, BEN)}

        def listen(socket: WebSocket, frames: list[str]) -> None:
            socket.on("framereceived", lambda frame: frames.append(str(frame)))

        for email, page in pages.items():
            page.on("websocket", partial(listen, frames=heard[email]))
            page.goto(house.address)
            inside(page)
        for email, page in pages.items():
            send(page, f"/debug {words[email]} duration=1")
        for email, page in pages.items():
            expect(page.get_by_test_id("card")).to_contain_text(words[email], timeout=30_000)
        for email, other in ((ANN, BEN), (BEN, ANN)):
            page, strange = pages[email], words[other]
            told = answers(page, "/api/tracks", "/api/jobs", "/api/library", "/api/uploads", "/api/playlists")
            frames = "".join(heard[email])
            stored = str(page.evaluate("Object.entries(localStorage)"))
            assert words[email] in told and words[email] in frames and words[email] in stored
            for place in (page.content(), told, frames, stored):
                assert strange not in place
            track = pages[other].evaluate("fetch('/api/tracks').then(r => r.json()).then(r => r.tracks[0].id)")
            assert page.evaluate("id => fetch(`/api/tracks/${id}`).then(r => r.status)", track) == 404
        pages[ANN].get_by_test_id("public").click()
        link = pages[ANN].get_by_test_id("share").get_attribute("href")
        pages[BEN].goto(f"{house.address}{link}")
        pages[BEN].reload()
        expect(pages[BEN].get_by_test_id("card")).to_contain_text(words[ANN])
        for name in ("title", "public", "share", "share-link", "locked", "favourite", "delete", "send-to"):
            expect(pages[ANN].get_by_test_id(name)).to_be_visible()
            expect(pages[BEN].get_by_test_id(name)).to_have_count(0)
        shared = shared_by_keyboard(pages[ANN])
        with context(browser) as strangers:
            heard_by_a_stranger(strangers.new_page(), shared, words[ANN])
            pages[ANN].get_by_test_id("link-end").press("Enter")
            expect(pages[ANN].get_by_test_id("link-row")).to_have_count(0)
            ended = strangers.new_page()
            answer = ended.goto(shared)
            assert answer and answer.status == 410 and words[ANN] not in ended.content()
        pages[ANN].keyboard.press("Escape")
        expect(pages[ANN].get_by_test_id("share-link")).to_be_focused()


def shared_by_keyboard(page: Page) -> str:
    """The link that is made in the card's dialog; that stays open."""
    page.get_by_test_id("share-link").press("Enter")
    expect(page.locator("#link-time")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("link-row")).to_have_count(1)
    assert violations(page) == []
    return page.locator("#link-url").input_value()


def heard_by_a_stranger(page: Page, link: str, title: str) -> None:
    """The page of a shared track: its sound loads, without a script of ours, a login, or anything refused."""
    refused: list[str] = []
    page.on("console", lambda line: refused.append(line.text) if line.type == "error" else None)
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)
    page.wait_for_function("() => document.querySelector('audio').duration > 0.5")
    page.locator("summary").click()
    page.wait_for_function("() => [...document.images].every(image => image.complete && image.naturalWidth > 0)")
    assert violations(page) == [] and refused == []
    page.get_by_role("link", name="Русский").click()
    expect(page.locator("html")).to_have_attribute("lang", "ru")


def test_an_account_is_managed_and_left_on_the_page(browser: Browser, house: Live) -> None:
    with context(browser) as here, context(browser) as there:
        page, elsewhere = come_by_cookie(here, house, ANN), come_by_cookie(there, house, ANN)
        for each in (page, elsewhere):
            each.goto(house.address)
            inside(each)
        page.get_by_test_id("open-account").click()
        expect(page.get_by_test_id("account-email")).to_have_text(ANN)
        expect(page.get_by_test_id("amount-gigabytes")).to_contain_text("0")
        assert page.get_by_test_id("user-row").count() == 0, "others are no business of hers"
        page.locator("#token-name").fill("a program")
        page.get_by_test_id("token-make").click()
        header = {"Authorization": f"Bearer {page.locator('#token-secret').input_value()}"}
        assert violations(page) == []
        assert house.request("GET", "/api/tracks", headers=header)[0] == 200
        assert house.request("DELETE", "/api/tracks", headers=header)[0] == 403, "it may look alone"
        page.get_by_test_id("token-delete").click()
        page.get_by_test_id("confirm-yes").click()
        expect(page.get_by_test_id("token-row")).to_have_count(0)
        assert house.request("GET", "/api/tracks", headers=header)[0] == 401
        while page.get_by_test_id("login-end").count():
            count = page.get_by_test_id("login-row").count()
            page.get_by_test_id("login-end").first.click()
            expect(page.get_by_test_id("login-row")).to_have_count(count - 1)
        expect(elsewhere.get_by_test_id("login")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("open-account")).to_be_focused()
        page.get_by_test_id("preset-name").wait_for(state="attached")
        page.get_by_test_id("presets").locator("summary").click()
        page.get_by_test_id("preset-name").fill("anns-preset")
        page.get_by_test_id("preset-save").click()
        page.get_by_test_id("prompt").fill("anns-draft")
        page.get_by_test_id("open-account").click()
        page.get_by_test_id("log-out").click()
        expect(page.get_by_test_id("confirm")).to_contain_text("would be lost")
        page.get_by_test_id("confirm-yes").click()
        expect(page.get_by_test_id("login")).to_be_visible()
        assert "anns-" not in page.content()
        assert kept(page) == {"language"}, "nothing of hers stays in the browser either"
        log_in(page, BEN)
        inside(page)
        assert page.get_by_test_id("prompt").input_value() == ""
        expect(page.get_by_test_id("preset")).to_have_count(0)
        assert "anns-" not in page.content()
        page.get_by_test_id("open-account").click()
        page.get_by_test_id("keep").check()
        page.get_by_test_id("log-out").click()
        expect(page.get_by_test_id("login")).to_be_visible()
        assert len(kept(page)) > 1, "on a computer of his own"


def kept(page: Page) -> set[str]:
    """What the browser keeps for the page, by name."""
    return set(page.evaluate("Object.keys(localStorage)"))


def test_an_administrator_invites_and_disables(browser: Browser, house: Live) -> None:
    small = {"viewport": {"width": 390, "height": 800}, "color_scheme": "dark"}
    with context(browser, **small) as bosss, context(browser) as news:
        page = come_by_cookie(bosss, house, BOSS)
        page.goto(house.address)
        inside(page)
        page.get_by_test_id("menu").click()
        page.get_by_test_id("open-account").click()
        page.get_by_test_id("invitation-make").click()
        link = page.locator("#invitation-link").input_value()
        assert violations(page) == []
        assert page.evaluate("document.querySelector('.account-drawer').scrollWidth") <= 390
        new = news.new_page()
        requests: list[str] = []
        new.on("request", lambda request: requests.append(request.url))
        new.goto(link)
        expect(new.get_by_role("heading", level=1)).to_have_text("Create an account")
        log_in(new, "new@example.org", "a good long one")
        inside(new)
        secret = link.partition("=")[2]
        assert requests and not any(secret in url.partition("#")[0] for url in requests)
        assert secret not in new.url
        page.keyboard.press("Escape")
        page.get_by_test_id("menu").click()
        page.get_by_test_id("open-account").click()
        row = page.get_by_test_id("user-row").filter(has_text="new@example.org")
        row.get_by_test_id("user-turn").click()
        expect(row).to_have_attribute("data-disabled", "true")
        expect(new.get_by_test_id("login")).to_be_visible()
        log_in(new, "new@example.org", "a good long one")
        expect(new.get_by_test_id("login-error")).to_be_visible()

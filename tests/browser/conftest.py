"""Chromium before a real server, in both async modes."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from engine.settings import PROJECT
from tests.conftest import make_settings
from tests.live import Live, live
from tests.made_tracks import make_tracks
from tests.wants import wants

NAMES = (
    "chromium-headless-shell", "chrome-headless-shell", "chromium", "chromium-browser", "google-chrome",
    "google-chrome-stable", "chrome",
)  # fmt: skip
"""The first that is there: the same browser without its own windows opens a page with half the work."""
PLACES = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    *(f"{os.environ.get(name)}/Google/Chrome/Application/chrome.exe" for name in ("ProgramFiles", "LocalAppData")),
]
"""Where it lies without being on the PATH, on macOS and Windows."""
CHROMIUM = next((found for name in (*NAMES, *PLACES) if (found := shutil.which(name))), None)
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip
ARTEFACTS = Path(os.environ.get("TEST_ARTEFACTS", PROJECT / "test-artefacts"))
TRACKS = 400

T = TypeVar("T")


ONE_MODE = pytest.mark.parametrize("server", ["eventlet"], indirect=True, scope="package")
"""For what the mode of the server has no part in."""


@pytest.fixture(scope="package", params=["eventlet", "threading"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live(tmp_path_factory.mktemp(request.param), mode=request.param) as running:
        yield running


@pytest.fixture(scope="package")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A server whose library holds some hundred tracks."""
    folder = tmp_path_factory.mktemp("stocked")
    make_tracks(make_settings(folder).audio_dir, TRACKS)
    with live(folder) as running:
        yield running


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Live]:
    """A server that the test may fill, empty and stop."""
    with live(tmp_path) as running:
        yield running


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip(wants("Chromium"))
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        _FREE.clear()
        chromium.close()


_FREE: dict[tuple[Browser, str], list[BrowserContext]] = {}
"""Contexts that no visitor uses, by their options. They keep the page's files, which need not come anew each time."""
_STORED = "cookies,indexeddb,local_storage"


@contextmanager
def visiting(browser: Browser, address: str, **context: Any) -> Iterator[Page]:
    """A fresh visitor. What the console calls an error, a broken policy among it, fails the test."""
    options = {"locale": "en-GB", "viewport": {"width": 1280, "height": 800}} | context
    free = _FREE.setdefault((browser, repr(sorted(options.items()))), [])
    opened = free.pop() if free else browser.new_context(**options)
    page = opened.new_page()
    wire = opened.new_cdp_session(page)
    wire.send("Storage.clearDataForOrigin", {"origin": _origin(address), "storageTypes": _STORED})
    wire.detach()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def heard(message: ConsoleMessage) -> None:
        refused = "/api/" in message.location.get("url", "")  # the browser calls each refusal an error
        if message.type == "error" and not refused and "ERR_CONNECTION_REFUSED" not in message.text:
            complaints.append(message.text)

    page.on("console", heard)
    page.goto(address)
    page.locator("#command").wait_for(state="attached")  # the server has spoken, the page is drawn
    yield page
    for each in opened.pages:
        each.close()
    free.append(opened)
    assert complaints == []


def _origin(address: str) -> str:
    found = urlsplit(address)
    return f"{found.scheme}://{found.netloc}"


@pytest.fixture
def page(browser: Browser, server: Live) -> Iterator[Page]:
    with visiting(browser, server.address) as visitor:
        yield visitor


@pytest.fixture
def guest(browser: Browser, own_server: Live) -> Iterator[Page]:
    """A visitor of `own_server`."""
    with visiting(browser, own_server.address) as visitor:
        yield visitor


@pytest.fixture
def reader(browser: Browser, stocked: Live) -> Iterator[Page]:
    """A visitor of `stocked`."""
    with visiting(browser, stocked.address) as visitor:
        yield visitor


POLL_MS = 20
PATIENCE_S = 20.0
"""How long a test waits for what must come: these run beside tests that compute."""
expect.set_options(timeout=PATIENCE_S * 1000)


def soon(page: Page, condition: Callable[[], T], timeout_s: float = PATIENCE_S) -> T:
    """Look again and again until `condition` gives something true; the page goes on meanwhile. That, or TimeoutError.

    The page's policy forbids what `wait_for_function` does.
    """
    deadline = time.monotonic() + timeout_s
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError("what was waited for did not come")
        page.wait_for_timeout(POLL_MS)
    return found


def send(page: Page, text: str) -> None:
    page.get_by_test_id("prompt").fill(text)
    page.get_by_test_id("send").click()

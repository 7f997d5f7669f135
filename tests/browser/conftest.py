"""Chromium before a real server, in both async modes."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from engine.settings import PROJECT
from tests.live import Live, live

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip
ARTEFACTS = Path(os.environ.get("TEST_ARTEFACTS", PROJECT / "test-artefacts"))


@pytest.fixture(scope="package", params=["eventlet", "threading"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live(tmp_path_factory.mktemp(request.param), mode=request.param) as running:
        yield running


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, server: Live) -> Iterator[Page]:
    """A fresh visitor. What the console calls an error, a broken policy among it, fails the test."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})
    visitor = context.new_page()
    complaints: list[str] = []
    visitor.on("console", lambda message: message.type == "error" and complaints.append(message.text))
    visitor.on("pageerror", lambda error: complaints.append(str(error)))
    visitor.goto(server.address)
    yield visitor
    context.close()
    assert complaints == []

"""What is heard, seen and saved where browsers are sent to the bucket: on a store with CORS rules and on one that knows
neither them nor the names of files."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Download, Page, Response, expect

from tests.browser.conftest import send, soon, visiting
from tests.browser.test_accounts import (
    ANN,
    BOSS,
    PASSWORD,
    come_by_cookie,
    context,
    heard_by_a_stranger,
    people,
    shared_by_keyboard,
)  # fmt: skip
from tests.browser.test_uploads import Direct, direct_to, public
from tests.conftest import make_settings
from tests.stores import Store
from tests.wants import wants

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module", params=["nanio", "ministack"])
def direct(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Direct]:
    if request.param == "ministack" and not request.config.getoption("--full"):
        pytest.skip(wants("full counts"))
    store: Store = request.getfixturevalue(request.param)
    with direct_to(store, tmp_path_factory.mktemp("bucket")) as found:
        yield found


@pytest.fixture(scope="module")
def track(direct: Direct) -> dict[str, Any]:
    """A piece with stems and a title of two scripts."""
    server = direct.server
    params = {"prompt": "calm piano", "model": "composer", "duration": 8, "stems": True}
    job = server.finished(server.json("POST", "/api/jobs", {"command": "generate", "params": params})["job_id"])
    [track_id] = job["track_ids"]
    server.json("PATCH", f"/api/tracks/{track_id}", {"title": "Песня 王"})
    return dict(server.json("GET", f"/api/tracks/{track_id}"))


@pytest.fixture
def card(browser: Browser, direct: Direct, track: dict[str, Any]) -> Iterator[Page]:
    """The page that shows it. What a policy or the lack of CORS forbids, fails the test."""
    with visiting(browser, direct.server.address) as page:
        page.evaluate("id => document.querySelector('page-shell').app.open(id)", track["id"])
        expect(page.locator("#card-title")).to_have_text("Песня 王")
        yield page


def saved(download: Download, folder: Path) -> bytes:
    path = folder / "saved"
    download.save_as(path)
    return path.read_bytes()


def content(direct: Direct, path: str) -> bytes:
    status, headers, body = direct.server.request("GET", path)
    return urlopen(headers["Location"]).read() if status == 302 else body  # type: ignore[no-any-return]


def test_a_track_is_heard_from_the_bucket_and_jumped_in(card: Page, direct: Direct) -> None:
    came: list[Response] = []
    card.on("response", lambda response: came.append(response) if response.url.startswith(public(direct)) else None)
    card.get_by_test_id("play").click()
    audio = card.locator("page-shell > audio")
    soon(card, lambda: audio.evaluate("audio => audio.currentTime > 0.3"))
    card.locator(".main-bar").get_by_test_id("bar-seek").fill("6")
    soon(card, lambda: audio.evaluate("audio => audio.currentTime > 6"))
    assert audio.evaluate("audio => audio.error") is None
    assert came and {response.status for response in came} <= {200, 206}


def test_pictures_and_stems_are_seen_and_heard(card: Page) -> None:
    card.get_by_test_id("open-spectrogram").locator("summary").click()
    picture = card.locator("[data-testid=spectrogram][data-state=shown] img")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth > 50")
    card.get_by_test_id("mixer-play").click()
    level = """() => { const [meter] = document.querySelector("stem-mixer").player?.meters ?? [];
        if (!meter) return 0;
        const moment = new Float32Array(meter.fftSize);
        meter.getFloatTimeDomainData(moment);
        return Math.max(...moment); }"""
    soon(card, lambda: card.evaluate(level) > 0.001)


def test_files_are_saved_under_their_titles_and_the_page_stays(
    card: Page, direct: Direct, track: dict[str, Any], tmp_path: Path
) -> None:
    address = card.url
    stem = track["stems"][0]
    for link, name, path in (
        (card.get_by_test_id("download"), "Песня 王.wav", f"/api/tracks/{track['id']}/audio"),
        (card.get_by_test_id("stem-download").first, None, f"/api/tracks/{track['id']}/stems/{stem['name']}/audio"),
    ):
        with card.expect_download() as download:
            link.click()
        assert saved(download.value, tmp_path) == content(direct, path)
        assert download.value.suggested_filename.startswith("Песня 王")
        assert name in (None, download.value.suggested_filename)
    with card.expect_download() as download:
        card.evaluate(
            "url => Object.assign(document.createElement('a'), {href: url, download: ''}).click()",
            f"/api/tracks/{track['id']}/stems.zip",
        )
    with zipfile.ZipFile(io.BytesIO(saved(download.value, tmp_path))) as archive:
        assert len(archive.namelist()) >= len(track["stems"])
    assert card.url == address
    expect(card.locator("#card-title")).to_have_text("Песня 王")


def test_the_policy_names_the_bucket_and_nothing_else(direct: Direct) -> None:
    status, headers, _ = direct.server.request("GET", "/")
    said = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; ") if " " in rule)
    origin = public(direct)
    assert status == 200 and said["connect-src"].split() == ["'self'", origin]
    assert said["media-src"].split() == ["'self'", "blob:", origin]
    assert said["img-src"].split() == ["'self'", "data:", "blob:", origin]
    others = {name: rule for name, rule in said.items() if name not in ("connect-src", "media-src", "img-src")}
    assert origin not in json.dumps(others)


def test_a_shared_track_is_heard_from_the_bucket_and_saved(browser: Browser, store: Store, tmp_path: Path) -> None:
    with people(make_settings(tmp_path)) as accounts:
        for email in (BOSS, ANN):
            accounts.users.add(email, PASSWORD)
    with direct_to(store, tmp_path) as direct, context(browser) as own, context(browser) as strangers:
        page = come_by_cookie(own, direct.server, ANN)
        page.goto(direct.server.address)
        send(page, "/debug shared duration=2")
        expect(page.get_by_test_id("card")).to_contain_text("shared", timeout=30_000)
        link = shared_by_keyboard(page)
        visit = strangers.new_page()
        came: list[Response] = []
        visit.on(
            "response", lambda response: came.append(response) if response.url.startswith(public(direct)) else None
        )
        heard_by_a_stranger(visit, link, "shared")
        assert came and {response.status for response in came} <= {200, 206}
        with visit.expect_download() as download:
            visit.locator("a[download]").first.click()
        assert saved(download.value, tmp_path)[:4] == b"RIFF"
        assert download.value.suggested_filename == "shared.wav"

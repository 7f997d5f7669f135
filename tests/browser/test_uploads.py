"""Files on their way from the page: straight into a bucket or through the server, broken off and gone on with."""

import random
import wave
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.browser.conftest import ARTEFACTS, CHROMIUM, FLAGS, POLL_MS, soon, visiting
from tests.cluster.relay import Relay
from tests.live import Live, live
from tests.stores import KEY, REGION, SECRET, Store

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PART = 16 * 2**20
SIZES = {1: PART, 2: PART, 3: 2 * 2**20}
PARTS = len(SIZES)
FAST, SLOW = 200 * 2**20, 6 * 2**20
"""Bytes a second that the line of a page takes."""
PHONE = {"width": 390, "height": 800}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Noise of three parts."""
    path = tmp_path_factory.mktemp("sound") / "Долгая запись 長.wav"
    with closing(wave.open(str(path), "wb")) as file:
        file.setparams((2, 2, 48_000, 0, "NONE", ""))
        file.writeframes(random.Random(5).randbytes(sum(SIZES.values()) - 44))
    return path


@dataclass
class Direct:
    """A server whose bucket browsers reach, by a cable that can be pulled."""

    server: Live
    store: Store
    bucket: str
    relay: Relay

    def left(self) -> list[str]:
        """What lies in the bucket that is not complete."""
        found = self.store.client.list_objects_v2(Bucket=self.bucket, Prefix="incoming/").get("Contents", [])
        begun = self.store.client.list_multipart_uploads(Bucket=self.bucket).get("Uploads", [])
        return [each["Key"] for each in (*found, *begun)]


@contextmanager
def direct_to(store: Store, folder: Path) -> Iterator[Direct]:
    bucket, relay = store.bucket(), Relay(store.port)
    public = f"http://localhost:{relay.port}"
    url = f"s3://{bucket}/sounds?endpoint={store.url}&public={public}&region={REGION}"
    flags = ["--storage-url", url, "--storage-key", KEY, "--storage-secret", SECRET, "--storage-redirect"]
    with closing(relay), live(folder, *flags, mode="threading") as server:
        if store.name == "ministack":
            rule = {"AllowedOrigins": [server.address], "AllowedMethods": ["GET", "HEAD", "PUT"]}
            rules = {"CORSRules": [rule | {"AllowedHeaders": ["*"], "ExposeHeaders": ["ETag", "Content-Range"]}]}
            store.client.put_bucket_cors(Bucket=bucket, CORSConfiguration=rules)
        yield Direct(server, store, bucket, relay)


@pytest.fixture(scope="module")
def direct(ministack: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Direct]:
    with direct_to(ministack, tmp_path_factory.mktemp("direct")) as found:
        yield found


@pytest.fixture
def guest(browser: Browser, direct: Direct) -> Iterator[Page]:
    with visiting(browser, direct.server.address) as page:
        yield page


def line(page: Page, bytes_s: int) -> None:
    """How fast it is."""
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    rates = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_s}
    wire.send("Network.emulateNetworkConditions", rates)


def choose(page: Page, sound: Path) -> None:
    page.locator("#command").select_option("debug")
    page.get_by_test_id("file-source").set_input_files(sound)


def heard(page: Page) -> list[Request]:
    """Requests that bring bytes, from now on."""
    found: list[Request] = []
    page.on("request", lambda request: found.append(request) if request.method == "PUT" else None)
    return found


def numbers(requests: list[Request], origin: str) -> list[int]:
    """Of the parts that went there."""
    queries = [parse_qs(urlsplit(each.url).query) for each in requests if each.url.startswith(f"{origin}/")]
    return sorted(int(query["partNumber"][0]) for query in queries if "partNumber" in query)


def chosen(page: Page, server: Live, sound: Path) -> str:
    """The key of the upload that the field names, once it has all that was sent."""
    expect(page.get_by_test_id("audio-chosen")).to_contain_text(sound.stem, timeout=60_000)
    key = str(page.locator("#field-source").input_value())
    path = f"/api/uploads/{key.removeprefix('upload:')}/audio"
    status, headers, body = server.request("GET", path)
    if status == 302:
        body = urlopen(headers["Location"]).read()
    assert body == sound.read_bytes()
    server.request("DELETE", f"/api/uploads/{key.removeprefix('upload:')}")
    return key


def public(direct: Direct) -> str:
    return f"http://localhost:{direct.relay.port}"


def pictures(page: Page, name: str) -> None:
    ARTEFACTS.mkdir(exist_ok=True)
    size = page.viewport_size
    for viewport in ({"width": 1280, "height": 800}, PHONE):
        page.set_viewport_size(viewport)  # type: ignore[arg-type]
        page.screenshot(path=ARTEFACTS / f"{name}-{viewport['width']}.png")
    assert size
    page.set_viewport_size(size)


def arrived(page: Page) -> list[int]:
    """Parts of the upload that this page has begun, as the server knows them."""
    script = """async () => { const [begun] = Object.values(JSON.parse(localStorage.getItem("uploads_v1") ?? "{}"));
        if (!begun) return [];
        const answer = await fetch(`/api/v1/uploads/${begun.id}/parts`);
        return answer.ok ? (await answer.json()).parts.map(({ number }) => number) : []; }"""
    return list(page.evaluate(script))


def test_a_long_file_goes_straight_into_the_bucket_in_parts(guest: Page, direct: Direct, sound: Path) -> None:
    line(guest, SLOW)
    requests = heard(guest)
    choose(guest, sound)
    share = guest.get_by_test_id("sending").locator("progress")
    shares = [soon(guest, lambda: float(share.evaluate("bar => bar.value")))]
    pictures(guest, "upload-in-progress")
    line(guest, FAST)
    while share.count():
        shares += [float(each.evaluate("bar => bar.value")) for each in share.all() if each.count()]
        guest.wait_for_timeout(POLL_MS)
    assert shares == sorted(shares) and shares[0] < 0.9
    chosen(guest, direct.server, sound)
    assert numbers(requests, public(direct)) == [1, 2, 3] and len(requests) == 3
    assert direct.left() == []
    assert guest.evaluate("localStorage.getItem('uploads_v1')") == "{}"


def test_a_short_file_is_one_request_to_the_bucket(guest: Page, direct: Direct, tmp_path: Path) -> None:
    short = tmp_path / "short.wav"
    with closing(wave.open(str(short), "wb")) as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(random.Random(6).randbytes(16_000))
    requests = heard(guest)
    choose(guest, short)
    chosen(guest, direct.server, short)
    assert [each.url.startswith(public(direct)) for each in requests] == [True] and direct.left() == []


def test_a_browser_that_was_closed_goes_on_where_it_was(browser: Browser, direct: Direct, sound: Path) -> None:
    """Another process with what the first one kept: it sends what has not arrived, and nothing else."""
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(direct.server.address)
    line(page, SLOW)
    choose(page, sound)
    soon(page, lambda: 0 < len(arrived(page)) < PARTS)
    state = context.storage_state()
    there = arrived(page)
    context.close()
    another = browser.browser_type.launch(executable_path=CHROMIUM, args=FLAGS)
    with closing(another):
        page = another.new_page(locale="en-GB", storage_state=state, viewport={"width": 1280, "height": 800})
        page.goto(direct.server.address)
        share = f"{100 * sum(SIZES[number] for number in there) / sum(SIZES.values()):.0f}%"
        halted = page.get_by_test_id("notice").filter(has_text="Choose the file again")
        expect(halted).to_contain_text(f"Only {share} of")
        pictures(page, "upload-halted")
        requests = heard(page)
        line(page, SLOW)
        choose(page, sound)
        expect(page.get_by_test_id("sending")).to_contain_text(f"Resumed at {share}")
        expect(halted).to_have_count(0)
        pictures(page, "upload-resumed")
        line(page, FAST)
        key = chosen(page, direct.server, sound)
        kept = next(each for each in state["origins"] if each["origin"] == direct.server.address)
        [remembered] = [each["value"] for each in kept["localStorage"] if each["name"] == "uploads_v1"]
        assert key.removeprefix("upload:") in remembered, "the same upload"
        assert not set(there) & set(numbers(requests, public(direct)))
    assert direct.left() == []


@pytest.mark.slow
@pytest.mark.usefixtures("only_full")
def test_another_file_of_that_name_begins_anew(guest: Page, direct: Direct, sound: Path, tmp_path: Path) -> None:
    line(guest, SLOW)
    choose(guest, sound)
    soon(guest, lambda: arrived(guest))
    guest.reload()
    other = tmp_path / sound.name
    content = bytearray(sound.read_bytes())
    content[-1] ^= 1
    other.write_bytes(content)
    line(guest, FAST)
    choose(guest, other)
    chosen(guest, direct.server, other)
    halted = guest.get_by_test_id("notice").filter(has_text="Choose the file again")
    halted.get_by_role("button", name="Discard it").click()
    expect(halted).to_have_count(0)
    soon(guest, lambda: direct.left() == [])


def test_a_part_whose_line_breaks_goes_once_more(browser: Browser, direct: Direct, sound: Path) -> None:
    with closing(browser.new_context(locale="en-GB")) as context:
        page = context.new_page()
        page.goto(direct.server.address)
        line(page, SLOW)
        requests = heard(page)
        choose(page, sound)
        soon(page, lambda: arrived(page))
        with direct.relay.cut():
            soon(page, lambda: len(requests) > PARTS)
        line(page, FAST)
        chosen(page, direct.server, sound)
        expect(page.get_by_test_id("notice")).to_have_count(0)
        assert set(numbers(requests, public(direct))) == {1, 2, 3}
    assert direct.left() == []


def test_a_canceled_upload_leaves_nothing(guest: Page, direct: Direct, sound: Path) -> None:
    line(guest, SLOW)
    choose(guest, sound)
    soon(guest, lambda: arrived(guest))
    guest.get_by_test_id("sending").get_by_role("button").click()
    expect(guest.get_by_test_id("sending")).to_have_count(0)
    expect(guest.get_by_test_id("notice")).to_have_count(0)
    soon(guest, lambda: direct.left() == [])
    assert guest.evaluate("localStorage.getItem('uploads_v1')") == "{}"


def test_a_bucket_that_pages_may_not_write_to_is_reached_through_the_server(
    browser: Browser, nanio: Store, sound: Path, tmp_path: Path
) -> None:
    """nanio knows no CORS. The page says nothing of it, and does not try again with the next file."""
    with direct_to(nanio, tmp_path) as direct, closing(browser.new_context(locale="en-GB")) as context:
        page = context.new_page()
        page.goto(direct.server.address)
        requests = heard(page)
        choose(page, sound)
        chosen(page, direct.server, sound)
        expect(page.get_by_test_id("notice")).to_have_count(0)
        through = [each.url for each in requests if each.url.startswith(direct.server.address)]
        assert {urlsplit(url).path.rpartition("/")[2] for url in through} == {"1", "2", "3"}
        requests.clear()
        page.locator("#field-source").select_option("")
        choose(page, sound)
        chosen(page, direct.server, sound)
        assert not [each.url for each in requests if not each.url.startswith(direct.server.address)]
        assert direct.left() == []


def test_a_server_that_was_started_again_has_the_parts(browser: Browser, sound: Path, tmp_path: Path) -> None:
    """Without a bucket: the same, through the server."""
    with live(tmp_path) as server, closing(browser.new_context(locale="en-GB")) as context:
        page = context.new_page()
        page.goto(server.address)
        line(page, SLOW)
        choose(page, sound)
        there = soon(page, lambda: arrived(page))
        server.stop()
        requests: list[Any] = heard(page)
        with live(tmp_path, "--port", str(server.port)) as again:
            line(page, FAST)
            chosen(page, again, sound)
        sent = {urlsplit(each.url).path.rpartition("/")[2] for each in requests}
        assert sent and not sent & {str(number) for number in there}

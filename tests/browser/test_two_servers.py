"""Two whole servers behind nginx, which takes requests by turns, a node, and people at several pages at once."""

import contextlib
import json
import os
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Response, expect
from sqlalchemy import make_url, select

from engine.accounts import passwords
from engine.accounts.credentials import Kind
from engine.database import Database
from engine.database.tables import nodes
from engine.web.auth.proof import COOKIE
from tests.brokers import Broker, running
from tests.browser.conftest import send, soon
from tests.browser.test_accounts import context, inside, log_in, people
from tests.cluster.relay import Relay
from tests.cluster.stand import Stand
from tests.databases import running_database
from tests.live import Live, start
from tests.proxies import FLAGS, PREFIX, Proxy, nginx_of_two
from tests.stores import Store, running_store
from tests.waiting import until

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"
ANA, BEN = "ana@example.org", "ben@example.org"
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 800}
SOON_S = 60.0
"""The machine of a test may be busy: what must come in less is measured, and told."""


@dataclass
class Tab:
    """A page in a browser of its own, which of the two servers holds its socket, and what that told."""

    page: Page
    upstreams: list[str] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)

    @property
    def server(self) -> str:
        return self.upstreams[-1]

    def reload(self) -> None:
        self.page.reload()
        inside(self.page)


@dataclass
class House:
    stand: Stand
    servers: dict[str, Live]
    proxy: Proxy
    cable: Relay
    """Between the servers and the database."""

    @property
    def address(self) -> str:
        return f"https://localhost:{self.proxy.port}{PREFIX}/"

    def open(self, own: BrowserContext, *, beside: Tab | None = None) -> Tab:
        """A page; `beside` another one, so that its socket is with the other server: they take turns."""
        tab = Tab(own.new_page())
        wire = own.new_cdp_session(tab.page)
        wire.send("Network.enable")

        def heard(event: dict[str, Any]) -> None:
            if event["response"]["status"] == 101:
                named = {name.lower(): value for name, value in event["response"]["headers"].items()}
                tab.upstreams.append(named["x-upstream"].rpartition(" ")[2])  # behind those that did not answer

        wire.on("Network.webSocketHandshakeResponseReceived", heard)
        tab.page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: tab.frames.append(str(frame))))
        tab.page.goto(self.address)
        inside(tab.page)
        while beside and tab.server == beside.server:
            tab.reload()
        return tab

    def come(self, browser: Browser, email: str, **options: Any) -> BrowserContext:
        """A browser in which this user has logged in before."""
        own = browser.new_context(**{"ignore_https_errors": True, "locale": "en-GB", "viewport": DESK} | options)
        with people(self.stand.settings("people")) as accounts:
            _, secret = accounts.credentials.add(accounts.users.find(email).id, Kind.SESSION, name="Mozilla/5.0")
        name = f"__Host-{COOKIE}-{self.proxy.port}-{PREFIX[1:]}"
        own.add_cookies([{"name": name, "value": secret, "url": self.address.replace(PREFIX, ""), "secure": True}])
        return own


@contextmanager
def housed(folder: Path, broker: Broker, store: Store) -> Iterator[House]:
    with ExitStack() as opened:
        database = opened.enter_context(running_database())  # tests of the one PostgreSQL run beside these
        stand = Stand(folder / "stand", broker, store, database.url)
        opened.callback(stand.close)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(passwords, "COST", replace(passwords.COST, memory_cost=64, time_cost=1, parallelism=1))
            with people(stand.settings("people")) as accounts:
                for email in (ANA, BEN):
                    accounts.users.add(email, PASSWORD)
        url = make_url(stand.database_url)
        cable = Relay(url.port or 5432)
        opened.callback(cable.close)
        cabled = url.set(host="127.0.0.1", port=cable.port).render_as_string(hide_password=False)
        values = stand.values() | {"database_url": cabled}
        mode = values.pop("async_mode")
        flags = [*FLAGS, "--accounts"]
        for name, value in values.items():
            flags += [f"--{name.replace('_', '-')}"] + ([] if value is True else [str(value)])
        servers = {}
        for number in range(2):
            live = start(folder / f"live-{number}", *flags, mode=mode)
            opened.callback(lambda live=live: live.process.poll() is None and live.stop())
            servers[f"127.0.0.1:{live.port}"] = live
        (folder / "nginx").mkdir()
        ports = [live.port for live in servers.values()]
        proxy = opened.enter_context(nginx_of_two(folder / "nginx", *ports))
        stand.node()
        with contextlib.closing(Database(stand.database_url)) as database:
            until(lambda: tells(database), 120)
        yield House(stand, servers, proxy, cable)


def tells(database: Database) -> bool:
    """Whether there is a node."""
    with database.read() as connection:
        return bool(connection.scalar(select(nodes.c.name)))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with running_store("nanio", tmp_path_factory.mktemp("store")) as found:
        yield found


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with running("RabbitMQ", tmp_path_factory.mktemp("broker")) as found:
        yield found


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, broker: Broker, store: Store) -> Iterator[House]:
    with housed(tmp_path_factory.mktemp("house"), broker, store) as found:
        yield found


@dataclass
class Visit:
    """Ana at her desk and with her phone, each with a page at another server, and Ben."""

    desk: Tab
    phone: Tab
    bens: Tab


@pytest.fixture(scope="module")
def visit(browser: Browser, house: House) -> Iterator[Visit]:
    contexts = [house.come(browser, ANA), house.come(browser, ANA, viewport=PHONE), house.come(browser, BEN)]
    desk = house.open(contexts[0])
    yield Visit(desk, house.open(contexts[1], beside=desk), house.open(contexts[2]))
    for each in contexts:
        each.close()


def ask(page: Page, method: str, path: str, body: Any = None) -> Any:
    """What a request of the page is answered: `{status, text, server}`."""
    script = """async ([method, path, body]) => {
        const at = document.querySelector("meta[name=prefix]").content;
        const proof = async () => (await (await fetch(`${at}/api/session`)).json()).csrf;
        const headers = method === "GET" ? {} : { "X-CSRF-Token": await proof() };
        if (body) headers["Content-Type"] = "application/json";
        const answer = await fetch(at + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
        return { status: answer.status, text: await answer.text(), server: answer.headers.get("X-Upstream") };
    }"""
    return page.evaluate(script, [method, path, body])


def row(page: Page, words: str) -> Any:
    """The user's job with these words."""
    found = json.loads(ask(page, "GET", "/api/jobs")["text"])["jobs"]
    return next((row for row in found if row["params"].get("prompt") == words), None)


def asked(tab: Tab, words: str, *values: str) -> str:
    """The id of a debug job that this page asked for."""
    send(tab.page, " ".join(["/debug", words, *values]))
    return str(soon(tab.page, lambda: row(tab.page, words), SOON_S)["id"])


def message(tab: Tab, job_id: str) -> Locator:
    """What the chat of this page says of a job."""
    return tab.page.locator(f".message[data-job-id='{job_id}']").last


def running_at(tab: Tab, job_id: str) -> None:
    expect(message(tab, job_id)).to_have_attribute("data-status", "RUNNING", timeout=1000 * SOON_S)


def canceled(tab: Tab, job_id: str) -> None:
    message(tab, job_id).get_by_test_id("cancel").click()
    expect(message(tab, job_id)).to_have_attribute("data-status", "CANCELED", timeout=1000 * SOON_S)


def test_requests_go_by_turns_and_pages_ask_by_websocket_alone(house: House, visit: Visit) -> None:
    page = visit.desk.page
    assert visit.desk.server != visit.phone.server
    assert {ask(page, "GET", "/api/health")["server"] for _ in range(8)} == set(house.servers)
    refused = house.proxy.request("GET", f"{PREFIX}/socket.io/?EIO=4&transport=polling")
    assert refused[0] == 400
    assert json.loads(refused[2])["error"]["detail"]["key"] == "error.websocket_wanted"
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    visit.desk.reload()
    while visit.desk.server == visit.phone.server:
        visit.desk.reload()
    assert asked and not [url for url in asked if "transport=polling" in url]


def test_what_one_page_asks_for_the_other_shows_and_nobody_else(visit: Visit) -> None:
    job = asked(visit.desk, "anas-own-words", "seed=1 duration=1 steps=100 step_s=0.05")
    soon(visit.phone.page, lambda: message(visit.phone, job).locator("progress[value]").count(), SOON_S)
    for tab in (visit.desk, visit.phone):
        link = message(tab, job).get_by_test_id("track-link")
        expect(link).to_contain_text("anas-own-words", timeout=1000 * SOON_S)
        link.click()
        expect(tab.page.get_by_test_id("card")).to_contain_text("anas-own-words")
        told = [frame for frame in tab.frames if job in frame and '"RUNNING"' in frame]
        assert len(told) > 2, "its progress came by the socket"
    bens = visit.bens
    assert "anas-own-words" not in bens.page.content() + "".join(bens.frames)
    for path in ("/api/jobs", "/api/tracks", "/api/state"):
        assert "anas-own-words" not in ask(bens.page, "GET", path)["text"]
    assert ask(bens.page, "GET", f"/api/jobs/{job}")["status"] == 404
    visit.phone.page.get_by_test_id("view-chat").click()


def canceled_elsewhere(visit: Visit, words: str, values: str, *, hears: bool) -> tuple[str, float]:
    """The id of a job that one server asked for, and how long it ran on its node after the click at the other, s."""
    job = asked(visit.desk, words, "steps=2000 step_s=0.05", values)
    at_work = message(visit.phone, job).locator("progress")
    running_at(visit.phone, job)
    if hears:  # a worker that starts does not, and one that is deaf tells nothing
        soon(visit.phone.page, lambda: float(at_work.get_attribute("value") or 0) > 0, SOON_S)
    began = time.time()
    message(visit.phone, job).get_by_test_id("cancel").click()
    expect(message(visit.desk, job)).to_have_attribute("data-status", "CANCELED", timeout=1000 * SOON_S)
    return job, float(row(visit.desk.page, words)["finished_at"]) - began


def killed(house: House, job_id: str) -> bool:
    """Whether the node had to end the worker."""
    [node] = house.stand.nodes
    lines = node.said().splitlines()
    return any("a cancel was not followed" in line and job_id in line for line in lines)


def test_a_cancel_reaches_the_node_from_the_other_server(visit: Visit, house: House, record_property: Any) -> None:
    heard = [canceled_elsewhere(visit, f"stop-{number}", f"seed={10 + number}", hears=True) for number in range(3)]
    record_property("cancel_s", [ran_s for _, ran_s in heard])
    assert not all(killed(house, job) for job, _ in heard), "it need not be killed"


def test_a_worker_that_does_not_hear_is_killed(visit: Visit, house: House, record_property: Any) -> None:
    job, ran_s = canceled_elsewhere(visit, "deaf-one", "seed=14 deaf=true", hears=False)
    record_property("kill_s", ran_s)
    assert killed(house, job)


def test_the_queue_is_moved_and_held_for_both(visit: Visit) -> None:
    desk, phone = visit.desk, visit.phone
    first = asked(desk, "goes-first", "seed=20 steps=3000 step_s=0.05")
    running_at(phone, first)
    waiting = [asked(desk, f"then-{number}", f"seed={20 + number}") for number in range(1, 4)]

    def order(tab: Tab) -> list[str]:
        words = tab.page.locator(".queue-row[draggable=true] .queue-words").all_inner_texts()
        return [next(part for part in text.split() if part.startswith("then-")) for text in words]

    soon(phone.page, lambda: order(phone) == ["then-1", "then-2", "then-3"], SOON_S)
    phone.page.get_by_test_id("queue-up").last.click()
    soon(desk.page, lambda: order(desk) == ["then-1", "then-3", "then-2"], SOON_S)
    desk.page.get_by_test_id("stop-after").click()
    expect(phone.page.get_by_test_id("queue")).to_contain_text("Paused")
    canceled(phone, first)
    assert {row(desk.page, f"then-{number}")["status"] for number in range(1, 4)} == {"PENDING"}
    phone.page.get_by_test_id("queue-continue").click()
    for job in waiting:
        expect(message(desk, job).get_by_test_id("track-link")).to_be_visible(timeout=1000 * SOON_S)
    begun = sorted(range(1, 4), key=lambda number: row(desk.page, f"then-{number}")["started_at"])
    assert begun == [1, 3, 2]


SOUNDS = "element => element.context.state === 'running' && element.scheduled > 44100"


def test_a_job_is_heard_at_both_servers_while_a_node_makes_it(visit: Visit) -> None:
    job = asked(visit.desk, "hear-me", "seed=30 live=true duration=120 steps=1200 step_s=0.1")
    for tab in (visit.desk, visit.phone):
        heard: list[tuple[str, int]] = []

        def note(response: Response, heard: list[tuple[str, int]] = heard) -> None:
            if "/preview" in response.url:
                heard.append((response.headers["x-upstream"], len(response.body())))

        tab.page.on("response", note)
        listen = message(tab, job).get_by_test_id("listen")
        listen.click(timeout=1000 * SOON_S)
        expect(listen).to_have_attribute("aria-pressed", "true")
        player = message(tab, job).locator("live-sound")
        soon(tab.page, lambda player=player: player.evaluate(SOUNDS), SOON_S)
        soon(tab.page, lambda heard=heard: len({server for server, size in heard if size}) == 2, SOON_S)
        tab.page.remove_listener("response", note)
        listen.click()  # or the two would ask by turns, each always the same server
    assert ask(visit.bens.page, "GET", f"/api/jobs/{job}/preview")["status"] == 404
    canceled(visit.phone, job)


def test_a_login_is_good_at_both_and_ends_at_both(browser: Browser, house: House) -> None:
    with context(browser, ignore_https_errors=True) as own:
        page = own.new_page()
        page.goto(house.address)
        log_in(page, BEN, PASSWORD)
        inside(page)
        answers = [ask(page, "GET", "/api/jobs") for _ in range(6)]
        assert {(each["server"], each["status"]) for each in answers} == {(name, 200) for name in house.servers}
        assert ask(page, "DELETE", "/api/session")["status"] == 200
        answers = [ask(page, "GET", "/api/jobs") for _ in range(6)]
        assert {(each["server"], each["status"]) for each in answers} == {(name, 401) for name in house.servers}


def at_both(house: House, path: str, token: str | None = None) -> set[tuple[str, int]]:
    """What each server answers a program: `(server, status)`."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answers = [house.proxy.request("GET", path, headers=headers) for _ in range(4)]
    assert {told["x-upstream"] for _, told, _ in answers} == set(house.servers)
    return {(told["x-upstream"], status) for status, told, _ in answers}


def same(house: House, status: int) -> set[tuple[str, int]]:
    return {(server, status) for server in house.servers}


def test_the_tokens_of_a_program_are_good_at_both_and_end_at_both(house: House) -> None:
    place, me = f"{PREFIX}/api/v1/auth", f"{PREFIX}/api/v1/auth/me"

    def post(name: str, token: str | None = None, **body: str) -> Any:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        status, _, answer = house.proxy.request("POST", f"{place}/{name}", json.dumps(body).encode(), headers)
        assert status < 300, answer
        return json.loads(answer or b"null")

    first = post("login", email=BEN, password=PASSWORD)
    assert at_both(house, me, first["access_token"]) == same(house, 200)
    second = post("refresh", first["refresh_token"])
    assert at_both(house, me, second["access_token"]) == same(house, 200)
    post("logout", second["access_token"])
    for each in (first, second):
        assert at_both(house, me, each["access_token"]) == same(house, 401)


def test_an_address_that_one_signed_is_served_by_both(visit: Visit, house: House) -> None:
    track = json.loads(ask(visit.desk.page, "GET", "/api/v1/tracks")["text"])["items"][0]
    address = urlsplit(track["audio_url"])
    assert at_both(house, f"{address.path}?{address.query}") == same(house, 200)
    assert at_both(house, address.path) == same(house, 401)
    assert at_both(house, f"{address.path}?{address.query}0") == same(house, 403)


def test_what_is_uploaded_at_one_is_used_at_the_other(visit: Visit, house: House) -> None:
    sound = BytesIO()
    soundfile.write(sound, np.sin(np.arange(44_100) / 9)[:, None] * 0.2, 44_100, format="WAV")
    script = """async ([data, prefix]) => {
        const { csrf } = await (await fetch(`${prefix}/api/session`)).json();
        const form = new FormData();
        form.append("file", new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], "brought.wav"));
        const headers = { "X-CSRF-Token": csrf };
        const answer = await fetch(`${prefix}/api/uploads`, { method: "POST", body: form, headers });
        return { ...(await answer.json()), server: answer.headers.get("X-Upstream") };
    }"""
    page = visit.desk.page
    uploaded = page.evaluate(script, [b64encode(sound.getvalue()).decode(), PREFIX])
    params = {"source": uploaded["key"], "prompt": "brought", "seed": 40}
    used = ""
    while used in ("", uploaded["server"]):
        ask(page, "GET", "/api/health")
        answer = ask(page, "POST", "/api/jobs", {"command": "debug", "params": params, "request_id": "r"})
        assert answer["status"] == 202
        used = answer["server"]
    done = soon(page, lambda: (found := row(page, "brought")) and found["finished_at"] and found, SOON_S)
    assert done["status"] == "COMPLETED", done["error"]


OUTAGES = {"storage": "The storage of sounds is away", "broker": "The service that hands out jobs is away",
           "database": "The database is away"}  # fmt: skip


@pytest.mark.slow
@pytest.mark.usefixtures("only_full")
@pytest.mark.parametrize("service", OUTAGES)
def test_both_pages_say_what_is_away_and_take_it_back(
    visit: Visit, house: House, broker: Broker, store: Store, service: str
) -> None:
    with ExitStack() as outage:
        if service == "database":
            outage.enter_context(house.cable.cut())
        else:
            gone = broker if service == "broker" else store
            gone.kill()
            outage.callback(gone.start)
        for tab in (visit.desk, visit.phone):
            expect(tab.page.get_by_test_id("away")).to_contain_text(OUTAGES[service], timeout=1000 * SOON_S)
            expect(tab.page.get_by_test_id("connection")).to_have_count(0)
            assert tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            picture(tab, f"away-{service}")
    for tab in (visit.desk, visit.phone):
        expect(tab.page.get_by_test_id("away")).to_have_count(0, timeout=1000 * SOON_S)
    after = asked(visit.desk, f"after-{service}", f"seed={50 + len(service)}")
    expect(message(visit.phone, after).get_by_test_id("track-link")).to_be_visible(timeout=1000 * SOON_S)


@pytest.mark.slow
@pytest.mark.usefixtures("only_full")
def test_who_comes_while_the_database_is_away_waits_and_is_let_in_when_it_is_back(
    browser: Browser, house: House
) -> None:
    own = house.come(browser, BEN)
    page = own.new_page()
    with house.cable.cut():
        page.goto(house.address)
        expect(page.get_by_test_id("login-error")).to_contain_text("database does not answer", timeout=1000 * SOON_S)
    inside(page)
    own.close()


REFUSED = """globalThis.WebSocket = class extends WebSocket {
    constructor(url) { super(String(url).replace("/socket.io/", "/api/health/")); }
}"""


@pytest.mark.slow
@pytest.mark.usefixtures("only_full")
def test_a_page_that_gets_no_websocket_through_says_so(browser: Browser, house: House) -> None:
    own = house.come(browser, BEN)
    page = own.new_page()
    page.add_init_script(REFUSED)
    page.goto(house.address)
    expect(page.get_by_test_id("connection")).to_contain_text("WebSocket", timeout=1000 * SOON_S)
    own.close()


def test_a_page_goes_on_at_the_other_server_when_its_own_is_killed(visit: Visit, house: House) -> None:
    """Last, for one of the two is not there any more."""
    desk, phone = visit.desk, visit.phone
    job = asked(desk, "goes-on", "seed=60 steps=200 step_s=0.1")
    running_at(phone, job)
    killed = house.servers[desk.server]
    killed.process.kill()
    killed.process.wait()
    expect(desk.page.get_by_test_id("connection")).to_be_visible(timeout=1000 * SOON_S)
    desk.page.get_by_test_id("prompt").fill("/debug typed-meanwhile seed=61")
    desk.page.get_by_test_id("prompt").press("Enter")
    expect(desk.page.get_by_test_id("connection")).to_have_count(0, timeout=1000 * SOON_S)
    assert desk.server == phone.server
    for words in ("goes-on", "typed-meanwhile"):
        link = desk.page.get_by_test_id("message-assistant").filter(has_text=words)
        expect(link).to_be_visible(timeout=1000 * SOON_S)
    assert row(desk.page, "goes-on")["attempt"] == 1
    expect(phone.page.get_by_test_id("message-assistant").filter(has_text="typed-meanwhile")).to_be_visible()


def picture(tab: Tab, name: str) -> None:
    """What it looks like, where somebody wants to see it."""
    if folder := os.environ.get("TEST_PICTURES"):
        tab.page.screenshot(path=Path(folder) / f"{name}-{tab.page.viewport_size['width']}.png")

"""Routes that are added when they are first needed: for one request, many at once, an address, a look at all."""

import subprocess
import sys
import threading

import pytest
from werkzeug.routing import Rule

from engine.settings import PROJECT
from engine.web.routes import Site

THREADS = 16


class Counted:
    """A site with two groups of routes, of which the later one counts how often it was made."""

    def __init__(self) -> None:
        self.made = 0
        self.site = Site("test", static_folder=None)
        self.site.add_url_rule("/early", "early", lambda: "early")
        self.site.url_map.later(("/late/",), self._make)

    def _make(self) -> list[Rule]:
        self.made += 1
        names = [f"late{number}" for number in range(50)]
        self.site.view_functions.update({name: lambda: "late" for name in names})
        return [Rule(f"/late/{name}", endpoint=name, methods=["GET"]) for name in names]


@pytest.fixture
def counted() -> Counted:
    return Counted()


def test_a_request_for_something_else_does_not_add_them(counted: Counted) -> None:
    client = counted.site.test_client()
    assert client.get("/early").text == "early" and client.get("/lat").status_code == 404
    assert counted.made == 0
    assert client.get("/late/late7").text == "late" and client.get("/early").text == "early"
    refused = client.post("/late/late7")
    assert refused.status_code == 405 and "GET" in refused.headers["Allow"]
    assert client.get("/late/nothing").status_code == 404 and counted.made == 1


def test_of_many_first_requests_none_fails(counted: Counted) -> None:
    assert counted.site.test_client().get("/early").status_code == 200
    begin, answers = threading.Barrier(THREADS), []

    def ask(path: str) -> None:
        client = counted.site.test_client()
        begin.wait()
        answers.extend(client.get(path).status_code for _ in range(20))

    paths = [("/early", f"/late/late{number}")[number % 2] for number in range(THREADS)]
    threads = [threading.Thread(target=ask, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 20 * THREADS and counted.made == 1


def test_what_fails_while_it_is_made_is_made_again(counted: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(counted.site, "view_functions", None)
        with pytest.raises(AttributeError):
            counted.site.url_map.complete()
    assert counted.site.test_client().get("/late/late0").text == "late" and counted.made == 2


def test_an_address_of_one_of_them_and_a_list_of_all_are_whole(counted: Counted) -> None:
    with counted.site.test_request_context("/early"):
        assert counted.site.url_for("late3") == "/late/late3"
    assert counted.made == 1
    assert len(list(Counted().site.url_map.iter_rules())) == 51


def test_a_page_does_without_version_1_and_without_the_libraries_of_clients() -> None:
    code = """
import sys, tempfile, pathlib
from engine.app import Application
from engine.web.server import create_web
from tests.conftest import make_settings
application = Application.open(make_settings(pathlib.Path(tempfile.mkdtemp()), async_mode="threading"), own_only=True)
client = create_web(application)[0].test_client()
print(client.get("/").status_code, sorted(name for name in sys.modules if name.startswith("engine.web.v1.")))
print(sorted({"requests", "urllib3", "redis", "kombu"} & set(sys.modules)))
import engineio.client
print(engineio.client.requests.exceptions.RequestException.__name__, client.get("/api/v1/health").json)
application.close()
"""
    told = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False)
    wanted = ["200 []", "[]", "RequestException {'ok': True}"]
    assert told.stdout.splitlines() == wanted, told.stderr

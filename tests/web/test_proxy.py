"""Behind a proxy: its words count as far as the settings say, its names are ours, its prefix is everywhere."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import request
from flask.testing import FlaskClient
from pydantic import ValidationError

from engine.settings import Settings
from engine.web.guard import Guard
from engine.web.server import create_web
from tests.conftest import Running

Make = Callable[..., FlaskClient]


@pytest.fixture
def behind(running: Running, monkeypatch: pytest.MonkeyPatch) -> Make:
    """A client of the module's application under other settings; `/seen` says what a route is told of its caller."""

    def made(**values: Any) -> FlaskClient:
        monkeypatch.setattr(running.application, "settings", running.settings.model_copy(update=values))
        app, _ = create_web(running.application)

        @app.get("/seen")
        def seen() -> list[Any]:
            return [request.remote_addr, request.scheme, request.host, request.script_root]

        return app.test_client()

    return made


SAID = {
    "X-Forwarded-For": "6.6.6.6, 10.0.0.9",
    "X-Forwarded-Proto": "http, https",
    "X-Forwarded-Host": "evil.example, music.example.org",
}


def test_without_a_proxy_forwarded_words_mean_nothing(behind: Make) -> None:
    seen = behind().get("/seen", headers=SAID)
    assert seen.json == ["127.0.0.1", "http", "localhost", ""]


def test_only_the_last_proxy_is_believed(behind: Make) -> None:
    client = behind(proxy_hops=1, allowed_hosts=("music.example.org",))
    assert client.get("/seen", headers=SAID).json == ["10.0.0.9", "https", "music.example.org", ""]


def test_a_chain_of_two_is_believed_as_far_as_it_goes(behind: Make) -> None:
    client = behind(proxy_hops=2, allowed_hosts=("*.example.org",))
    assert client.get("/seen", headers=SAID).status_code == 403  # the first of two says evil.example
    said = {**SAID, "X-Forwarded-Host": "x.evil, a.example.org, 127.0.0.1"}
    assert client.get("/seen", headers=said).json == ["6.6.6.6", "http", "a.example.org", ""]


def refusal(
    host: str, allowed: tuple[str, ...] = (), *, sent: str | None = None, scheme: str = "", **headers: str
) -> str:
    """The key of the objection; `sent`: the `Host` that came over the wire, beside the forwarded `host`."""
    guard = Guard(lambda environ, start_response: [], "127.0.0.1", "en", allowed, proxied=bool(scheme))
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/api/jobs", "HTTP_HOST": host, **headers}
    if scheme:
        environ |= {"wsgi.url_scheme": scheme, "werkzeug.proxy_fix.orig": {"HTTP_HOST": sent or host}}
    found = guard.objection(environ)
    return found.key if found else ""


@pytest.mark.parametrize(
    "host", ["music.example.org", "MUSIC.example.org:8443", "a.lan", "x.y.example.com", "10.1.2.3"]
)
def test_allowed_names_pass(host: str) -> None:
    assert refusal(host) == "foreign_host"
    assert refusal(host, ("music.example.org", "*.lan", "*.example.com", "10.1.2.3")) == ""


@pytest.mark.parametrize("host", ["example.org", "evilexample.org", "example.org.evil", "a.example.org.", "a.b", ""])
def test_names_beside_them_do_not(host: str) -> None:
    assert refusal(host, ("*.example.org",)) == "foreign_host"


def test_a_page_that_rebinding_brought_here_cannot_forge_its_host() -> None:
    """It may set every header but `Host`, where its own name stands."""
    assert refusal("localhost", ("a.org",), sent="evil.example", scheme="http") == "foreign_host"
    assert refusal("a.org", ("a.org",), sent="127.0.0.1:5000", scheme="https") == ""


@pytest.mark.parametrize(
    ("origin", "key"),
    [
        ("https://a.org", ""),
        ("https://a.org:443", ""),
        ("http://a.org", "foreign_origin"),
        ("https://b.org", "foreign_origin"),
    ],
)
def test_the_origin_has_the_scheme_that_the_proxy_tells(origin: str, key: str) -> None:
    assert refusal("a.org", ("a.org",), scheme="https", HTTP_ORIGIN=origin) == key
    assert refusal("a.org", ("a.org",), scheme="https", HTTP_REFERER=f"{origin}/page") == key


@pytest.mark.parametrize("path", ["/sound/", "/"])
def test_the_page_has_no_address_outside_its_prefix(behind: Make, path: str) -> None:
    """Whether the proxy passes the prefix on or takes it off."""
    html = behind(url_prefix="/sound").get(path).get_data(as_text=True)
    found = re.findall(r'(?:href|src)="(/[^"]*)"', html)
    assert len(found) > 50 and [one for one in found if not one.startswith("/sound/")] == []
    assert re.search(r'"/static/": "/sound/assets/[0-9a-f]{16}/"', html)


def test_what_it_names_is_there(behind: Make) -> None:
    client = behind(url_prefix="/sound")
    html = client.get("/sound/").get_data(as_text=True)
    for path in re.findall(r'(?:href|src)="(/[^"]*)"', html):
        assert client.get(path).status_code == 200, path
    assert client.get("/sound/socket.io/?EIO=4&transport=polling").status_code == 200


def test_the_prefix_without_a_slash_leads_to_the_page(behind: Make) -> None:
    answer = behind(url_prefix="/a/b").get("/a/b?x=1")
    assert (answer.status_code, answer.headers["Location"]) == (308, "/a/b/?x=1")


def test_addresses_in_answers_lie_below_it(behind: Make, running: Running) -> None:
    track = running.record(running.done(running.debug(steps=1)))
    client = behind(url_prefix="/sound", proxy_hops=1, allowed_hosts=("a.org",))
    body = client.get(f"/sound/api/tracks/{track.id}").json
    addresses = {name: value for name, value in body.items() if name.endswith("_url") and value}
    assert addresses and all(value.startswith("/sound/api/tracks/") for value in addresses.values())
    assert client.get(body["audio_url"], headers={"Range": "bytes=0-9"}).status_code == 206
    said = {"X-Forwarded-Host": "a.org", "X-Forwarded-Proto": "https"}
    kept = client.post("/sound/api/playlists", json={"title": "all", "search": {}}, headers=said).json
    file = client.get(f"/sound/api/playlists/{kept['id']}/tracks.m3u8", headers=said).get_data(as_text=True)
    assert f"https://a.org/sound/api/tracks/{track.id}/audio" in file
    assert str(running.settings.output) not in client.get(f"/sound/api/playlists/{kept['id']}/tracks.m3u8").text


@pytest.mark.parametrize("names", ["", "a.org", "a.org, *.b.org,10.0.0.1,fe80::1", ("A.org",)])
def test_names_of_hosts_are_read(names: object) -> None:
    read = Settings(allowed_hosts=names).allowed_hosts  # type: ignore[arg-type]
    assert isinstance(read, tuple) and all(name == name.lower().strip() for name in read)
    assert len(read) == (len(names.split(",")) if isinstance(names, str) and names else len(names))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "values",
    [
        *({"allowed_hosts": name} for name in ("*", "*.", "http://a.org", "a.org/x", "a.org:80", "*.*.org", "a..org")),
        *({"url_prefix": path} for path in ("sound", "/", "/sound/", "/../x", "//x", "/a b", "/%61", "/é")),
        {"proxy_hops": -1}, {"proxy_hops": 11},
    ],
)  # fmt: skip
def test_what_is_none_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(**values)

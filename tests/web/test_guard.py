"""Whom the server answers: the `Host`, `Origin` and `Referer` of a request are read strictly, or not at all."""

import socket
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.web.guard import Authority, Guard, authority
from tests.live import Live

LOOPBACK = ["localhost", "LocalHost", "127.0.0.1", "[::1]", "[0:0:0:0:0:0:0:1]"]
FOREIGN = [
    "", " ", "evil.example", "127.0.0.1/evil", "127.0.0.1?x", "127.0.0.1#x", "127.0.0.1\\evil", "127.0.0.1 ",
    " 127.0.0.1", "127.0.0.1\t", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:5000:5000",
    "127.0.0.1:-1", "127.0.0.1:+5", "127.0.0.1:5_0", "127.0.0.1:\u0665", "127.0.0.1:5/evil", "user@127.0.0.1",
    "a:b@localhost", "@localhost", "localhost@evil.example", "localhost.", "127.0.0.1.", ".localhost", "localhost..",
    "%31%32%37.0.0.1", "local%68ost", "localhost%00", "127.0.0.1,127.0.0.1", "127.0.0.1, evil.example", "localhost;x",
    "::1", "[::1", "::1]", "[::1]]", "[[::1]]", "[::1]x", "[::1]:x", "[::1%25lo]", "[::1%lo]", "[127.0.0.1]",
    "[localhost]", "[]", "[v1.x]", "[::ffff:127.0.0.1]", "127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1",
    "127.0.0.1.evil.example", "evil.example:80@localhost", "http://localhost", "//localhost", "\uff4cocalhost",
    "local\u017fhost", "localhost\u3002", "127\u30020\u30020\u30021", "169.254.1.1", "10.0.0.1", "0.0.0.0", "[::]",
    "x" * 300, "localhost:" + "0" * 70 + "80",
]  # fmt: skip


def refused(host: str, listening: str = "127.0.0.1", **headers: str) -> bool:
    guard = Guard(lambda environ, start_response: [], listening, "en")
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/api/jobs", "HTTP_HOST": host, **headers}
    return guard.objection(environ) is not None


@pytest.mark.parametrize("host", FOREIGN)
def test_what_is_no_plain_name_of_this_computer_is_refused(host: str) -> None:
    assert refused(host)
    assert refused("localhost:5000", HTTP_ORIGIN=f"http://{host}")
    assert refused("localhost:5000", HTTP_REFERER=f"http://{host}/")


@pytest.mark.parametrize("host", LOOPBACK)
@pytest.mark.parametrize("port", ["", ":1", ":80", ":5000", ":65535"])
def test_own_names_pass_with_their_own_pages(host: str, port: str) -> None:
    own = f"http://{host}{port}"
    assert not refused(host + port)
    assert not refused(host + port, HTTP_ORIGIN=own.lower(), HTTP_REFERER=f"{own.lower()}/page?x#y")
    for page in (
        f"{own}x",
        f"{own}/",
        f"{own}/x",
        f"ftp://{host}{port}",
        f"http://a@{host}{port}",
        f"http://{host}:7",
        "null",
        "",
    ):
        assert refused(host + port, HTTP_ORIGIN=page), page


def test_the_usual_port_may_be_said_or_not() -> None:
    assert not refused("localhost", HTTP_ORIGIN="http://localhost:80")
    assert not refused("localhost:443", HTTP_ORIGIN="https://localhost")
    assert refused("localhost", HTTP_ORIGIN="http://localhost:443")
    assert refused("localhost:80", HTTP_ORIGIN="https://localhost")


def test_a_link_may_lead_to_the_page_and_nowhere_else() -> None:
    foreign = {"HTTP_REFERER": "https://evil.example/", "REQUEST_METHOD": "GET"}
    assert not refused("localhost", **foreign, PATH_INFO="/")
    assert refused("localhost", **foreign, PATH_INFO="/api/state")
    navigating = {"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_SEC_FETCH_MODE": "navigate"}
    assert not refused("localhost", **foreign, **navigating, PATH_INFO="/")
    assert refused("localhost", HTTP_SEC_FETCH_SITE="cross-site", REQUEST_METHOD="GET", PATH_INFO="/")


@pytest.mark.parametrize(
    ("listening", "welcome", "foreign"),
    [
        ("0.0.0.0", ["192.168.1.5:5000", "[fe80::1]", "localhost"], ["music.lan", "192.168.1", "[::1%eth0]"]),
        ("::", ["192.168.1.5", "[2001:DB8::1]:80"], ["evil.example"]),
        ("192.168.1.5", ["192.168.1.5", "127.0.0.1"], ["192.168.1.6", "evil.example"]),
        ("Music.Lan", ["music.lan:5000", "MUSIC.LAN"], ["192.168.1.5", "music.lan.", "music.lan.evil.example"]),
        ("2001:db8:0::1", ["[2001:DB8::1]"], ["[2001:db8::2]"]),
    ],
)  # fmt: skip
def test_a_server_open_to_a_network_answers_to_addresses(
    listening: str, welcome: list[str], foreign: list[str]
) -> None:
    assert [host for host in welcome if refused(host, listening)] == []
    assert [host for host in foreign if not refused(host, listening)] == []


NASTY = st.text(st.sampled_from("localhost127.0.0.1[]:/?#@\\% ,\t%25\u3002" + string.ascii_letters), max_size=24)


@given(st.one_of(NASTY, st.tuples(st.sampled_from(LOOPBACK), NASTY).map("".join), st.text(max_size=12)))
def test_what_passes_says_no_more_than_a_name_and_a_port(host: str) -> None:
    if not refused(host):
        found = authority(host)
        assert found and found.name in ("localhost", "127.0.0.1", "::1")
        assert found.port in range(65536) if ":" in host.rpartition("]")[2] else found.port is None
        assert set(host) <= set(string.ascii_letters + string.digits + ".:[]")


@given(st.ip_addresses(v=6), st.integers(0, 65535))
def test_every_spelling_of_an_address_is_one_address(address: object, port: int) -> None:
    spellings = [str(address), address.exploded, str(address).upper()]  # type: ignore[attr-defined]
    found = {authority(f"[{spelling}]:{port}") for spelling in spellings}
    assert found == {Authority(str(address), port)}


def answered(server: Live, *headers: str, target: str = "/api/health") -> int:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        lines = [f"GET {target} HTTP/1.1", *headers, "Connection: close", "", ""]
        connection.sendall("\r\n".join(lines).encode("utf-8"))
        return int(connection.makefile("rb").readline().split()[1])


@pytest.mark.parametrize(
    "headers",
    [
        *((f"Host: {host}",) for host in ("127.0.0.1/evil", "127.0.0.1?x", "127.0.0.1#x", "a@127.0.0.1", "[::1]x", "")),
        ("Host: localhost", "Host: evil.example"),
        ("Host: evil.example", "Host: localhost"),
        ("Host: localhost", "Host: localhost"),
        ("Host: localhost", "Origin: http://localhost", "Origin: http://evil.example"),
        ("Host: localhost", "Origin: http://localhost/evil"),
        ("Host: localhost", "Referer: http://evil.example/"),
        ("X-Forwarded-Host: localhost",),
    ],
)  # fmt: skip
def test_over_the_wire(server: Live, headers: tuple[str, ...]) -> None:
    assert answered(server, *headers) in (400, 403)
    assert answered(server, *headers, target="/socket.io/?EIO=4&transport=polling") in (400, 403)


def test_the_request_line_names_no_other_host(server: Live) -> None:
    assert answered(server, f"Host: 127.0.0.1:{server.port}", target="http://evil.example/api/health") in (
        400,
        403,
        404,
    )

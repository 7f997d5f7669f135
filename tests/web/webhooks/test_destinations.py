"""Where webhooks may go: nowhere but to the public internet, however an address is written or hidden."""

import socket
from ipaddress import ip_address
from typing import Any

import pytest
from pydantic import ValidationError

from engine.errors import AppError, Code
from engine.settings import Settings
from engine.web.webhooks.destinations import MAX_URL, Reach, destination, is_public


class Names:
    """A resolver: what each name means the first time that it is asked, the second, ...; an address means itself."""

    def __init__(self, **known: list[list[str]]) -> None:
        self.known = {name.replace("_", "."): list(answers) for name, answers in known.items()}

    def __call__(self, host: str, port: int, **_: Any) -> list[Any]:
        if host not in self.known:
            return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        answers = self.known[host]
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses]
        return [
            (family, socket.SOCK_STREAM, 6, "", (address, port, *((0, 0) if family is socket.AF_INET6 else ())))
            for family, address in zip(families, addresses, strict=True)
        ]


def key_of(url: str, *allowed: str, **known: list[list[str]]) -> str | None:
    """The key of the refusal; None where it may go there."""
    try:
        assert Reach(allowed, Names(**known)).endpoints(destination(url))
    except AppError as error:
        assert error.code is Code.INVALID_INPUT
        return error.key
    return None


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.1.2.3", "172.16.0.1", "172.31.255.255",
        "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.8", "192.0.2.1", "198.18.0.1",
        "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "192.88.99.1",
        "2130706433", "0x7f000001", "0x7f.1", "017700000001", "127.1", "0", "012.0.0.1",
        "[::1]", "[::]", "[fe80::1]", "[fc00::1]", "[fd12:3456::1]", "[ff02::1]", "[fec0::1]", "[2001:db8::1]",
        "[3fff::1]", "[100::1]", "[2001::1]", "[2001:10::1]", "[5f00::1]",
        "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[::ffff:0:10.0.0.1]", "[::127.0.0.1]", "[::7f00:1]",
        "[2002:7f00:1::]", "[2002:a00:1::1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::a00:1]", "[64:ff9b:1::808:808]",
        "[2a00:1450::5efe:a00:1]", "[2a00:1450::200:5efe:7f00:1]",
    ],
)  # fmt: skip
def test_no_address_within_is_reached(host: str) -> None:
    for url in (f"http://{host}/", f"https://{host}:8443/x"):
        assert key_of(url) == "webhook_host"


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2a00:1450:4001:80b::200e", "::ffff:8.8.8.8", "2002:808:808::1",
     "64:ff9b::808:808"],
)  # fmt: skip
def test_what_is_public_is_reached(address: str) -> None:
    assert is_public(ip_address(address))
    assert key_of("https://a.example/x", a_example=[[address]]) is None


@pytest.mark.parametrize(
    "url",
    [
        "", "a.example", "//a.example/", "ftp://a.example/", "file:///etc/passwd", "gopher://a.example/", "http://",
        "http:///x", "http://user@a.example/", "http://user:secret@a.example/", "http://a.example@10.0.0.1/",
        "http://a.example\\@10.0.0.1/", "http://a.example/\\x", "http://a.example/#x", "http://a.example/ x",
        "http://a.example/\r\nX: y", "http://a.exa\tmple/", "\thttp://a.example/", "http://bücher.example/",
        "http://a.example:0/", "http://a.example:65536/", "http://a.example:x/", "http://[::1/", "http://[fe80::1%25lo]/",
        "http://a%2eexample/", "http://a.example:/", "https://a.example/" + "x" * MAX_URL,
    ],
)  # fmt: skip
def test_what_is_no_plain_url_is_refused(url: str) -> None:
    assert key_of(url, a_example=[["8.8.8.8"]]) == "webhook_url_form"


@pytest.mark.parametrize(
    ("means", "key"),
    [
        ([[]], "webhook_host"),
        ([["10.0.0.1"]], "webhook_host"),
        ([["8.8.8.8", "10.0.0.1"]], "webhook_host"),
        ([["8.8.8.8", "fd00::1"]], "webhook_host"),
        ([["8.8.8.8", "2a00:1450:4001:80b::200e"]], None),
    ],
)
def test_every_address_of_a_name_counts(means: list[list[str]], key: str | None) -> None:
    assert key_of("https://a.example/", a_example=means) == key


def test_a_name_that_does_not_resolve_sounds_as_one_within() -> None:
    """Nobody learns by it which names there are in our network."""
    said = []
    for means in ([], ["10.0.0.1"]):
        with pytest.raises(AppError) as refused:
            Reach((), Names(a_example=[means])).endpoints(destination("http://a.example/"))
        assert refused.value.code is Code.INVALID_INPUT
        said.append(refused.value.body())
    assert said[0] == said[1]


def test_a_name_is_resolved_once_and_what_was_checked_is_connected_to() -> None:
    """DNS rebinding: the second answer of the name is never used, and checked anew the next time."""
    reach = Reach((), Names(a_example=[["8.8.8.8"], ["127.0.0.1"]]))
    to = destination("http://a.example:8080/")
    assert [each.place for each in reach.endpoints(to)] == [("8.8.8.8", 8080)]
    with pytest.raises(AppError) as refused:
        reach.endpoints(to)
    assert (refused.value.code, refused.value.key) == (Code.INVALID_INPUT, "webhook_host")


@pytest.mark.parametrize(("port", "key"), [(22, "webhook_port"), (25, "webhook_port"), (443, None), (5678, None)])
def test_other_services_are_not_written_to(port: int, key: str | None) -> None:
    assert key_of(f"http://a.example:{port}/", a_example=[["8.8.8.8"]]) == key


@pytest.mark.parametrize(
    ("allowed", "url", "key"),
    [
        (("nas.local",), "http://nas.local:81/", None),
        (("nas.local",), "http://NAS.local/", None),
        (("nas.local",), "http://x.nas.local/", "webhook_host"),
        (("*.local",), "http://nas.local/", None),
        (("*.cal",), "http://nas.local/", "webhook_host"),
        (("192.168.1.0/24",), "http://nas.local/", None),
        (("192.168.1.0/24",), "http://192.168.1.9:81/", None),
        (("192.168.1.0/24",), "http://192.168.2.9/", "webhook_host"),
        (("192.168.1.7",), "http://nas.local/", None),
        (("fd00::/8",), "http://[fd12::1]/", None),
        (("127.0.0.1",), "http://[::ffff:127.0.0.1]/", "webhook_host"),
    ],
)
def test_what_the_setting_names_is_reached_and_nothing_else(
    allowed: tuple[str, ...], url: str, key: str | None
) -> None:
    hosts = Settings(webhook_hosts=allowed).webhook_hosts
    assert key_of(url, *hosts, nas_local=[["192.168.1.7"]], x_nas_local=[["192.168.1.8"]]) == key


def test_the_setting_takes_hosts_and_networks() -> None:
    assert Settings(webhook_hosts="NAS.local, 192.168.1.7/24,::1").webhook_hosts == (  # type: ignore[arg-type]
        "nas.local", "192.168.1.0/24", "::1/128")  # fmt: skip
    for wrong in ("http://nas.local", "192.168.1.0/33", "a b"):
        with pytest.raises(ValidationError):
            Settings(webhook_hosts=(wrong,))


def test_a_url_is_read_as_it_is_sent() -> None:
    to = destination("HTTPS://A.example:8443?x=1&y=%20")
    assert (to.secure, to.host, to.port, to.authority, to.target) == (
        True, "a.example", 8443, "a.example:8443", "/?x=1&y=%20")  # fmt: skip
    assert destination("http://[2001:DB8::1]/a").authority == "[2001:db8::1]"
    assert destination("http://a.example").port == 80 and destination("https://a.example").port == 443

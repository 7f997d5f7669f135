"""One POST over real connections: bounded in time and size, never redirected, and to whom the certificate names."""

import contextlib
import datetime
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from engine.settings import PROJECT
from engine.web.webhooks import posting
from engine.web.webhooks.destinations import Endpoint, Reach, destination
from engine.web.webhooks.posting import MOST_BYTES, Reply, Undelivered, post
from tests.web.webhooks.receiver import receiving

LOOPBACK = Reach(["127.0.0.1", "a.example"], lambda host, port, **_: [(socket.AF_INET, 0, 0, "", ("127.0.0.1", port))])


def sent(url: str, limit_s: float = 10.0) -> Reply:
    to = destination(url)
    return post(to, LOOPBACK.endpoints(to), {"Content-Type": "application/json"}, b"{}", limit_s)


def failure(url: str, limit_s: float = 10.0) -> str:
    with pytest.raises(Undelivered) as refused:
        sent(url, limit_s)
    return refused.value.key


@contextlib.contextmanager
def speaking(talk: Callable[[socket.socket], object]) -> Iterator[str]:
    """The URL of one that takes connections, and treats each so."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    sock, _ = server.accept()
                    with sock, contextlib.suppress(OSError):
                        talk(sock)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


DRIP_S = 0.02


def dripping(sock: socket.socket) -> None:
    """A byte now and then, for ever."""
    sock.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        sock.sendall(b"x")
        time.sleep(DRIP_S)


def test_it_is_a_plain_post_to_the_very_address() -> None:
    with receiving() as receiver:
        url = f"http://a.example:{receiver.port}/x/%20?y=1"
        assert sent(url) == Reply(204, None)
        [got] = receiver.received
    assert got.path == "/x/%20?y=1" and got.body == b"{}" and got.headers["Host"] == f"a.example:{receiver.port}"
    assert got.headers["Content-Type"] == "application/json" and got.headers["Content-Length"] == "2"


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with receiving() as receiver:
        assert sent(receiver.url()).status == 204


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with receiving() as within, receiving() as receiver:
        receiver.then(status, Location=within.url())
        assert sent(receiver.url()).status == status
        assert within.received == [] and len(receiver.received) == 1


@pytest.mark.parametrize(
    ("said", "waits_s"), [("120", 120.0), ("-1", None), ("soon", None), ("9" * 400, 999999999999.0), ("1.5", None)]
)
def test_when_to_come_again_is_read(said: str, waits_s: float | None) -> None:
    with receiving() as receiver:
        receiver.then(429, Retry_After=said)
        assert sent(receiver.url()) == Reply(429, waits_s)


def test_when_to_come_again_may_be_a_time() -> None:
    with receiving() as receiver:
        receiver.then(503, Retry_After="Wed, 21 Oct 2099 07:28:00 GMT")
        receiver.then(503, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT")
        later, gone = sent(receiver.url()), sent(receiver.url())
    assert later.retry_after_s is not None and later.retry_after_s > 1e9 and gone.retry_after_s == 0


def test_who_answers_too_slowly_is_left() -> None:
    for talk in (dripping, lambda sock: sock.recv(2**20) and threading.Event().wait(60)):
        with speaking(talk) as url:
            assert failure(url, limit_s=0.2) == "webhook_slow"
            assert failure(url.replace("http:", "https:"), limit_s=0.2) in ("webhook_slow", "webhook_unreachable")


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"SSH-2.0-OpenSSH_9\r\n", b"HTTP/1.1 200", b"\0" * 100, b"HTTP/1.1 999999 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 70_000, b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * (MOST_BYTES // 6),
    ],
)  # fmt: skip
def test_what_is_no_answer_of_http_or_too_long_is_a_failure(answer: bytes) -> None:
    def talk(sock: socket.socket) -> None:
        sock.recv(65_536)
        sock.sendall(answer)

    with speaking(talk) as url:
        assert failure(url) == "webhook_unreachable"


def test_a_long_body_is_not_read() -> None:
    sent_bytes = [0]

    def talk(sock: socket.socket) -> None:
        sock.recv(65_536)
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n")
        while True:
            sent_bytes[0] += sock.send(b"x" * 65_536)

    with speaking(talk) as url:
        assert sent(url).status == 200
    assert sent_bytes[0] < 2**26


def test_nobody_there_is_a_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert failure(f"http://127.0.0.1:{port}/") == "webhook_unreachable"


def test_this_computer_is_not_reached_by_an_address_that_looks_public() -> None:
    with receiving() as receiver:
        to = destination(receiver.url())
        ours = Endpoint(socket.AF_INET, ("127.0.0.1", receiver.port), trusted=False)
        with pytest.raises(Undelivered):
            post(to, [ours], {}, b"{}")
        assert receiver.received == []


def certificate(folder: Path, name: str) -> Path:
    """A file with a key and a certificate of that host, which is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    try:
        names: x509.GeneralName = x509.IPAddress(ip_address(name))
    except ValueError:
        names = x509.DNSName(name)
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / f"{name}.pem"
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize(("host", "key"), [("a.example", None), ("127.0.0.1", "webhook_certificate")])
def test_the_certificate_must_be_of_the_host_of_the_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, key: str | None
) -> None:
    """It is asked for by that name, whatever the address, and believed where an authority is."""
    path = certificate(tmp_path, "a.example")
    asked_for: list[str | None] = []
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(path)
    ours.sni_callback = lambda _sock, name, _context: asked_for.append(name)
    theirs = ssl.create_default_context(cafile=str(path))
    monkeypatch.setattr(posting, "_context", lambda: theirs)
    with receiving(ours) as receiver:
        url = f"https://{host}:{receiver.port}/"
        if key is None:
            assert sent(url).status == 204 and asked_for == [host]
        else:
            assert failure(url) == key and receiver.received == []


def test_a_certificate_of_nobody_known_is_refused(tmp_path: Path) -> None:
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(certificate(tmp_path, "127.0.0.1"))
    with receiving(ours) as receiver:
        assert failure(receiver.url()) == "webhook_certificate" and receiver.received == []


UNDER_EVENTLET = """
import eventlet; eventlet.monkey_patch()
import sys, time
from engine.web.webhooks.destinations import Reach, destination
from engine.web.webhooks.posting import Undelivered, post

beats = [0]

def beat():
    while True:
        beats[0] += 1
        eventlet.sleep(0.01)

def send(url):
    to = destination(url)
    try:
        return str(post(to, Reach(["127.0.0.1"]).endpoints(to), {}, b"{}", 1.0 if "slow" in url else 30.0).status)
    except Undelivered as error:
        return error.key

eventlet.spawn(beat)
print(*eventlet.GreenPool().imap(send, sys.argv[1:]))
print(beats[0])
"""


def test_green_threads_send_by_tls_and_leave_the_loop_free(tmp_path: Path) -> None:
    path = certificate(tmp_path, "127.0.0.1")
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(path)
    with receiving(ours) as receiver, receiving() as plain, speaking(dripping) as slow:
        urls = [f"{slow}slow", f"{slow.replace('http:', 'https:')}slow", receiver.url(), plain.url()]
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", UNDER_EVENTLET, *urls], cwd=PROJECT, capture_output=True, text=True,
            env={**os.environ, "SSL_CERT_FILE": str(path)},
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said, beats = done.stdout.splitlines()
    assert said.split()[0] == "webhook_slow" and said.split()[2:] == ["204", "204"]
    assert said.split()[1] in ("webhook_slow", "webhook_unreachable") and int(beats) > 10

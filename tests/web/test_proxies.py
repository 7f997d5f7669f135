"""nginx and Caddy, started with the examples of deploy, before a real server: TLS, prefix, WebSocket, files."""

import json
import re
from collections.abc import Iterator
from io import BytesIO

import numpy as np
import pytest
import soundfile
import websocket

from tests.live import Live, live
from tests.proxies import FLAGS, NAME, PREFIX, PROXIES, Proxy
from tests.waiting import until


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live(tmp_path_factory.mktemp("behind"), *FLAGS) as running:
        yield running


@pytest.fixture(scope="module", params=PROXIES)
def proxy(request: pytest.FixtureRequest, behind: Live, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with PROXIES[request.param](tmp_path_factory.mktemp(request.param), behind.port) as running:
        yield running


def test_the_page_and_what_it_names(proxy: Proxy) -> None:
    status, headers, body = proxy.request("GET", f"{PREFIX}/", headers={"X-Request-ID": "through"})
    assert (status, headers["x-request-id"]) == (200, "through")
    for path in re.findall(r'(?:href|src)="(/[^"]*)"', body.decode())[:12]:
        assert path.startswith(f"{PREFIX}/") and proxy.request("GET", path)[0] == 200, path
    status, headers, _ = proxy.request("GET", PREFIX)
    assert (status, headers["location"]) == (308, f"{PREFIX}/")


def test_a_foreign_page_is_refused(proxy: Proxy) -> None:
    path = f"{PREFIX}/api/health"
    assert proxy.request("GET", path, headers={"Origin": f"https://{proxy.host}"})[0] == 200
    assert proxy.request("GET", path, headers={"Origin": f"http://{proxy.host}"})[0] == 403
    assert proxy.request("GET", path, headers={"Origin": "https://evil.example"})[0] == 403
    forged = {"X-Forwarded-Host": "localhost", "X-Forwarded-Proto": "http", "Origin": "http://localhost"}
    assert proxy.request("GET", path, headers=forged)[0] == 403


def test_the_socket(proxy: Proxy) -> None:
    connection = websocket.create_connection(
        f"wss://{proxy.host}{PREFIX}/socket.io/?EIO=4&transport=websocket",
        socket=proxy.connect(), host=proxy.host, origin=f"https://{proxy.host}",
    )  # fmt: skip
    try:
        assert connection.recv().startswith("0{")
        connection.send("40")
        said = {message[:2]: message[2:] for message in (connection.recv(), connection.recv())}
        event, state = json.loads(said["42"])
        assert "sid" in json.loads(said["40"]) and event == "state" and state["commands"]
    finally:
        connection.close()


def test_no_secret_of_an_address_is_logged(proxy: Proxy) -> None:
    """nginx logs requests, Caddy none unless it is told to."""
    for path in ("/api/v1/tracks/x/audio?signature=0secret0", "/shared/0secret0", "/shared/0secret0/audio?download=1"):
        proxy.request("GET", f"{PREFIX}{path}")
    log = proxy.certificate.with_name("access.log")
    if "nginx" in str(proxy.certificate):
        until(lambda: log.exists() and log.read_text().count("/shared/ 404") == 2)
    assert "0secret0" not in (log.read_text() if log.exists() else "")
    assert "0secret0" not in proxy.certificate.with_name("log").read_text()


def test_a_large_upload_and_a_piece_of_it(proxy: Proxy) -> None:
    sound = BytesIO()
    noise = np.random.default_rng(1).standard_normal((2 * 48000 * 10, 2)).astype(np.float32) * 0.1
    soundfile.write(sound, noise, 48000, format="WAV", subtype="FLOAT")
    data = sound.getvalue()
    assert len(data) > 7 * 2**20
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="noise.wav"\r\n\r\n'
    form = {"Content-Type": "multipart/form-data; boundary=b"}
    status, _, answer = proxy.request("POST", f"{PREFIX}/api/uploads", head + data + b"\r\n--b--\r\n", form)
    assert status == 201
    address = json.loads(answer)["audio_url"]
    assert address.startswith(f"{PREFIX}/api/uploads/")
    status, headers, piece = proxy.request("GET", address, headers={"Range": "bytes=1000000-1000099"})
    assert (status, headers["content-range"]) == (206, f"bytes 1000000-1000099/{len(data)}")
    assert piece == data[1000000:1000100]
    assert proxy.request("GET", address)[2] == data


def test_the_server_itself_is_found_by_its_own_terminal(behind: Live) -> None:
    from engine.folder import running_server

    assert running_server(behind.settings) == f"http://127.0.0.1:{behind.port}{PREFIX}"
    assert behind.request("GET", "/api/health", headers={"Host": "evil.example"})[0] == 403
    assert behind.request("GET", "/api/health", headers={"Host": NAME})[0] == 200


def test_news_of_a_job_come_as_they_are_made(proxy: Proxy, behind: Live) -> None:
    job = behind.ask(steps=2000, step_s=0.05)
    with proxy.connect() as connection:
        head = f"GET {PREFIX}/api/v1/jobs/{job}/events HTTP/1.1\r\nHost: {proxy.host}\r\n\r\n"
        connection.sendall(head.encode())
        news = connection.makefile("rb")
        assert any(line.startswith(b"event: job") for line in news)  # while it runs: nothing holds it back
        behind.json("POST", f"/api/jobs/{job}/cancel", {})
        assert any(line.startswith(b"event: end") for line in news)

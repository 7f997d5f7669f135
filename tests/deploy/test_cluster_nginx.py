"""nginx as compose.yaml starts it, before two real servers: TLS, turns, what is kept inside, and one that is gone.

The nginx of the tests may be older than the one there: `resolve` and `http2 on` are newer than Debian's, so addresses
stand in place of the one, and the other is left out.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import websocket

from tests.deploy.linters import DEPLOY
from tests.live import Live, live
from tests.proxies import NAME, Proxy, certificate, changed, free_port, running_proxy
from tests.wants import wants

FLAGS = ["--proxy-hops", "1", "--allowed-hosts", NAME]


def site(folder: Path, proxy: Proxy, plain_port: int, ports: list[int], public: Path, private: Path) -> str:
    """The configuration with the places of this computer."""
    found = changed(
        (DEPLOY / "compose" / "nginx.conf").read_text(),
        {
            " /tmp/": f" {folder}/",
            "listen 8080;": f"listen 127.0.0.1:{plain_port};",
            "listen 8443 ssl;": f"listen 127.0.0.1:{proxy.port} ssl;",
            "        http2 on;\n": "",
            "/run/secrets/certificate;": f"{public};",
            "/run/secrets/key;": f"{private};",
            "/dev/stdout": str(folder / "access.log"),
            "server server:5000 resolve ": " ".join(f"server 127.0.0.1:{port} max_fails=1;" for port in ports[:-1])
            + f" server 127.0.0.1:{ports[-1]} ",
            "server grafana:3000 resolve;": "server 127.0.0.1:9;",
            "resolver 127.0.0.11 valid=5s;": "",
        },
    )
    user = "user root; " if getattr(os, "geteuid", lambda: 1)() == 0 else ""  # who alone may read the folder
    return f"daemon off; {user}{found}"


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Live]]:
    with ExitStack() as opened:
        yield [
            opened.enter_context(live(tmp_path_factory.mktemp(name), *FLAGS, mode="threading"))
            for name in ("one", "two")
        ]


@pytest.fixture(scope="module")
def proxy(servers: list[Live], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        pytest.skip(wants("nginx"))
    folder = tmp_path_factory.mktemp("nginx")
    public, private = certificate(folder)
    front = Proxy(free_port(), public)
    config = folder / "nginx.conf"
    config.write_text(site(folder, front, free_port(), [server.port for server in servers], public, private))
    command = [program, "-p", str(folder), "-e", "stderr", "-c", str(config)]
    done = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "warn" not in done.stderr, done.stderr
    with running_proxy(command, folder, front) as running:
        yield running


def answered_by(proxy: Proxy) -> int:
    """The process that answers."""
    return int(json.loads(proxy.request("GET", "/api/health")[2])["pid"])


def test_servers_take_turns_and_nobody_is_tied_to_one(proxy: Proxy, servers: list[Live]) -> None:
    assert {answered_by(proxy) for _ in range(16)} == {server.process.pid for server in servers}
    status, headers, _ = proxy.request("GET", "/")
    assert status == 200 and "route" not in headers.get("set-cookie", "")


def test_whether_the_services_answer_is_not_asked_from_outside(proxy: Proxy, servers: list[Live]) -> None:
    assert servers[0].request("GET", "/api/v1/ready", headers={"Host": NAME})[0] == 200
    for path in ("/api/v1/ready", "/api/v1//ready", "/api/v1/%72eady"):
        status, _, body = proxy.request("GET", path)
        assert status == 404 and b"database" not in body
    assert proxy.request("GET", "/api/v1/health")[0] == 200


def test_the_socket_and_what_each_answer_says_of_transport(proxy: Proxy) -> None:
    connection = websocket.create_connection(
        f"wss://{proxy.host}/socket.io/?EIO=4&transport=websocket",
        socket=proxy.connect(), host=proxy.host, origin=f"https://{proxy.host}",
    )  # fmt: skip
    try:
        assert connection.recv().startswith("0{")
    finally:
        connection.close()
    for path in ("/", "/api/health"):
        assert proxy.request("GET", path)[1]["strict-transport-security"] == "max-age=31536000"


def test_no_secret_of_an_address_is_logged(proxy: Proxy) -> None:
    for path in ("/api/v1/tracks/x/audio?signature=0secret0", "/shared/0secret0"):
        proxy.request("GET", path)
    log = proxy.certificate.with_name("access.log").read_text()
    assert "/shared/ 404" in log and "0secret0" not in log


def test_where_a_server_is_gone_the_other_answers(proxy: Proxy, servers: list[Live]) -> None:
    """Last: it ends one of them."""
    gone, left = servers
    gone.stop()
    assert {answered_by(proxy) for _ in range(16)} == {left.process.pid}

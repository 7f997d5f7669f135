"""Real proxies before a live server, with the examples of deploy and a certificate of the test's own."""

import contextlib
import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from engine.settings import PROJECT
from tests.waiting import until
from tests.wants import wants

DEPLOY = PROJECT / "deploy"
NAME = "music.example.org"
PREFIX = "/sound"
FLAGS = ["--proxy-hops", "1", "--allowed-hosts", NAME, "--url-prefix", PREFIX]
"""What the examples say the server is to be started with."""


@dataclass
class Proxy:
    """Where it listens, and the certificate that clients trust."""

    port: int
    certificate: Path

    @property
    def host(self) -> str:
        return f"{NAME}:{self.port}"

    def connect(self) -> ssl.SSLSocket:
        """A connection to it under its name, its certificate checked."""
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        return ssl.create_default_context(cafile=str(self.certificate)).wrap_socket(plain, server_hostname=NAME)

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        connection = HTTPConnection(NAME)
        connection.sock = self.connect()
        with contextlib.closing(connection):
            connection.request(method, path, body, {"Host": self.host, **(headers or {})})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-made certificate for NAME and localhost, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME), x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "certificate.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return public, private


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def changed(text: str, changes: dict[str, str]) -> str:
    for before, after in changes.items():
        assert before in text, before
        text = text.replace(before, after)
    return text


@contextlib.contextmanager
def running_proxy(command: list[str], folder: Path, proxy: Proxy) -> Iterator[Proxy]:
    homes = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env={**os.environ, **homes})

    def answers() -> bool:
        assert process.poll() is None, (folder / "log").read_text()
        with contextlib.suppress(OSError):
            proxy.connect().close()
            return True
        return False

    try:
        until(answers)
        yield proxy
    finally:
        process.terminate()
        process.wait(20)


@contextlib.contextmanager
def nginx(folder: Path, server_port: int) -> Iterator[Proxy]:
    with _nginx(folder, DEPLOY / "nginx.conf", {"127.0.0.1:5000": f"127.0.0.1:{server_port}"}) as proxy:
        yield proxy


@contextlib.contextmanager
def nginx_of_two(folder: Path, first_port: int, second_port: int) -> Iterator[Proxy]:
    """Which of the servers answered says the header X-Upstream."""
    changes = {
        "10.0.0.11:5000": f"127.0.0.1:{first_port}",
        "10.0.0.12:5000": f"127.0.0.1:{second_port}",
        "proxy_http_version 1.1;": "proxy_http_version 1.1; add_header X-Upstream $upstream_addr always;",
    }
    with _nginx(folder, PROJECT / "deploy" / "nginx-cluster.conf", changes) as proxy:
        yield proxy


@contextlib.contextmanager
def _nginx(folder: Path, example: Path, changes: dict[str, str]) -> Iterator[Proxy]:
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        pytest.skip(wants("nginx"))
    public, private = certificate(folder)
    proxy = Proxy(free_port(), public)
    site = changed(
        example.read_text(),
        {
            **changes,
            "listen 80;": f"listen 127.0.0.1:{free_port()};",
            "listen 443 ssl": f"listen 127.0.0.1:{proxy.port} ssl",
            "/etc/ssl/certs/music.example.org.pem": str(public),
            "/etc/ssl/private/music.example.org.key": str(private),
            "/var/log/nginx/audiocraft-webui.log": str(folder / "access.log"),
        },
    )
    (folder / "site.conf").write_text(site)
    places = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root; " if getattr(os, "geteuid", lambda: 1)() == 0 else ""  # who alone may read the folder
    (folder / "nginx.conf").write_text(
        f"{user}daemon off; pid {folder}/pid; error_log stderr; worker_processes 1; events {{}}\n"
        f"http {{ access_log off; {places} include site.conf; }}\n"
    )
    with running_proxy(
        [program, "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")], folder, proxy
    ) as running:
        yield running


@contextlib.contextmanager
def caddy(folder: Path, server_port: int) -> Iterator[Proxy]:
    program = shutil.which("caddy")
    if program is None:
        pytest.skip(wants("Caddy"))
    public, private = certificate(folder)
    proxy = Proxy(free_port(), public)
    site = changed(
        (DEPLOY / "Caddyfile").read_text(),
        {
            f"\n{NAME} {{": f"\nhttps://{NAME}:{proxy.port} {{\n\tbind 127.0.0.1\n\ttls {public} {private}",
            "127.0.0.1:5000": f"127.0.0.1:{server_port}",
        },
    )
    ours = "{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n}\n"
    (folder / "Caddyfile").write_text(ours + site)
    command = [program, "run", "--config", "Caddyfile", "--adapter", "caddyfile"]
    with running_proxy(command, folder, proxy) as running:
        yield running


PROXIES = {"nginx": nginx, "Caddy": caddy}

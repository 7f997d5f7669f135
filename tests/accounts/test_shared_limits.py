"""Logins counted in Redis: by all servers together, and by each for itself while it is away."""

import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from engine.app import Application
from engine.errors import AppError, Code
from engine.web.auth import limits
from engine.web.server import create_web
from tests.conftest import make_settings
from tests.waiting import until
from tests.wants import wants

HAS_REDIS = bool(find_spec("redis") and shutil.which("redis-server"))
Started = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[tuple[str, Started]]:
    """Where one may listen, and what starts it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running: list[subprocess.Popen[bytes]] = []

    def listens() -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        return False

    def start() -> "subprocess.Popen[bytes]":
        flags = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
        running.append(subprocess.Popen(["redis-server", *flags], stdout=subprocess.DEVNULL))
        until(listens)
        return running[-1]

    yield f"redis://127.0.0.1:{port}", start
    for process in running:
        process.kill()
        process.wait()


@pytest.mark.skipif(not HAS_REDIS, reason=wants("Redis"))
def test_several_servers_count_together_and_alone_while_redis_is_away(
    tmp_path: Path, redis: tuple[str, Started], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limits.LIMITS, "login", "5/minute")
    address, start = redis
    server = start()
    applications, apps = [], []
    try:
        for number in range(2):
            settings = make_settings(
                tmp_path / str(number), accounts=True, async_mode="threading", rate_limit_storage=address
            )
            applications.append(Application.open(settings))
            apps.append(create_web(applications[-1])[0])

        def tried(number: int, email: str) -> Any:
            body = {"email": email, "password": "a guess"}
            return apps[number % 2].test_client().post("/api/v1/auth/login", json=body).status_code

        assert [tried(number, "a@example.org") for number in range(7)] == [401] * 5 + [429] * 2
        server.kill()
        server.wait()
        assert [tried(0, "b@example.org") for _ in range(7)] == [401] * 5 + [429] * 2
    finally:
        for application in applications:
            application.close()


def test_a_storage_without_its_library_is_refused_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    settings = make_settings(tmp_path, accounts=True, async_mode="threading", rate_limit_storage="redis://localhost")
    application = Application.open(settings)
    try:
        with pytest.raises(AppError) as refused:
            create_web(application)
        assert (refused.value.code, refused.value.key) == (Code.INVALID_INPUT, "rate_limit_storage_unusable")
    finally:
        application.close()

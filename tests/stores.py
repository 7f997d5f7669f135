"""Object stores for tests, on loopback: nanio is strict about signatures, ministack knows conditions and policies."""

import os
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from engine.library.s3.storage import S3Storage
from engine.settings import Settings
from tests.conftest import make_settings
from tests.waiting import until

KEY, SECRET, REGION = "test-key", "test-secret-0123456789", "us-east-1"


@dataclass
class Store:
    """A server of ours; it keeps what it has on disk and may be stopped, killed and started again."""

    name: str
    folder: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None
    client: Any = field(init=False)
    _shared: S3Storage | None = None

    def __post_init__(self) -> None:
        self.client = boto3.client(
            "s3", endpoint_url=self.url, region_name=REGION, aws_access_key_id=KEY, aws_secret_access_key=SECRET,
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
        )  # fmt: skip

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "nanio", "serve", "--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--data-dir", str(self.folder / "data"), "--no-access-log", "--log-level", "error"]
        known = {"NANIO_ACCESS_KEY": KEY, "NANIO_SECRET_KEY": SECRET}
        if self.name == "ministack":
            command = [sys.executable, "-m", "ministack.app"]
            known = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(self.port), "SERVICES": "s3", "LOG_LEVEL": "ERROR"}
            known |= {"S3_PERSIST": "1", "S3_DATA_DIR": str(self.folder / "data"), "TMPDIR": str(self.folder)}
            known |= {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}
        said = (self.folder / "log").open("ab")
        with said:
            self.process = subprocess.Popen(
                command, env={**os.environ, **known}, cwd=self.folder, stdout=said, stderr=said
            )
        until(self._answers, 60)

    def _answers(self) -> bool:
        assert self.process and self.process.poll() is None, (self.folder / "log").read_text()
        with closing(socket.socket()) as connection:
            return connection.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        assert self.process
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def bucket(self) -> str:
        """A new one."""
        name = f"test-{uuid.uuid4().hex[:12]}"
        self.client.create_bucket(Bucket=name)
        return name

    def settings(self, folder: Path, **values: Any) -> Settings:
        """Those of a program whose storage is a new bucket."""
        url = f"s3://{self.bucket()}/below/here?endpoint={self.url}&region={REGION}"
        return make_settings(folder, **{"storage_url": url, "storage_key": KEY, "storage_secret": SECRET, **values})

    def storage(self, folder: Path, patience_s: float = 20.0, **values: Any) -> S3Storage:
        return S3Storage(self.settings(folder, **values), patience_s=patience_s)

    def shared(self) -> S3Storage:
        """The same one for many tests, which begin with it empty."""
        if self._shared is None:
            self._shared = self.storage(self.folder)
        for entry in list(self._shared.bucket.names("")):
            self._shared.bucket.call("delete_object", Key=entry["Key"])
        return self._shared


def _free_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running_store(name: str, folder: Path) -> Iterator[Store]:
    store = Store(name, folder, _free_port())
    store.start()
    try:
        yield store
    finally:
        store.kill()

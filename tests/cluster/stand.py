"""A whole cluster on loopback: broker, database, bucket, servers in this process, nodes as processes of their own."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import text

from engine.app import Application
from engine.database import Database
from engine.jobs.job import Job
from engine.settings import PROJECT, Settings
from tests.brokers import Broker
from tests.conftest import Running, make_settings
from tests.stores import KEY, REGION, SECRET, Store
from tests.waiting import until

PROGRAM = str(PROJECT / "webui.py")


@dataclass(eq=False)
class NodeProcess:
    name: str
    process: "subprocess.Popen[bytes]"
    output: Path

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        """At once, and its workers with it, as when a machine loses its power."""
        for pid in [*_children(self.process.pid), self.process.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def said(self) -> str:
        return "\n".join(path.read_text(errors="replace")[-4000:] for path in sorted(self.output.rglob("*.jsonl")))


def _children(pid: int) -> list[int]:
    import psutil

    with contextlib.suppress(psutil.NoSuchProcess):
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    return []


@dataclass(eq=False)
class Stand:
    folder: Path
    broker: Broker
    store: Store
    database_url: str
    bucket: str = ""
    servers: list[Running] = field(default_factory=list)
    nodes: list[NodeProcess] = field(default_factory=list)

    def __post_init__(self) -> None:
        with contextlib.closing(Database(self.database_url)) as database, database.write() as tx:
            tx.execute(text("DROP SCHEMA public CASCADE"))
            tx.execute(text("CREATE SCHEMA public"))
        self.bucket = self.store.bucket()

    def values(self) -> dict[str, Any]:
        return {
            "cluster": True,
            "database_url": self.database_url,
            "broker_url": self.broker.url,
            "storage_url": f"s3://{self.bucket}?endpoint={self.store.url}&region={REGION}",
            "storage_key": KEY,
            "storage_secret": SECRET,
            "async_mode": "threading",
        }

    def settings(self, name: str) -> Settings:
        return make_settings(self.folder / name, **self.values())

    def server(self) -> Running:
        running = Running(Application.open(self.settings(f"server-{len(self.servers)}")))
        self.servers.append(running)
        return running

    def node(
        self, *pools: str, slots: int = 1, program: Sequence[str] = (PROGRAM,), name: str = "", **values: Any
    ) -> NodeProcess:
        """`program`: what stands before `node` in the command; `name`: of an earlier one, whose folder this one has."""
        name = name or f"node-{len(self.nodes)}"
        settings = make_settings(self.folder / name, **{**self.values(), **values})
        said = settings.model_dump(mode="json", include={*self.values(), "output", "models", "debug"})
        environment = {f"AUDIOCRAFT_WEBUI_{key.upper()}": str(value) for key, value in said.items()}
        named = [word for pool in pools or ("light",) for word in ("--pool", pool)]
        settings.output.mkdir(parents=True, exist_ok=True)
        with (settings.output / "out").open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, *program, "node", *named, "--slots", str(slots)],
                env={**os.environ, **environment}, cwd=PROJECT, stdout=out, stderr=out,
            )  # fmt: skip
        node = NodeProcess(name, process, settings.output)
        self.nodes.append(node)
        return node

    def holder(self, job: Job) -> NodeProcess:
        """The node that runs a job."""
        running = until(lambda: (found := self.servers[0].job(job)).status == "RUNNING" and found, 60)
        pid = int(str(running.owner).rpartition(":")[2])
        return next(node for node in self.nodes if node.process.pid == pid)

    def objects(self) -> set[str]:
        """All that is in the bucket."""
        pages = self.store.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        return {entry["Key"] for page in pages for entry in page.get("Contents", ())}

    def close(self) -> None:
        for node in self.nodes:
            node.kill()
        for server in self.servers:
            server.application.close()

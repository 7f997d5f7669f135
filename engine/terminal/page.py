"""A command that the running page works on: asked over HTTP, for the page owns the folder."""

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import httpx2

from engine.command import Command
from engine.errors import AppError, Code
from engine.folder import running_server, server_key
from engine.messages import translate
from engine.settings import Settings
from engine.terminal import POLL_S
from engine.terminal.place import results
from engine.terminal.progress import ProgressBar
from engine.text import base_name

UPLOAD_S = 600.0
ANSWER_S = 30.0
PAGE_BACK_S = 15.0
"""A page that ended is waited for so long: whoever restarts it finds the job running again."""


class OnPage:
    """Implements `WorkPlace`: a page that ends and is soon started again goes on with what was asked for.

    Raises what the page refuses with, and INTERRUPTED when it is gone or frozen.
    """

    def __init__(self, address: str, settings: Settings) -> None:
        self._page, self._settings = Page(address, settings), settings

    def run(
        self, asked: Command[Any], params: dict[str, Any], files: Mapping[str, Path]
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        row, self._page = _run(self._page, self._settings, asked, params, files)
        tracks = results(row, asked, params) if row["status"] == "COMPLETED" else []
        return row, [self.record(track) for track in tracks]

    def record(self, track_id: str) -> dict[str, Any]:
        return cast(dict[str, Any], _without_addresses(self._page.get(f"/api/tracks/{track_id}")))

    def close(self) -> None:
        """The page goes on."""


def _run(
    page: "Page", settings: Settings, asked: Command[Any], params: dict[str, Any], files: Mapping[str, Path]
) -> tuple[dict[str, Any], "Page"]:
    """The job's row when it is over, and the page that has it."""
    params |= {name: page.upload(path) for name, path in files.items()}
    job_id = page.post("/api/jobs", {"command": asked.name, "params": params})["job_id"]
    bar = ProgressBar(settings.language)
    announced = False
    try:
        while True:
            try:
                row = page.get(f"/api/jobs/{job_id}")
            except AppError as error:
                if error.key != "page_gone":
                    raise
                page = Page(_next_address(settings), settings)
                continue
            if row["status"] not in ("PENDING", "RUNNING"):
                break
            if row["held"] and not announced:
                print(translate("ui.held_on_page", settings.language), file=sys.stderr)
            announced = row["held"]
            bar.show(row)
            time.sleep(POLL_S)
    except KeyboardInterrupt:
        page.post(f"/api/jobs/{job_id}/cancel", {})
        row = page.get(f"/api/jobs/{job_id}")
    bar.clear()
    return row, page


class Page:
    """The REST of a page that runs on this computer. Every method raises as `OnPage` does."""

    def __init__(self, address: str, settings: Settings) -> None:
        key = server_key(settings)
        self._http = httpx2.Client(
            base_url=address,
            timeout=ANSWER_S,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            verify=False,  # no certificates to load
            trust_env=False,  # no proxy of the environment between this computer and itself
        )

    def get(self, path: str) -> Any:
        return self._answer("GET", path)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self._answer("POST", path, json=body)

    def upload(self, path: Path) -> str:
        """The key under which the page keeps a file from now on."""
        with path.open("rb") as file:
            return str(
                self._answer(
                    "POST", "/api/uploads", files={"file": (base_name(path.name) or "sound", file)}, timeout=UPLOAD_S
                )["key"]
            )

    def _answer(self, method: str, path: str, **options: Any) -> Any:
        try:
            answer = self._http.request(method, path, **options)
        except httpx2.RequestError as error:
            raise AppError(Code.INTERRUPTED, "page_gone") from error
        if answer.is_error:
            raise AppError.revived(answer.json()["error"])
        return answer.json()


def _next_address(settings: Settings) -> str:
    """The address of the page when it is there again. Raises INTERRUPTED after a while."""
    deadline = time.monotonic() + PAGE_BACK_S
    while time.monotonic() < deadline:
        if address := running_server(settings):
            return address
        time.sleep(POLL_S)
    raise AppError(Code.INTERRUPTED, "page_gone")


def _without_addresses(part: Any) -> Any:
    """What the server tells of a track as its record on disk has it."""
    if isinstance(part, list):
        return [_without_addresses(item) for item in part]
    if not isinstance(part, dict):
        return part
    return {k: _without_addresses(v) if k == "stems" else v for k, v in part.items() if not k.endswith("_url")}

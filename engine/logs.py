"""Structured logs: one JSON object a line, rotating, with the ids of the job and the request that it comes from."""

import json
import logging
import logging.handlers
import platform
import sys
import tempfile
import time
import zipfile
from contextvars import ContextVar
from importlib import metadata
from pathlib import Path
from typing import Any

from engine import __version__
from engine.errors import invalid
from engine.settings import PROJECT, Settings
from engine.trace import request_id

MAX_BYTES = 2_000_000
BACKUPS = 4

current_job: ContextVar[str | None] = ContextVar("current_job", default=None)

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": round(record.created, 3),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        job_id = getattr(record, "job_id", None) or current_job.get()
        if job_id:
            line["job_id"] = job_id
        if asked := getattr(record, "request_id", None) or request_id():
            line["request_id"] = asked
        line |= {k: v for k, v in vars(record).items() if k not in _STANDARD and k not in ("job_id", "request_id")}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def start_logging(settings: Settings, process: str, *, console: bool = False) -> None:
    """Send this process's log to `logs/PROCESS.jsonl`; warnings also to the terminal when `console`.

    Raises INVALID_INPUT when the output folder cannot be written to.
    """
    logging.raiseExceptions = False  # a full disk must not flood the terminal
    try:
        settings.logs_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.logs_dir):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise invalid("folder_unusable", folder=str(settings.output), reason=reason) from error
    file = logging.handlers.RotatingFileHandler(
        settings.logs_dir / f"{process}.jsonl", maxBytes=MAX_BYTES, backupCount=BACKUPS, encoding="utf-8", delay=True
    )
    file.setFormatter(JsonLines())
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(file)
    root.setLevel(settings.log_level.upper())
    if console:
        terminal = logging.StreamHandler(sys.stderr)
        terminal.setLevel(max(logging.WARNING, root.level))
        terminal.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
        root.addHandler(terminal)
    for chatty in ("werkzeug", "engineio", "socketio", "eventlet", "alembic", "numba"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def bundle(settings: Settings) -> Path:
    """A ZIP for a bug report: logs, versions, settings. No audio, no prompt beyond what the log holds, no password."""
    target = settings.state_dir / f"report_{time.strftime('%Y%m%d_%H%M%S')}.zip"
    target.parent.mkdir(parents=True, exist_ok=True)
    shown = settings.model_dump(mode="json")
    for name, field in Settings.model_fields.items():
        if not field.repr and shown[name]:
            shown[name] = "…"
        elif isinstance(shown[name], str) and (name == "database_url" or "@" in shown[name]):  # it may hold a password
            shown[name] = shown[name].split(":")[0] + ":…"
    facts = {
        "version": __version__,
        "python": sys.version,
        "platform": platform.platform(),
        "settings": shown,
        "packages": {d.metadata["Name"]: d.version for d in metadata.distributions()},
    }
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("facts.json", json.dumps(facts, indent=2, ensure_ascii=False, sort_keys=True))
        for file in sorted([*settings.logs_dir.glob("*"), PROJECT / "settings" / "install.log"]):
            if file.is_file():
                archive.write(file, f"logs/{file.name}")
    return target

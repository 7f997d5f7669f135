"""`audit` in the terminal: who did what."""

import argparse
import json
import re
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from engine.accounts.audit import Action, Audit, AuditEntry
from engine.accounts.emails import normalised
from engine.database import Database
from engine.database.audit import prune
from engine.database.opening import open_database
from engine.database.tables import users
from engine.errors import AppError, Code, invalid
from engine.messages import translate
from engine.settings import Settings
from engine.terminal import refused

MOST = 1000
_AGO = re.compile(r"(\d{1,6})([mhdw])")
_SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}


def audit(settings: Settings, arguments: Sequence[str]) -> int:
    """`audit [--user EMAIL] [--since 7d] [--most N] [--json]`: the newest rows, the oldest of them first;
    `audit --forget-before 365d`: forget what is older, which is kept in turn.

    Exit code 2 for invalid input.
    """
    parser = argparse.ArgumentParser(prog="run.sh audit", description="Who did what.", allow_abbrev=False)
    parser.add_argument("--user", metavar="EMAIL", help="of this user alone")
    parser.add_argument("--since", default="", metavar="TIME", help="2026-11-30T12:00, or 90m, 12h, 7d, 2w ago")
    parser.add_argument("--most", type=int, default=MOST, metavar="N", help=f"at most so many, {MOST} by default")
    parser.add_argument("--forget-before", default="", metavar="TIME", help="forget the rows of before that time")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    said = parser.parse_args(arguments)
    try:
        since, forgotten = _time(said.since), _time(said.forget_before)
        database = open_database(settings)
        try:
            if forgotten:
                return _forget(database, forgotten, settings.language)
            emails = _emails(database)
            user = _id(emails, said.user) if said.user else None
            found = Audit(database).read(user=user, since=since, most=max(1, said.most))
        finally:
            database.close()
    except AppError as error:
        return refused(error, settings.language, as_json=said.json)
    for entry in found:
        who = emails.get(entry.user or "", entry.user)
        print(json.dumps(asdict(entry) | {"email": who}, ensure_ascii=False) if said.json else _line(entry, who))
    return 0


def _forget(database: Database, before: float, language: str) -> int:
    with database.write() as tx:
        count = prune(tx, before)
    Audit(database).note(Action.AUDIT_FORGOTTEN, "audit", payload={"before": before, "rows": count})
    print(translate("ui.audit.forgotten", language, count=count))
    return 0


def _time(text: str) -> float:
    """Seconds since 1970. Raises INVALID_INPUT."""
    if not text:
        return 0.0
    if ago := _AGO.fullmatch(text):
        return time.time() - int(ago[1]) * _SECONDS[ago[2]]
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        raise invalid("time_form", text=text[:40]) from None


def _emails(database: Database) -> dict[str, str]:
    with database.read() as connection:
        return {row.id: row.email for row in connection.execute(users.select())}


def _id(emails: dict[str, str], email: str) -> str:
    wanted = normalised(email)
    for user, known in emails.items():
        if known == wanted:
            return user
    raise AppError(Code.NOT_FOUND, "user_not_found", email=email[:100])


def _line(entry: AuditEntry, who: str | None) -> str:
    at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(entry.created_at))
    more = json.dumps(entry.payload, ensure_ascii=False) if entry.payload else ""
    return f"{at}  {who or '—':<24}  {entry.address or '—':<15}  {entry.action:<17}  {entry.target}  {more}".rstrip()

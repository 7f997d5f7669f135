"""What is printed while a job is waited for."""

import sys
from typing import Any

from engine.messages import translate


class ProgressBar:
    """One line on a terminal's standard error that updates in place; silent when that is no terminal.

    That the job was interrupted and runs again is said in any case, in a line of its own.
    """

    def __init__(self, language: str) -> None:
        self._language = language
        self._shown = False
        self._interruptions = 0

    def show(self, row: dict[str, Any]) -> None:
        if row["interruptions"] > self._interruptions:
            self._interruptions = row["interruptions"]
            self.clear()
            print(translate("ui.interrupted", self._language, attempt=self._interruptions + 1), file=sys.stderr)
        if sys.stderr.isatty():
            left = f", {row['eta_s']:.0f} s left" if row["eta_s"] is not None else ""
            print(
                f"\r\033[K{row['status'].lower()} {row['stage'] or ''} {row['progress']:.0%}{left}",
                end="",
                file=sys.stderr,
                flush=True,
            )
            self._shown = True

    def clear(self) -> None:
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)

"""`tag-library` waits for hours: it asks seldom how far it is, and at once when it hears of a change."""

import threading
from collections.abc import Iterator

import pytest

from engine.terminal.tag_library import LOOK_S, _watched


class Waits(threading.Event):
    """Notes how long is waited at most."""

    def __init__(self) -> None:
        super().__init__()
        self.waited: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout)
        return True


def test_it_asks_once_a_second_until_it_is_over(capsys: pytest.CaptureFixture[str]) -> None:
    def states() -> Iterator[dict[str, object]]:
        for state, tagged in (("running", 1), ("running", 1), ("idle", 2)):
            yield {"state": state, "total": 2, "tagged": tagged, "failed": 0}

    found, changed = states(), Waits()
    assert _watched("en", lambda action: next(found), lambda: next(found), changed) == 0
    assert changed.waited == [LOOK_S, LOOK_S] and LOOK_S >= 1
    assert capsys.readouterr().out == "Tagged: 2 of 2; failed: 0\n"

"""Patience: what a process of a cluster works with may be away when it starts."""

import sys
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from engine.errors import AppError, Code
from engine.faults import as_app_error

PAUSES_S = (1.0, 2.0, 4.0, 8.0)

T = TypeVar("T")


def patiently(make: Callable[[], T], language: str) -> T:
    """What `make` gives, once the database and the storage answer: until then it is tried again and again, and each new
    reason is told once. Raises what else it raises."""
    failures, told = 0, ""
    while True:
        try:
            return make()
        except (AppError, SQLAlchemyError) as fault:
            error = as_app_error(fault)
            if error.key != "database_unusable" and error.code is not Code.UNAVAILABLE:
                raise
            if (reason := error.sentence(language)) != told:
                print(reason, file=sys.stderr, flush=True)  # noqa: T201
                told = reason
        time.sleep(PAUSES_S[min(failures, len(PAUSES_S) - 1)])
        failures += 1

"""What the user sees: one calm line per step, on stderr, so that stdout belongs to the command that is run."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


@contextmanager
def step(line: str) -> Iterator[None]:
    """`line ...` while the step works, its seconds after it when it is done."""
    print(f"{line} ... ", end="", file=sys.stderr, flush=True)
    start = time.monotonic()
    try:
        yield
    except BaseException:
        say("")
        raise
    say(f"{time.monotonic() - start:.0f} s")

"""What tests ask a worker to do."""

import os
import time
from pathlib import Path

FOR_EVER_S = 3600


def pid_of_the_second(path: str) -> int:
    """Notes who was asked; the first waits for its end, the second answers."""
    with Path(path).open("a") as file:
        print(os.getpid(), file=file)
    if len(Path(path).read_text().split()) == 1:
        time.sleep(FOR_EVER_S)
    return os.getpid()

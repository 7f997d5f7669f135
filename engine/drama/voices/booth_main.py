"""What runs in a `Booth`'s process: one engine that speaks line after line, a few at once.

The first line of its input is the `Staging`, then `{number, key, utterance}` for each line and `{cancel}` for all that
is being said. It answers `{ready}` or `{error}` once, then `{number}` when a line lies in the cache, `{number, error}`
or `{number, canceled}`; `peak_mb` goes along. It ends when its input does.
"""

import json
import os
import queue
import sys
import threading
from pathlib import Path
from pkgutil import resolve_name
from types import SimpleNamespace
from typing import Any, TextIO

import psutil

from engine.drama.voices.booth import Staging
from engine.drama.voices.line_cache import LineCache
from engine.drama.voices.speech import Speaker
from engine.drama.voices.utterance import Utterance
from engine.errors import Canceled
from engine.faults import as_app_error


class _Booth:
    def __init__(self, staging: Staging, out: TextIO) -> None:
        self._out, self._lock = out, threading.Lock()
        self._cache = LineCache(Path(staging.folder))
        self._lines: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._round = 0
        """Grows with every cancel: lines of an earlier one are given up."""
        self._lanes = staging.lanes

    def answer(self, **said: Any) -> None:
        with self._lock:
            self._out.write(json.dumps(said | {"peak_mb": _peak_mb()}) + "\n")
            self._out.flush()

    def serve(self, speaker: Speaker) -> None:
        for number in range(self._lanes):
            threading.Thread(target=self._work, args=(speaker,), name=f"lane-{number}", daemon=True).start()
        self.answer(ready=True)
        for line in sys.stdin:
            message = json.loads(line)
            if "cancel" in message:
                self._round += 1
            else:
                self._lines.put(message | {"round": self._round})

    def _work(self, speaker: Speaker) -> None:
        while True:
            message = self._lines.get()
            number = message["number"]

            def check_canceled(of: int = message["round"]) -> None:
                if of != self._round:
                    raise Canceled

            try:
                check_canceled()
                speech = speaker.speak(Utterance.model_validate(message["utterance"]), check_canceled)
                self._cache.put(message["key"], speech)
            except Canceled:
                self.answer(number=number, canceled=True)
            except BaseException as error:
                self.answer(number=number, error=as_app_error(error).body())
            else:
                self.answer(number=number)


def _peak_mb() -> int:
    """The most memory that this process held, MiB."""
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset // 2**20)
    if sys.platform == "linux":  # where ru_maxrss knows of what the parent held
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return int(status.partition("VmHWM:")[2].split()[0]) // 2**10
    import resource

    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 2**20)


def main() -> None:
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print must not come between the answers
    staging = Staging(**json.loads(sys.stdin.readline()))
    booth = _Booth(staging, out)
    try:
        speaker = resolve_name(staging.maker)(staging)
        speaker.load(SimpleNamespace(device="cpu", check_canceled=lambda: None))
    except BaseException as error:
        booth.answer(error=as_app_error(error).body())
    else:
        booth.serve(speaker)
    os._exit(0)  # at once, whatever the lanes are at


if __name__ == "__main__":
    main()

"""onnxruntime as voices need it: few threads that never spin, and a run that ends when it is canceled."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnxruntime

from engine.errors import invalid

LOOK_S = 0.2
"""How often a running network's user is asked whether it is still wanted."""


def opened(model: bytes, path: Path, threads: int) -> onnxruntime.InferenceSession:
    """A session for a model's bytes; `path` names them. Raises INVALID_INPUT.

    Threads that spin while they wait would lose on a busy computer (Kokoro: 1.5 times as slow at a load of 5).
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads, options.log_severity_level = threads, 1, 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has a class of its own for each kind of damage
        raise invalid("not_weights", file=path.name, reason=str(error)[:200]) from error


def run(session: onnxruntime.InferenceSession, inputs: dict[str, Any], check_canceled: Callable[[], None]) -> list[Any]:
    """All outputs of a run. Raises what `check_canceled` raises, at the next node of the network."""
    check_canceled()
    options, over, raised = onnxruntime.RunOptions(), threading.Event(), list[BaseException]()

    def watch() -> None:
        while not over.wait(LOOK_S):
            try:
                check_canceled()
            except BaseException as error:  # it is raised below
                raised.append(error)
                options.terminate = True
                return

    watching = threading.Thread(target=watch, name="watch-run", daemon=True)
    watching.start()
    try:
        return list(session.run(None, inputs, options))
    except Exception:
        if raised:
            raise raised[0] from None
        raise
    finally:
        over.set()
        watching.join()

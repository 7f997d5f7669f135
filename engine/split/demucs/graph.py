"""An OpenVINO graph at work, which a cancel can interrupt."""

import contextlib
import importlib.util
from collections.abc import Callable, Mapping
from typing import Any


def has_openvino() -> bool:
    return importlib.util.find_spec("openvino") is not None


def inferred(request: Any, inputs: Mapping[int, Any], tick: Callable[[], None]) -> None:
    """Run an `openvino.InferRequest` on arrays by place. `tick` is called while it works; what it raises ends it."""
    request.start_async(dict(inputs))
    try:
        while not request.wait_for(50):
            tick()
    except BaseException:
        request.cancel()
        with contextlib.suppress(RuntimeError):  # that is how a canceled request ends
            request.wait()
        raise

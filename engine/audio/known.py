"""What could only be found by reading through a whole file, kept for as long as the file stays the same.

A player asks for one piece after the other, each time from a file that is opened anew.
"""

import io
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import BinaryIO, TypeVar, cast

T = TypeVar("T")
_KEPT = 200

_found: OrderedDict[Hashable, object] = OrderedDict()
_lock = threading.Lock()


def known(file: BinaryIO, what: Hashable, find: Callable[[], T]) -> T:
    """The result of `find`, called once for each open file on disk and each `what`; the oldest are forgotten."""
    try:
        facts = os.fstat(file.fileno())
    except (OSError, AttributeError, io.UnsupportedOperation):  # in memory, where reading is cheap
        return find()
    key = (facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, what)
    with _lock:
        if key in _found:
            _found.move_to_end(key)
            return cast("T", _found[key])
    result = find()
    with _lock:
        _found[key] = result
        while len(_found) > _KEPT:
            _found.popitem(last=False)
    return result

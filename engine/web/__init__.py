"""The way in from outside: pages, sockets, REST, uploads, and the guard before them all."""

import sys
from importlib import import_module
from types import ModuleType

QUEUES = ("redis", "valkey", "kombu", "kafka", "zmq", "aio_pika")
"""What python-socketio imports where it is installed, for managers that are not used here."""

if "socketio" not in sys.modules:  # it would bring these, and its client's HTTP library, into every start of a server
    absent: dict[str, ModuleType | None] = {name: None for name in QUEUES if name not in sys.modules}
    if "requests" not in sys.modules:
        absent["requests"] = later = ModuleType("requests")
        later.__getattr__ = lambda name: getattr(import_module("requests"), name)  # type: ignore[method-assign]
    sys.modules.update(absent)  # type: ignore[arg-type]
    try:
        import_module("socketio")
    finally:
        for name in absent:
            del sys.modules[name]

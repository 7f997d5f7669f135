"""The way in from outside: pages, sockets, REST, uploads, and the guard before them all."""

import sys
from importlib import import_module
from types import ModuleType

if "requests" not in sys.modules:  # python-engineio's client would bring it, with urllib3, into every start of a server
    sys.modules["requests"] = later = ModuleType("requests")
    later.__getattr__ = lambda name: getattr(import_module("requests"), name)  # type: ignore[method-assign]
    try:
        import_module("engineio")
    finally:
        del sys.modules["requests"]

"""Pages of a cluster as `bench cluster` has them: so many Socket.IO clients in one thread of a process of their own.

Each speaks the protocol over a WebSocket that stays open (https://socket.io/docs/v4/socket-io-protocol/): `0` opens,
`40` joins, `2` and `3` are a ping and its answer, `42["NAME",{...}]` is an event.
"""

import json
import selectors
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from typing import Any

import websocket

NEEDS = ("test",)
TOLD = "ui.cannot_settle"
"""The notice whose `reason` is the time at which it was published, Unix seconds."""


def _joined(address: str) -> websocket.WebSocket:
    socket = websocket.create_connection(
        f"{address.replace('http', 'ws', 1)}/socket.io/?EIO=4&transport=websocket", timeout=60
    )
    socket.send("40")
    while not str(socket.recv()).startswith("40"):
        pass
    return socket


def _waited_s(text: str) -> tuple[str, float] | None:
    """Which kind of event it is, and how long it was on its way; None for one that does not say when it happened."""
    name, body = json.loads(text[2:])
    if name == "notice" and body["key"] == TOLD:
        return "notice", time.time() - float(body["values"]["reason"])
    if name == "job" and body["finished_at"]:
        return "end", time.time() - body["finished_at"]
    return None


def listen(addresses: Sequence[str], pages: int, ended: Event, pipe: Connection) -> None:
    """Connect the pages to the servers in turns, say so through the pipe, and, once it is `ended`, tell of each kind of
    event how long it took to each page, s, and how many events of any kind came in all."""
    waited: dict[str, list[float]] = {"notice": [], "end": []}
    came = 0
    selector = selectors.DefaultSelector()
    sockets = [_joined(addresses[number % len(addresses)]) for number in range(pages)]
    for socket in sockets:
        assert socket.sock
        selector.register(socket.sock, selectors.EVENT_READ, socket)
    pipe.send("connected")
    while not ended.is_set():
        for key, _ in selector.select(timeout=0.1):
            text: Any = key.data.recv()
            if text == "2":
                key.data.send("3")
            elif str(text).startswith("42"):
                came += 1
                if found := _waited_s(text):
                    waited[found[0]].append(found[1])
    pipe.send((waited, came))
    for socket in sockets:
        socket.close()

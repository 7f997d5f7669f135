"""Packets on the socket that no page sends: the connection ends politely, and the server goes on."""

import base64
import json
import os
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import Client

from engine.web.packets import WebSocketsAlone, is_ours
from tests.live import Live

TEXT, BINARY, CLOSE = 1, 2, 8
BROKEN = [
    (TEXT, b"", 1007), (TEXT, b"\xff\xfe\x80", 1007), (TEXT, b'42["cancel",{"job_id":"\xff"}]', 1007),
    (BINARY, b"", 1003), (BINARY, b"\1\2\3", 1003), (TEXT, b"x", 1007), (TEXT, b"0{}", 1007), (TEXT, b"7", 1007),
    (TEXT, b"bAAAA", 1007), (TEXT, b"4", 1007), (TEXT, b"4x", 1007), (TEXT, b"49", 1007), (TEXT, b'42{"', 1007),
    (TEXT, b"42[]", 1007), (TEXT, b"42[1]", 1007), (TEXT, b"42[null]", 1007), (TEXT, b'42{"a":1}', 1007),
    (TEXT, b'42/x,["a"]', 1007), (TEXT, b'451-["a",{"_placeholder":true,"num":0}]', 1007),
    (TEXT, b'4599999999-["a"]', 1007), (TEXT, b"44{}", 1007),
    (TEXT, b"42" + b"[" * 100_000, 1007), (TEXT, b'42["cancel",' + b"9" * 6000 + b"]", 1007),
    (TEXT, b"42" + b"9" * 200 + b'["cancel"]', 1007), (TEXT, "4２[\"cancel\"]".encode(), 1007),
]  # fmt: skip


def frame(opcode: int, payload: bytes) -> bytes:
    """A whole message as a client sends it (RFC 6455, 5.2): masked."""
    size = len(payload)
    form, mark = ("!B", None) if size < 126 else ("!BH", 126) if size < 2**16 else ("!BQ", 127)
    length = struct.pack(form, 0x80 | size) if mark is None else struct.pack(form, 0x80 | mark, size)
    mask = os.urandom(4)
    return bytes([0x80 | opcode]) + length + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload))


def heard(stream: BinaryIO) -> tuple[int, bytes]:
    """The next frame of the server's: its opcode and payload."""
    head, size = stream.read(2)
    assert head & 0x80, "an answer that is no frame"
    if size >= 126:
        size = struct.unpack("!H" if size == 126 else "!Q", stream.read(2 if size == 126 else 8))[0]
    return head & 15, stream.read(size)


def rest_of(stream: BinaryIO) -> bytes:
    """All that still comes; an end that is not waited for is one too."""
    said = b""
    with suppress(ConnectionResetError):
        while piece := stream.read(1):
            said += piece
    return said


@contextmanager
def page(server: Live, session: str = "") -> Iterator[tuple[socket.socket, BinaryIO]]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET /socket.io/?EIO=4&transport=websocket{session and f'&sid={session}'} HTTP/1.1",
            f"Host: 127.0.0.1:{server.port}", "Upgrade: websocket", "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", "", "",
        ]  # fmt: skip
        connection.sendall("\r\n".join(lines).encode())
        stream = connection.makefile("rb")
        assert b" 101 " in stream.readline()
        while stream.readline().strip():
            continue
        yield connection, stream


def polling(server: Live) -> str:
    return str(json.loads(server.request("GET", "/socket.io/?EIO=4&transport=polling")[2][1:])["sid"])


@pytest.mark.parametrize(("opcode", "payload", "status"), BROKEN)
def test_a_broken_packet_closes_the_socket_with_its_status(
    server: Live, opcode: int, payload: bytes, status: int
) -> None:
    with page(server) as (connection, stream):
        assert heard(stream)[1].startswith(b"0{")
        connection.sendall(frame(TEXT, b"40") + frame(opcode, payload))
        answers = [heard(stream)]
        while answers[-1][0] != CLOSE:
            answers.append(heard(stream))
        assert struct.unpack("!H", answers[-1][1][:2]) == (status,)
        assert b"HTTP" not in rest_of(stream)
    assert server.process.poll() is None


@pytest.mark.parametrize("first", [b"", b"x", b"\xff", b"3probe"])
def test_a_broken_packet_ends_an_upgrade(server: Live, first: bytes) -> None:
    with page(server, polling(server)) as (connection, stream):
        connection.sendall(frame(TEXT, first) + frame(CLOSE, b""))
        assert b"HTTP" not in rest_of(stream)
    assert server.request("GET", "/api/health")[0] == 200


@pytest.mark.parametrize(
    "body",
    [b"", b"x", b"\xff\xfe", b"\x1e", b"3\x1e", b"42[]", b'42["cancel",{"job_id":"\xff"}]', b"bAAAA", b"[" * 90_000],
)
def test_a_broken_post_is_a_bad_request(server: Live, body: bytes) -> None:
    address = f"/socket.io/?EIO=4&transport=polling&sid={polling(server)}"
    assert server.request("POST", address, body)[0] == 400
    assert (
        server.request("POST", f"{address}&j=0", b"d=40", {"Content-Type": "application/x-www-form-urlencoded"})[0]
        == 400
    )
    said, pong = server.request("POST", address, b"40"), server.request("POST", address, b"3")
    assert (said[0], said[2]) == (pong[0], pong[2]) == (200, b"OK")


def test_ids_that_are_none_are_not_found(server: Live) -> None:
    with page(server) as (connection, stream):
        connection.sendall(frame(TEXT, b"40"))
        for number, wrong in enumerate(("\\ud800", "\\u0000", "x" * 99, "../../x")):
            connection.sendall(frame(TEXT, f'42{number}["cancel",{{"job_id":"{wrong}"}}]'.encode()))
            while not (answer := heard(stream)[1]).startswith(b"43"):
                continue
            assert answer.startswith(f"43{number}".encode())
            assert json.loads(answer[3:])[0]["error"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    "data", ["1", "2probe", "3", "5", "6", "40", '40{"a":1}', "41", '42["a"]', '427["a",{"b":[]}]', "431[]"]
)
def test_what_pages_send_is_ours(data: str) -> None:
    assert is_ours(data)


@given(st.one_of(st.text(), st.text().map("4{}".format), st.text().map("42{}".format), st.binary(), st.none()))
def test_nothing_that_comes_is_more_than_refused(data: object) -> None:
    assert is_ours(data) in (True, False)


def test_before_several_servers_nothing_but_a_websocket_is_let_through() -> None:
    passed: list[str] = []

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        passed.append(environ["QUERY_STRING"])
        start_response("200 OK", [])
        return [b""]

    client = Client(WebSocketsAlone(app, "en"))
    for query in ("EIO=4", "EIO=4&transport=polling", "transport=websocket&transport=polling", "transport="):
        for method in ("GET", "POST"):
            refused = client.open(f"/socket.io/?{query}", method=method)
            assert refused.status_code == 400 and refused.json
            assert refused.json["error"]["detail"]["key"] == "error.websocket_wanted"
    assert client.get("/socket.io/?EIO=4&transport=websocket").status_code == 200
    assert client.get("/api/health?transport=polling").status_code == 200
    assert passed == ["EIO=4&transport=websocket", "transport=polling"]

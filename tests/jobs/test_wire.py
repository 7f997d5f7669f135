"""The contract of the wire: every message arrives as it was sent, and a line that is no message ends the connection."""

import json
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.jobs import messages
from engine.jobs.codec import InvalidMessage, decode, encode, fields_of
from engine.jobs.job import SegmentWork
from engine.jobs.messages import FROM_WORKER, HELLO, TO_WORKER, Ping, Pong
from engine.jobs.protocol import MAX_LINE, Channel
from engine.library.inputs import Input, KnownMusic, StoredInput
from engine.settings import PROJECT

KINDS: dict[str, type[Any]] = {**HELLO, **TO_WORKER, **FROM_WORKER}
UNTYPED = {
    "RunJob.params", "RunTask.arguments", "TaskDone.result", "JobFailed.error", "TaskFailed.error",
}  # fmt: skip
"""What has a schema of its own: a command's Params, a task's signature, `AppError.body`."""

TEXT = st.text(st.characters(), max_size=30)  # lone surrogates too: a path's bytes need not be UTF-8
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
st.register_type_strategy(Path, TEXT.filter(lambda text: "\0" not in text).map(Path))
st.register_type_strategy(str, TEXT)
st.register_type_strategy(float, st.floats(allow_nan=False))


def values_of(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Any message of this class, made from its annotations."""
    fields = {name: JSON if hint is Any else _untyped(hint) for name, hint in fields_of(kind).items()}
    return st.builds(kind, **fields)


def _untyped(hint: Any) -> st.SearchStrategy[Any]:
    return st.dictionaries(TEXT, JSON, max_size=3) if hint == dict[str, Any] else st.from_type(hint)


st.register_type_strategy(SegmentWork, lambda kind: values_of(SegmentWork))
MESSAGES = st.sampled_from(sorted(KINDS)).flatmap(lambda name: values_of(KINDS[name]))


@contextmanager
def line() -> Iterator[tuple[socket.socket, Channel[Any, Any]]]:
    """A peer's bare socket, and our end of the channel."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        peer = socket.create_connection(server.getsockname(), timeout=10)
        ours = Channel[Any, Any](server.accept()[0], KINDS)
    try:
        yield peer, ours
    finally:
        peer.close()
        ours.close()


@given(MESSAGES)
def test_every_message_arrives_as_it_was_sent(message: Any) -> None:
    sent = encode(message)
    assert sent.isascii() and sent.count(b"\n") == 1 and sent.endswith(b"\n")
    assert decode(sent, KINDS) == message


@given(st.data())
def test_a_field_that_is_missing_unknown_or_of_another_type_is_refused(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([name for name in sorted(KINDS) if fields_of(KINDS[name])]))
    body = json.loads(encode(data.draw(values_of(KINDS[name]))))
    field = data.draw(st.sampled_from(sorted(fields_of(KINDS[name]))))
    way = data.draw(st.sampled_from(["missing", "unknown", "another type"]))
    if way == "missing":
        del body[field]
    elif way == "unknown":
        body["surplus"] = body[field]
    elif fields_of(KINDS[name])[field] is Any:
        return
    else:
        body[field] = [[body[field]]]  # no field is a list of lists
    with pytest.raises(InvalidMessage, match=name):
        decode(json.dumps(body).encode(), KINDS)


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_what_is_no_message_is_refused(garbage: bytes) -> None:
    with pytest.raises(InvalidMessage):
        decode(garbage, KINDS)


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, '{"type": ' + "9" * 5000 + "}", '{"type": ["Ping"]}', '{"type": "ping"}', '{"type": "Exit"}',
     '{"type": "MemoryReport", "rss_mb": true, "device_keys": []}',
     '{"type": "MemoryReport", "rss_mb": 1, "device_keys": [1]}',
     '{"type": "JobProgress", "job_id": "a", "progress": 1' + "0" * 400 + ', "stage": null}', "", "null"],
)  # fmt: skip
def test_tricky_lines_are_refused(text: str) -> None:
    with pytest.raises(InvalidMessage):
        decode(text.encode(), KINDS)


@given(st.lists(MESSAGES, max_size=5), st.data())
def test_messages_arrive_in_order_however_the_bytes_are_cut(sent: list[Any], data: st.DataObject) -> None:
    whole = b"".join(map(encode, sent))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=5)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    given_out = [piece for piece in pieces if piece]
    connection = mock.Mock(recv=mock.Mock(side_effect=[*given_out, b""]))
    assert list(Channel[Any, Any](connection, KINDS).messages()) == sent


def test_a_line_without_end_is_not_kept() -> None:
    connection = mock.Mock(recv=mock.Mock(return_value=b"x" * 65_536))
    with pytest.raises(InvalidMessage, match=str(MAX_LINE)):
        next(Channel[Any, Any](connection, KINDS).messages())
    assert connection.recv.call_count * 65_536 < MAX_LINE + 2 * 65_536


def test_a_peer_that_hangs_up_ends_the_messages_and_is_told_of_nothing_more() -> None:
    with line() as (peer, ours):
        peer.sendall(encode(Pong()) + b'{"type": "Po')
        peer.shutdown(socket.SHUT_WR)
        assert list(ours.messages()) == [Pong()]
        ours.hang_up()
        assert ours.send(Ping()) is False


def test_what_cannot_cross_is_refused_where_it_is_sent() -> None:
    with pytest.raises(TypeError, match="set cannot cross"):
        encode(messages.TaskDone("a", {1, 2}))


def test_only_what_has_a_schema_of_its_own_is_untyped() -> None:
    def untyped(kind: type[Any]) -> set[str]:
        return {f"{kind.__name__}.{name}" for name, hint in fields_of(kind).items() if "typing.Any" in repr(hint)}

    assert {place for kind in KINDS.values() for place in untyped(kind)} == UNTYPED


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_message_is_frozen_and_has_a_sender_and_a_receiver(name: str) -> None:
    kind = KINDS[name]
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    sender, receiver = ("server", "worker") if name in TO_WORKER else ("worker", "server")
    sources = {"server": "", "worker": ""}
    for path in (PROJECT / "engine" / "jobs").glob("*.py"):
        end = "worker" if path.name in ("worker.py", "job_context.py") else "server"
        sources[end] += path.read_text(encoding="utf-8") if path.name != "messages.py" else ""
    assert re.search(rf"\b{name}\(", sources[sender])
    received = rf"case [^\n]*\b{name}\(" if name not in HELLO else r"decode\(line, HELLO\)"
    assert re.search(received, sources[receiver])


def test_nested_fields_are_checked_too() -> None:
    @dataclass(frozen=True)
    class Outer:
        inputs: dict[str, Input]

    plain = {"path": "x", "title": "t", "name": "n", "music": None, "record": None, "project": None}
    body = {"type": "Outer", "inputs": {"a": {**plain, "stems": {"v": {"path": "y", "samples": 1}}}}}
    kinds = {"Outer": Outer}
    assert decode(encode(decode(json.dumps(body).encode(), kinds)), kinds).inputs["a"].stems["v"].samples == 1
    stem = cast(Any, body)["inputs"]["a"]["stems"]["v"]
    for wrong in ({"path": "y"}, {"path": "y", "samples": 1.5}, {"path": None, "samples": 1}, {**stem, "rate": 1}, []):
        cast(Any, body)["inputs"]["a"]["stems"]["v"] = wrong
        with pytest.raises(InvalidMessage, match=r"Outer\.inputs\.a\.stems\.v"):
            decode(json.dumps(body).encode(), kinds)


def test_the_bytes_of_a_path_arrive_as_they_were() -> None:
    path = Path(os.fsdecode(b"/tmp/\xff\xfe"))
    stored = StoredInput("audio/a.wav", music=KnownMusic(78.0, "E minor", [(0.0, "verse"), (12.5, "chorus")]))
    sent = messages.RunJob("a", 1, 0, "debug", {}, {"k": stored}, path, 0, 0.0, "Song")
    assert decode(encode(sent), KINDS) == sent

"""A batch: one command for many sounds, one job for each."""

import hashlib
from dataclasses import dataclass
from typing import Any

from engine.commands import command
from engine.errors import invalid
from engine.jobs.job import Request, Webhook

MAX_SOURCES = 500


@dataclass(frozen=True)
class Batch:
    """What a client sends. The same batch may be sent again, with more sources or the same: none is done twice.

    `field` is the parameter that takes the sources, keys of audio.
    """

    id: str
    command: str
    params: dict[str, Any]
    field: str
    sources: tuple[str, ...]
    language: str = "en"
    webhook: Webhook | None = None

    def request(self, key: str, title: str) -> Request:
        """The request for one source; its identity follows from the batch's, so that it can be repeated."""
        same = hashlib.sha256(f"{self.id} {key}".encode()).hexdigest()[:32]
        params = {**self.params, self.field: key}
        rest: dict[str, Any] = {"batch_id": self.id, "language": self.language, "webhook": self.webhook}
        return Request(self.command, params, title, same, **rest)


def read_batch(body: Any, *, debug: bool) -> Batch:
    """`{batch_id, command, params?, field?, sources, language?}` as a client sends it. Raises INVALID_INPUT.

    `field` may be left out: it is the first parameter of the command that takes audio.
    """
    if not isinstance(body, dict) or not all(isinstance(key, str) for key in body):
        raise invalid("params_not_object")
    unknown = set(body) - {"batch_id", "command", "params", "field", "sources", "language"}
    if unknown:
        raise invalid("unknown_fields", fields=", ".join(sorted(unknown))[:200])
    batch_id, name, params = body.get("batch_id"), body.get("command"), body.get("params", {})
    if not isinstance(batch_id, str) or not (len(batch_id) == 32 and set(batch_id) <= set("0123456789abcdef")):
        raise invalid("batch_id_form")
    if not isinstance(name, str):
        raise invalid("unknown_command", name=str(name)[:40], known="")
    if not isinstance(params, dict):
        raise invalid("params_not_object")
    fields = command(name, debug=debug).params.audio_fields()
    field = body.get("field", fields[0] if fields else "")
    if field not in fields:
        raise invalid("batch_field", name=name[:40])
    sources = body.get("sources")
    if not isinstance(sources, list) or not all(isinstance(key, str) for key in sources) or not sources:
        raise invalid("batch_sources", limit=MAX_SOURCES)
    distinct = tuple(dict.fromkeys(sources))
    if len(distinct) > MAX_SOURCES:
        raise invalid("batch_sources", limit=MAX_SOURCES)
    return Batch(batch_id, name, params, field, distinct)

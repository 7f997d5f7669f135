"""The rules of the matrix of two users: what each route is. One without, or with an argument nobody knows, fails."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from flask import Flask

from tests.two_users import ANNOTATION

PUBLIC = frozenset(
    (
        "GET /", "GET /favicon.ico", "GET /i18n/<language>.json", "GET /static/<folder>/<path:name>",
        "GET /assets/<fingerprint>/<folder>/<path:name>", "GET /assets/<fingerprint>/i18n/<language>.json",
        "GET /api/health", "GET /api/session", "POST /api/session", "GET /api/v1/health", "GET /api/v1/ready",
        "POST /api/v1/auth/login", "POST /api/v1/auth/refresh", "POST /api/v1/auth/register",
        "GET /api/v1/openapi.json", "GET /api/v1/docs",
    )
)  # fmt: skip
"""Whoever comes, comes in."""
PROVING = frozenset(
    (
        "DELETE /api/session", "GET /metrics", "PUT /api/v1/uploads/<upload_id>/content",
        "PUT /api/v1/uploads/<upload_id>/parts/<int:number>", "GET /shared/<secret>", "GET /shared/<secret>/<file>",
    )
)  # fmt: skip
"""They ask by themselves who it is, by whatever proves it; tests of their own show it."""
ADMIN = frozenset(
    (
        "GET /metrics", "GET /api/v1/audit", "GET /api/v1/users", "PATCH /api/v1/users/<user_id>",
        "GET /api/v1/auth/invitations", "POST /api/v1/auth/invitations",
        "DELETE /api/v1/auth/invitations/<invitation_id>",
    )
)  # fmt: skip
SHARED = frozenset(("GET /api/speech/<key>",))
"""What it names belongs to the installation."""
NAMES = (
    "track_id", "upload_id", "playlist_id", "preset_id", "job_id", "batch_id", "task_id", "key", "identity",
    "session_id", "token_id", "delivery_id", "link_id",
)  # fmt: skip
"""Arguments that name what belongs to somebody."""
PARTS = {"stem": "drums", "form": "book.m4b", "annotation_id": ANNOTATION, "number": "1"}
"""Other arguments, and a value."""

_TAGS = {"mode": "keep", "digest": "0" * 32}
_FACTS = {"tempo": {"bpm": 99}}
_TITLE = {"title": "another", "favourite": True}
BODIES: dict[str, Any] = {
    "PATCH /api/tracks/<track_id>": _TITLE,
    "PATCH /api/v1/tracks/<track_id>": _TITLE,
    "POST /api/tracks/<track_id>/annotations": _FACTS,
    "POST /api/v1/tracks/<track_id>/annotations": _FACTS,
    "POST /api/tracks/<track_id>/file-tags": _TAGS,
    "POST /api/tracks/<track_id>/file-tags/preview": {"mode": "keep"},
    "PATCH /api/playlists/<playlist_id>": {"title": "another"},
    "PUT /api/v1/presets/<preset_id>": {"name": "another", "command": "debug", "params": {}},
    "PATCH /api/v1/presets/<preset_id>": {"name": "another"},
    "POST /api/jobs/<identity>/move": {"position": 1},
    "POST /api/batches/<identity>/pause": {"paused": True},
    "POST /api/v1/uploads/<upload_id>/parts": {"numbers": [1]},
}
"""What is sent to a route that names a thing in its path; `{}` where nothing stands here."""

MATCH = {"style": '{"reverb": {"ir_key": "KEY"}}'}
NAMING: tuple[tuple[str, Any], ...] = (
    ("POST /api/jobs", {"command": "debug", "params": {"source": "KEY"}}),
    ("POST /api/jobs", {"command": "split", "params": {"source": "KEY"}}),
    ("POST /api/jobs", {"command": "tag", "params": {"source": "KEY"}}),
    ("POST /api/jobs", {"command": "generate", "text": "/split source=KEY"}),
    ("POST /api/jobs", {"command": "match", "params": {"source": "MINE", "reference": "KEY"}}),
    ("POST /api/jobs", {"command": "match", "params": {"source": "MINE", "impulse_response": "KEY", **MATCH}}),
    ("POST /api/jobs", {"command": "match", "params": {"source": "MINE", **MATCH}}),
    ("POST /api/jobs", {"command": "drama", "params": {"script": "KEY"}}),
    (
        "POST /api/jobs",
        {
            "command": "debug",
            "follow_ups": [
                {"command": "match", "params": {"reference": "KEY"}},
            ],
        },
    ),
    ("POST /api/jobs", {"command": "debug", "follow_ups": [{"command": "match", "params": MATCH}]}),
    ("POST /api/batches", {"command": "debug", "batch_id": "c" * 32, "sources": ["MINE", "KEY"]}),
    (
        "POST /api/batches",
        {
            "command": "match",
            "batch_id": "c" * 32,
            "sources": ["MINE"],
            "params": {"reference": "KEY"},
        },
    ),
    ("POST /api/v1/jobs", {"command": "debug", "params": {"source": "KEY"}}),
    ("POST /api/v1/jobs", {"command": "debug", "follow_ups": [{"command": "match", "params": {"reference": "KEY"}}]}),
    ("POST /api/v1/jobs", {"mode": "B", "ref_key": "KEY", "tgt_key": "MINE"}),
    ("POST /api/v1/jobs", {"mode": "B", "ref_key": "MINE", "tgt_key": "KEY"}),
    ("POST /api/v1/jobs", {"mode": "B", "tgt_key": "MINE", "opts": MATCH}),
    ("POST /api/v1/jobs", {"text": "/split source=KEY"}),
    ("POST /api/v1/jobs", {"preset": "PRESET", "params": {}}),
    ("POST /api/v1/jobs", {"mode": "A", "tgt_key": "MINE", "preset": "PRESET"}),
    ("POST /api/v1/batches", {"command": "debug", "sources": ["KEY"]}),
    ("POST /api/match/spot", {"params": {"source": "KEY", "style": "{}"}, "from_s": 0, "rate_hz": 8000}),
    ("POST /api/match/spot", {"params": {"source": "MINE", **MATCH}, "from_s": 0, "rate_hz": 8000}),
    ("POST /api/match/export", {"style": {"reverb": {"ir_key": "KEY"}}, "form": "json"}),
)
"""Bodies that name a thing: KEY is one of the owner's, PRESET the owner's preset, MINE the stranger's own upload."""

PLAIN: dict[str, Any] = {
    "POST /api/queue/cancel-waiting": {},
    "POST /api/queue/pause": {"paused": True},
    "POST /api/tagging": {"action": "pause"},
    "POST /api/playlists": {"title": "mine", "search": {"q": "calm"}},
    "POST /api/uploads": {},
    "POST /api/v1/uploads": {},
    "POST /api/v1/uploads/sign": {"content_type": "audio/wav", "ext": "wav"},
    "POST /api/v1/presets": {"name": "mine", "command": "debug", "params": {}},
    "POST /api/v1/auth/tokens": {"name": "mine", "scopes": ["read"]},
    "PATCH /api/v1/auth/me": {"password": "x", "new_password": "correct horse battery"},
    "POST /api/understand": {"text": "split owner's into stems"},
    "POST /api/file-tags": {"tracks": ["TRACK"], "mode": "keep"},
    "POST /api/match/import": {},
    "POST /api/speech": {"voice": "espeak:en"},
    "POST /v1/audio/speech": {},
    "POST /api/v1/audio-generation/sequential": {"novel_data": "Hi.", "params": {"script": "KEY"}},
    "DELETE /api/tracks": None,
    "POST /api/v1/webhooks/secret": {},
    "POST /api/v1/auth/logout": None,
}
"""Of routes that name nothing in their path and change something: it is the caller's own that changes."""


class Route(NamedTuple):
    method: str
    rule: str
    arguments: frozenset[str]

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"

    @property
    def named(self) -> str | None:
        """The argument by which it names somebody's thing."""
        names = self.arguments & set(NAMES)
        return next(iter(names)) if names and str(self) not in SHARED | ADMIN | PROVING else None

    def paths(self, things: dict[str, list[str]]) -> list[str]:
        """With each of the things that fits."""
        kind = self.named or next(iter(self.arguments & set(things)), None)
        if kind == "identity":
            kind = "batch_id" if "/batches/" in self.rule else "job_id"
        each = things[kind] if kind else [""]
        return [_address(self.rule, one) for one in each]

    def sent(self, places: dict[str, str]) -> Any:
        body = BODIES.get(str(self), PLAIN.get(str(self), {}))
        return None if self.method == "GET" else filled(body, places)


def _address(rule: str, thing: str) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda part: PARTS.get(part[1], thing), rule)


def routes(app: Flask) -> Iterator[Route]:
    """Every rule, by method."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield Route(method, rule.rule, frozenset(rule.arguments))


def filled(body: Any, places: dict[str, str]) -> Any:
    """The body with what belongs into its places."""
    if isinstance(body, dict):
        return {name: filled(value, places) for name, value in body.items()}
    if isinstance(body, list):
        return [filled(value, places) for value in body]
    if isinstance(body, str):
        for name, value in places.items():
            body = body.replace(name, value)
    return body


EVENTS: dict[str, tuple[Any, ...]] = {
    "connect": (), "disconnect": (), "heartbeat": (), "cancel_waiting": (None,), "pause": ({"paused": True},),
    "command": tuple(body for rule, body in NAMING if rule == "POST /api/jobs"),
    "batch": tuple(body for rule, body in NAMING if rule == "POST /api/batches"),
    "cancel": ({"job_id": "JOB"},), "retry": ({"job_id": "JOB"},), "move": ({"job_id": "JOB", "position": 1},),
    "batch_cancel": ({"batch_id": "BATCH"},), "batch_retry": ({"batch_id": "BATCH"},),
    "batch_pause": ({"batch_id": "BATCH", "paused": True},),
}  # fmt: skip
"""What a socket may be sent, by the name of the event. Those that name something must not find it."""
AT_LARGE = frozenset(("cancel_waiting", "pause"))
"""Events that name nothing: it is the caller's own that they change."""


def scope(route: Route) -> str | None:
    """What a program's token must be good for; None: no token is."""
    if route.method == "GET":
        return "read"
    if route.rule.startswith("/api/v1/auth"):
        return None
    of_jobs = r"/api(/v1)?/(jobs|batches|uploads|queue|tasks|deliveries|audio-generation)\b|/v1/audio/speech"
    return "jobs" if re.match(of_jobs, route.rule) else "write"

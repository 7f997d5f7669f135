"""The tables. A change here needs a migration in `migrations/versions/`; a test compares the two.

Times are Unix seconds. What is JSON is JSONB on PostgreSQL; None is NULL there, never the JSON `null`.
"""

import sqlalchemy as sa
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

JSONS = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

_MODEL, _ARTIST = (String(length).with_variant(Text(), "postgresql") for length in (64, 255))
"""However long they are: SQLite does not count."""


def _searched(name: str, column: str) -> Index:
    """An index of what lies within a column of JSON, for `@>`; SQLite has none of the kind."""
    index = Index(name, column, postgresql_using="gin", postgresql_ops={column: "jsonb_path_ops"})
    return index.ddl_if(dialect="postgresql")


jobs = Table(
    "jobs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("user_id", String(64), nullable=False, key="user"),
    Column("request_id", String(64)),
    Column("idempotency_key", String(64), nullable=False),
    Column("command", String(40), nullable=False),
    Column("text", Text, nullable=False),
    Column("params", JSONS, nullable=False),
    Column("lane", String(16), nullable=False),
    Column("family", String(64), nullable=False, key="device_key"),
    Column("memory_mb", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("rank", Float, nullable=False),
    Column("attempt", Integer, nullable=False, default=0),
    Column("failures", Integer, nullable=False, default=0, server_default="0"),
    Column("interruptions", Integer, nullable=False, default=0, server_default="0"),
    Column("lost_nodes", Integer, nullable=False, default=0, server_default="0"),
    Column("cancel_requested", Boolean, nullable=False, default=False, server_default=sa.false()),
    Column("not_before", Float, nullable=False, default=0.0),
    Column("dead_letter", Boolean, nullable=False, default=False),
    Column("error", JSONS),
    Column("track_ids", JSONS, nullable=False, default=list),
    Column("parent_id", String(32)),
    Column("follow_ups", JSONS, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("started_at", Float),
    Column("finished_at", Float),
    Column("batch_id", String(32)),
    Column("pool", String(32), nullable=False, server_default="local"),
    Column("owner", String(160)),
    Column("heartbeat_at", Float),
    Column("about", JSONS, nullable=False, server_default="{}"),
    Column("language", String(8), nullable=False, server_default="en"),
    Column("background", Boolean, nullable=False, default=False, server_default=sa.false()),
    Column("correlation_id", String(64)),
    Column("traceparent", String(64)),
    Index("ix_jobs_queue", "status", "pool", "lane", "user", "background", "rank", "id"),
    Index("ix_jobs_parent", "parent_id"),
    Index("ix_jobs_batch", "batch_id"),
    Index("ix_jobs_user", "user", "created_at"),
    Index("ix_jobs_turn", "pool", "lane", "user", "started_at"),
    _searched("ix_jobs_params", "params"),
    Index(
        "ux_jobs_active",
        "idempotency_key",
        unique=True,
        sqlite_where=text("status IN ('PENDING', 'RUNNING')"),
        postgresql_where=text("status IN ('PENDING', 'RUNNING')"),
    ),
)

nodes = Table(
    "nodes",
    metadata,
    Column("name", String(160), primary_key=True),
    Column("pools", JSONS, nullable=False),
    Column("slots", Integer, nullable=False),
    Column("device", String(32), nullable=False),
    Column("memory_mb", Integer, nullable=False),
    Column("version", String(40), nullable=False),
    Column("started_at", Float, nullable=False),
    Column("heartbeat_at", Float, nullable=False),
)
"""The nodes of a cluster, by the name that owns what they have claimed. `memory_mb`: free on the device when it
started; one that has been silent for long is gone."""

states = Table(
    "states",
    metadata,
    Column("user_id", String(64), primary_key=True, key="user"),
    Column("name", String(120), primary_key=True),
    Column("text", Text),
    Column("changed_at", Float, nullable=False),
)
"""What lies in the settings folder otherwise, and is shared in a cluster: the keys that sign, and what is kept for each
user. `name`: of the file that it would be (`engine/state/`)."""

holds = Table(
    "holds",
    metadata,
    Column("user_id", String(64), primary_key=True, key="user"),
    Column("scope", String(32), primary_key=True),
    Column("created_at", Float, nullable=False),
)
"""A user's waiting jobs that are held back: all of them, or those of the batch whose id the scope is. Where `user` is
empty, everyone's are."""

tracks = Table(
    "tracks",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("title", Text, nullable=False, server_default=""),
    Column("name", String(255), nullable=False, unique=True),
    Column("file", String(255), nullable=False),
    Column("job_id", String(32), nullable=False),
    Column("command", String(40), nullable=False),
    Column("model", _MODEL, nullable=False),
    Column("prompt", Text, nullable=False),
    Column("artist", _ARTIST),
    Column("format", String(8), nullable=False),
    Column("duration_s", Float, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("favourite", Boolean, nullable=False),
    Column("locked", Boolean, nullable=False),
    Column("record_mtime_ns", BigInteger, nullable=False),
    Column("search", Text, nullable=False, server_default=""),
    Column("bpm", Float),
    Column("key", String(16)),
    Column("tags", Text, nullable=False, server_default=""),
    Column("tag_version", Integer),
    Column("user_id", String(64), nullable=False, server_default="local", key="user"),
    Column("public", Boolean, nullable=False, server_default=sa.false()),
    Index("ix_tracks_created", "created_at"),
    Index("ix_tracks_user", "user", "created_at"),
)

heard = Table(
    "heard",
    metadata,
    Column("track_id", String(32), primary_key=True),
    Column("digest", String(16), nullable=False),
    Column("facts", Text, nullable=False),
    Column("fingerprint", Text),
)
"""What searches by meaning and likeness, and the search for duplicates, know of a track; `engine/library/heard.py` says
what it is. It stands apart so that lists of tracks never read through it."""

users = Table(
    "users",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("email", String(320), nullable=False, unique=True),
    Column("password_hash", Text),
    Column("subject", String(320), unique=True),
    Column("role", String(16), nullable=False),
    Column("plan", String(32), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("seen_at", Float),
    Column("disabled_at", Float),
)
"""Who may use the program. `subject`: who it is to an OpenID provider; without a password one comes only from there.
The first one has the id `local`: what was made before there were accounts is theirs."""

invitations = Table(
    "invitations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("secret_hash", String(64), nullable=False, unique=True),
    Column("email", String(320)),
    Column("role", String(16), nullable=False),
    Column("plan", String(32), nullable=False),
    Column("invited_by", String(32), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("used_by", String(32)),
)

tokens = Table(
    "tokens",
    metadata,
    Column("jti", String(32), primary_key=True),
    Column("user_id", String(32), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("secret_hash", String(64), nullable=False, unique=True),
    Column("name", String(200), nullable=False, server_default=""),
    Column("scopes", JSONS, nullable=False, server_default="[]"),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float),
    Column("used_at", Float),
    Column("revoked_at", Float),
    Index("ix_tokens_user", "user_id"),
)
"""What proves who asks: a page's session, a program's token, and a login whose refresh tokens are each used once.
`secret_hash`: SHA-256 of the only secret that is good now; an older one of a login that comes again ends it."""

links = Table(
    "links",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("secret_hash", String(64), nullable=False, unique=True),
    Column("user_id", String(32), nullable=False),
    Column("track_id", String(32), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("revoked_at", Float),
    Index("ix_links_user", "user_id", "created_at"),
)
"""Where anybody may hear one track of a user until some time, who has the secret of which this holds the SHA-256."""

presets = Table(
    "presets",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("user_id", String(32), nullable=False),
    Column("name", String(200), nullable=False),
    Column("command", String(40), nullable=False),
    Column("params", JSONS, nullable=False),
    Column("public", Boolean, nullable=False, default=False, server_default=sa.false()),
    Column("created_at", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
    UniqueConstraint("user_id", "name", name="ux_presets_name"),
)

job_segments = Table(
    "job_segments",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("job_id", String(32), nullable=False),
    Column("idx", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("stage", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("progress", Float, nullable=False),
    Column("started_at", Float, nullable=False),
    Column("finished_at", Float),
    Column("metrics", JSONS),
    Column("start_s", Float),
    Column("end_s", Float),
    Column("work", JSONS),
    Column("facts", JSONS),
    Column("claims", Integer, nullable=False, default=0, server_default="0"),
    Column("owner", String(160)),
    Column("heartbeat_at", Float),
    Index("ix_job_segments_job", "job_id", "idx", unique=True),
    Index("ix_job_segments_open", "status", "owner"),
    _searched("ix_job_segments_metrics", "metrics"),
)
"""The stages that a job went through, in their order, over all its attempts; they go with the job. `progress`: of the
whole job, 0 to 1, when the stage began. `metrics`: the figures of a match, with the stage that ended it.

With `start_s` and `end_s`, seconds of the result: a segment of a long sound that several nodes of a cluster make.
`work`: what it takes to make it; `facts`: what was found; `claims`: how often it was begun, a fence for late writes."""

metrics = Table(
    "metrics",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("job_id", String(32), nullable=False),
    Column("user_id", String(64), nullable=False, key="user"),
    Column("stft_dist", Float),
    Column("mel_dist", Float),
    Column("lufs_err", Float),
    Column("tp_db", Float),
    Column("artifacts_rate", Float),
    Column("created_at", Float, nullable=False),
    Index("ix_metrics_job", "job_id", unique=True),
    Index("ix_metrics_user", "user", "created_at"),
)
"""How near each style match came: history, which outlives its job and its track. What the figures mean says
`engine/match/metrics.py`; `artifacts_rate`: clicks and runs at full scale a second, beyond those of the source."""

audit_logs = Table(
    "audit_logs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("user_id", String(32)),
    Column("action", String(64), nullable=False),
    Column("target", String(255), nullable=False),
    Column("payload", JSONS, nullable=False),
    Column("request_id", String(64)),
    Column("address", String(64)),
    Column("created_at", Float, nullable=False),
    Index("ix_audit_created", "created_at"),
    Index("ix_audit_user", "user_id", "created_at"),
)
"""Who did what. Rows are added, never changed: triggers refuse it, but for what `engine/database/audit.py` does."""

answers = Table(
    "answers",
    metadata,
    Column("user_id", String(32), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("status", Integer),
    Column("body", JSONS),
    Column("created_at", Float, nullable=False),
    Index("ix_answers_created", "created_at"),
)
"""What was answered to a request with an Idempotency-Key, kept for a day; without a status it is still at work."""

webhooks = Table(
    "webhooks",
    metadata,
    Column("subject", String(32), primary_key=True),
    Column("url", Text, primary_key=True),
    Column("user_id", String(32), nullable=False),
    Column("events", JSONS, nullable=False),
    Column("created_at", Float, nullable=False),
)
"""Where to tell that a job or batch, the `subject`, is over; `events`: which ways to end are told. It goes with it."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("user_id", String(32), nullable=False),
    Column("job_id", String(32), nullable=False),
    Column("url", Text, nullable=False),
    Column("event", String(40), nullable=False),
    Column("body", JSONS, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Float),
    Column("delivered_at", Float),
    Column("error", Text),
    Column("created_at", Float, nullable=False),
    Column("host", Text, nullable=False, server_default=""),
    Column("payload", Text),
    Column("status", Integer),
    Index("ix_deliveries_due", "due_at"),
    Index("ix_deliveries_job", "job_id"),
)
"""Webhooks to be sent: those that are `due_at` some time. Without one they are delivered or given up.

`job_id`: of the job or batch; `body`: what it was when it ended, `{job}` its row or `{batch}`; `payload`: what is sent,
letter for letter, made of that before the first attempt; `host`: where to, with its port; `status`: the last answer's;
`error`: why the last attempt failed, the key of a sentence."""

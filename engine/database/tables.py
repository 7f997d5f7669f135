"""The tables. A change here needs a migration in `migrations/versions/`; a test compares the two."""

import sqlalchemy as sa
from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, Index, Integer, MetaData, String, Table, Text, text

metadata = MetaData()

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("user", String(64), nullable=False),
    Column("request_id", String(64)),
    Column("idempotency_key", String(64), nullable=False),
    Column("command", String(40), nullable=False),
    Column("text", Text, nullable=False),
    Column("params", JSON, nullable=False),
    Column("lane", String(16), nullable=False),
    Column("family", String(64), nullable=False, key="device_key"),
    Column("memory_mb", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("rank", Float, nullable=False),
    Column("attempt", Integer, nullable=False, default=0),
    Column("failures", Integer, nullable=False, default=0, server_default="0"),
    Column("interruptions", Integer, nullable=False, default=0, server_default="0"),
    Column("cancel_requested", Boolean, nullable=False, default=False, server_default=sa.false()),
    Column("not_before", Float, nullable=False, default=0.0),
    Column("dead_letter", Boolean, nullable=False, default=False),
    Column("error", JSON),
    Column("track_ids", JSON, nullable=False, default=list),
    Column("parent_id", String(32)),
    Column("follow_ups", JSON, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("started_at", Float),
    Column("finished_at", Float),
    Column("batch_id", String(32)),
    Column("pool", String(32), nullable=False, server_default="local"),
    Column("owner", String(160)),
    Column("heartbeat_at", Float),
    Column("about", JSON, nullable=False, server_default="{}"),
    Column("language", String(8), nullable=False, server_default="en"),
    Column("background", Boolean, nullable=False, default=False, server_default=sa.false()),
    Index("ix_jobs_queue", "status", "lane", "background", "rank"),
    Index("ix_jobs_parent", "parent_id"),
    Index("ix_jobs_batch", "batch_id"),
    Index(
        "ux_jobs_active",
        "idempotency_key",
        unique=True,
        sqlite_where=text("status IN ('PENDING', 'RUNNING')"),
        postgresql_where=text("status IN ('PENDING', 'RUNNING')"),
    ),
)

holds = Table(
    "holds", metadata, Column("scope", String(32), primary_key=True), Column("created_at", Float, nullable=False)
)
"""Waiting jobs that are held back: all of them, or those of the batch whose id the scope is."""

tracks = Table(
    "tracks",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("title", Text, nullable=False, server_default=""),
    Column("name", String(255), nullable=False, unique=True),
    Column("file", String(255), nullable=False),
    Column("job_id", String(32), nullable=False),
    Column("command", String(40), nullable=False),
    Column("model", String(64), nullable=False),
    Column("prompt", Text, nullable=False),
    Column("artist", String(255)),
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
    Index("ix_tracks_created", "created_at"),
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

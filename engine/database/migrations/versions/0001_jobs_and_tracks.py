"""Jobs and the index of tracks.

A migration is a snapshot: it spells the tables out and never imports today's definitions.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("user", sa.String(64), nullable=False),
        sa.Column("request_id", sa.String(64)),
        sa.Column("idempotency_key", sa.String(64), nullable=False),
        sa.Column("command", sa.String(40), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("params", sa.JSON, nullable=False),
        sa.Column("lane", sa.String(16), nullable=False),
        sa.Column("family", sa.String(64), nullable=False),
        sa.Column("memory_mb", sa.Integer, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("rank", sa.Float, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("not_before", sa.Float, nullable=False),
        sa.Column("dead_letter", sa.Boolean, nullable=False),
        sa.Column("error", sa.JSON),
        sa.Column("track_ids", sa.JSON, nullable=False),
        sa.Column("parent_id", sa.String(32)),
        sa.Column("follow_ups", sa.JSON, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("started_at", sa.Float),
        sa.Column("finished_at", sa.Float),
    )
    active = sa.text("status IN ('PENDING', 'RUNNING')")
    op.create_index("ix_jobs_queue", "jobs", ["status", "lane", "rank"])
    op.create_index("ix_jobs_parent", "jobs", ["parent_id"])
    op.create_index(
        "ux_jobs_active", "jobs", ["idempotency_key"], unique=True, sqlite_where=active, postgresql_where=active
    )
    op.create_table(
        "tracks",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(255), nullable=False, unique=True),
        sa.Column("file", sa.String(255), nullable=False),
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("command", sa.String(40), nullable=False),
        sa.Column("model", sa.String(64), nullable=False),
        sa.Column("prompt", sa.Text, nullable=False),
        sa.Column("artist", sa.String(255)),
        sa.Column("format", sa.String(8), nullable=False),
        sa.Column("duration_s", sa.Float, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("favourite", sa.Boolean, nullable=False),
        sa.Column("locked", sa.Boolean, nullable=False),
        sa.Column("record_mtime_ns", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_tracks_created", "tracks", ["created_at"])


def downgrade() -> None:
    op.drop_table("tracks")
    op.drop_table("jobs")

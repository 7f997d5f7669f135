"""People: who may use the program, what they may do, and to whom jobs and tracks belong."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_NEW = (
    "users", "invitations", "tokens", "presets", "job_segments", "metrics", "audit_logs", "answers", "deliveries",
)  # fmt: skip


def upgrade() -> None:
    with op.batch_alter_table("jobs") as jobs:
        jobs.alter_column("user", new_column_name="user_id", existing_type=sa.String(64), existing_nullable=False)
    op.add_column("jobs", sa.Column("correlation_id", sa.String(64)))
    op.add_column("jobs", sa.Column("traceparent", sa.String(64)))
    op.create_index("ix_jobs_user", "jobs", ["user_id", "created_at"])
    op.drop_index("ix_jobs_queue", "jobs")
    op.create_index("ix_jobs_queue", "jobs", ["status", "pool", "lane", "user_id", "background", "rank", "id"])
    op.create_index("ix_jobs_turn", "jobs", ["pool", "lane", "user_id", "started_at"])
    op.rename_table("holds", "earlier_holds")
    op.create_table(
        "holds",
        sa.Column("user_id", sa.String(64), primary_key=True),
        sa.Column("scope", sa.String(32), primary_key=True),
        sa.Column("created_at", sa.Float, nullable=False),
    )
    op.execute("INSERT INTO holds SELECT 'local', scope, created_at FROM earlier_holds")
    op.drop_table("earlier_holds")
    op.add_column("tracks", sa.Column("user_id", sa.String(64), nullable=False, server_default="local"))
    op.create_index("ix_tracks_user", "tracks", ["user_id", "created_at"])
    op.create_table(
        "users",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("email", sa.String(320), nullable=False, unique=True),
        sa.Column("password_hash", sa.Text),
        sa.Column("subject", sa.String(320), unique=True),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("plan", sa.String(32), nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("seen_at", sa.Float),
        sa.Column("disabled_at", sa.Float),
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("secret_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("email", sa.String(320)),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("plan", sa.String(32), nullable=False),
        sa.Column("invited_by", sa.String(32), nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("expires_at", sa.Float, nullable=False),
        sa.Column("used_by", sa.String(32)),
    )
    op.create_table(
        "tokens",
        sa.Column("jti", sa.String(32), primary_key=True),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("name", sa.String(200), nullable=False, server_default=""),
        sa.Column("scopes", sa.JSON, nullable=False, server_default="[]"),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("expires_at", sa.Float),
        sa.Column("used_at", sa.Float),
        sa.Column("revoked_at", sa.Float),
    )
    op.create_table(
        "presets",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("command", sa.String(40), nullable=False),
        sa.Column("params", sa.JSON, nullable=False),
        sa.Column("public", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("updated_at", sa.Float, nullable=False),
        sa.UniqueConstraint("user_id", "name", name="ux_presets_name"),
    )
    op.create_table(
        "job_segments",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("idx", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("stage", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("started_at", sa.Float, nullable=False),
        sa.Column("finished_at", sa.Float),
        sa.Column("metrics", sa.JSON),
    )
    op.create_table(
        "metrics",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("stft_dist", sa.Float),
        sa.Column("mel_dist", sa.Float),
        sa.Column("lufs_err", sa.Float),
        sa.Column("tp_db", sa.Float),
        sa.Column("artifacts_rate", sa.Float),
        sa.Column("created_at", sa.Float, nullable=False),
    )
    op.create_table(
        "audit_logs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("user_id", sa.String(32)),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("target", sa.String(255), nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("request_id", sa.String(64)),
        sa.Column("address", sa.String(64)),
        sa.Column("created_at", sa.Float, nullable=False),
    )
    op.create_table(
        "answers",
        sa.Column("user_id", sa.String(32), primary_key=True),
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("body", sa.JSON),
        sa.Column("created_at", sa.Float, nullable=False),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", sa.Float),
        sa.Column("delivered_at", sa.Float),
        sa.Column("error", sa.Text),
        sa.Column("created_at", sa.Float, nullable=False),
    )
    op.create_index("ix_tokens_user", "tokens", ["user_id"])
    op.create_index("ix_job_segments_job", "job_segments", ["job_id", "idx"])
    op.create_index("ix_metrics_job", "metrics", ["job_id"])
    op.create_index("ix_audit_created", "audit_logs", ["created_at"])
    op.create_index("ix_audit_user", "audit_logs", ["user_id", "created_at"])
    op.create_index("ix_answers_created", "answers", ["created_at"])
    op.create_index("ix_deliveries_due", "deliveries", ["due_at"])
    op.create_index("ix_deliveries_job", "deliveries", ["job_id"])


def downgrade() -> None:
    for name in reversed(_NEW):
        op.drop_table(name)
    op.drop_index("ix_tracks_user", "tracks")
    op.drop_column("tracks", "user_id")
    op.drop_index("ix_jobs_user", "jobs")
    op.drop_index("ix_jobs_turn", "jobs")
    op.drop_index("ix_jobs_queue", "jobs")
    op.create_index("ix_jobs_queue", "jobs", ["status", "lane", "background", "rank"])
    op.rename_table("holds", "later_holds")
    op.create_table(
        "holds",
        sa.Column("scope", sa.String(32), primary_key=True),
        sa.Column("created_at", sa.Float, nullable=False),
    )
    op.execute("INSERT INTO holds SELECT scope, created_at FROM later_holds WHERE user_id = 'local'")
    op.drop_table("later_holds")
    with op.batch_alter_table("jobs") as jobs:
        jobs.alter_column("user_id", new_column_name="user", existing_type=sa.String(64), existing_nullable=False)

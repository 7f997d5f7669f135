"""People: who may use the program, what they may do, and to whom jobs and tracks belong.

JSON becomes JSONB on PostgreSQL. That cannot hold U+0000 nor half a surrogate pair: U+FFFD stands there afterwards.
Going back to 0009 loses users, invitations, tokens, presets, stages, figures, the audit log, answers and webhooks, and
to whom a job or a track belongs.
"""

import json
import re
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"

_NEW = (
    "users", "invitations", "tokens", "presets", "job_segments", "metrics", "audit_logs", "answers", "deliveries",
)  # fmt: skip
_JSONS = sa.JSON().with_variant(JSONB(), "postgresql")
_JOBS_JSON = ("params", "error", "track_ids", "follow_ups", "about")

_APPEND_ONLY = {
    "sqlite": [
        f"CREATE TRIGGER audit_logs_no_{deed} BEFORE {deed} ON audit_logs BEGIN"
        " SELECT RAISE(ABORT, 'audit_logs: rows are added, never changed'); END"
        for deed in ("update", "delete")
    ],
    "postgresql": [
        "CREATE FUNCTION audit_logs_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'audit_logs: rows are added, never changed' USING ERRCODE = 'restrict_violation'; END $$",
        "CREATE TRIGGER audit_logs_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_logs"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_logs_refuse()",
    ],
}
_MATCH_JOBS = {
    "sqlite": """
        CREATE VIEW match_jobs AS SELECT
            substr(id, 1, 8) || '-' || substr(id, 9, 4) || '-' || substr(id, 13, 4) || '-' || substr(id, 17, 4) || '-'
                || substr(id, 21) AS id,
            user_id,
            json_extract(params, '$.mode') AS mode,
            json_extract(params, '$.reference') AS ref_key,
            json_extract(params, '$.source') AS tgt_key,
            CASE WHEN status = 'RUNNING' THEN coalesce(stage, status) ELSE status END AS status,
            CASE status WHEN 'COMPLETED' THEN 100 WHEN 'PENDING' THEN 0
                ELSE coalesce(CAST(100 * reached AS INTEGER), 0) END AS progress,
            params,
            metrics,
            json_extract(error, '$.message') AS error,
            strftime('%Y-%m-%dT%H:%M:%fZ', created_at, 'unixepoch') AS created_at,
            strftime('%Y-%m-%dT%H:%M:%fZ', max(created_at, coalesce(started_at, 0), coalesce(heartbeat_at, 0),
                coalesce(finished_at, 0)), 'unixepoch') AS updated_at
        FROM (SELECT jobs.*, last.stage, last.progress AS reached, last.metrics FROM jobs
            LEFT JOIN job_segments last ON last.job_id = jobs.id AND last.attempt = jobs.attempt AND last.idx =
                (SELECT max(idx) FROM job_segments WHERE job_id = jobs.id))
        WHERE command = 'match'
    """,
    "postgresql": """
        CREATE VIEW match_jobs AS SELECT
            jobs.id::uuid AS id,
            jobs.user_id::text AS user_id,
            params->>'mode' AS mode,
            params->>'reference' AS ref_key,
            params->>'source' AS tgt_key,
            CASE WHEN jobs.status = 'RUNNING' THEN coalesce(last.stage, jobs.status) ELSE jobs.status END::text
                AS status,
            CASE jobs.status WHEN 'COMPLETED' THEN 100 WHEN 'PENDING' THEN 0
                ELSE coalesce(floor(100 * last.progress), 0) END::smallint AS progress,
            params,
            last.metrics,
            error->>'message' AS error,
            to_timestamp(jobs.created_at) AS created_at,
            to_timestamp(greatest(jobs.created_at, jobs.started_at, jobs.heartbeat_at, jobs.finished_at)) AS updated_at
        FROM jobs LEFT JOIN job_segments last ON last.job_id = jobs.id AND last.attempt = jobs.attempt AND last.idx =
            (SELECT max(idx) FROM job_segments WHERE job_id = jobs.id)
        WHERE command = 'match'
    """,
}


def upgrade() -> None:
    op.execute('ALTER TABLE jobs RENAME COLUMN "user" TO user_id')
    _to_jsonb()
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
    op.add_column("tracks", sa.Column("public", sa.Boolean, nullable=False, server_default=sa.false()))
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
        sa.Column("scopes", _JSONS, nullable=False, server_default="[]"),
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
        sa.Column("params", _JSONS, nullable=False),
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
        sa.Column("progress", sa.Float, nullable=False),
        sa.Column("started_at", sa.Float, nullable=False),
        sa.Column("finished_at", sa.Float),
        sa.Column("metrics", _JSONS),
    )
    op.create_table(
        "metrics",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
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
        sa.Column("payload", _JSONS, nullable=False),
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
        sa.Column("body", _JSONS),
        sa.Column("created_at", sa.Float, nullable=False),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("body", _JSONS, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", sa.Float),
        sa.Column("delivered_at", sa.Float),
        sa.Column("error", sa.Text),
        sa.Column("created_at", sa.Float, nullable=False),
    )
    op.create_index("ix_tokens_user", "tokens", ["user_id"])
    op.create_index("ix_job_segments_job", "job_segments", ["job_id", "idx"], unique=True)
    op.create_index("ix_metrics_job", "metrics", ["job_id"], unique=True)
    op.create_index("ix_metrics_user", "metrics", ["user_id", "created_at"])
    op.create_index("ix_audit_created", "audit_logs", ["created_at"])
    op.create_index("ix_audit_user", "audit_logs", ["user_id", "created_at"])
    op.create_index("ix_answers_created", "answers", ["created_at"])
    op.create_index("ix_deliveries_due", "deliveries", ["due_at"])
    op.create_index("ix_deliveries_job", "deliveries", ["job_id"])
    dialect = op.get_bind().dialect.name
    for statement in (*_APPEND_ONLY[dialect], _MATCH_JOBS[dialect]):
        op.execute(statement)
    if dialect == "postgresql":
        op.execute("ALTER TABLE tracks ALTER artist TYPE text, ALTER model TYPE text")
        for table, column in (("jobs", "params"), ("job_segments", "metrics")):
            op.execute(f"CREATE INDEX ix_{table}_{column} ON {table} USING gin ({column} jsonb_path_ops)")


def _to_jsonb() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        op.execute("UPDATE jobs SET error = NULL WHERE error = 'null'")
        return
    for name in _JOBS_JSON:
        escaped = rf"SELECT id, {name}::text FROM jobs WHERE {name}::text ~ '\\u(0000|[dD][89a-fA-F])'"
        for row in connection.exec_driver_sql(escaped).all():
            kept = sa.text(f"UPDATE jobs SET {name} = :kept WHERE id = :id").bindparams(
                sa.bindparam("kept", type_=sa.JSON)
            )
            connection.execute(kept, {"kept": _without_refused(json.loads(row[1])), "id": row[0]})
    op.execute("ALTER TABLE jobs ALTER about DROP DEFAULT")
    op.execute("ALTER TABLE jobs " + ", ".join(f"ALTER {name} TYPE jsonb USING {name}::jsonb" for name in _JOBS_JSON))
    op.execute("ALTER TABLE jobs ALTER about SET DEFAULT '{}'")
    op.execute("UPDATE jobs SET error = NULL WHERE error = 'null'")


def _without_refused(value: Any) -> Any:
    """With U+FFFD for each character that JSONB refuses."""
    if isinstance(value, str):
        return re.sub("[\0\ud800-\udfff]", "\ufffd", value)
    if isinstance(value, list):
        return [_without_refused(one) for one in value]
    if isinstance(value, dict):
        return {_without_refused(name): _without_refused(one) for name, one in value.items()}
    return value


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    op.execute("DROP VIEW match_jobs")
    for name in reversed(_NEW):
        op.drop_table(name)
    if postgresql:
        op.execute("DROP FUNCTION audit_logs_refuse()")
        op.execute(
            "ALTER TABLE tracks ALTER artist TYPE varchar(255) USING left(artist, 255),"
            " ALTER model TYPE varchar(64) USING left(model, 64)"
        )
        op.drop_index("ix_jobs_params", "jobs")
        op.execute("ALTER TABLE jobs ALTER about DROP DEFAULT")
        op.execute("ALTER TABLE jobs " + ", ".join(f"ALTER {name} TYPE json USING {name}::json" for name in _JOBS_JSON))
        op.execute("ALTER TABLE jobs ALTER about SET DEFAULT '{}'")
    op.drop_index("ix_tracks_user", "tracks")
    op.drop_column("tracks", "public")
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
    op.execute(
        "INSERT INTO holds SELECT scope, min(created_at) FROM later_holds"
        " WHERE scope <> 'all' OR user_id IN ('local', '') GROUP BY scope"
    )
    op.drop_table("later_holds")
    op.drop_column("jobs", "traceparent")
    op.drop_column("jobs", "correlation_id")
    op.execute('ALTER TABLE jobs RENAME COLUMN user_id TO "user"')

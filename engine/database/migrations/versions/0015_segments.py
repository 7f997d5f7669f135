"""Segments of long sounds beside the stages of their job. Going back loses them: jobs that run begin anew."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015"
down_revision = "0014"

_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    for column in (
        sa.Column("start_s", sa.Float),
        sa.Column("end_s", sa.Float),
        sa.Column("work", _JSON),
        sa.Column("facts", _JSON),
        sa.Column("claims", sa.Integer, nullable=False, server_default="0"),
        sa.Column("owner", sa.String(160)),
        sa.Column("heartbeat_at", sa.Float),
    ):
        op.add_column("job_segments", column)
    op.create_index("ix_job_segments_open", "job_segments", ["status", "owner"])


def downgrade() -> None:
    op.execute("DELETE FROM job_segments WHERE start_s IS NOT NULL")
    op.drop_index("ix_job_segments_open", "job_segments")
    for name in ("heartbeat_at", "owner", "claims", "facts", "work", "end_s", "start_s"):
        op.drop_column("job_segments", name)

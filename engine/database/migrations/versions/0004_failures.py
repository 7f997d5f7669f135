"""Failures are counted apart from attempts, which never start anew: late writes are fenced by them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("failures", sa.Integer, nullable=False, server_default="0"))
    op.execute("UPDATE jobs SET failures = attempt WHERE status IN ('PENDING', 'FAILED')")


def downgrade() -> None:
    op.drop_column("jobs", "failures")

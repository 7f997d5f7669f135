"""Jobs that were asked for together."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("batch_id", sa.String(32)))
    op.create_index("ix_jobs_batch", "jobs", ["batch_id"])


def downgrade() -> None:
    op.drop_index("ix_jobs_batch", "jobs")
    op.drop_column("jobs", "batch_id")

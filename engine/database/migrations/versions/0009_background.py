"""Jobs that run when no other is ready, and that the user's queue knows nothing of."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("background", sa.Boolean, nullable=False, server_default=sa.false()))
    op.drop_index("ix_jobs_queue", "jobs")
    op.create_index("ix_jobs_queue", "jobs", ["status", "lane", "background", "rank"])


def downgrade() -> None:
    op.drop_index("ix_jobs_queue", "jobs")
    op.create_index("ix_jobs_queue", "jobs", ["status", "lane", "rank"])
    op.drop_column("jobs", "background")

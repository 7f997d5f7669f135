"""Who has claimed a job, and when it was last heard of; the pool that may; holds that outlive the program."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("pool", sa.String(32), nullable=False, server_default="local"))
    op.add_column("jobs", sa.Column("owner", sa.String(160)))
    op.add_column("jobs", sa.Column("heartbeat_at", sa.Float))
    op.create_table(
        "holds",
        sa.Column("scope", sa.String(32), primary_key=True),
        sa.Column("created_at", sa.Float, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("holds")
    op.drop_column("jobs", "heartbeat_at")
    op.drop_column("jobs", "owner")
    op.drop_column("jobs", "pool")

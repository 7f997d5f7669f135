"""A cluster: which nodes there are, and how often the node that ran a job was lost. Going back loses both."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("lost_nodes", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "nodes",
        sa.Column("name", sa.String(160), primary_key=True),
        sa.Column("pools", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("slots", sa.Integer, nullable=False),
        sa.Column("device", sa.String(32), nullable=False),
        sa.Column("memory_mb", sa.Integer, nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("started_at", sa.Float, nullable=False),
        sa.Column("heartbeat_at", sa.Float, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("nodes")
    op.drop_column("jobs", "lost_nodes")

"""Webhooks: who wants to be told of the end of which job or batch, and what becomes of each delivery.

Going back to 0011 loses who wants to be told; what is to be delivered stays, and has no one to deliver it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "webhooks",
        sa.Column("subject", sa.String(32), primary_key=True),
        sa.Column("url", sa.Text, primary_key=True),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.Column("events", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
    )
    op.add_column("deliveries", sa.Column("host", sa.Text, nullable=False, server_default=""))
    op.add_column("deliveries", sa.Column("payload", sa.Text))
    op.add_column("deliveries", sa.Column("status", sa.Integer))


def downgrade() -> None:
    for name in ("status", "payload", "host"):
        op.drop_column("deliveries", name)
    op.drop_table("webhooks")

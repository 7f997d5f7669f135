"""What interrupts a job is counted apart from what fails it, and a cancel outlives the server."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("interruptions", sa.Integer, nullable=False, server_default="0"))
    op.add_column("jobs", sa.Column("cancel_requested", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("jobs", "cancel_requested")
    op.drop_column("jobs", "interruptions")

"""What is known of how tracks sound: tempo, key and tags to filter by, and what searches rank by.

Every record is read again at the next comparison with the disk, which brings it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("tracks", sa.Column("bpm", sa.Float))
    op.add_column("tracks", sa.Column("key", sa.String(16)))
    op.add_column("tracks", sa.Column("tags", sa.Text, nullable=False, server_default=""))
    op.add_column("tracks", sa.Column("tag_version", sa.Integer))
    op.create_table(
        "heard",
        sa.Column("track_id", sa.String(32), primary_key=True),
        sa.Column("digest", sa.String(16), nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text),
    )
    op.execute("UPDATE tracks SET record_mtime_ns = 0")


def downgrade() -> None:
    op.drop_table("heard")
    for column in ("tag_version", "tags", "key", "bpm"):
        op.drop_column("tracks", column)

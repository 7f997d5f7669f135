"""Titles of tracks; what jobs are about, with titles that outlive what they name, and the language they were asked in.

Every record is read again at the next comparison with the disk, which brings the titles; until then a track is called
after its prompt or its file.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("tracks", sa.Column("title", sa.Text, nullable=False, server_default=""))
    op.execute(
        "UPDATE tracks SET record_mtime_ns = 0, title = CASE WHEN prompt = '' THEN name ELSE substr(prompt, 1, 60) END"
    )
    op.add_column("jobs", sa.Column("about", sa.JSON, nullable=False, server_default="{}"))
    op.add_column("jobs", sa.Column("language", sa.String(8), nullable=False, server_default="en"))


def downgrade() -> None:
    op.drop_column("jobs", "language")
    op.drop_column("jobs", "about")
    op.drop_column("tracks", "title")

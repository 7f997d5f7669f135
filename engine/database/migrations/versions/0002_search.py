"""Words to search for, in one case for every script."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("tracks", sa.Column("search", sa.Text, nullable=False, server_default=""))
    tracks = sa.table("tracks", *(sa.column(name) for name in ("id", "name", "prompt", "artist", "model", "search")))
    connection = op.get_bind()
    for row in connection.execute(sa.select(tracks)).all():
        words = "\n".join(filter(None, (row.prompt, row.name, row.artist, row.model))).casefold()
        connection.execute(sa.update(tracks).where(tracks.c.id == row.id).values(search=words))


def downgrade() -> None:
    op.drop_column("tracks", "search")

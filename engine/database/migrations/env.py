"""Alembic's entry: runs inside the connection that `Database.migrate` hands over."""

from alembic import context

from engine.database.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()

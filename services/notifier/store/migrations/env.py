"""Alembic's entry: runs on the connection that `store.schema` hands over."""

from alembic import context

from services.notifier.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=False)
with context.begin_transaction():
    context.run_migrations()

"""Run by Alembic; `kaskad.storage.migrate` hands it the connection."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

from kaskad.storage import tables as tables  # fills SQLModel.metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    compare_server_default=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()

"""What alembic runs: the migrations, on the connection and in the transaction that the ledger's opening hands in."""

from __future__ import annotations

from alembic import context

from cockpit.storage.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=False,  # the caller's transaction holds the tables, the triggers and the revision together
)
context.run_migrations()

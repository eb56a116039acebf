"""Migrations of the journal's tables, oldest first; `open` runs those a database lacks."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from cockpit.errors import LedgerDown
from cockpit.storage.schema import REVISION

FOLDER = Path(__file__).parent
"""Where alembic finds `env.py` and `versions`: a frozen application ships these files as they are."""


def stated(connection: sa.Connection) -> str | None:
    """Answer the revision a database states, None for one that has no tables of ours yet."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def migrate(connection: sa.Connection) -> None:
    """Bring the tables to this build's revision, inside the caller's transaction; alembic is loaded only if needed.

    Errors: LedgerDown for tables of a newer build.
    """
    revision = stated(connection)
    if revision == REVISION:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as fault:
        raise LedgerDown(
            f"the ledger has tables of revision {revision!r}, which this build does not know: {fault}",
            remedy="Open it with the build that wrote it, or a newer one.",
        ) from fault

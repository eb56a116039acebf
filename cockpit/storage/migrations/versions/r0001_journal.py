"""The journal: event and head, and the triggers that keep them append-only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from cockpit.storage.schema import POSTGRES_GUARDS, SQLITE_GUARDS

revision = "r0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; they are spelled out here, because a migration never changes with the schema's next state."""
    wide = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "event",
        sa.Column("seq", wide, primary_key=True, autoincrement=False),
        sa.Column("ts", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("key", sa.Text, unique=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("prev", sa.Text, nullable=False, unique=True),
        sa.Column("hash", sa.Text, nullable=False),
    )
    head = op.create_table(
        "head",
        sa.Column("one", sa.SmallInteger, sa.CheckConstraint("one = 1", name="head_one"), primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    op.bulk_insert(head, [{"one": 1, "seq": 0, "hash": ""}])
    is_sqlite = op.get_context().dialect.name == "sqlite"
    for guard in [text for _, text in SQLITE_GUARDS] if is_sqlite else POSTGRES_GUARDS:
        op.execute(guard)


def downgrade() -> None:
    """Refuse: going back would delete the journal."""
    raise NotImplementedError("the journal has no way back: restore a backup instead")

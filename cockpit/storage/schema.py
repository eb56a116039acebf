"""The tables of the journal as SQLAlchemy Core sees them; the migrations make them, a test compares the two."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

WIDE: Final = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""64 bits everywhere: SQLite keeps its row number in a column only when that is called INTEGER."""

METADATA: Final = sa.MetaData()

EVENT: Final = sa.Table(
    "event",
    METADATA,
    sa.Column("seq", WIDE, primary_key=True, autoincrement=False),
    sa.Column("ts", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("key", sa.Text, unique=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("prev", sa.Text, nullable=False, unique=True),  # unique: a chain cannot fork
    sa.Column("hash", sa.Text, nullable=False),
)
"""The journal: append-only by triggers, chained by hashes."""

HEAD: Final = sa.Table(
    "head",
    METADATA,
    sa.Column("one", sa.SmallInteger, sa.CheckConstraint("one = 1", name="head_one"), primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
)
"""One row: where the journal ends. It moves in the same transaction, so a tail cut off behind our back is missed."""

REVISION: Final = "r0001"
"""The newest migration; a database that states it needs none."""

SQLITE_GUARDS: Final = (
    (
        "event_keeps_rows",
        """CREATE TRIGGER event_keeps_rows BEFORE DELETE ON event
        BEGIN SELECT RAISE(ABORT, 'the journal is append-only: no entry is deleted'); END""",
    ),
    (
        "event_keeps_words",
        """CREATE TRIGGER event_keeps_words BEFORE UPDATE ON event
        BEGIN SELECT RAISE(ABORT, 'the journal is append-only: no entry is changed'); END""",
    ),
    (
        "event_appends",  # also stops INSERT OR REPLACE, which would delete without asking the trigger above
        """CREATE TRIGGER event_appends BEFORE INSERT ON event
        WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM event)
        BEGIN SELECT RAISE(ABORT, 'the journal is append-only: entries follow one another'); END""",
    ),
    (
        "head_stays",
        """CREATE TRIGGER head_stays BEFORE DELETE ON head
        BEGIN SELECT RAISE(ABORT, 'the journal always has a head'); END""",
    ),
)
"""Triggers of a SQLite journal, name and text; opening a ledger compares them with what the file has."""

POSTGRES_GUARDS: Final = (
    """CREATE FUNCTION journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the journal is append-only: no % here', TG_OP; END $$""",
    """CREATE TRIGGER event_keeps_rows BEFORE UPDATE OR DELETE ON event
    FOR EACH ROW EXECUTE FUNCTION journal_is_append_only()""",
    """CREATE TRIGGER event_keeps_all BEFORE TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only()""",
    """CREATE TRIGGER head_stays BEFORE DELETE OR TRUNCATE ON head
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only()""",
)
"""Triggers of a Postgres journal."""
POSTGRES_TRIGGERS: Final = frozenset({"event_keeps_rows", "event_keeps_all", "head_stays"})

"""The record of trials in SQLite or Postgres: append-only by triggers, chained by hashes, written before anything runs.

Whoever tries many things and keeps the best must say how many they were. Here that number cannot be made smaller: a
trial is two entries, begun and ended, and neither can be changed or deleted without the chain showing it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import sqlalchemy as sa

from cockpit.errors import BadInput, LedgerCorrupt
from cockpit.research_ports import Trial, TrialEnd, TrialResult
from cockpit.storage.chain import digest
from cockpit.storage.engines import engine_of, fault_of, make_file, place_of
from cockpit.storage.schema import WIDE

BEGUN: Final = "TrialBegun"
ENDED: Final = "TrialEnded"
METADATA: Final = sa.MetaData()
RECORD: Final = sa.Table(
    "trial_record",
    METADATA,
    sa.Column("seq", WIDE, primary_key=True, autoincrement=False),
    sa.Column("ts", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("prev", sa.Text, nullable=False, unique=True),  # unique: a chain cannot fork
    sa.Column("hash", sa.Text, nullable=False),
    sa.UniqueConstraint("kind", "key", name="a_trial_begins_and_ends_once"),
)
SQLITE_GUARDS: Final = tuple(
    f"CREATE TRIGGER trial_record_no_{verb.lower()} BEFORE {verb} ON trial_record"
    f" BEGIN SELECT RAISE(ABORT, 'the record of trials is append-only'); END"
    for verb in ("DELETE", "UPDATE")
)
POSTGRES_GUARDS: Final = (
    """CREATE OR REPLACE FUNCTION trial_record_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the record of trials is append-only: no % here', TG_OP; END $$""",
    """CREATE TRIGGER trial_record_keeps BEFORE UPDATE OR DELETE ON trial_record
    FOR EACH ROW EXECUTE FUNCTION trial_record_is_append_only()""",
)


class SqlTrials:
    """The record of one research folder or database. One writer at a time; a second one waits for the first."""

    def __init__(self, engine: sa.Engine, name: str) -> None:
        self._engine = engine
        self.name = name

    @classmethod
    def open(cls, where: str | Path) -> SqlTrials:
        """Open a record by its file or database URL, making it if it is not there.

        Errors: LedgerDown when the database cannot be opened or does not keep what durability needs.
        """
        place = place_of(where)
        if place.file is not None:
            make_file(place.file, _made)
        engine = engine_of(place, is_writer=True)
        if place.file is None:
            with engine.connect() as connection, connection.begin():
                if not sa.inspect(connection).has_table(RECORD.name):
                    _made(connection)
        return cls(engine, place.name)

    def begin(self, study: str, key: str, what: str, ts: int) -> Trial:
        """Put a trial on record, durable when this answers; one that is on record already is answered as it stands."""
        known = next((trial for trial in self._read(key) if trial.key == key), None)
        if known is not None:
            return known
        self._append(BEGUN, key, json.dumps({"study": study, "what": what}, sort_keys=True), ts)
        return next(trial for trial in self._read(key) if trial.key == key)

    def end(self, key: str, ts: int, result: TrialResult | None, why: str = "") -> None:
        """Write how a trial ended: with a result, or crashed and why.

        Errors: BadInput for one that was never begun or has ended before.
        """
        known = next((trial for trial in self._read(key) if trial.key == key), None)
        if known is None or known.end is not TrialEnd.CUT_OFF:
            said = "was never begun" if known is None else f"has ended before ({known.end.value})"
            raise BadInput(f"trial {key[:12]} {said}; a trial begins once and ends once")
        self._append(ENDED, key, json.dumps(_told(result, why), sort_keys=True), ts)

    def trials(self, study: str | None = None) -> Sequence[Trial]:
        """Answer the trials on record in order, of one study or of all."""
        return tuple(trial for trial in self._read() if study is None or trial.study == study)

    def verify(self) -> tuple[int, str]:
        """Read the whole record and answer its last sequence number and hash.

        Errors: LedgerCorrupt naming the first entry that is not what was written.
        """
        seq, head = 0, ""
        for row in self._rows():
            if (
                row.seq != seq + 1
                or row.prev != head
                or row.hash != digest(head, row.seq, row.ts, row.kind, _text(row))
            ):
                raise LedgerCorrupt(f"the record of trials was changed at entry {seq + 1}: its count cannot be trusted")
            seq, head = row.seq, row.hash
        return seq, head

    def _append(self, kind: str, key: str, body: str, ts: int) -> None:
        try:
            with self._engine.connect() as connection, connection.begin():
                last = connection.execute(sa.select(RECORD.c.seq, RECORD.c.hash).order_by(RECORD.c.seq.desc()).limit(1))
                newest = last.first()
                seq, head = (newest.seq, newest.hash) if newest is not None else (0, "")
                entry = digest(head, seq + 1, ts, kind, f"{key}\n{body}")
                connection.execute(
                    sa.insert(RECORD).values(seq=seq + 1, ts=ts, kind=kind, key=key, body=body, prev=head, hash=entry)
                )
        except sa.exc.DBAPIError as fault:
            raise fault_of(fault, self.name) from fault

    def _rows(self, key: str | None = None) -> Sequence[Any]:
        asked = sa.select(RECORD).order_by(RECORD.c.seq)
        if key is not None:
            asked = asked.where(RECORD.c.key == key)
        try:
            with self._engine.connect() as connection:
                return connection.execute(asked).all()
        except sa.exc.DBAPIError as fault:
            raise fault_of(fault, self.name) from fault

    def _read(self, key: str | None = None) -> Iterator[Trial]:
        rows = self._rows(key)
        ended = {row.key: json.loads(row.body) for row in rows if row.kind == ENDED}
        for row in rows:
            if row.kind == BEGUN:
                begun = json.loads(row.body)
                yield _trial(row, begun, ended.get(row.key))


def _made(connection: sa.Connection) -> None:
    METADATA.create_all(connection)
    is_sqlite = connection.dialect.name == "sqlite"
    for guard in SQLITE_GUARDS if is_sqlite else POSTGRES_GUARDS:
        connection.exec_driver_sql(guard if is_sqlite else guard.replace("%", "%%"))


def _text(row: Any) -> str:
    return f"{row.key}\n{row.body}"


def _told(result: TrialResult | None, why: str) -> dict[str, Any]:
    if result is None:
        return {"end": TrialEnd.CRASHED, "why": why}
    if len(result.days) != len(result.returns) or not np.isfinite(result.returns).all():
        raise BadInput("a trial's returns have a day each and are finite; a missing return is not a zero")
    return {
        "end": TrialEnd.DONE,
        "days": np.asarray(result.days, "datetime64[D]").astype(np.int64).tolist(),
        "returns": [float(value).hex() for value in result.returns],  # exact, and the same text on every machine
        "figures": {name: float(value).hex() for name, value in result.figures.items()},
    }


def _trial(row: Any, begun: dict[str, str], ended: dict[str, Any] | None) -> Trial:
    if ended is None:
        return Trial(row.seq, row.ts, begun["study"], row.key, begun["what"], TrialEnd.CUT_OFF)
    end = TrialEnd(ended["end"])
    if end is TrialEnd.CRASHED:
        return Trial(row.seq, row.ts, begun["study"], row.key, begun["what"], end, ended["why"])
    result = TrialResult(
        np.array(ended["days"], np.int64).astype("datetime64[D]"),
        np.array([float.fromhex(text) for text in ended["returns"]]),
        MappingProxyType({name: float.fromhex(text) for name, text in ended["figures"].items()}),
    )
    return Trial(row.seq, row.ts, begun["study"], row.key, begun["what"], end, result=result)

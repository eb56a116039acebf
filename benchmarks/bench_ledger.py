"""The ledger beside what it could be: the same facts by SQLAlchemy's ORM, and by bare appends forced to the disk.

Every row is one durable commit on this machine's disk unless it says otherwise. Ours does more than its peers: it
encodes the fact, chains its hash, looks for its key and moves the head, and the caller waits on an event loop.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from benchmarks.rows import Row, row, seconds
from cockpit.facts import FillBooked, Genesis
from cockpit.market import Ticks, ticks_of
from cockpit.orders import Charges, Fill, Mode, Product, Role, Side
from cockpit.storage.chain import drafted
from cockpit.storage.engines import engine_of, place_of
from cockpit.storage.ledger import SqlLedger
from cockpit.storage.tick_file import packed

WRITES: Final = 200
BATCH: Final = 1_000
GENESIS: Final = Genesis(1, Mode.PAPER, "bench", 1_000_000_00, "0")


class _Base(DeclarativeBase):
    pass


class _Event(_Base):
    __tablename__ = "peer"
    seq: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    ts: Mapped[int] = mapped_column(sa.BigInteger)
    kind: Mapped[str] = mapped_column(sa.Text)
    key: Mapped[str | None] = mapped_column(sa.Text, unique=True)
    body: Mapped[str] = mapped_column(sa.Text)


def run() -> list[Row]:
    """Measure single commits, a gathered batch, reading with the chain proven, and a recorded frame."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        place = Path(folder)
        orm = _orm_commit(place, 1)
        return [
            row("ledger: one fact, durable, v ORM", _ours(place, 1), orm, unit="us", target=1.0),
            row("ledger: one fact, durable, v append+fdatasync", _ours(place, 1), _append(place), unit="us"),
            row("ledger: fact in a batch of 1000, v ORM", _ours(place, BATCH), _orm_commit(place, BATCH), unit="us"),
            row("ledger: read one entry, chain proven", _read(place), None, unit="us"),
            row("recorder: pack a frame of 50 full ticks", seconds(lambda: packed(_frame())) * 1e6, None, unit="us"),
        ]


def _fills(first: int, count: int) -> list[FillBooked]:
    return [FillBooked(_fill(number)) for number in range(first, first + count)]


def _fill(number: int) -> Fill:
    return Fill(
        trade_id=f"T{number}",
        order_id=f"O{number}",
        intent_id=f"I{number}",
        role=Role.ENTRY,
        token=738561,
        symbol="RELIANCE",
        side=Side.BUY,
        quantity=10,
        price=1_400_00,
        ts=number,
        product=Product.MIS,
        rule="ORB",
        charges=Charges(brokerage=20_00, gst=3_60),
    )


def _per_write(write: Callable[[int, int], object], batch: int) -> float:
    """Answer microseconds a fact; each round takes fresh facts, because a fact is kept once."""
    counter = iter(range(1_000_000))
    rounds = max(1, WRITES // batch)

    def turn() -> None:
        for _ in range(rounds):
            write(next(counter) * batch, batch)

    return seconds(turn, rounds=5) / (rounds * batch) * 1e6


def _ours(folder: Path, batch: int) -> float:
    path = folder / f"ours-{len(list(folder.iterdir()))}.db"
    loop = asyncio.new_event_loop()
    ledger = SqlLedger.open(path)
    try:
        loop.run_until_complete(ledger.write(GENESIS))
        return _per_write(lambda first, n: loop.run_until_complete(ledger.write(*_fills(first, n))), batch)
    finally:
        loop.run_until_complete(ledger.close())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def _orm_commit(folder: Path, batch: int) -> float:
    engine = engine_of(place_of(folder / f"orm-{batch}.db"), is_writer=True)
    _Base.metadata.create_all(engine)
    with engine.connect() as connection, Session(connection) as session:

        def write(first: int, n: int) -> None:
            for draft in drafted(_fills(first, n)):
                session.add(_Event(ts=draft.ts, kind=draft.kind, key=draft.key, body=draft.body))
            session.commit()

        return _per_write(write, batch)


def _append(folder: Path) -> float:
    number = os.open(folder / "append", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    try:

        def write(first: int, n: int) -> None:
            os.write(number, drafted(_fills(first, n))[0].body.encode())
            os.fdatasync(number)

        return _per_write(write, 1)
    finally:
        os.close(number)


def _read(folder: Path) -> float:
    loop = asyncio.new_event_loop()
    ledger = SqlLedger.open(folder / "read.db")
    try:
        loop.run_until_complete(ledger.write(GENESIS, *_fills(0, 3 * BATCH)))
        return seconds(lambda: sum(1 for _ in ledger.read()), rounds=5) / (3 * BATCH + 1) * 1e6
    finally:
        loop.run_until_complete(ledger.close())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def _frame() -> Ticks:
    frame = ticks_of(50)
    frame.view("i8")[:] = range(frame.size * frame.itemsize // 8)
    return frame

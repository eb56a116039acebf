"""The ledger beside what it could be: the same facts by SQLAlchemy's ORM, and by bare appends forced to the disk.

Every row is one durable commit on this machine's disk unless it says otherwise. Ours does more than its peers: it
encodes the fact, chains its hash, looks for its key and moves the head, and the caller waits on an event loop.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
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
NUMBERS: Final = count(10)
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
    """Measure single commits and batches beside their peers, reading with the chain proven, and a recorded frame."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name, ExitStack() as stack:
        folder = Path(name)
        ours = stack.enter_context(_ours(folder / "ours.db"))
        orm = stack.enter_context(_orm(folder / "orm.db"))
        append = stack.enter_context(_append(folder / "append"))
        wall, peer_wall, cpu, peer_cpu = _side_by_side(ours, orm, 1)
        batch, peer_batch, _, _ = _side_by_side(ours, orm, BATCH)
        beside_append, bare, _, _ = _side_by_side(ours, append, 1)
        return [
            row("ledger: one durable fact, v ORM", wall, peer_wall, unit="us"),
            row("ledger: its CPU, v ORM", cpu, peer_cpu, unit="us"),
            row("ledger: fact in a batch of 1000, v ORM", batch, peer_batch, unit="us"),
            row("ledger: one durable fact, v append+fdatasync (the limit)", beside_append, bare, unit="us"),
            row("ledger: read one entry, chain proven", _read(folder), None, unit="us"),
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


Write = Callable[[list[FillBooked]], object]


def _side_by_side(ours: Write, peer: Write, batch: int) -> tuple[float, float, float, float]:
    """Answer microseconds a fact, median: ours and the peer's by the wall, then by the processor.

    The two take turns at each write, because a shared disk is fast one second and slow the next.
    """
    taken: list[tuple[int, int, int, int]] = []
    for _ in range(max(5, WRITES // batch)):
        first = next(NUMBERS) * BATCH
        facts = _fills(first, batch)
        taken.append((*_timed(ours, facts), *_timed(peer, facts)))
    wall, cpu, peer_wall, peer_cpu = (statistics.median(column) / batch / 1_000 for column in zip(*taken, strict=True))
    return wall, peer_wall, cpu, peer_cpu


def _timed(write: Write, facts: list[FillBooked]) -> tuple[int, int]:
    wall, cpu = time.perf_counter_ns(), time.process_time_ns()
    write(facts)
    return time.perf_counter_ns() - wall, time.process_time_ns() - cpu


@contextmanager
def _ours(path: Path) -> Iterator[Write]:
    with asyncio.Runner() as runner:
        ledger = SqlLedger.open(path)
        runner.run(ledger.write(GENESIS))
        loop = runner.get_loop()
        yield lambda facts: loop.run_until_complete(ledger.write(*facts))
        runner.run(ledger.close())


@contextmanager
def _orm(path: Path) -> Iterator[Write]:
    engine = engine_of(place_of(path), is_writer=True)
    _Base.metadata.create_all(engine)
    with engine.connect() as connection, Session(connection) as session:

        def write(facts: list[FillBooked]) -> None:
            for draft in drafted(facts):
                session.add(_Event(ts=draft.ts, kind=draft.kind, key=draft.key, body=draft.body))
            session.commit()

        yield write


@contextmanager
def _append(path: Path) -> Iterator[Write]:
    number = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    try:

        def write(facts: list[FillBooked]) -> None:
            os.write(number, b"".join(draft.body.encode() for draft in drafted(facts)))
            os.fdatasync(number)

        yield write
    finally:
        os.close(number)


def _read(folder: Path) -> float:
    with asyncio.Runner() as runner:
        ledger = SqlLedger.open(folder / "read.db")
        runner.run(ledger.write(GENESIS, *_fills(0, 3 * BATCH)))
        taken = seconds(lambda: sum(1 for _ in ledger.read()), rounds=5)
        runner.run(ledger.close())
    return taken / (3 * BATCH + 1) * 1e6


def _frame() -> Ticks:
    frame = ticks_of(50)
    frame.view("i8")[:] = range(frame.size * frame.itemsize // 8)
    return frame

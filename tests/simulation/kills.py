"""Kill a practice day at random instants, start it again, and hold the journal to everything it had acknowledged.

`python -m tests.simulation.kills --kills 200` is the long campaign; the test runs a short seeded one.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

from cockpit.account import folded
from cockpit.facts import DayClosed, FillBooked, Genesis, OrderPlaced
from cockpit.ports import Entry
from cockpit.storage.ledger import SqlLedger
from cockpit.storage.projections import Projection

HISTORY = "candles/practice"
LEDGER = "ledgers/practice/2026-11-20-seed{seed}-run1.db"
DAY_S = 14.0
"""Kills fall at random within so many seconds of the first acknowledgement, about a practice day flat out."""


@dataclass(slots=True)
class Tally:
    """What the campaign has seen."""

    kills: int = 0
    days: int = 0
    acknowledged: int = 0
    durable_but_untold: int = 0
    faults: list[str] = field(default_factory=list)


def campaign(kills: int, seed: int, root: Path) -> Tally:
    """Run days under kills until `kills` were struck, each day played on to its end."""
    tally, dice = Tally(), random.Random(seed)
    while tally.kills < kills and not tally.faults:
        home = root / f"day{tally.days}"
        if (made := root / f"day{tally.days - 1}" / HISTORY).exists():
            shutil.copytree(made, home / HISTORY)  # years of prices are made once, not for every day under kills
        _play_under_kills(home, seed, kills, dice, tally)
        tally.days += 1
        print(f"{tally.kills} of {kills} kills, {tally.days} days", end="\r", file=sys.stderr, flush=True)
    return tally


def _play_under_kills(home: Path, seed: int, kills: int, dice: random.Random, tally: Tally) -> None:
    told: list[str] = []
    n_here = dice.randint(3, 9)  # a restart catches up first, so the last kills of a day find it late in the day
    for strike in range(n_here + 1):
        is_last = strike == n_here or tally.kills >= kills
        lines = _run(home, seed, None if is_last else dice.uniform(0.0, DAY_S / n_here))
        told += [line for line in lines if line != "done"]
        tally.acknowledged += len(lines)
        tally.kills += not is_last and "done" not in lines
        # Struck between its last fact and its exit, a day is over; starting again would play another run of it.
        if _checked(home, seed, told, tally) or tally.faults:
            return
    tally.faults.append(f"{home.name}: the day did not reach its end after a restart")


def _run(home: Path, seed: int, kill_after: float | None) -> list[str]:
    command = [sys.executable, "-m", "tests.simulation.killed_day", str(home), str(seed)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    lines: list[str] = []
    timer: threading.Timer | None = None
    for line in child.stdout:
        lines.append(line.strip())
        if timer is None and kill_after is not None:
            timer = threading.Timer(kill_after, child.kill)
            timer.start()
    child.wait()
    if timer is not None:
        timer.cancel()
    child.stdout.close()
    if lines and len(lines[-1].split()) != 2 and lines[-1] != "done":
        lines.pop()  # the line that the kill cut
    return lines


def _checked(home: Path, seed: int, told: list[str], tally: Tally) -> bool:
    """Hold the ledger to what was told and to itself, and answer whether its day is closed."""
    path = home / LEDGER.format(seed=seed)
    if not path.exists():
        if told:
            tally.faults.append(f"{home.name}: {len(told)} facts were acknowledged and there is no ledger")
        return False
    ledger = SqlLedger.open(path, read_only=True)
    entries = list(ledger.read())
    hashes = {f"{e.seq} {e.hash}" for e in entries}
    lost = [line for line in told if line not in hashes]
    if lost:
        tally.faults.append(f"{home.name}: acknowledged and lost: {lost[:3]}")
    if told:
        tally.durable_but_untold += entries[-1].seq > int(told[-1].split()[0])
    tally.faults += [f"{home.name}: {fault}" for fault in _contradictions(entries)]
    return any(isinstance(entry.fact, DayClosed) for entry in entries)


def _contradictions(entries: list[Entry]) -> list[str]:
    """Answer what in a journal contradicts itself: doubled fills or orders, an account its fills do not imply."""
    fills = [e.fact.fill for e in entries if isinstance(e.fact, FillBooked)]
    orders = [e.fact.order.order_id for e in entries if isinstance(e.fact, OrderPlaced)]
    books = Projection()
    for entry in entries:
        books.apply(entry.fact)
    found = []
    if len({f.key for f in fills}) != len(fills):
        found.append("a fill was booked twice")
    if len(set(orders)) != len(orders):
        found.append("an order was placed twice")
    filled: dict[str, int] = {}
    for fill in fills:
        filled[fill.order_id] = filled.get(fill.order_id, 0) + fill.quantity
    for order_id, n in filled.items():
        order, _ = books.orders()[order_id]
        if n > order.quantity:
            found.append(f"{order_id} was filled {n} of {order.quantity}")
    genesis = entries[0].fact
    assert isinstance(genesis, Genesis)
    if folded(genesis.cash_paise, fills) != books.account:
        found.append("the account is not what its fills imply")
    closings = sum(isinstance(e.fact, DayClosed) for e in entries)
    if closings > 1:
        found.append(f"the day was closed {closings} times")
    return found


def main() -> None:
    """Run the campaign and print its tally; exit code 1 when anything was lost or booked twice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        tally = campaign(asked.kills, asked.seed, Path(root))
    print(
        f"{tally.kills} kills over {tally.days} days: {tally.acknowledged} facts acknowledged,"
        f" {tally.durable_but_untold} times durable but not yet told, {len(tally.faults)} faults"
    )
    for fault in tally.faults:
        print(" ", fault)
    sys.exit(bool(tally.faults))


if __name__ == "__main__":
    main()

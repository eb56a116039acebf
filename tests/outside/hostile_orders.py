"""Orders through the real client against a broker that misbehaves: what each way of sending makes of its faults.

`python -m tests.outside.hostile_orders --intents 400` is the long form; the test runs a short seeded one. Nearly half
of the calls go wrong, most of them after the order was taken; the book shows some orders late, and reads fail too.
Beside the protocol stand the two ways that people use: try again on any error, and look into the book before trying
again.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

from cockpit.clock import NS, WallClock
from cockpit.errors import BrokerError, OutcomeUnknown
from cockpit.live.broker import LiveBroker
from cockpit.orders import Bracket, Order, OrderKind, OrderMoved, Product, Role, Side, Status, order_tag
from cockpit.paper.costs import ChargeTable
from cockpit.venues.kite_door import KiteDoor
from cockpit.venues.kite_rest import KiteRest
from tests.venues.fake_kite import Asked, FakeRest, Reply, error, ok

TIMEOUT_S: Final = 0.2
LAG_S: Final = 1.0
LATE: Final = 0.30
READS_FAIL: Final = 0.15
TOKEN: Final = 738561
SHAPES: Final = (
    # what happens, whether the order was taken, share of all calls
    ("lost", False, 0.06),
    ("reject", False, 0.06),
    ("stall", True, 0.06),
    ("drop", True, 0.06),
    ("html", True, 0.06),
    ("timeout as 400", True, 0.06),
    ("bare 504", True, 0.04),
    ("no data", True, 0.03),
    ("truncated", True, 0.03),
)
STAMP: Final = "2026-11-20 10:00:00"
TABLE: Final = ChargeTable.load(Path(__file__).resolve().parents[2] / "resources/charges.toml")


class HostileKite(FakeRest):
    """A broker that takes limit orders, and answers as its dice say."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._dice = random.Random(seed)
        self._lock = threading.Lock()
        self.taken: list[dict[str, Any]] = []
        self.n_faulty = 0

    def reply_to(self, asked: Asked) -> Reply:
        """Answer one call."""
        with self._lock:
            if asked.method == "POST":
                return self._place(dict(parse_qsl(asked.body)))
            if self._dice.random() < READS_FAIL:
                return Reply(502, b"<html>bad gateway</html>", "text/html")
            if asked.path.endswith("/orders"):
                now = time.monotonic()
                return ok([row["row"] for row in self.taken if row["seen_from"] <= now])
            return ok([])

    def _place(self, form: dict[str, str]) -> Reply:
        chance, shape, is_taken = self._dice.random(), "well", True
        for name, took, share in SHAPES:
            if chance < share:
                shape, is_taken = name, took
                self.n_faulty += 1
                break
            chance -= share
        order_id = self._take(form) if is_taken else ""
        return _answered(shape, order_id)

    def _take(self, form: dict[str, str]) -> str:
        order_id = f"26112000{len(self.taken):07}"
        lag = self._dice.uniform(0, LAG_S) if self._dice.random() < LATE else 0.0
        row = {
            "order_id": order_id, "parent_order_id": None, "status": "OPEN", "status_message": None,
            "tag": form["tag"], "tags": [form["tag"]], "instrument_token": TOKEN, "exchange": "NSE",
            "tradingsymbol": form["tradingsymbol"], "transaction_type": form["transaction_type"],
            "product": form["product"], "order_type": form["order_type"], "quantity": int(form["quantity"]),
            "filled_quantity": 0, "pending_quantity": int(form["quantity"]), "cancelled_quantity": 0,
            "price": float(form["price"]), "trigger_price": 0, "average_price": 0, "order_timestamp": STAMP,
        }  # fmt: skip
        self.taken.append({"row": row, "seen_from": time.monotonic() + lag})
        return order_id

    def by_tag(self) -> Counter[str]:
        """Answer how many orders it took under each tag."""
        return Counter(row["row"]["tag"] for row in self.taken)


def _answered(shape: str, order_id: str) -> Reply:
    good = ok({"order_id": order_id})
    said = "Order request timed out. Please check the order book and confirm before placing again."
    return {
        "well": good,
        "lost": Reply(shape="drop"),
        "reject": error(400, "InputException", "Invalid quantity."),
        "stall": Reply(shape="stall"),
        "drop": Reply(shape="drop"),
        "html": Reply(502, b"<html>bad gateway</html>", "text/html"),
        "timeout as 400": error(400, "OrderException", said),
        "bare 504": Reply(504, b"", None),
        "no data": Reply(body=b'{"status": "success"}'),
        "truncated": Reply(body=good.body, shape="truncated"),
    }[shape]


@dataclass(slots=True)
class Tally:
    """What one way of sending came to."""

    way: str
    intents: int = 0
    broker_orders: int = 0
    duplicates: int = 0
    dead_but_live: int = 0
    live_but_absent: int = 0
    through_unknown: int = 0
    unresolved: int = 0

    def judged(self, told: dict[str, bool], server: HostileKite) -> Tally:
        """Hold what the client believes of each tag (live or not) against what the broker took."""
        taken = server.by_tag()
        self.intents, self.broker_orders = len(told), sum(taken.values())
        self.duplicates = sum(n - 1 for n in taken.values())
        self.dead_but_live = sum(not live and taken[tag] > 0 for tag, live in told.items())
        self.live_but_absent = sum(live and not taken[tag] for tag, live in told.items())
        return self


def entry(n: int) -> Order:
    """Make the n-th order."""
    order_id = f"ORB-{n}"
    return Order(
        order_id, order_id, "", Role.ENTRY, TOKEN, "RELIANCE", Side.BUY, 1, OrderKind.LIMIT, 141900, 0, Product.MIS,
        "ORB", order_tag("proof", order_id), 1, 2, Bracket(141000, None),
    )  # fmt: skip


# -- the protocol ----------------------------------------------------------------------------------


@dataclass(slots=True)
class Known:
    """What the protocol knows of its orders."""

    state: dict[str, Status] = field(default_factory=dict)
    doubted: int = 0


async def by_protocol(intents: int, seed: int) -> Tally:
    """Send through the live broker: once, and whatever is not known is looked for by its tag."""
    clock = WallClock(0, 1000.0)  # only the pace is measured by it
    with HostileKite(seed) as server:
        rest = KiteRest("key", lambda: "token-of-the-day", clock, root=server.root, order_s=TIMEOUT_S)
        broker = LiveBroker(KiteDoor(rest), TABLE, lambda: 1, account="proof", closes=10**9 * NS)
        known = Known()
        for n in range(intents):
            await _sent(broker, entry(n), known)
        await _resolved(broker, known)
        await rest.close()
        told = {entry(n).tag: known.state[entry(n).order_id] is not Status.REJECTED for n in range(intents)}
        tally = Tally("one send, evidence alone")
        unknown = {entry(n).tag for n in range(intents) if known.state[entry(n).order_id] is Status.UNKNOWN}
        # What is unknown is claimed neither live nor dead; it blocks its name until the end of the day.
        tally.judged({tag: live for tag, live in told.items() if tag not in unknown}, server)
        tally.intents, tally.through_unknown = intents, known.doubted
        tally.unresolved = sum(server.by_tag()[tag] > 0 for tag in unknown)
        return tally


async def _sent(broker: LiveBroker, order: Order, known: Known) -> None:
    known.state[order.order_id] = Status.SENT
    try:
        await broker.place(order)
    except OutcomeUnknown:
        known.state[order.order_id], known.doubted = Status.UNKNOWN, known.doubted + 1
    except BrokerError:
        known.state[order.order_id] = Status.REJECTED
    _heard(broker, known)


async def _resolved(broker: LiveBroker, known: Known) -> None:
    until = time.monotonic() + 3 * LAG_S
    while time.monotonic() < until:
        try:
            await broker.look()
        except BrokerError:
            continue  # a read that failed is no evidence of anything
        _heard(broker, known)
        await asyncio.sleep(0.1)


def _heard(broker: LiveBroker, known: Known) -> None:
    for report in broker.reports():
        if isinstance(report, OrderMoved) and report.order_id in known.state:
            known.state[report.order_id] = report.status


# -- the two ways that people use ------------------------------------------------------------------


def by_retry(kite: Any, order: Order) -> bool:
    """Try three times on any error; answer whether the order is believed live."""
    for _ in range(3):
        try:
            kite.place_order(**_asked(order))
        except Exception:  # this is the very mistake that is shown
            continue
        return True
    return False


def by_looking_first(kite: Any, order: Order) -> bool:
    """Follow the broker's own advice: on an error of the network look into the book; not there, send again."""
    from kiteconnect.exceptions import InputException, OrderException
    from requests.exceptions import RequestException

    for _ in range(3):
        try:
            kite.place_order(**_asked(order))
        except (InputException, OrderException, KeyError):
            return False
        except (RequestException, Exception):
            if _is_in_book(kite, order.tag):
                return True
            continue
        return True
    return False


def _is_in_book(kite: Any, tag: str) -> bool:
    try:
        return any(tag in row["tags"] for row in kite._get("orders"))
    except Exception:
        return False


def naively(way: str, send: Callable[[Any, Order], bool], intents: int, seed: int) -> Tally:
    """Send the same intents with the official client alone."""
    from kiteconnect import KiteConnect

    with HostileKite(seed) as server:
        kite = KiteConnect(api_key="key", access_token="token-of-the-day", root=server.root, timeout=TIMEOUT_S)
        told = {entry(n).tag: send(kite, entry(n)) for n in range(intents)}
        return Tally(way).judged(told, server)


def _asked(order: Order) -> dict[str, Any]:
    return {
        "variety": "regular", "exchange": "NSE", "tradingsymbol": order.symbol, "transaction_type": "BUY",
        "quantity": order.quantity, "product": "MIS", "order_type": "LIMIT", "price": order.price / 100,
        "validity": "DAY", "tag": order.tag,
    }  # fmt: skip


def proof(intents: int, seed: int) -> tuple[Tally, Tally, Tally]:
    """Run the three ways against the same dice."""
    return (
        naively("retry three times on any error", by_retry, intents, seed),
        naively("look into the book, then retry", by_looking_first, intents, seed),
        asyncio.run(by_protocol(intents, seed)),
    )


def main() -> None:
    """Run the proof and print what each way came to; exit code 1 when the protocol doubled or lost an order."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--intents", type=int, default=400)
    parser.add_argument("--seed", type=int, default=5)
    asked = parser.parse_args()
    found = proof(asked.intents, asked.seed)
    print(f"{'way':<34}{'orders':>8}{'doubled':>9}{'dead but live':>15}{'live but absent':>17}{'via UNKNOWN':>13}")
    for t in found:
        print(
            f"{t.way:<34}{t.broker_orders:>8}{t.duplicates:>9}{t.dead_but_live:>15}{t.live_but_absent:>17}"
            f"{t.through_unknown:>13}"
        )
    ours = found[-1]
    print(f"taken by the broker and still unknown after the last look: {ours.unresolved}")
    sys.exit(bool(ours.duplicates or ours.dead_but_live or ours.live_but_absent or ours.unresolved))


if __name__ == "__main__":
    main()

"""The day report: one HTML file with everything inside, readable in ten years and without a network.

It is drawn from facts alone, so the report of a replayed day equals the report of the day itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cockpit.account import Trade
from cockpit.clock import hhmmss
from cockpit.facts import DayClosed, DayOpened, Incident
from cockpit.money import Paise, group_indian, price_text, rupees
from cockpit.opinions import Scan
from cockpit.orders import Charges, Fill, Intent, Order, OrderMoved, Refusal, Role

CURVE_SIZE: Final = (920, 220)
CHARGE_LINES: Final = ("brokerage", "stt", "exchange", "sebi", "stamp", "gst", "dp", "penalty")


@dataclass(frozen=True, slots=True)
class DayStory:
    """Everything a day's report is made of."""

    opened: DayOpened
    closed: DayClosed
    trades: Sequence[Trade]
    fills: Sequence[Fill]
    orders: Sequence[tuple[Order, OrderMoved | None]]
    intents: Sequence[tuple[Intent, tuple[Refusal, ...]]]
    incidents: Sequence[Incident]
    scan: Scan | None
    equity: Sequence[tuple[int, Paise]]
    """(ns UTC, equity) through the day, oldest first."""
    head: tuple[int, str]
    """The journal's last sequence number and hash: what this report can be checked against."""


def written(story: DayStory, path: Path, templates: Path) -> Path:
    """Write the report of `story` to `path`, laid out by `day.html` of the folder `templates`, and answer the path."""
    environment = Environment(loader=FileSystemLoader(templates), autoescape=True, undefined=StrictUndefined)
    environment.filters.update(rupees=rupees, hhmmss=hhmmss, price=price_text, count=lambda n: group_indian(str(n)))
    page = environment.get_template("day.html").render(s=story, **_figures(story))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")
    return path


def wilson(wins: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Answer the 95 % Wilson interval of a win rate; (0, 1) when there is no trade to judge by."""
    if n == 0:
        return 0.0, 1.0
    centre = (wins + z * z / 2) / (n + z * z)
    half = z * sqrt(wins * (n - wins) / n + z * z / 4) / (n + z * z)
    return max(0.0, centre - half), min(1.0, centre + half)


def _figures(story: DayStory) -> dict[str, Any]:
    wins = sum(t.net_paise > 0 for t in story.trades)
    charges = sum((f.charges for f in story.fills), Charges())
    refused = Counter(r.code for _, refusals in story.intents for r in refusals)
    return {
        "wins": wins,
        "win_interval": wilson(wins, len(story.trades)),
        "rows": [_row(t, story) for t in story.trades],
        "charges": charges,
        "charge_lines": [(name, getattr(charges, name)) for name in CHARGE_LINES],
        "slippage": sum(f.slippage for f in story.fills),
        "refused": refused.most_common(),
        "n_refused": sum(bool(refusals) for _, refusals in story.intents),
        "curve": _curve(story),
        "by_rule": _by_rule(story.trades),
        "entries": sum(order.role is Role.ENTRY for order, _ in story.orders),
    }


def _row(trade: Trade, story: DayStory) -> dict[str, Any]:
    intent = next((i for i, _ in story.intents if i.intent_id == trade.intent_id), None)
    risk = intent.risk_per_share * trade.quantity if intent else 0
    return {
        "trade": trade,
        "r": f"{trade.net_paise / risk:+.2f}".replace("-", "\u2212") if risk else "\u2014",
        "reason": intent.reason if intent else "\u2014",
    }


def _by_rule(trades: Sequence[Trade]) -> list[tuple[str, int, int, Paise]]:
    rules = sorted({t.rule for t in trades})
    own = {rule: [t for t in trades if t.rule == rule] for rule in rules}
    return [(r, len(own[r]), sum(t.net_paise > 0 for t in own[r]), sum(t.net_paise for t in own[r])) for r in rules]


def _curve(story: DayStory) -> dict[str, Any] | None:
    """Answer the equity curve as SVG path data in the report's own coordinates."""
    if len(story.equity) < 2:
        return None
    width, height = CURVE_SIZE
    first, last = story.equity[0][0], story.equity[-1][0]
    values = [equity for _, equity in story.equity]
    base = story.opened.equity_paise
    low, high = min(*values, base), max(*values, base)
    span = max(1, high - low)

    def x(ts: int) -> float:
        return (ts - first) / max(1, last - first) * width

    def y(value: Paise) -> float:
        return height - 8 - (value - low) / span * (height - 16)

    path = "M" + "L".join(f"{x(ts):.1f} {y(v):.1f}" for ts, v in story.equity)
    return {"path": path, "base": y(base), "width": width, "height": height, "low": low, "high": high}

"""How a chart follows its name: bars from the reports, lines from the blotter, markers from the fills."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from cockpit.market import Bars, Instrument, Interval
from cockpit.money import price_text, rupees
from cockpit.orders import Fill, Role, Side, Status
from cockpit.ports import Reports
from cockpit.ui.blotter import position_rows, signal_rows
from cockpit.ui.board import Board
from cockpit.widgets.overlays import Gap, LineKind, Marker, MarkerKind, OpeningRange, PriceLine


class Chart(Protocol):
    """What a chart must take to be followed."""

    def set_bars(self, bars: Bars, interval: Interval) -> None:
        """Show closed bars."""

    def tick(self, bar: Bars) -> None:
        """Move the forming bar."""

    def close_bar(self, bar: Bars) -> None:
        """Close a bar."""


class Follower:
    """Keep one chart's bars equal to the reports': closed bars once, the forming bar as often as asked."""

    def __init__(self, chart: Chart, reports: Reports) -> None:
        self._chart, self._reports = chart, reports
        self._token, self._interval, self._live_ts = 0, Interval.M1, 0

    def begin(self, token: int, interval: Interval) -> int:
        """Show a name from the session's start and answer how many bars there are."""
        self._token, self._interval, self._live_ts = token, interval, 0
        bars = self._reports.bars(token, interval)
        self._chart.set_bars(bars[:-1], interval)
        if len(bars):
            self._chart.tick(bars[-1:])
            self._live_ts = int(bars[-1]["ts_open"])
        return len(bars)

    def step(self) -> None:
        """Take in what happened since the last step."""
        bars = self._reports.bars(self._token, self._interval)
        if not len(bars):
            return
        fresh = bars[bars["ts_open"] >= self._live_ts]
        for nth in range(len(fresh) - 1):
            self._chart.close_bar(fresh[nth : nth + 1])
        if len(fresh):
            self._chart.tick(fresh[-1:])
            self._live_ts = int(fresh[-1]["ts_open"])


def price_lines(board: Board, reports: Reports, token: int) -> list[PriceLine]:
    """Answer the lines of the open position and of the armed signals of a name."""
    lines: list[PriceLine] = []
    for row in position_rows(board, reports):
        if row.token == token:
            word = "LONG" if row.side is Side.BUY else "SHORT"
            entry = round(row.entry * 100)
            lines.append(PriceLine(f"{row.key}:entry", entry, f"{word} {row.quantity}", LineKind.ENTRY, row.opened_ts))
            lines += _ways_out(row.key, row.stop, row.target, row.opened_ts)
    if lines:
        return lines
    waiting = {Status.OPEN.value, Status.TRIGGER_PENDING.value, Status.SENT.value, Status.UNKNOWN.value}
    for signal in signal_rows(reports):
        if signal.token == token and signal.outcome in waiting:
            word = "BUY" if signal.side is Side.BUY else "SELL"
            unsure = " ?" if signal.outcome == Status.UNKNOWN.value else ""
            lines.append(
                PriceLine(
                    f"{signal.key}:entry", signal.entry, f"{word} {signal.rule}{unsure}", LineKind.ENTRY, signal.ts
                )
            )
            lines += _ways_out(signal.key, signal.stop, signal.target, signal.ts)
            break
    return lines


def _ways_out(key: str, stop: int | None, target: int | None, since: int) -> list[PriceLine]:
    found = []
    if stop is not None:
        found.append(PriceLine(f"{key}:stop", stop, "SL", LineKind.STOP, since))
    if target is not None:
        found.append(PriceLine(f"{key}:target", target, "TGT", LineKind.TARGET, since))
    return found


def markers(reports: Reports, token: int) -> list[Marker]:
    """Answer entries and exits of a name, each with its story as tooltip."""
    reasons = {intent.intent_id: intent.reason for intent, _ in reports.intents()}
    return [_marker(fill, reasons.get(fill.intent_id, "")) for fill in reports.fills() if fill.token == token]


def _marker(fill: Fill, reason: str) -> Marker:
    entry = fill.role is Role.ENTRY
    words = (
        f"{fill.rule} {fill.role.value.lower()}: {fill.side.name} {fill.quantity} at {price_text(fill.price)},"
        f" charges {rupees(fill.charges.total)}"
    )
    return Marker(
        fill.ts,
        fill.price,
        MarkerKind.ENTRY if entry else MarkerKind.EXIT,
        fill.rule,
        f"{words}\n{reason}".strip(),
        (fill.side is Side.BUY) is entry,
    )


def opening_range(board: Board, reports: Reports, token: int) -> OpeningRange | None:
    """Answer the finished opening range of a name as a band; None before it is complete."""
    found = reports.opening_range(token)
    ends = reports.opening_range_ends()
    if found is None or ends is None or board.day is None:
        return None
    session = board.day.session
    return OpeningRange(found[0], found[1], session.opens, ends, session.closes, "ORB")


def gaps(board: Board) -> list[Gap]:
    """Answer the stretches in which the feed was gone."""
    return [Gap(opens, closes or board.now) for opens, closes in board.gaps]


def wall_names(board: Board, reports: Reports, n: int, *, without: int = 0) -> Sequence[Instrument]:
    """Answer up to `n` names worth watching side by side: held first, then wanted, then by the scan's rank."""
    if board.day is None:
        return ()
    held = list(reports.account().positions)
    wanted = [intent.token for intent, _ in reports.intents()]
    scan = reports.scan()
    ranked = [pick.token for pick in scan.picks] if scan is not None else []
    rest = [i.token for i in board.day.instruments if not i.is_index]
    ordered = dict.fromkeys([*held, *reversed(wanted), *ranked, *rest])
    chosen = [token for token in ordered if token != without and board.watches(token)][:n]
    return [board.day.instruments[board.slot(token)] for token in chosen]

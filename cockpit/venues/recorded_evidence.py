"""The recorded NSE files as one evening's evidence: what was known, and when it could first be known.

Prices are split-adjusted, with dividends as a factor beside them; delivery comes from the exchange's own evening files.
Left out on purpose: the snapshot of ratios (it is of 2026, the future of everything else) and the labelled headlines
(nobody wrote down when they appeared).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from datetime import time as clock_time
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from cockpit.clock import instant
from cockpit.errors import BadInput
from cockpit.evidence import INDEX_DAY, NIGHT, Evidence, Finding, Flaw, Missing, Origin, Rows, Sourced, Table, instants
from cockpit.market import DailyPanel
from cockpit.venues.quality import repaired
from cockpit.venues.recorded import RecordedMarket
from cockpit.venues.recorded_tables import Column, Names, recorded_table, table_builders
from cockpit.venues.renames import NO_RENAMES, Renames

DAILY: Final = "daily_ohlcv.parquet"
DELIVERY: Final = "daily_raw_delivery.parquet"
INDEX: Final = "index_daily.parquet"
AS_OF: Final = clock_time(20, 0)
"""The evening is judged at 20:00, when everything of the day is out."""
THIN_SHARE: Final = 0.5
"""A session in which fewer names traded than this share of the usual number is left out: nothing is measured by it."""
THIN_DAYS: Final = 21
UNDATED: Final = "the recorded headlines carry labels and no dates"
NO_LISTS: Final = "no recording of the exchange's surveillance lists"


def recorded_evidence(folder: Path, renames: Renames = NO_RENAMES) -> Evidence:
    """Read a folder of recordings as the evidence of its last evening; `Evidence.known` answers earlier ones.

    Names are those of the adjusted daily file; what other files say of other names is left out, after `renames`.
    Errors: BadInput when the folder or the daily file is missing; any other missing file is a Missing table.
    """
    market = RecordedMarket(folder)
    panel, findings = _prices(market, folder, renames)
    session: date = panel.days[-1].astype(object)
    as_of = instant(session, AS_OF)
    names = Names({i.symbol: i.token for i in panel.instruments}, renames)
    tables: dict[str, Any] = {n: recorded_table(folder, n, build, names) for n, build in table_builders().items()}
    actions = tables["actions"]
    panel, flaws = repaired(panel, actions=None if isinstance(actions, Missing) else actions.value)
    whole = Evidence(
        session=session,
        as_of=as_of,
        prices=Sourced(panel, Origin(f"recorded {DAILY}", newest=as_of, fetched=as_of)),
        index=_index(folder),
        headlines=Missing("headlines", UNDATED),
        surveillance=Missing("surveillance", NO_LISTS),
        findings=(*findings, *flaws),
        **tables,
    )
    return whole.known(session, as_of)


def _prices(market: RecordedMarket, folder: Path, renames: Renames) -> tuple[DailyPanel, tuple[Finding, ...]]:
    if not (folder / DAILY).is_file():
        raise BadInput(f"{DAILY} is not in {folder}; evidence begins with prices")
    columns = ["date", "symbol", "open", "high", "low", "close", "adj_close", "volume"]
    table = pq.read_table(folder / DAILY, columns=columns)
    symbol = Column.of(table["symbol"])
    days, row = _days(np.asarray(table["date"]))
    instruments = tuple(market.instrument(s) for s in symbol.words)
    traded = np.asarray(table["volume"]) > 0
    grids = {}
    for field in columns[2:]:
        grid = np.full((len(days), len(instruments)), np.nan)
        # A row without volume repeats the price before: nobody traded, so there is no bar.
        grid[row[traded], symbol.codes[traded]] = np.asarray(table[field], dtype=np.float64)[traded]
        grids[field] = grid
    reinvested = grids.pop("adj_close") / grids["close"]
    names = Names({i.symbol: i.token for i in instruments}, renames)
    usual, left_out = _usual_sessions(days, ~np.isnan(grids["close"]))
    panel = DailyPanel(
        days=days[usual],
        instruments=instruments,
        **{field: grid[usual] for field, grid in grids.items()},
        delivery=_delivery(folder, days[usual], names),
        source=DAILY,
        reinvested=reinvested[usual],
    )
    empty = ~traded & usual[row]
    return panel, (*left_out, *_untraded(days[row[empty]], symbol.codes[empty], symbol.words))


def _days(days: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    whole = days.astype("datetime64[D]")
    first = whole.min()
    there = np.bincount((whole - first).astype(np.int64)) > 0
    place = np.cumsum(there) - 1
    return first + np.flatnonzero(there), place[(whole - first).astype(np.int64)]


def _usual_sessions(days: NDArray[Any], traded: NDArray[Any]) -> tuple[NDArray[Any], tuple[Finding, ...]]:
    """Tell the sessions to keep: all but those in which nothing, or far less than in the sessions before, traded."""
    count = traded.sum(axis=1)
    usual = np.ones(len(days), dtype=bool)
    found = []
    for t in range(len(days)):
        before = count[max(0, t - THIN_DAYS) : t][usual[max(0, t - THIN_DAYS) : t]]
        expected = float(np.median(before)) if len(before) else float(count[t])
        if count[t] == 0 or count[t] < THIN_SHARE * expected:
            usual[t] = False
            flaw = Flaw.THIN_SESSION if count[t] else Flaw.NO_SESSION
            day: date = days[t].astype(object)
            found.append(Finding(flaw, "", day, day, f"{count[t]} names traded, {expected:.0f} is usual; left out"))
    return usual, tuple(found)


def _untraded(days: NDArray[Any], codes: NDArray[Any], words: Sequence[str]) -> tuple[Finding, ...]:
    found = []
    for code in np.unique(codes).tolist():
        mine = np.sort(days[codes == code])
        first, last = mine[0].astype(object), mine[-1].astype(object)
        found.append(Finding(Flaw.UNTRADED, words[code], first, last, f"{len(mine)} days without volume left empty"))
    return tuple(found)


def _delivery(folder: Path, days: NDArray[Any], names: Names) -> NDArray[Any]:
    """Answer the delivered share, 0..1, of [day, name]; rows that only repeat the session before are dropped."""
    grid = np.full((len(days), len(names.tokens)), np.nan)
    if not (folder / DELIVERY).is_file():
        return grid
    table = pq.read_table(folder / DELIVERY, columns=["date", "symbol", "delivery_pct", "stale_repeat"])
    token, known_tokens = names.of(table["symbol"]), np.array(list(names.tokens.values()))
    order = np.argsort(known_tokens)
    nearest = order[np.minimum(np.searchsorted(known_tokens[order], token), len(order) - 1)]
    column = np.where(known_tokens[nearest] == token, nearest, -1)
    day = np.asarray(table["date"]).astype("datetime64[D]")
    row = np.minimum(np.searchsorted(days, day), len(days) - 1)
    known = (days[row] == day) & (column >= 0) & ~np.asarray(table["stale_repeat"], dtype=bool)
    grid[row[known], column[known]] = np.asarray(table["delivery_pct"], dtype=np.float64)[known] / 100
    return grid


def _index(folder: Path) -> Table:
    if not (folder / INDEX).is_file():
        return Missing("index", f"{INDEX} is not among the recordings")
    table = pq.read_table(
        folder / INDEX,
        columns=["date", "symbol", "open", "high", "low", "close"],
        filters=[("symbol", "in", ["NIFTY 50", "INDIA VIX"])],
    )
    symbol = np.asarray(table["symbol"].cast("string")).astype(str)
    day = np.asarray(table["date"]).astype("datetime64[D]")
    nifty, vix = symbol == "NIFTY 50", symbol == "INDIA VIX"
    rows: Rows = np.zeros(int(nifty.sum()), dtype=INDEX_DAY)
    rows["day"] = day[nifty]
    for field in ("open", "high", "low", "close"):
        rows[field] = np.asarray(table[field], dtype=np.float64)[nifty]
    rows = rows[np.argsort(rows["day"], kind="stable")]
    closes = dict(zip(day[vix].tolist(), np.asarray(table["close"], dtype=np.float64)[vix].tolist(), strict=True))
    rows["vix"] = [closes.get(d, np.nan) for d in rows["day"].tolist()]
    rows["visible"] = instants(rows["day"], NIGHT)
    newest = int(rows["visible"].max())
    return Sourced(rows, Origin(f"recorded {INDEX}", newest=newest, fetched=newest))

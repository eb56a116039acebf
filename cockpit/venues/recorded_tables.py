"""The recorded tables beyond prices: filings, results, holdings, deals, flows, positions, corporate actions.

Each row is stamped with the first instant a reader could have had it. Where the recording carries no hour, the day is
taken as over; where its figures may have been restated since, they count from when the restatement was public.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from cockpit.clock import IST_OFFSET_NS
from cockpit.errors import BadInput
from cockpit.evidence import (
    ACTION,
    DAY_END,
    DEAL,
    EVENING,
    FILING,
    FLOW,
    ITEMS,
    MORNING,
    NIGHT,
    OWNERSHIP,
    OWNERSHIP_LAG_DAYS,
    POSITIONING,
    SURPRISE,
    YEAR_LAG_DAYS,
    Missing,
    Origin,
    Rows,
    Sourced,
    Table,
    instants,
)
from cockpit.venues.renames import Renames

ANNUAL: Final[Mapping[str, str]] = {
    "Total Revenue": "revenue", "Gross Profit": "gross_profit", "Operating Income": "operating_income", "EBIT": "ebit",
    "EBITDA": "ebitda", "Interest Expense": "interest", "Pretax Income": "pretax_income", "Tax Provision": "tax",
    "Net Income": "net_income", "Basic Average Shares": "shares", "Basic EPS": "eps",
}  # fmt: skip
ANSWERS: Final[Mapping[str, str]] = {
    "f1_roa_pos": "roa_positive", "f2_cfo_pos": "cash_positive", "f3_roa_up": "roa_up",
    "f4_accruals": "cash_above_income", "f5_leverage_down": "leverage_down", "f6_curratio_up": "current_ratio_up",
    "f7_no_dilution": "no_issue", "f8_margin_up": "margin_up", "f9_turnover_up": "turnover_up", "roce": "roce",
}  # fmt: skip
HELD: Final[Mapping[str, str]] = {
    "foreign_index_long": "fiiIdxFutlong", "foreign_index_short": "fiiIdxFutshort",
    "domestic_index_long": "diiIdxFutlong", "domestic_index_short": "diiIdxFutshort",
    "own_index_long": "propIdxFutlong", "own_index_short": "propIdxFutshort",
    "foreign_stock_long": "fiiStkFutlong", "foreign_stock_short": "fiiStkFutshort",
    "advances": "adv", "declines": "dec",
}  # fmt: skip
HOLDERS: Final[Mapping[str, str]] = {
    "Promoters": "promoter", "FIIs": "foreign", "DIIs": "domestic", "Public": "public",
}  # fmt: skip
SESSIONS_A_MONTH: Final = 21
KEY_DAYS: Final = 100_000
"""More days than any date has since 1970: a name and a day make one number."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of repeated words: each row's place among the words, which ascend."""

    words: tuple[str, ...]
    codes: NDArray[Any]

    @classmethod
    def of(cls, column: pa.ChunkedArray) -> Column:
        """Read a text column, dictionary-coded or plain."""
        coded = column.combine_chunks()
        if not pa.types.is_dictionary(coded.type):
            coded = coded.dictionary_encode()
        words = np.asarray(coded.dictionary.cast("string")).astype(str)
        order = np.argsort(words)
        place = np.empty(len(words), dtype=np.int64)
        place[order] = np.arange(len(words))
        return cls(tuple(words[order].tolist()), place[np.asarray(coded.indices)])


@dataclass(frozen=True, slots=True)
class Names:
    """The names that count, by symbol, and what older symbols are called now."""

    tokens: Mapping[str, int]
    renames: Renames

    def of(self, column: pa.ChunkedArray) -> NDArray[Any]:
        """Answer the token of each row, -1 for a name that is not among those that count."""
        coded = Column.of(column)
        tokens = [self._token(word) for word in coded.words]
        return np.asarray(np.array(tokens, dtype=np.int64)[coded.codes])

    def _token(self, symbol: str) -> int:
        if symbol in self.tokens:
            return self.tokens[symbol]
        return self.tokens.get(self.renames.today(symbol), -1)


Builder: TypeAlias = Callable[[Callable[[str], pa.Table], Names], Rows]
"""Builds one table's rows: given a reader of recorded files and the names that count."""


def table_builders() -> Mapping[str, Builder]:
    """Answer how each table of the evidence but the index is built."""
    return {
        "filings": _filings,
        "surprises": _surprises,
        "ownership": _ownership,
        "deals": _deals,
        "flows": _flows,
        "positioning": _positioning,
        "actions": _actions,
    }


def recorded_table(folder: Path, what: str, build: Builder, names: Names) -> Table:
    """Answer one table in order of `visible`, or Missing when its files are not there or say nothing of the names."""
    read: list[str] = []

    def reader(file: str) -> pa.Table:
        if not (folder / file).is_file():
            raise BadInput(f"{file} is not among the recordings")
        read.append(file)
        return pq.read_table(folder / file)

    try:
        rows = build(reader, names)
    except BadInput as fault:
        return Missing(what, str(fault))
    if not len(rows):
        return Missing(what, f"{' and '.join(read)} say nothing of the names in the daily file")
    rows = rows[np.argsort(rows["visible"], kind="stable")]
    newest = int(rows["visible"][-1])
    return Sourced(rows, Origin(f"recorded {', '.join(read)}", newest=newest, fetched=newest))


def _filings(read: Callable[[str], pa.Table], names: Names) -> Rows:
    return np.concatenate([_answers(read("piotroski_panel.parquet"), names), _annual(read, names)])


def _answers(table: pa.Table, names: Names) -> Rows:
    """Take the ready-made answers from the evening of the day the source says they could be known."""
    token, end, visible = (
        names.of(table["symbol"]),
        _day(table["fy_end"]),
        instants(_day(table["visible_from"]), EVENING),
    )
    return np.concatenate(
        [_filed(token, item, end, visible, _float(table[column])) for column, item in ANSWERS.items()]
    )


def _annual(read: Callable[[str], pa.Table], names: Names) -> Rows:
    """Take annual figures from when no later filing could change them any more.

    The recording holds each year as it stood in October 2023. A year's figures are restated, if at all, beside those of
    the next year; so a year counts from the filing of the next one, and the newest of a name from its own.
    """
    table = read("income_statements_annual.parquet")
    token, end = names.of(table["symbol"]), _day(table["fy_end"])
    final = _next_end(token, end)
    visible = instants(final, DAY_END, lag_days=YEAR_LAG_DAYS)
    said = Column.of(table["item"])
    value = _float(table["value"])
    parts = []
    for code, word in enumerate(said.words):
        if word in ANNUAL:
            mine = said.codes == code
            parts.append(_filed(token[mine], ANNUAL[word], end[mine], visible[mine], value[mine]))
    return np.concatenate(parts)


def _next_end(token: NDArray[Any], end: NDArray[Any]) -> NDArray[Any]:
    """Answer for each row the end of the same name's next year in the table, its own when there is none."""
    key = _key(token, end)
    known = np.unique(key)
    follows = np.append(known[1:] // KEY_DAYS == known[:-1] // KEY_DAYS, False)
    after = np.where(follows, np.append(known[1:], 0), known)
    return np.asarray(after[np.searchsorted(known, key)] % KEY_DAYS).astype("datetime64[D]")


def _key(token: NDArray[Any], day: NDArray[Any]) -> NDArray[np.int64]:
    """Answer one number for a name and a day, ascending by name, then by day."""
    return np.asarray(token * KEY_DAYS + day.astype(np.int64))


def _filed(token: NDArray[Any], item: str, end: NDArray[Any], visible: NDArray[Any], value: NDArray[Any]) -> Rows:
    kept = (token >= 0) & ~np.isnan(value)
    rows: Rows = np.zeros(int(kept.sum()), dtype=FILING)
    rows["token"], rows["item"], rows["months"] = token[kept], ITEMS.index(item), 12
    rows["period_end"], rows["visible"], rows["value"] = end[kept], visible[kept], value[kept]
    return rows


def _surprises(read: Callable[[str], pa.Table], names: Names) -> Rows:
    """Take results with their consensus, and the exchange's stamps of results, which carry no figures.

    The recorded consensus has a day and no hour, so it counts from that day's end. A stamp is a row of its own with
    both figures NaN: most stamps are of the filing, which may follow the announcement by weeks.
    """
    told, stamps = read("earnings_surprises.parquet"), read("result_announcement_times.parquet")
    figures: Rows = np.zeros(told.num_rows, dtype=SURPRISE)
    figures["token"], figures["visible"] = names.of(told["symbol"]), instants(_day(told["date"]), DAY_END)
    figures["estimate"], figures["reported"] = _float(told["eps_estimate"]), _float(told["eps_reported"])
    plain: Rows = np.zeros(stamps.num_rows, dtype=SURPRISE)
    plain["token"] = names.of(stamps["symbol"])
    plain["visible"] = np.asarray(stamps["ts"]).astype("datetime64[ns]").astype(np.int64) - IST_OFFSET_NS
    plain["estimate"] = plain["reported"] = np.nan
    rows = np.concatenate([figures, plain])
    return rows[rows["token"] >= 0]


def _ownership(read: Callable[[str], pa.Table], names: Names) -> Rows:
    """Take holdings after their publication lag. `public` is neither promoter nor institution, so it is known only
    where the institutions are: the wider recording counts them among the public."""
    wide, deep = read("shareholding_quarterly.parquet"), read("ownership_fii_dii.parquet")
    token = np.concatenate([names.of(wide["symbol"]), names.of(deep["symbol"])])
    end = np.concatenate([_day(wide["date"]), _day(deep["date"])])
    keys, place = np.unique(_key(token, end), return_inverse=True)
    rows: Rows = np.zeros(len(keys), dtype=OWNERSHIP)
    rows["token"], rows["period_end"] = keys // KEY_DAYS, (keys % KEY_DAYS).astype("datetime64[D]")
    rows["visible"] = instants(rows["period_end"], DAY_END, lag_days=OWNERSHIP_LAG_DAYS)
    for share in ("promoter", "foreign", "domestic", "public"):
        rows[share] = np.nan
    rows["promoter"][place[: wide.num_rows]] = _float(wide["promoter_pct"]) / 100
    holder, pct = Column.of(deep["holder"]), _float(deep["pct"]) / 100
    for code, word in enumerate(holder.words):
        if word in HOLDERS:
            mine = holder.codes == code
            rows[HOLDERS[word]][place[wide.num_rows :][mine]] = pct[mine]
    return rows[rows["token"] >= 0]


def _deals(read: Callable[[str], pa.Table], names: Names) -> Rows:
    table = read("bulk_deals.parquet")
    rows: Rows = np.zeros(table.num_rows, dtype=DEAL)
    rows["token"], rows["day"] = names.of(table["symbol"]), _day(table["date"])
    rows["visible"] = instants(rows["day"], EVENING)
    rows["side"] = np.where(np.asarray(table["side"].cast("string")) == "BUY", 1, -1)
    rows["quantity"], rows["price"] = np.asarray(table["quantity"]), np.rint(_float(table["price"]) * 100)
    client = Column.of(table["client"])
    rows["client"] = np.array([client_number(word) for word in client.words], dtype=np.int64)[client.codes]
    rows["is_fund"] = np.asarray(table["client_type"].cast("string")) == "institution"
    return rows[rows["token"] >= 0]


def client_number(client: str) -> int:
    """Answer a stable number for a client's name, capitals and spacing aside."""
    said = " ".join(client.upper().split())
    return int.from_bytes(hashlib.sha256(said.encode()).digest()[:7], "big")


def _flows(read: Callable[[str], pa.Table], names: Names) -> Rows:
    """Take monthly flows from the evening after the month's last day: before that the month was not whole."""
    table = read("fii_dii_monthly.parquet")
    rows: Rows = np.zeros(table.num_rows, dtype=FLOW)
    rows["day"], rows["sessions"] = _day(table["date"]), SESSIONS_A_MONTH
    rows["visible"] = instants(rows["day"], EVENING, lag_days=1)
    rows["foreign_crore"] = _float(table["net_purchase_sales_fii"])
    rows["domestic_crore"] = _float(table["net_purchase_sales_dii"])
    return rows


def _positioning(read: Callable[[str], pa.Table], names: Names) -> Rows:
    table = read("participant_positions_breadth.parquet")
    rows: Rows = np.zeros(table.num_rows, dtype=POSITIONING)
    rows["day"] = _day(table["date"])
    rows["visible"] = instants(rows["day"], NIGHT)
    for field, column in HELD.items():
        rows[field] = _float(table[column])
    return rows


def _actions(read: Callable[[str], pa.Table], names: Names) -> Rows:
    table = read("splits_dividends.parquet")
    rows: Rows = np.zeros(table.num_rows, dtype=ACTION)
    rows["token"], rows["ex_day"] = names.of(table["symbol"]), _day(table["date"])
    rows["visible"] = instants(rows["ex_day"], MORNING)
    split = _float(table["split"])
    rows["shares"] = np.where(split > 0, split, 1.0)
    rows["dividend"] = _float(table["dividend"])
    return rows[rows["token"] >= 0]


def _day(column: pa.ChunkedArray) -> NDArray[Any]:
    return np.asarray(column).astype("datetime64[D]")


def _float(column: pa.ChunkedArray) -> NDArray[Any]:
    return np.asarray(column, dtype=np.float64)

"""NSE's evening files as rows of evidence: delivery, deals, institutions, participants, actions, announcements, lists.

Columns as NSE publishes them (nseindia.com, reports and archives, as of 2026-09). Each parser takes the file's text and
its name, for words. Symbols become tokens by `Book`; rows of other names and series are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from cockpit.errors import BadInput
from cockpit.evidence import (
    DEAL,
    EVENING,
    FLOW,
    INDEX_DAY,
    NIGHT,
    POSITIONING,
    Headline,
    Rows,
    instants,
)
from cockpit.venues.day_bars import DAY_BAR
from cockpit.venues.nse_rows import Parsed, Row, collected, csv_rows, day, json_rows, known, moment, number
from cockpit.venues.recorded_tables import client_number
from cockpit.venues.renames import Renames

CASH_SERIES: Final = frozenset({"EQ", "BE", "BZ", "SM", "ST"})
FUND: Final = re.compile(
    r"\b(MUTUAL FUND|MF|INSURANCE|PENSION|PROVIDENT|FUND|SOVEREIGN|INVESTMENT AUTHORITY|BANK|TRUSTEE)\b"
)
"""Words in a client's name by which it is taken for an institution: our guess, as NSE does not say."""
NO_RECORDS: Final = "NO RECORDS"
SOURCE: Final = "NSE"


@dataclass(frozen=True, slots=True)
class Book:
    """The names that count, by symbol, and what older symbols are called now."""

    tokens: Mapping[str, int]
    renames: Renames

    def token(self, symbol: str, on: date) -> int | None:
        """Answer the token of a symbol as it was printed on a day, None for a name that does not count."""
        found = self.tokens.get(symbol)
        return self.tokens.get(self.renames.today(symbol, on)) if found is None else found


def delivery(text: str, file: str, book: Book) -> Parsed:
    """Read `sec_bhavdata_full`: raw prices of a day with the share that was delivered (DAY_BAR)."""
    needed = ("SYMBOL", "SERIES", "DATE1", "OPEN_PRICE", "CLOSE_PRICE", "TTL_TRD_QNTY", "DELIV_PER")

    def read(row: Row) -> tuple[object, ...] | None:
        if row["SERIES"] not in CASH_SERIES:
            return None
        on = day(row["DATE1"])
        token = book.token(row["SYMBOL"], on)
        if token is None:
            return None
        share = number(row["DELIV_PER"]) / 100
        if share < 0 or share > 1:
            raise BadInput(f"DELIV_PER {row['DELIV_PER']} given, 0 to 100 expected")
        prices = (known(row[f"{p}_PRICE"]) for p in ("OPEN", "HIGH", "LOW", "CLOSE"))
        return (token, on, *prices, known(row["TTL_TRD_QNTY"]), share, np.nan)

    return collected(csv_rows(text, file, needed), file, DAY_BAR, read)


def deals(text: str, file: str, book: Book) -> Parsed:
    """Read `bulk.csv` or `block.csv` (DEAL); they are out at 18:30 of their day."""
    needed = ("DATE", "SYMBOL", "CLIENT NAME", "BUY/SELL", "QUANTITY TRADED")
    price = "TRADE PRICE / WGHT. AVG. PRICE"

    def read(row: Row) -> tuple[object, ...] | None:
        if NO_RECORDS in " ".join(row.values()).upper():
            return None
        on = day(row["DATE"])
        token = book.token(row["SYMBOL"], on)
        if token is None:
            return None
        side = {"BUY": 1, "SELL": -1, "B": 1, "S": -1}.get(row["BUY/SELL"].upper())
        client = row["CLIENT NAME"].upper()
        if side is None or not client:
            raise BadInput(f"{row['BUY/SELL']!r} by {client!r} given, BUY or SELL by a named client expected")
        paise = round(known(row[price]) * 100)
        quantity = round(known(row["QUANTITY TRADED"]))
        if quantity <= 0 or paise <= 0:
            raise BadInput(f"{quantity} shares at {row[price]} given, both above 0 expected")
        is_fund = FUND.search(client) is not None
        return (token, on, _out(on), side, quantity, paise, client_number(client), is_fund)

    return collected(csv_rows(text, file, needed), file, DEAL, read)


def flows(text: str, file: str) -> Parsed:
    """Read the institutions' cash trading of a day, NSE's JSON or its CSV (FLOW, crore rupees, provisional)."""
    net: dict[date, dict[str, float]] = {}
    bad: list[str] = []
    for line, row in _flow_rows(text, file):
        try:
            who = row["CATEGORY"].upper()
            name = "foreign" if who.startswith(("FII", "FPI")) else "domestic" if who.startswith("DII") else ""
            if not name:
                raise BadInput(f"category {row['CATEGORY']!r} given, FII/FPI or DII expected")
            bought, sold, left = (known(row[c]) for c in ("BUY", "SELL", "NET"))
            if abs(bought - sold - left) > 0.02 * max(1.0, abs(bought)):
                raise BadInput(f"bought {bought:g}, sold {sold:g} and net {left:g} given, which do not add up")
            net.setdefault(day(row["DATE"]), {})[name] = left
        except (BadInput, KeyError) as fault:
            bad.append(f"{file} line {line}: {fault}")
    if not net:
        raise BadInput(f"no day with both figures: {'; '.join(bad) or file}")
    whole = [(d, _out(d), 1, n["foreign"], n["domestic"]) for d, n in sorted(net.items()) if len(n) == 2]
    return Parsed(np.array(whole, dtype=FLOW), tuple(bad))


def participants(text: str, file: str) -> Parsed:
    """Read `fao_participant_oi`: open contracts by kind of participant (POSITIONING); its day stands in the title.

    Errors: BadInput when the title has no day, a kind is missing, or longs and shorts do not add up to the same total.
    """
    title = re.search(r"as on\s+([A-Za-z]{3})[a-z]*\s+(\d{1,2}),?\s*(\d{4})", text)
    if title is None:
        raise BadInput(f"{file}: no title `... as on Jun 28, 2024` above the header")
    on = day(f"{int(title[2]):02d}-{title[1]}-{title[3]}")
    needed = ("CLIENT TYPE", "FUTURE INDEX LONG", "FUTURE INDEX SHORT", "FUTURE STOCK LONG", "FUTURE STOCK SHORT")
    held: dict[str, tuple[float, ...]] = {}
    for line, row in csv_rows(text, file, needed):
        try:
            held[row["CLIENT TYPE"].upper()] = tuple(known(row[column]) for column in needed[1:])
        except (BadInput, KeyError) as fault:
            raise BadInput(f"{file} line {line}: {fault}") from fault
    missing = {"FII", "DII", "PRO", "CLIENT"} - set(held)
    if missing:
        raise BadInput(f"{file}: no row of {', '.join(sorted(missing))}")
    sums = [sum(held[who][k] for who in ("FII", "DII", "PRO", "CLIENT")) for k in range(4)]
    if abs(sums[0] - sums[1]) > 1 or abs(sums[2] - sums[3]) > 1:
        raise BadInput(f"{file}: {sums[0]:g} index futures long and {sums[1]:g} short given: every contract has both")
    fii, dii, pro = held["FII"], held["DII"], held["PRO"]
    out = int(instants(np.array([on], dtype="M8[D]"), NIGHT)[0])
    told = (on, out, *fii[:2], *dii[:2], *pro[:2], *fii[2:], np.nan, np.nan)
    return Parsed(np.array([told], dtype=POSITIONING), ())


def index_closes(text: str, file: str) -> Rows:
    """Read `ind_close_all`: the day of NIFTY 50 and India VIX (INDEX_DAY)."""
    needed = ("INDEX NAME", "INDEX DATE", "CLOSING INDEX VALUE")
    found = {row["INDEX NAME"].upper(): row for _, row in csv_rows(text, file, needed)}
    nifty, vix = found.get("NIFTY 50"), found.get("INDIA VIX")
    if nifty is None:
        raise BadInput(f"{file}: no row of Nifty 50")
    values = (known(nifty[f"{which} INDEX VALUE"]) for which in ("OPEN", "HIGH", "LOW", "CLOSING"))
    on = day(nifty["INDEX DATE"])
    out = int(instants(np.array([on], dtype="M8[D]"), NIGHT)[0])
    fear = number(vix["CLOSING INDEX VALUE"]) if vix is not None else np.nan
    return np.array([(on, *values, fear, out)], dtype=INDEX_DAY)


def announcements(text: str, file: str, book: Book) -> tuple[tuple[Headline, ...], tuple[str, ...]]:
    """Read corporate announcements, NSE's JSON or its CSV: each with its category, from when NSE passed it on."""
    lines: list[Headline] = []
    bad: list[str] = []
    for line, row in _announcement_rows(text, file):
        try:
            visible = moment(row["PASSED ON"] or row["BROADCAST"])
            token = book.tokens.get(row["SYMBOL"])
            token = book.tokens.get(book.renames.today(row["SYMBOL"])) if token is None else token
            if token is not None:
                words = " ".join(f"{row['DETAILS'] or row['SUBJECT']}".split())
                lines.append(Headline(visible, token, words, SOURCE, row["SUBJECT"]))
        except (BadInput, KeyError) as fault:
            bad.append(f"{file} line {line}: {fault}")
    if len(bad) > max(1, 0.05 * (len(lines) + len(bad))):
        raise BadInput(f"{len(bad)} announcements cannot be read: {'; '.join(bad[:5])}")
    return tuple(sorted(set(lines), key=lambda h: (h.visible, h.token))), tuple(bad)


def _flow_rows(text: str, file: str) -> Iterator[tuple[int, Row]]:
    if text.lstrip().startswith(("[", "{")):
        keys = {"CATEGORY": "category", "DATE": "date", "BUY": "buyValue", "SELL": "sellValue", "NET": "netValue"}
        for line, told in enumerate(json_rows(text, file), start=1):
            yield line, {ours: str(told.get(theirs, "")) for ours, theirs in keys.items()}
        return
    for line, row in csv_rows(text, file, ("CATEGORY", "DATE")):
        # The sums' columns carry the rupee sign and the unit in their names, written in more than one way.
        sums = {word: next((v for k, v in row.items() if k.startswith(word)), "") for word in ("BUY", "SELL", "NET")}
        yield line, {"CATEGORY": row["CATEGORY"], "DATE": row["DATE"], **sums}


def _announcement_rows(text: str, file: str) -> Iterator[tuple[int, Row]]:
    if text.lstrip().startswith(("[", "{")):
        keys = {
            "SYMBOL": "symbol", "SUBJECT": "desc", "DETAILS": "attchmntText", "BROADCAST": "an_dt",
            "PASSED ON": "exchdisstime",
        }  # fmt: skip
        for line, told in enumerate(json_rows(text, file), start=1):
            yield line, {ours: str(told.get(theirs) or "") for ours, theirs in keys.items()}
        return
    for line, row in csv_rows(text, file, ("SYMBOL", "SUBJECT", "DETAILS", "BROADCAST DATE/TIME")):
        passed = row.get("DISSEMINATION", "")
        yield line, {**row, "BROADCAST": row["BROADCAST DATE/TIME"], "PASSED ON": "" if passed == "-" else passed}


def _out(on: date) -> int:
    return int(instants(np.array([on], dtype="M8[D]"), EVENING)[0])

"""What NSE does to names: corporate actions out of their wording, and the surveillance measures of an evening."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from cockpit.errors import BadInput
from cockpit.evidence import ACTION, MORNING, instants
from cockpit.venues.nse_files import Book
from cockpit.venues.nse_rows import Parsed, Row, collected, csv_rows, day, json_rows

AMOUNT: Final = r"R[se]\.?\s*\.?\s*(\d+(?:\.\d+)?)"
ONLY_AMOUNT: Final = re.compile(AMOUNT, re.IGNORECASE)
BONUS: Final = re.compile(r"BONUS[^\d/]*(\d+)\s*:\s*(\d+)", re.IGNORECASE)
SPLIT: Final = re.compile(rf"(?:SPLIT|SUB-?\s?DIVISION|CONSOLIDATION).*?FROM\s*{AMOUNT}.*?TO\s*{AMOUNT}", re.IGNORECASE)
NOT_UNDER: Final = 100
"""NSE's regulatory-indicator file writes 100 where a measure does not apply to a name."""
MEASURES: Final = {
    "GSM": "GSM stage",
    "LONG_TERM": "long-term ASM stage",
    "SHORT_TERM": "short-term ASM stage",
    "ESM": "ESM stage",
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What an action's wording says: into how many shares one turned, and rupees paid on each."""

    shares: float
    dividend: float


def terms_of(subject: str) -> Terms:
    """Read NSE's wording of a corporate action; what it does not speak of is 1 share and 0 rupees.

    `Bonus 1:2` gives one new share for two held; `From Rs 10/- To Rs 2/-` makes five of one.
    Errors: BadInput for a ratio of nothing.
    """
    shares = 1.0
    for given, held in BONUS.findall(subject):
        if int(held) == 0 or int(given) == 0:
            raise BadInput(f"bonus {given}:{held} given, both above 0 expected")
        shares *= 1 + int(given) / int(held)
    for before, after in SPLIT.findall(subject):
        if float(before) <= 0 or float(after) <= 0:
            raise BadInput(f"face value {before} to {after} given, both above 0 expected")
        shares *= float(before) / float(after)
    return Terms(shares, sum(float(paid) for paid in _paid(subject)))


def actions(text: str, file: str, book: Book) -> Parsed:
    """Read corporate actions, NSE's JSON or its CSV (ACTION), known from the morning of their ex-day.

    An action without shares or money in it (a meeting, a book closure) is left out.
    """

    def read(row: Row) -> tuple[object, ...] | None:
        if row["EX-DATE"] in {"", "-"}:
            return None
        on = day(row["EX-DATE"])
        token, terms = book.token(row["SYMBOL"], on), terms_of(row["PURPOSE"])
        if token is None or (terms.shares == 1 and terms.dividend == 0):
            return None
        out = int(instants(np.array([on], dtype="M8[D]"), MORNING)[0])
        return (token, on, out, terms.shares, terms.dividend)

    return collected(_action_rows(text, file), file, ACTION, read)


def indicators(text: str, file: str) -> dict[str, str]:
    """Read `REG1_IND`, the regulatory indicators of all names: symbol to the measures it is under, in words."""
    found: dict[str, str] = {}
    for line, row in csv_rows(text, file, ("SYMBOL", "GSM")):
        said = []
        for column, value in row.items():
            words = next((words for start, words in MEASURES.items() if column.startswith(start)), None)
            if words is None or value in {"", "-"}:
                continue
            if not value.lstrip("-").isdigit():
                raise BadInput(f"{file} line {line}: {column} is {value!r}, a stage or {NOT_UNDER} expected")
            if int(value) not in (NOT_UNDER, -1):
                said.append(f"{words} {int(value)}")
        if said:
            found[row["SYMBOL"]] = "; ".join(said)
    return found


def asm(text: str, file: str) -> dict[str, str]:
    """Read NSE's list of additional surveillance, JSON with a long-term and a short-term part."""
    found: dict[str, str] = {}
    for part, words in (("longterm", "long-term ASM"), ("shortterm", "short-term ASM")):
        for row in _part(text, file, part):
            symbol = str(row.get("symbol", "")).strip()
            if not symbol:
                raise BadInput(f"{file}: a row of {part} without a symbol")
            said = f"{words} {str(row.get('asmSurvIndicator') or '').lower()}".strip()
            found[symbol] = f"{found[symbol]}; {said}" if symbol in found else said
    return found


def gsm(text: str, file: str) -> dict[str, str]:
    """Read NSE's list of graded surveillance, JSON."""
    rows = json_rows(text, file)
    return {
        str(row["symbol"]).strip(): f"GSM {str(row.get('gsmStage') or row.get('survDesc') or '').lower()}".strip()
        for row in rows
        if row.get("symbol")
    }


def derivatives_ban(text: str, file: str) -> dict[str, str]:
    """Read `fo_secban.csv`: the names whose derivatives may only be closed; their shares trade on."""
    if "ban" not in text[:200].lower():
        raise BadInput(f"{file}: no title of a list of securities in ban")
    symbols = re.findall(r"^\s*\d+\s*,\s*([A-Z0-9&-]+)\s*$", text, re.MULTILINE)
    return dict.fromkeys(symbols, "derivatives ban")


def _paid(subject: str) -> list[str]:
    """Answer the sums paid as dividends; several in one wording add up."""
    if "dividend" not in subject.lower():
        return []
    left = SPLIT.sub(" ", subject)
    parts = re.split(r"(?=\b(?:INTERIM|SPECIAL|FINAL)?\s*DIVIDEND)", left, flags=re.IGNORECASE)
    return [found[1] for part in parts if "dividend" in part.lower() and (found := ONLY_AMOUNT.search(part))]


def _action_rows(text: str, file: str) -> Iterator[tuple[int, Row]]:
    if text.lstrip().startswith(("[", "{")):
        keys = {"SYMBOL": "symbol", "PURPOSE": "subject", "EX-DATE": "exDate"}
        for line, told in enumerate(json_rows(text, file), start=1):
            yield line, {ours: str(told.get(theirs) or "") for ours, theirs in keys.items()}
        return
    yield from csv_rows(text, file, ("SYMBOL", "PURPOSE", "EX-DATE"))


def _part(text: str, file: str, part: str) -> list[dict[str, object]]:
    try:
        told = json.loads(text)
    except ValueError as fault:
        raise BadInput(f"{file}: no JSON: {str(fault)[:80]}; download it again in a browser") from fault
    rows = told.get(part, {}).get("data", []) if isinstance(told, dict) and part in told else None
    if not isinstance(rows, list):
        raise BadInput(f"{file}: no part {part!r} with its list under `data`")
    return rows

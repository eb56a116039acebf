"""A folder of NSE's files as a source of evidence, and the files of an evening fetched into it where NSE lets us.

Nothing needs the fetching: files saved from a browser into the folder under NSE's own names are as good.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np

from cockpit.clock import Clock
from cockpit.errors import BadInput, CockpitError
from cockpit.evidence import Headline, Origin, Rows, Sourced
from cockpit.venues import nse_files, nse_measures
from cockpit.venues.deadline import in_thread
from cockpit.venues.nse_files import Book
from cockpit.venues.nse_rows import Parsed
from cockpit.venues.renames import Renames
from cockpit.venues.sources import DELIVERY, HEADLINES, PRICES, SURVEILLANCE, Ask
from cockpit.venues.web import fetched

FILES: Final[Mapping[str, tuple[str, ...]]] = {
    PRICES: ("sec_bhavdata_full_*.csv",),
    DELIVERY: ("sec_bhavdata_full_*.csv",),
    "deals": ("bulk*.csv", "block*.csv"),
    "flows": ("fii*dii*.json", "fii*dii*.csv"),
    "positioning": ("fao_participant_oi*.csv",),
    "index": ("ind_close_all_*.csv",),
    "actions": ("CF-CA*.csv", "corporate*actions*.json"),
    HEADLINES: ("CF-AN*.csv", "corporate*announcements*.json"),
}
LISTS: Final[Mapping[str, Callable[[str, str], dict[str, str]]]] = {
    "REG1_IND*.csv": nse_measures.indicators,
    "*asm*.json": nse_measures.asm,
    "*gsm*.json": nse_measures.gsm,
    "fo_secban*.csv": nse_measures.derivatives_ban,
}
"""Surveillance is of one evening: of each list the newest file counts, when it is of the last days."""
LIST_AGE_S: Final = 4 * 86_400.0
ARCHIVE: Final = "https://nsearchives.nseindia.com"
EVENING_FILES: Final[Mapping[str, str]] = {
    # name in the folder: place in the archive, as of 2026-09
    "sec_bhavdata_full_{d}{m}{Y}.csv": "products/content/sec_bhavdata_full_{d}{m}{Y}.csv",
    "bulk_{Y}-{m}-{d}.csv": "content/equities/bulk.csv",
    "block_{Y}-{m}-{d}.csv": "content/equities/block.csv",
    "fao_participant_oi_{d}{m}{Y}.csv": "content/nsccl/fao_participant_oi_{d}{m}{Y}.csv",
    "ind_close_all_{d}{m}{Y}.csv": "content/indices/ind_close_all_{d}{m}{Y}.csv",
    "REG1_IND{d}{m}{y}.csv": "content/cm/REG1_IND{d}{m}{y}.csv",
    "fo_secban_{Y}-{m}-{d}.csv": "content/fo/fo_secban.csv",
}
ROLLING: Final = ("bulk_", "block_")
"""Files that always hold the newest day: before the evening is out they are yesterday's."""
NAMED: Final = 3


class NseFolder:
    """Answer from the files in a folder; every row that cannot be read is named in the origin."""

    name = "NSE files"
    supplies = frozenset({*FILES, SURVEILLANCE})
    deadline_s = 30.0

    def __init__(self, folder: Path, renames: Renames, clock: Clock) -> None:
        self._folder = folder
        self._renames = renames
        self._clock = clock

    async def fetch(self, what: str, ask: Ask) -> Sourced[Any]:
        """Answer one part of the evening from the files.

        Errors: BadInput naming the files looked for, or the file and the line that cannot be.
        """
        return await in_thread(self.deadline_s, f"{self.name} ({what})", lambda: self._read(what, ask))

    def _read(self, what: str, ask: Ask) -> Sourced[Any]:
        if what == SURVEILLANCE:
            return self._lists(ask)
        book = Book({i.symbol: i.token for i in ask.instruments}, self._renames)
        paths = self._paths(FILES[what])
        if not paths:
            raise BadInput(f"no {' or '.join(FILES[what])} in {self._folder}")
        if what == HEADLINES:
            return self._announcements(paths, book)
        parts = [_parsed(what, path, book) for path in paths]
        rows = np.concatenate([part.rows for part in parts])
        rows = _in_time(rows, what, ask)
        if not len(rows):
            raise BadInput(f"{', '.join(p.name for p in paths[:NAMED])} say nothing of these names and days")
        newest = ask.as_of if what in (PRICES, DELIVERY) else int(rows["visible"].max())
        return Sourced(rows, self._origin(newest, [bad for part in parts for bad in part.bad]))

    def _announcements(self, paths: Sequence[Path], book: Book) -> Sourced[tuple[Headline, ...]]:
        lines: set[Headline] = set()
        bad: list[str] = []
        for path in paths:
            told, wrong = nse_files.announcements(_text(path), path.name, book)
            lines |= set(told)
            bad += wrong
        if not lines:
            raise BadInput(f"{', '.join(p.name for p in paths[:NAMED])} say nothing of these names")
        ordered = tuple(sorted(lines, key=lambda h: (h.visible, h.token, h.text)))
        return Sourced(ordered, self._origin(ordered[-1].visible, bad))

    def _lists(self, ask: Ask) -> Sourced[dict[str, str]]:
        found: dict[str, str] = {}
        newest = 0
        for pattern, read in LISTS.items():
            paths = sorted(self._paths((pattern,)), key=lambda p: p.stat().st_mtime_ns)
            if not paths:
                continue
            written = paths[-1].stat().st_mtime_ns
            if abs(ask.as_of - written) > LIST_AGE_S * 1e9:
                continue
            newest = max(newest, min(written, ask.as_of))
            for symbol, words in read(_text(paths[-1]), paths[-1].name).items():
                name = self._renames.today(symbol)
                found[name] = f"{found[name]}; {words}" if name in found else words
        if not newest:
            raise BadInput(f"no list of surveillance of these days ({', '.join(LISTS)}) in {self._folder}")
        return Sourced(found, self._origin(newest, ()))

    def _paths(self, patterns: Iterable[str]) -> list[Path]:
        return sorted(path for pattern in patterns for path in self._folder.glob(pattern) if path.is_file())

    def _origin(self, newest: int, bad: Sequence[str]) -> Origin:
        more = f" and {len(bad) - NAMED} more" if len(bad) > NAMED else ""
        words = f"{len(bad)} rows left out: {'; '.join(bad[:NAMED])}{more}" if bad else ""
        return Origin(self.name, newest, self._clock.now(), words)


def _parsed(what: str, path: Path, book: Book) -> Parsed:
    text = _text(path)
    if what in (PRICES, DELIVERY):
        return nse_files.delivery(text, path.name, book)
    if what == "deals":
        return nse_files.deals(text, path.name, book)
    if what == "actions":
        return nse_measures.actions(text, path.name, book)
    if what == "flows":
        return nse_files.flows(text, path.name)
    if what == "positioning":
        return nse_files.participants(text, path.name)
    return Parsed(nse_files.index_closes(text, path.name), ())


def _in_time(rows: Rows, what: str, ask: Ask) -> Rows:
    if what in (PRICES, DELIVERY):
        return rows[(rows["day"] >= np.datetime64(ask.first)) & (rows["day"] <= np.datetime64(ask.session))]
    return rows[np.argsort(rows["visible"], kind="stable")]


def _text(path: Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")  # some of NSE's downloads are written on Windows


async def fetch_evening(day: date, folder: Path, *, root: str = ARCHIVE, deadline_s: float = 15.0) -> tuple[str, ...]:
    """Fetch the evening's files of `day` into `folder`, each under a total deadline; answer why each missing one is.

    A file that is there already is not fetched again. NSE turns plain programs away at times: then save the files from
    a browser.
    """
    parts = {key: day.strftime(f"%{key}") for key in ("d", "m", "Y", "y")}
    wanted = {name.format(**parts): place.format(**parts) for name, place in EVENING_FILES.items()}
    missing = {name: place for name, place in wanted.items() if not (folder / name).exists()}
    answers = await asyncio.gather(
        *(fetched(f"{root}/{place}", deadline_s) for place in missing.values()), return_exceptions=True
    )
    reasons = []
    for name, answer in zip(missing, answers, strict=True):
        if isinstance(answer, bytes) and name.startswith(ROLLING) and not _is_of(answer, day):
            reasons.append(f"{name}: what is there is not of {day} yet")
        elif isinstance(answer, bytes):
            await asyncio.to_thread(_save, folder / name, answer)
        elif isinstance(answer, CockpitError):
            reasons.append(f"{name}: {answer}")
        else:
            raise answer
    return tuple(reasons)


def _is_of(content: bytes, day: date) -> bool:
    text = content.decode("latin-1").upper()
    return day.strftime("%d-%b-%Y").upper() in text or nse_files.NO_RECORDS in text


def _save(path: Path, content: bytes) -> None:
    draft = path.with_suffix(".part")
    draft.write_bytes(content)
    draft.replace(path)

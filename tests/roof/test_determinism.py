"""The same seed gives a byte-equal ledger in any process, and a headless day leaves a report that adds up."""

from __future__ import annotations

import html
import json
import os
import re
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cockpit.facts import DayClosed, FillBooked
from cockpit.storage.ledger import SqlLedger

SEED = 8
LEDGER = f"ledgers/practice/2026-11-20-seed{SEED}-run1.db"
FULL_HD = (1920, 1080)


def cockpit(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a process of its own."""
    command = [sys.executable, "-m", "cockpit", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})


@dataclass(slots=True)
class HeadlessDay:
    """What one run of the day left."""

    home: Path
    said: dict[str, Any]
    stderr: str
    export: bytes


def played(root: Path, *words: str, **environment: str) -> HeadlessDay:
    """Play the practice day without a window and export its ledger."""
    home = root / "home"
    done = cockpit(
        "run", "--practice", "--headless", "--seed", SEED, "--home", home, "--out", root / "out", *words, **environment
    )
    assert done.returncode == 0, done.stderr
    out = cockpit("ledger", "export", home / LEDGER, root / "ledger.jsonl", **environment)
    assert out.returncode == 0, out.stderr
    said = json.loads(done.stdout) if "--json" in words else {}
    return HeadlessDay(home, said, done.stderr, (root / "ledger.jsonl").read_bytes())


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> tuple[HeadlessDay, HeadlessDay]:
    """The same seed twice, in processes that hash strings and tell local time differently."""
    one = played(tmp_path_factory.mktemp("one"), "--json", PYTHONHASHSEED="1", TZ="America/New_York")
    two = played(tmp_path_factory.mktemp("two"), PYTHONHASHSEED="2", TZ="Asia/Tokyo")
    return one, two


@pytest.mark.slow
def test_the_same_seed_is_byte_equal_under_another_hash_seed_and_another_time_zone(
    days: tuple[HeadlessDay, HeadlessDay],
) -> None:
    one, two = days
    assert one.export == two.export
    assert one.export.count(b"\n") == one.said["entries"] > 50


@pytest.mark.slow
def test_a_log_gets_ten_lines_of_progress_and_a_script_none(days: tuple[HeadlessDay, HeadlessDay]) -> None:
    for_script, for_log = days
    assert for_script.stderr == ""
    lines = [line for line in for_log.stderr.splitlines() if re.match(r"\d\d:\d\d:\d\d  ", line)]
    assert 8 <= len(lines) <= 10
    assert "\r" not in for_log.stderr


@pytest.mark.slow
def test_a_headless_day_leaves_two_pictures_of_a_full_screen(days: tuple[HeadlessDay, HeadlessDay]) -> None:
    pictures = [Path(p) for p in days[0].said["pictures"]]
    assert [p.stem.rpartition("-")[2] for p in pictures] == ["dark", "light"]
    for picture in pictures:
        head = picture.read_bytes()[:24]
        assert head[:8] == b"\x89PNG\r\n\x1a\n"
        assert struct.unpack(">II", head[16:24]) == FULL_HD


def tables_of(page: str) -> dict[str, list[list[str]]]:
    """Answer the rows of a report's tables, as text by heading."""
    found: dict[str, list[list[str]]] = {}
    for part in page.split("<h2>")[1:]:
        heading, _, rest = part.partition("</h2>")
        rows = [row.partition("</tr>")[0] for row in re.split(r"<tr\b[^>]*>", rest)[1:]]
        found[heading] = [[_text(cell) for cell in re.split(r"<t[dh]\b[^>]*>", row)[1:]] for row in rows]
    return found


def _text(cell: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", cell))


def paise_of(text: str) -> int:
    """Read rupees as the report writes them."""
    return round(float(re.sub(r"[^0-9.]", "", text)) * 100)


@pytest.mark.slow
def test_the_report_names_every_trade_and_its_charges_add_up_to_the_days(days: tuple[HeadlessDay, HeadlessDay]) -> None:
    day = days[0]
    facts = [entry.fact for entry in SqlLedger.open(day.home / LEDGER, read_only=True).read()]
    (closed,) = (f for f in facts if isinstance(f, DayClosed))
    fills = [f.fill for f in facts if isinstance(f, FillBooked)]
    tables = tables_of(Path(day.said["report"]).read_text(encoding="utf-8"))
    trades = [row for row in tables["Trades"] if len(row) == 12][1:]
    assert len(trades) == closed.trades == day.said["trades"] >= 1
    assert {row[0] for row in trades} == {fill.symbol for fill in fills}
    lines = tables["What it cost"]
    named = {row[0]: paise_of(row[1]) for row in lines}
    total, slippage = named.pop("All charges"), named.pop("Slippage, already inside the prices")
    assert sum(named.values()) == total == closed.charges_paise == day.said["charges_paise"]
    assert total == sum(fill.charges.total for fill in fills) == sum(paise_of(row[8]) for row in trades)
    assert slippage == sum(fill.slippage for fill in fills)
    assert closed.gross_paise - closed.charges_paise == closed.net_paise

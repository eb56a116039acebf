"""Renamed symbols: a chain is followed, a symbol given away twice is told apart by the day, a bad table is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cockpit.errors import BadInput
from cockpit.venues.renames import NO_RENAMES, Rename, Renames, load_renames

RESOURCES = Path(__file__).resolve().parents[2] / "resources"


def test_a_chain_of_renamings_is_followed_to_its_end() -> None:
    renames = load_renames(RESOURCES / "renames.csv")
    assert renames.today("AREVAT&D") == renames.today("GET&D") == "GVT&D"
    assert renames.today("SESAGOA") == "VEDL"
    assert renames.today("RELIANCE") == "RELIANCE"
    assert renames.since("ZOMATO") == date(2025, 4, 9)
    assert renames.since("RELIANCE") is None
    assert NO_RENAMES.today("ZOMATO") == "ZOMATO"


def test_a_symbol_seen_after_it_was_given_up_is_not_the_old_company() -> None:
    renames = Renames([Rename("MAX", "MFSL", date(2016, 2, 26)), Rename("MAX", "MAXI", date(2020, 1, 1))])
    assert renames.today("MAX", date(2015, 1, 1)) == "MFSL"
    assert renames.today("MAX", date(2016, 2, 26)) == "MAXI"
    assert renames.today("MAX", date(2021, 1, 1)) == "MAX"


def test_symbols_that_swap_names_do_not_go_round_for_ever() -> None:
    renames = Renames([Rename("A", "B", date(2020, 1, 1)), Rename("B", "A", date(2021, 1, 1))])
    assert renames.today("A") == "A"
    assert renames.today("B", date(2020, 6, 1)) == "A"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("from,to\n", "columns"),
        ("old,new,since\nA,B,2020-13-01\n", "row 2"),
        ("old,new,since\nA,B,2020-01-01\nA,,2020-01-01\n", "row 3"),
        ("old,new,since\nA,A,2020-01-01\n", "two different symbols"),
        ("old,new,since\nA\n", "row 2"),
    ],
)
def test_a_bad_table_is_refused_by_row(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "renames.csv"
    path.write_text(text)
    with pytest.raises(BadInput, match=words):
        load_renames(path)

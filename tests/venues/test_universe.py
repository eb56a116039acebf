"""The shipped universe is whole, and a broken one is refused by row and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from cockpit.errors import BadInput
from cockpit.market import Series
from cockpit.venues.universe import Cap, UniverseRow, load_universe

SHIPPED = Path(__file__).resolve().parents[2] / "resources" / "universe.csv"
HEADER = "symbol,name,sector,cap,has_derivatives,series,practice_price_rupees,practice_adv_cr"
GOOD = "INFY,Infosys Ltd.,Information Technology,LARGE,1,EQ,1500.05,412.5"


@pytest.fixture(scope="module")
def universe() -> tuple[UniverseRow, ...]:
    return load_universe(SHIPPED)


def test_the_universe_is_614_different_names_of_the_eq_series(universe: tuple[UniverseRow, ...]) -> None:
    assert len({row.symbol for row in universe}) == len(universe) == 614
    assert {row.series for row in universe} == {Series.EQ}


def test_the_universe_has_every_size_class_about_two_hundred_derivative_names_and_some_thin_ones(
    universe: tuple[UniverseRow, ...],
) -> None:
    crore = 10_000_000 * 100
    assert {row.cap for row in universe} == set(Cap)
    assert 190 <= sum(row.has_derivatives for row in universe) <= 220
    assert 16 <= len({row.sector for row in universe}) <= 20
    assert sum(row.practice_adv_paise < crore for row in universe) >= 20
    assert min(row.practice_adv_paise for row in universe if row.cap is Cap.LARGE) >= 100 * crore


def test_every_large_sector_has_enough_names_to_rank(universe: tuple[UniverseRow, ...]) -> None:
    sizes = {sector: sum(row.sector == sector for row in universe) for sector in {row.sector for row in universe}}
    assert sum(size >= 10 for size in sizes.values()) >= 16


def test_the_names_of_the_facts_are_there(universe: tuple[UniverseRow, ...]) -> None:
    by_symbol = {row.symbol: row for row in universe}
    assert by_symbol["RELIANCE"].has_derivatives
    assert by_symbol["M&M"].has_derivatives
    assert not by_symbol["CUB"].has_derivatives


def test_every_symbol_is_a_listed_one(universe: tuple[UniverseRow, ...], market_data: Path) -> None:
    import pandas as pd

    listed = pd.read_parquet(market_data / "nse_equity_list.parquet", columns=["symbol", "series"])
    normal = set(listed.loc[listed["series"] == "EQ", "symbol"])
    assert {row.symbol for row in universe} - normal == set()


def test_practice_prices_are_read_to_the_paisa(tmp_path: Path) -> None:
    path = tmp_path / "universe.csv"
    path.write_text(f"{HEADER}\n{GOOD}\n", encoding="utf-8")
    (row,) = load_universe(path, size=1)
    assert row.practice_price == 150_005
    assert row.practice_adv_paise == 412_500_000_000


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (GOOD.replace("INFY", "infy"), "row 3, column symbol"),
        (GOOD.replace("INFY", ""), "row 3, column symbol: nothing"),
        (GOOD.replace("LARGE", "HUGE"), "row 3, column cap"),
        (GOOD.replace(",1,", ",yes,"), "row 3, column has_derivatives"),
        (GOOD.replace(",EQ,", ",XX,"), "row 3, column series"),
        (GOOD.replace("1500.05", "1500.055"), "row 3, column practice_price_rupees"),
        (GOOD.replace("1500.05", "dear"), "row 3, column practice_price_rupees"),
        (GOOD.replace("1500.05", "NaN"), "row 3, column practice_price_rupees"),
        (GOOD.replace("1500.05", "Infinity"), "row 3, column practice_price_rupees"),
        (GOOD.replace("1500.05", "0"), "row 3, column practice_price_rupees"),
        (GOOD.replace("412.5", "-1"), "row 3, column practice_adv_cr"),
        (GOOD.replace("Infosys Ltd.", "Infosys, Ltd."), "row 3: more than 8 values"),
        (GOOD.replace("INFY", "TCS"), "row 3, column symbol: TCS is already in row 2"),
        (GOOD, "2 names given, 3 expected"),
    ],
)
def test_a_wrong_row_is_refused_by_row_and_column(tmp_path: Path, row: str, message: str) -> None:
    path = tmp_path / "universe.csv"
    path.write_text("\n".join([HEADER, GOOD.replace("INFY", "TCS"), row, ""]), encoding="utf-8")
    with pytest.raises(BadInput, match=message):
        load_universe(path, size=3)


def test_a_file_without_the_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "universe.csv"
    path.write_text("symbol,name\nINFY,Infosys\n", encoding="utf-8")
    with pytest.raises(BadInput, match="practice_adv_cr expected"):
        load_universe(path)

"""NSE's evening files: read as NSE writes them, stamped with when they are out, bad rows named by file and line."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from datetime import date, time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from aiohttp import web

from cockpit.clock import TapeClock, instant
from cockpit.errors import BadInput, BrokerUnavailable, DeadlinePassed, NotFound, RateLimited
from cockpit.evidence import Missing, Sourced, rows_of
from cockpit.market import Instrument
from cockpit.venues import nse_files as files
from cockpit.venues import nse_measures as measures
from cockpit.venues.nse_evening import NseFolder, fetch_evening
from cockpit.venues.nse_files import Book
from cockpit.venues.renames import NO_RENAMES, Rename, Renames
from cockpit.venues.sources import DELIVERY, HEADLINES, PRICES, SURVEILLANCE, Ask
from cockpit.venues.web import fetched
from tests.venues.scripted_source import NAMES, SESSION
from tests.venues.test_fusion import evening

DAY = date(2024, 6, 28)
BOOK = Book({"RELIANCE": 1, "M&M": 2, "ETERNAL": 3}, Renames([Rename("ZOMATO", "ETERNAL", date(2025, 4, 9))]))

BHAV = """SYMBOL, SERIES, DATE1, PREV_CLOSE, OPEN_PRICE, HIGH_PRICE, LOW_PRICE, LAST_PRICE, CLOSE_PRICE, AVG_PRICE, TTL_TRD_QNTY, TURNOVER_LACS, NO_OF_TRADES, DELIV_QTY, DELIV_PER
RELIANCE, EQ, 28-Jun-2024, 3061.10, 3060.00, 3160.00, 3056.10, 3129.85, 3130.80, 3124.79, 8953862, 279789.26, 351221, 4700778, 52.50
RELIANCE, BL, 28-Jun-2024, 3061.10, 3060.00, 3060.00, 3060.00, 3060.00, 3060.00, 3060.00, 1000000, 30600.00, 1, 1000000, 100.00
ZOMATO, BE, 28-Jun-2024, 199, 200, 205, 198, 201, 200.5, 201, 5000, 10.05, 40, -, -
754GS2036, GS, 28-Jun-2024, 100, 100, 100, 100, 100, 100, 100, 100, 0.1, 1, -, -
STRANGER, EQ, 28-Jun-2024, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 10
"""  # noqa: E501

BULK = """Date,Symbol,Security Name,Client Name,Buy/Sell,Quantity Traded,Trade Price / Wght. Avg. Price,Remarks
28-JUN-2024,RELIANCE,Reliance Industries Limited,HDFC MUTUAL FUND,BUY,"1,000,000",3100.55,-
28-JUN-2024,M&M,Mahindra & Mahindra,"SMITH, JOHN AND SONS",SELL,500,2900.10,-
28-JUN-2024,STRANGER,Nobody,X,BUY,1,1,-
"""

PARTICIPANTS = (
    '""Participant wise Open Interest (no. of contracts) in Equity Derivatives as on Jun 28, 2024"",,,,\n'
    "Client Type,Future Index Long,Future Index Short,Future Stock Long,Future Stock Short       ,Total\n"
    "Client,200,300,1000,500,1\nDII,50,60,100,900,1\nFII,400,250,700,300,1\nPro,30,70,50,150,1\nTOTAL,680,680,1850,1850,1\n"
)


def test_delivery_is_the_share_of_the_series_that_trade_in_cash_under_todays_names() -> None:
    parsed = files.delivery(BHAV, "sec.csv", BOOK)
    assert parsed.bad == ()
    one, two = parsed.rows
    assert (int(one["token"]), float(one["close"]), float(one["volume"]), float(one["delivery"])) == (
        1, 3130.80, 8953862.0, 0.525
    )  # fmt: skip
    assert int(two["token"]) == 3
    assert np.isnan(two["delivery"])
    assert {str(d) for d in parsed.rows["day"]} == {"2024-06-28"}


def test_deals_are_out_in_the_evening_and_a_fund_is_known_by_its_words() -> None:
    rows = files.deals(BULK, "bulk.csv", BOOK).rows
    assert rows["quantity"].tolist() == [1_000_000, 500]
    assert rows["price"].tolist() == [310_055, 290_010]
    assert rows["side"].tolist() == [1, -1]
    assert rows["is_fund"].tolist() == [True, False]
    assert set(rows["visible"].tolist()) == {instant(DAY, time(18, 30))}
    block = BULK.replace(",Remarks", "").replace(",-\n", "\n")
    assert files.deals(block, "block.csv", BOOK).rows.tobytes() == rows.tobytes()


def test_a_day_without_deals_has_no_rows() -> None:
    assert len(files.deals(BULK.splitlines()[0] + "\nNO RECORDS,,,,,,,\n", "bulk.csv", BOOK).rows) == 0


FLOWS: list[dict[str, Any]] = [
    {"category": "DII **", "date": "28-Jun-2024", "buyValue": "11,112.42", "sellValue": "12,770.19",
     "netValue": "-1,657.77"},
    {"category": "FII/FPI *", "date": "28-Jun-2024", "buyValue": "20000", "sellValue": "23.09", "netValue": "19976.91"},
]  # fmt: skip


def test_institutions_are_read_from_json_and_from_csv_alike() -> None:
    rows = files.flows(json.dumps(FLOWS), "fii.json").rows
    assert (float(rows["foreign_crore"][0]), float(rows["domestic_crore"][0])) == (19976.91, -1657.77)
    assert (int(rows["sessions"][0]), int(rows["visible"][0])) == (1, instant(DAY, time(18, 30)))
    header = '"Category","Date","Buy Value(₹ Crores)","Sell Value (₹ Crores)","Net Value (₹ Crores)"\n'
    text = header + "".join(
        ",".join(f'"{r[k]}"' for k in ("category", "date", "buyValue", "sellValue", "netValue")) + "\n" for r in FLOWS
    )
    assert files.flows(text, "fii.csv").rows.tobytes() == rows.tobytes()


def test_flows_that_do_not_add_up_or_lack_a_side_are_not_taken() -> None:
    wrong = [FLOWS[0], {**FLOWS[1], "netValue": "-19976.91"}]
    parsed = files.flows(json.dumps(wrong), "fii.json")
    assert len(parsed.rows) == 0
    assert "fii.json line 2" in parsed.bad[0]
    assert "do not add up" in parsed.bad[0]
    with pytest.raises(BadInput, match="category"):
        files.flows(json.dumps([{**FLOWS[0], "category": "RETAIL"}]), "fii.json")


def test_participants_carry_their_day_in_the_title_and_both_sides_of_every_contract() -> None:
    (row,) = files.participants(PARTICIPANTS, "fao.csv").rows
    assert str(row["day"]) == "2024-06-28"
    assert int(row["visible"]) == instant(DAY, time(19, 30))
    foreign = ("foreign_index_long", "foreign_index_short", "foreign_stock_long", "foreign_stock_short")
    assert [float(row[f]) for f in foreign] == [400, 250, 700, 300]
    assert [float(row[f]) for f in ("domestic_index_long", "own_index_short")] == [50, 70]
    assert np.isnan(row["advances"])
    for spoilt, words in (
        (PARTICIPANTS.replace("as on", "of"), "no title"),
        (PARTICIPANTS.replace("FII,400", "FII,500"), "every contract has both"),
        (PARTICIPANTS.replace("Pro,", "Broker,"), "no row of PRO"),
        (PARTICIPANTS.replace("DII,50", "DII,x"), "fao.csv line 4"),
    ):
        with pytest.raises(BadInput, match=words):
            files.participants(spoilt, "fao.csv")


def test_index_closes_bring_the_index_and_its_volatility() -> None:
    text = (
        "Index Name,Index Date,Open Index Value,High Index Value,Low Index Value,Closing Index Value,Points Change\n"
        "Nifty 50,28-06-2024,24085.9,24174,23985.8,24010.6,-33.9\nIndia VIX,28-06-2024,14.1,14.2,13.5,13.8,-\n"
    )
    (row,) = files.index_closes(text, "ind.csv")
    assert (float(row["close"]), float(row["vix"]), int(row["visible"])) == (24010.6, 13.8, instant(DAY, time(19, 30)))
    with pytest.raises(BadInput, match="no row of Nifty 50"):
        files.index_closes(text.replace("Nifty 50", "Nifty 500"), "ind.csv")


def test_announcements_count_from_when_the_exchange_passed_them_on() -> None:
    said, passed = "28-Jun-2024 18:20:01", "28-Jun-2024 18:22:10"
    words = "Reliance has  informed the Exchange"
    told: list[dict[str, Any]] = [
        {"symbol": "RELIANCE", "desc": "Acquisition", "attchmntText": words, "an_dt": said, "exchdisstime": passed},
        {"symbol": "ZOMATO", "desc": "Updates", "attchmntText": "", "an_dt": "28-Jun-2024 18:25:00"},
        {"symbol": "STRANGER", "desc": "x", "attchmntText": "y", "an_dt": said},
    ]
    lines, bad = files.announcements(json.dumps(told), "an.json", BOOK)
    assert bad == ()
    assert [(h.token, h.category, h.text) for h in lines] == [
        (1, "Acquisition", "Reliance has informed the Exchange"), (3, "Updates", "Updates")
    ]  # fmt: skip
    assert lines[0].visible == instant(DAY, time(18, 22, 10))
    assert lines[1].visible == instant(DAY, time(18, 25))
    text = (
        '"SYMBOL","COMPANY NAME","SUBJECT","DETAILS","BROADCAST DATE/TIME","RECEIPT","DISSEMINATION"\n'
        f'"RELIANCE","Reliance","Acquisition","Reliance has informed the Exchange","{said}","-","{passed}"\n'
    )
    assert files.announcements(text, "an.csv", BOOK)[0] == lines[:1]


# -- corporate actions and lists --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "shares", "dividend"),
    [
        ("Face Value Split (Sub-Division) - From Rs 10/- Per Share To Rs 2/- Per Share", 5, 0),
        ("Face Value Split (Sub-Division) - From Rs 10/- Per Share To Re 1/- Per Share", 10, 0),
        ("Bonus 1:2", 1.5, 0),
        ("Bonus 4:1", 5, 0),
        ("Bonus 1:1/Face Value Split From Rs 10 To Rs 5", 4, 0),
        ("Consolidation of Shares - From Re 1 To Rs 10", 0.1, 0),
        ("Annual General Meeting/Dividend - Rs 5.50 Per Share", 1, 5.5),
        ("Interim Dividend - Rs 6 Per Share Special Interim Dividend - Rs 10 Per Share", 1, 16),
        ("Dividend - Re 1 Per Share", 1, 1),
        ("Scheme Of Arangement- Bonus - 1 Debenture For 1 Equity Share Held", 1, 0),
        ("Rights 3:26 @ Premium Rs 1525/-", 1, 0),
        ("Buy Back", 1, 0),
        ("Interim Dividend", 1, 0),
    ],
)
def test_the_wording_of_an_action_is_understood(words: str, shares: float, dividend: float) -> None:
    terms = measures.terms_of(words)
    assert terms.shares == pytest.approx(shares)
    assert terms.dividend == pytest.approx(dividend)


def test_actions_hold_from_the_morning_of_their_ex_day() -> None:
    text = (
        '"SYMBOL","COMPANY NAME","SERIES","PURPOSE","FACE VALUE","EX-DATE","RECORD DATE"\n'
        '"RELIANCE","R","EQ","Bonus 1:1","10","28-Jun-2024","28-Jun-2024"\n'
        '"M&M","M","EQ","Annual General Meeting","5","28-Jun-2024","-"\n'
        '"ZOMATO","Z","EQ","Dividend - Rs 2 Per Share","1","28-Jun-2024","-"\n'
        '"M&M","M","EQ","Dividend - Rs 2","5","-","-"\n'
    )
    rows = measures.actions(text, "ca.csv", BOOK).rows
    assert rows["token"].tolist() == [1, 3]
    assert (rows["shares"].tolist(), rows["dividend"].tolist()) == ([2, 1], [0, 2])
    assert set(rows["visible"].tolist()) == {instant(DAY, time(9))}
    told = [{"symbol": "RELIANCE", "subject": "Bonus 1:1", "exDate": "28-Jun-2024"}]
    assert measures.actions(json.dumps(told), "ca.json", BOOK).rows.tobytes() == rows[:1].tobytes()
    with pytest.raises(BadInput, match=r"ca\.csv line 2: bonus 0:1"):
        measures.actions(text.replace("1:1", "0:1").replace('28-Jun-2024","-', 'x","-'), "ca.csv", BOOK)


def test_the_real_wordings_give_the_vendors_splits(market_data: Path) -> None:
    told = pq.read_table(market_data / "corporate_actions.parquet").to_pandas()
    known = pq.read_table(market_data / "splits_dividends.parquet").to_pandas()
    merged = told.merge(known, on=["date", "symbol"])
    terms = [measures.terms_of(words) for words in merged["subject"]]
    shares = np.array([t.shares for t in terms])
    split = np.where(merged["split"] > 0, merged["split"], 1.0)
    assert (np.abs(shares - split) < 0.01).mean() > 0.99
    assert (shares != 1).sum() > 15


def test_surveillance_lists_become_words_by_symbol() -> None:
    text = (
        "ScripCode,Symbol,NSE Exclusive,Status,Series,GSM,Long_Term_Additional_Surveillance_Measure (Long Term ASM),"
        "Short_Term_Additional_Surveillance_Measure (Short Term ASM),ESM\n"
        "1,GOOD,N,A,EQ,100,100,100,100\n2,BAD,N,A,EQ,0,2,100,100\n3,WORSE,N,A,EQ,100,100,1,2\n"
    )
    assert measures.indicators(text, "reg.csv") == {
        "BAD": "GSM stage 0; long-term ASM stage 2", "WORSE": "short-term ASM stage 1; ESM stage 2"
    }  # fmt: skip
    with pytest.raises(BadInput, match=r"reg\.csv line 2"):
        measures.indicators(text.replace("EQ,100,100", "EQ,yes,100", 1), "reg.csv")
    told = {
        "longterm": {"data": [{"symbol": "A", "asmSurvIndicator": "Stage I"}]},
        "shortterm": {"data": [{"symbol": "A"}]},
    }
    assert measures.asm(json.dumps(told), "asm.json") == {"A": "long-term ASM stage i; short-term ASM"}
    assert measures.gsm(json.dumps([{"symbol": "B", "gsmStage": "Stage 2"}]), "gsm.json") == {"B": "GSM stage 2"}
    ban = "Securities in Ban For Trade Date 01-JUL-2024:\n1,INDIACEM\n2,M&M\n"
    assert measures.derivatives_ban(ban, "ban.csv") == {"INDIACEM": "derivatives ban", "M&M": "derivatives ban"}
    for read in (measures.asm, measures.gsm, measures.derivatives_ban):
        with pytest.raises(BadInput, match="x"):
            read("<html>Resource not found</html>", "x")


# -- what is wrong ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda t: t.replace("SYMBOL, SERIES", "NAME, SERIES"), "no header with the columns SYMBOL"),
        (lambda t: "<html>Access denied</html>", "no header"),
        (lambda t: t.replace("3130.80", "n/a").replace("200.5", "-"), r"2 of 5 rows .*sec\.csv line 2: .*line 4"),
    ],
)
def test_a_file_that_is_not_what_it_claims_to_be_is_refused(spoil: Callable[[str], str], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        files.delivery(spoil(BHAV), "sec.csv", BOOK)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("52.50", "152.50", "0 to 100 expected"),
        ("28-Jun-2024, 3061.10, 3060.00, 3160", "31-Jun-2024, 1, 3060.00, 3160", "a date like"),
        ("8953862", "inf", "finite"),
    ],
)
def test_one_bad_row_is_left_out_and_named(old: str, new: str, words: str) -> None:
    parsed = files.delivery(BHAV.replace(old, new, 1), "sec.csv", BOOK)
    assert len(parsed.rows) == 1
    assert parsed.bad[0].startswith("sec.csv line 2: ")
    assert words in parsed.bad[0]


# -- a folder ---------------------------------------------------------------------------------------------------------


def ask(session: date = DAY) -> Ask:
    names = tuple(Instrument(t, s) for s, t in BOOK.tokens.items())
    return Ask(session, instant(session, time(20)), date(2024, 1, 1), names)


def folder_of(tmp_path: Path) -> NseFolder:
    return NseFolder(tmp_path, BOOK.renames, TapeClock(instant(DAY, time(21))))


async def test_a_folder_answers_part_by_part_and_names_what_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "sec_bhavdata_full_28062024.csv").write_text(BHAV.replace("52.50", "x"))
    (tmp_path / "bulk.csv").write_text(BULK)
    (tmp_path / "block.csv").write_text(BULK.replace("HDFC", "SBI"))
    (tmp_path / "REG1_IND280624.csv").write_text("Symbol,GSM\nZOMATO,2\n")
    os.utime(tmp_path / "REG1_IND280624.csv", ns=(0, instant(DAY, time(19))))
    source = folder_of(tmp_path)
    delivery = await source.fetch(DELIVERY, ask())
    assert delivery.value["token"].tolist() == [3]
    assert "1 rows left out: sec_bhavdata_full_28062024.csv line 2" in delivery.origin.fallback
    assert len((await source.fetch(PRICES, ask())).value) == 1
    assert len((await source.fetch("deals", ask())).value) == 4
    assert (await source.fetch(SURVEILLANCE, ask())).value == {"ETERNAL": "GSM stage 2"}
    for what in ("flows", "positioning", "index", "actions", HEADLINES):
        with pytest.raises(BadInput, match=f"no .* in {tmp_path}"):
            await source.fetch(what, ask())


async def test_surveillance_of_another_week_is_not_tonights(tmp_path: Path) -> None:
    path = tmp_path / "REG1_IND280624.csv"
    path.write_text("Symbol,GSM\nZOMATO,2\n")
    os.utime(path, ns=(0, instant(date(2024, 6, 10), time(19))))
    with pytest.raises(BadInput, match="no list of surveillance of these days"):
        await folder_of(tmp_path).fetch(SURVEILLANCE, ask())


async def test_the_folder_joins_an_evening_as_a_source(tmp_path: Path) -> None:
    from tests.venues.scripted_source import prices

    (tmp_path / "fiidii.json").write_text(json.dumps(FLOWS))
    evidence = await evening(prices(), NseFolder(tmp_path, NO_RENAMES, TapeClock(instant(SESSION, time(21)))))
    assert len(rows_of(evidence.flows)) == 1
    assert isinstance(evidence.flows, Sourced)
    assert evidence.flows.origin.source == "NSE files"
    assert isinstance(evidence.deals, Missing)
    assert "bulk*.csv" in evidence.deals.reason
    assert len(NAMES) == 60


# -- fetching ---------------------------------------------------------------------------------------------------------


@pytest.fixture
async def archive() -> Any:
    async def answer(request: web.Request) -> web.StreamResponse:
        place = request.path
        if place.endswith("sec_bhavdata_full_28062024.csv"):
            return web.Response(text=BHAV, content_type="text/csv")
        if place.endswith("bulk.csv"):
            return web.Response(text=BULK, content_type="text/csv")
        if place.endswith("block.csv"):
            return web.Response(text=BULK.replace("28-JUN", "27-JUN"), content_type="text/csv")
        if place.endswith("fo_secban.csv"):
            return web.Response(text="<html>Access Denied</html>", content_type="text/html")
        if "fao_" in place:
            return web.Response(status=429)
        if "ind_close" in place:
            slow = web.StreamResponse()
            await slow.prepare(request)
            for _ in range(1000):  # each drip is in time for any read timeout
                await slow.write(b"x")
                await asyncio.sleep(0.02)
            return slow
        return web.Response(status=404)

    app = web.Application()
    app.router.add_get("/{tail:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    yield f"http://127.0.0.1:{port}"
    await runner.cleanup()


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_what_can_be_fetched_is_saved_and_every_missing_file_has_its_reason(archive: str, tmp_path: Path) -> None:
    reasons = await fetch_evening(DAY, tmp_path, root=archive, deadline_s=0.5)
    assert names_in(tmp_path) == ["bulk_2024-06-28.csv", "sec_bhavdata_full_28062024.csv"]
    told = {reason.split(":")[0]: reason for reason in reasons}
    assert "not of 2024-06-28 yet" in told["block_2024-06-28.csv"]
    assert "a web page came" in told["fo_secban_2024-06-28.csv"]
    assert "status 429" in told["fao_participant_oi_28062024.csv"]
    assert "did not answer within 0.5 s in all" in told["ind_close_all_28062024.csv"]
    assert "status 404" in told["REG1_IND280624.csv"]
    assert len((await folder_of(tmp_path).fetch("deals", ask())).value) == 2


async def test_a_fetch_has_a_limit_of_size_and_classifies_what_goes_wrong(archive: str) -> None:
    with pytest.raises(BadInput, match="more than 100 bytes"):
        await fetched(f"{archive}/bulk.csv", 5, size=100)
    with pytest.raises(NotFound):
        await fetched(f"{archive}/nothing", 5)
    with pytest.raises(RateLimited):
        await fetched(f"{archive}/fao_x", 5)
    with pytest.raises(DeadlinePassed):
        await fetched(f"{archive}/ind_close", 0.2)
    with pytest.raises(BrokerUnavailable):
        await fetched("http://127.0.0.1:9/x", 5)

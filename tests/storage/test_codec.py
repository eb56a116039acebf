"""A fact has one text: it comes back equal, and a text that is no fact is refused by entry and field."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.errors import BadInput, LedgerCorrupt
from cockpit.facts import JOURNAL, BarClosed, FillBooked, Genesis, JournalFact, ScanPublished
from cockpit.market import bars_of
from cockpit.opinions import Pick, Scan
from cockpit.orders import Mode
from cockpit.storage.codec import KINDS, LATER, decoded, encoded, instant_of, key_of
from tests.storage.any_facts import any_of
from tests.storage.made_facts import DAY, T0, booked, fill, genesis, intent, order


@pytest.mark.parametrize("kind", JOURNAL)
@given(choice=st.data())
def test_every_fact_comes_back_equal_and_to_the_same_text(kind: type[JournalFact], choice: st.DataObject) -> None:
    fact = choice.draw(any_of(kind))
    text = encoded(fact)
    back = decoded(kind.__name__, text, 1)
    assert back == fact
    assert encoded(back) == text
    assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def test_the_text_of_a_genesis_is_what_it_always_was() -> None:
    assert encoded(Genesis(5, Mode.PAPER, "मैं", 100, "0.1")) == (
        '{"account":"मैं","build":"0.1","cash_paise":100,"mode":"PAPER","ts":5}'
    )


def test_the_text_of_a_fill_is_what_it_always_was() -> None:
    assert encoded(booked(1)) == (
        '{"fill":{"charges":{"brokerage":2000,"dp":0,"exchange":0,"gst":360,"penalty":0,"sebi":0,"stamp":0,"stt":0},'
        '"exchange":"NSE","flags":[],"intent_id":"I1","model":"","order_id":"O1","price":140000,"product":"MIS",'
        '"quantity":10,"role":"ENTRY","rule":"ORB","side":1,"slippage":0,"symbol":"RELIANCE","token":7,'
        '"trade_id":"T1-BUY","ts":1795146300000000003}}'
    )


def test_whole_numbers_from_numpy_are_numbers_and_never_reach_the_text_as_anything_else() -> None:
    plain = fill(1)
    numpy_fill = replace(plain, price=np.int64(plain.price), ts=np.int64(plain.ts), token=np.int32(plain.token))
    assert encoded(FillBooked(numpy_fill)) == encoded(FillBooked(plain))


@pytest.mark.parametrize("wrong", [1.0, np.float64(3.0), True, "5", None])
def test_money_that_is_no_integer_is_refused_by_field(wrong: Any) -> None:
    with pytest.raises(BadInput, match=r"Genesis .*cash_paise: .*integer expected"):
        encoded(replace(genesis(), cash_paise=wrong))


@pytest.mark.parametrize(("field", "wrong"), [("account", 5), ("account", "\ud800"), ("mode", "NOTHING"), ("ts", 1.5)])
def test_a_value_of_another_type_is_refused(field: str, wrong: Any) -> None:
    with pytest.raises(BadInput, match="Genesis cannot be remembered"):
        encoded(replace(genesis(), **{field: wrong}))


def test_a_missing_score_stays_missing() -> None:
    pick = Pick(7, "RELIANCE", 1, math.nan, "why", (("trend", math.inf), ("volume", -math.inf)), 1_400_00)
    scan = Scan(DAY, T0, "test", (), (pick,), ())
    text = encoded(ScanPublished(T0, scan))
    assert '"score":"NaN"' in text
    back = decoded("ScanPublished", text, 1)
    assert isinstance(back, ScanPublished)
    assert math.isnan(back.scan.picks[0].score)
    assert back.scan.picks[0].parts == pick.parts


def test_an_older_journal_that_knew_fewer_fields_is_read_as_what_it_meant() -> None:
    pick = Pick(7, "RELIANCE", 1, 0.5, "why", (("trend", 0.5),), 1_400_00)
    tree = json.loads(encoded(ScanPublished(T0, Scan(DAY, T0, "test", (), (pick,), ()))))
    for name in LATER[Scan]:
        del tree["scan"][name]
    for name in LATER[Pick]:
        del tree["scan"]["picks"][0][name]
    back = decoded("ScanPublished", json.dumps(tree), 1)
    assert back == ScanPublished(T0, Scan(DAY, T0, "test", (), (pick,), ()))


def test_a_field_of_the_first_journals_may_not_be_missing_from_a_nested_noun() -> None:
    tree = json.loads(encoded(ScanPublished(T0, Scan(DAY, T0, "test", (), (), ()))))
    del tree["scan"]["source"]
    with pytest.raises(LedgerCorrupt, match=r"fields missing: \['source'\]"):
        decoded("ScanPublished", json.dumps(tree), 1)


def test_news_is_not_remembered() -> None:
    with pytest.raises(BadInput, match="BarClosed is not a fact of the journal"):
        encoded(BarClosed(bars_of(1)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "change", "said"),
    [
        ("Genesys", {}, r"entry 9 is of kind 'Genesys'"),
        ("Genesis", {"ts": None}, r"entry 9 .*ts: None"),
        ("Genesis", {"cash_paise": 1.5}, r"entry 9 .*cash_paise: 1.5"),
        ("Genesis", {"mode": "DREAM"}, r"entry 9 .*mode: 'DREAM'"),
        ("Genesis", {"more": 1}, r"entry 9 .*unknown: \['more'\]"),
    ],
)
def test_a_text_that_is_no_fact_names_its_entry(kind: str, change: dict[str, Any], said: str) -> None:
    text = json.dumps(json.loads(encoded(genesis())) | change)
    with pytest.raises(LedgerCorrupt, match=said):
        decoded(kind, text, 9)


@pytest.mark.parametrize("kind", JOURNAL)
@given(choice=st.data())
def test_a_field_that_is_missing_is_never_guessed(kind: type[JournalFact], choice: st.DataObject) -> None:
    tree = json.loads(encoded(choice.draw(any_of(kind))))
    field = choice.draw(st.sampled_from(sorted(tree)))
    del tree[field]
    with pytest.raises(LedgerCorrupt, match=f"entry 3 is not a {kind.__name__}: fields missing: .*{field}"):
        decoded(kind.__name__, json.dumps(tree), 3)


@given(st.sampled_from(sorted(KINDS)), st.text())
def test_garbage_is_refused_as_corrupt_and_nothing_else(kind: str, text: str) -> None:
    with pytest.raises(LedgerCorrupt):
        decoded(kind, text, 1)


@pytest.mark.parametrize("kind", JOURNAL)
@given(choice=st.data())
def test_every_fact_has_an_instant(kind: type[JournalFact], choice: st.DataObject) -> None:
    assert 0 <= instant_of(choice.draw(any_of(kind))) < 2**63


def test_keys_tell_apart_what_may_stand_only_once() -> None:
    from cockpit.facts import IntentMade, OrderPlaced

    keys = [
        key_of(f) for f in (genesis(), IntentMade(intent(1)), OrderPlaced(order(1)), booked(1), FillBooked(fill(2)))
    ]
    assert len(set(keys)) == len(keys)
    # A trade id may hold any sign, so parts are never glued together bare.
    assert key_of(FillBooked(replace(fill(1), trade_id='a","b', order_id="c"))) != key_of(
        FillBooked(replace(fill(1), trade_id="a", order_id='b","c'))
    )

"""The ear of word lists: phrases of the trade before plain English, denials that turn, and whose news it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.brains.words.phrases import FLIP, Phrase, Phrases, plain
from cockpit.brains.words.tone import mentioned, squashed, unsquashed
from cockpit.brains.words.tone_training import measured
from cockpit.errors import BadInput
from cockpit.places import resources_folder
from tests.brains.ears import golden, lexicon

TABLE = resources_folder() / "phrases.csv"


def test_missing_an_estimate_sounds_bad_and_beating_it_sounds_good() -> None:
    assert lexicon().tone("Wipro fails to beat estimates") < -0.3
    assert lexicon().tone("Wipro beats estimates") > 0.3


@pytest.mark.parametrize(
    ("text", "good", "bad"),
    [
        ("Infosys gains, Wipro falls", "Infosys", "Wipro"),
        ("Tata Motors surges; Maruti slumps", "Tata Motors", "Maruti"),
        ("Lupin jumps while Cipla drops after USFDA observations", "Lupin", "Cipla"),
        ("Wipro falls as Infosys gains", "Infosys", "Wipro"),
    ],
)
def test_a_headline_of_two_companies_is_good_for_one_and_bad_for_the_other(text: str, good: str, bad: str) -> None:
    assert lexicon().tone(text, (good,)) > 0.2
    assert lexicon().tone(text, (bad,)) < -0.2


def test_a_list_of_names_shares_what_is_said_at_its_end() -> None:
    text = "ITC, Infosys, ICICI Bank fall"
    assert {round(lexicon().tone(text, (name,)), 9) for name in ("ITC", "Infosys", "ICICI Bank")} == {
        round(lexicon().tone("ICICI Bank fall", ("ICICI Bank",)), 9)
    }


def test_who_spoke_is_not_who_was_spoken_of() -> None:
    text = "Nifty may fall further: Angel Broking"
    assert lexicon().tone(text, ("Angel Broking",)) == 0
    assert lexicon().tone(text, ("Nifty",)) < -0.2


@pytest.mark.parametrize(
    "text", ["Gross margin of Page at 52 per cent", "Page completes debt refinancing", "Crude in focus"]
)
def test_what_sounds_bad_in_plain_english_only_is_neutral(text: str) -> None:
    assert abs(lexicon().tone(text)) < 0.1


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("Larsen & Toubro bags Rs 2,500 crore order", "order"),
        ("ICRA upgrades rating of JSW Energy", "rating"),
        ("Infosys net profit up 11%", "results"),
        ("Promoters pledge 4% more shares", "pledge"),
        ("SEBI bars promoter over fraud", "legal"),
        ("Coforge raises guidance", "guidance"),
        ("TCS announces buyback", "payout"),
        ("Wipro CFO resigns", "people"),
        ("RVNL offer for sale opens", "stake"),
    ],
)
def test_the_kind_of_event_is_told(text: str, event: str) -> None:
    assert event in lexicon().heard(text).events


def test_an_event_of_another_company_s_clause_is_not_this_one_s() -> None:
    heard = lexicon().heard("Infosys net profit up 11%; SEBI bars Brightcom over fraud", ("Infosys",))
    assert heard.events == {"results"}


@pytest.mark.parametrize(
    ("text", "names", "found"),
    [
        ("Infosys Ltd gains", ("Infosys Ltd",), "infosys ltd"),
        ("Infosys gains", ("Infosys Limited", "INFY"), "infosys"),
        ("Buy INFY now", ("Infosys Limited", "INFY"), "infy"),
        ("M&M tractors sell", ("Mahindra & Mahindra Ltd.", "M&M"), "m&m"),
        ("Tata Steel gains", ("Tata Motors Ltd.",), "tata"),
        ("SBI gains", ("State Bank of India",), None),
    ],
)
def test_a_company_is_found_by_its_name_then_by_shorter_forms(
    text: str, names: tuple[str, ...], found: str | None
) -> None:
    place = mentioned(plain(text), names)
    assert (plain(text)[slice(*place)] if place else None) == found


def test_a_name_has_no_tone_of_its_own() -> None:
    assert lexicon().tone("Fair Trust Care Ltd to meet on Friday", ("Fair Trust Care Ltd",)) == 0


def test_the_longest_phrase_wins_and_a_denial_turns_it() -> None:
    table = Phrases(
        [Phrase("margin", 1.0, ""), Phrase("gross margin*", 0.0, "results"), Phrase("default*", -2.0, "debt")]
    )
    assert [h.words for h in table.hits("gross margins and margin")] == ["gross margin*", "margin"]
    assert table.hits("no default on loans")[0].tone == pytest.approx(-2.0 * FLIP)
    assert table.hits("no news yet today, then default")[0].tone == -2.0


def test_gaps_and_forms_match_as_the_table_says() -> None:
    table = Phrases([Phrase("win|wins .. order*", 2.0, "order"), Phrase("dip|dips", -1.0, "price")])
    said = {"wins order", "wins a big export order", "win orders"}
    assert all(table.hits(text) for text in said)
    assert not any(
        table.hits(text) for text in ("wind order", "wins one two three four five order", "wins; order", "dipan")
    )


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ("phrase,tone,event\n", "without a phrase"),
        ("up,high,price\n", "line 1.*tone 'high'"),
        ("up,9,price\n", "a number from -4 to 4"),
        ("up,1\n", "phrase,tone,event expected"),
        ("up,1,price\nup,2,price\n", "line 2.*twice"),
    ],
)
def test_a_table_that_cannot_be_one_is_refused_by_line(tmp_path: Path, lines: str, fault: str) -> None:
    path = tmp_path / "phrases.csv"
    path.write_text(lines, encoding="utf-8")
    with pytest.raises(BadInput, match=fault):
        Phrases.load(path)


def test_the_shipped_table_has_hundreds_of_phrases_and_hears_each_of_them() -> None:
    table = Phrases.load(TABLE)
    assert len(table.rows) > 500
    for row in table.rows:
        spoken = " ".join(w.split("|")[0].rstrip("*") for w in row.words.split() if w != "..")
        assert table.hits(spoken), row.words


@given(st.text(max_size=80), st.sampled_from(["", "Infosys", "A"]))
def test_any_text_has_a_tone_within_bounds_and_clauses_that_cover_it(text: str, name: str) -> None:
    heard = lexicon().heard(text, (name,))
    assert -1 <= heard.value <= 1
    assert len(plain(text)) == len(text)
    if text:
        assert heard.clauses[0][0] == 0
        assert heard.clauses[-1][1] == len(text)


@given(st.floats(-12, 12))
def test_squashing_can_be_undone(total: float) -> None:
    assert unsquashed(squashed(total)) == pytest.approx(total, abs=1e-9)


def test_on_the_golden_headlines_the_word_lists_are_far_above_vader(capsys: pytest.CaptureFixture[str]) -> None:
    examples = golden()
    assert len(examples) == 120
    vader, phrases = measured(examples, lexicon())
    with capsys.disabled():
        print(f"\n{vader}\n{phrases}")
    assert phrases.accuracy >= 0.80
    assert phrases.low > vader.high

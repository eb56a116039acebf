"""The sentiment brain: news on the evening it was seen, once, fading; and no tone at all where there was no news."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cockpit.brains.filings.as_known import Evenings
from cockpit.brains.sentiment import PRESS_WEIGHT, SentimentBrain, without_news
from cockpit.errors import Abstained
from cockpit.evidence import Evidence, Headline, rows_of
from cockpit.opinions import FeatureHistory
from cockpit.places import resources_folder
from cockpit.simulator.evidence import practice_evidence
from cockpit.simulator.history import HISTORY_FROM
from cockpit.simulator.listings import load_listings
from cockpit.simulator.market import PracticeMarket
from cockpit.venues.calendar import NseCalendar
from tests.brains.ears import lexicon
from tests.brains.made_evidence import LAST, at, evening, made_evidence, poisoned, same

BRAIN = SentimentBrain(lexicon())
GOOD, BAD = "Company1 bags Rs 500 crore order", "Company1 fails to beat estimates"
EARLY = Headline(at("2023-06-01", 10), 105, "Company5 to meet on Friday", "NSE")
"""News of another name, with which the press begins."""


def column(history: FeatureHistory, name: str) -> NDArray[Any]:
    return history.values[:, :, history.columns.index(name)]


def told(*headlines: Headline) -> FeatureHistory:
    return BRAIN.features(made_evidence(headlines=(EARLY, *headlines)))


def line(when: int, text: str = GOOD, *, token: int = 101, source: str = "NSE", category: str = "") -> Headline:
    return Headline(when, token, text, source, category)


def day_of(history: FeatureHistory, day: str) -> int:
    return int(np.searchsorted(history.days, np.datetime64(day)))


def test_missing_estimates_sounds_bad_and_beating_them_sounds_good() -> None:
    history = told(line(at("2024-06-10", 12), BAD), line(at("2024-06-10", 12), "Company2 beats estimates", token=102))
    day = day_of(history, "2024-06-10")
    assert column(history, "tone")[day, 0] < 0 < column(history, "tone")[day, 1]


@pytest.mark.parametrize(
    ("stamp", "first"),
    [
        (at("2024-06-10", 9, 14), "2024-06-10"),  # before the open
        (at("2024-06-10", 15, 31), "2024-06-10"),  # after the close: judged that evening, for the next open
        (at("2024-06-10", 20, 1), "2024-06-11"),  # after the evening's hour
        (at("2024-06-07", 21, 0), "2024-06-10"),  # Friday night counts on Monday
        (at("2024-06-09", 11, 0), "2024-06-10"),  # and so does Sunday
    ],
)
def test_a_headline_lands_on_the_first_evening_that_had_seen_it(stamp: int, first: str) -> None:
    history = told(line(stamp))
    day = day_of(history, first)
    assert column(history, "no_news")[day - 1, 0] == 1
    assert column(history, "n_headlines")[day, 0] == 1
    assert column(history, "tone")[day, 0] > 0


def test_the_session_s_own_close_as_the_hour_leaves_what_came_a_minute_later_to_the_next() -> None:
    evidence = made_evidence(headlines=(EARLY, line(at(str(LAST), 15, 31)), line(at(str(LAST), 9, 14), token=102)))
    history = BRAIN.features(evidence.known(LAST, at(str(LAST), 15, 30)))
    assert column(history, "no_news")[-1, :2].tolist() == [1, 0]


def test_tone_fades_by_days_and_counts_by_its_source() -> None:
    history = told(line(at("2024-06-10", 20)), line(at("2024-06-10", 20), token=102, source="a paper"))
    day, tone = day_of(history, "2024-06-10"), column(history, "tone")
    assert tone[day, 0] == pytest.approx(lexicon().tone(GOOD, ("Company1 Ltd", "NAME1")))
    assert tone[day + 3, 0] == pytest.approx(tone[day, 0] * math.exp(-3 / 2), rel=1e-6)
    assert tone[day, 1] == pytest.approx(PRESS_WEIGHT * lexicon().tone(GOOD), rel=1e-6)
    assert column(history, "news_age")[day + 3, 0] == pytest.approx(3.0)


def test_a_headline_printed_again_counts_once() -> None:
    once = told(line(at("2024-06-10", 10)))
    again = told(
        line(at("2024-06-10", 10)),
        line(at("2024-06-10", 11), GOOD.upper() + "!", source="a paper"),
        line(at("2024-06-12", 9)),
    )
    assert same(once.values, again.values)


def test_the_same_words_weeks_later_are_news_and_another_name_s_are_its_own() -> None:
    history = told(line(at("2024-05-10", 10)), line(at("2024-06-10", 10)), line(at("2024-06-10", 10), token=102))
    day = day_of(history, "2024-06-10")
    assert column(history, "n_headlines")[day, :2].tolist() == [1, 1]


def test_no_news_is_said_and_has_no_tone() -> None:
    history = told(line(at("2024-06-10", 10)))
    silent = without_news(history)
    day = day_of(history, "2024-06-10")
    assert silent[day].tolist() == [False, True, True, True, True]
    assert np.isnan(column(history, "tone")[silent]).all()
    assert np.isnan(column(history, "order_news")[silent]).all()
    assert (column(history, "n_headlines")[silent] == 0).all()
    assert silent[day + 5, 0]  # a week later the name is silent again


def test_before_the_press_began_nothing_is_known_not_even_silence() -> None:
    history = told()
    began = day_of(history, "2023-06-01")
    assert np.isnan(history.values[:began]).all()
    assert column(history, "no_news")[began].tolist() == [1, 1, 1, 1, 0]


def test_a_press_that_stopped_is_marked_old() -> None:
    history = told()
    began, no_news = day_of(history, "2023-06-01"), history.columns.index("no_news")
    assert not history.stale[began : began + 2, :, no_news].any()
    assert history.stale[began + 5 :, :, no_news].all()


def test_kinds_of_event_are_flagged_by_words_and_by_the_exchange_s_category() -> None:
    history = told(
        line(at("2024-06-10", 10)),
        line(at("2024-06-10", 10), "Company2 informs exchange", token=102, category="Credit Rating"),
        line(at("2024-06-10", 10), "Company3 promoters pledge more shares", token=103),
        line(at("2024-06-10", 10), "SEBI bars Company4 over fraud", token=104),
    )
    day = day_of(history, "2024-06-10")
    flags = {
        e: column(history, f"{e}_news")[day, :4].tolist() for e in ("order", "rating", "pledge", "legal", "results")
    }
    assert flags == {
        "order": [1, 0, 0, 0], "rating": [0, 1, 0, 0], "pledge": [0, 0, 1, 0], "legal": [0, 0, 0, 1],
        "results": [0, 0, 0, 0],
    }  # fmt: skip


def test_a_tone_is_measured_against_the_name_s_own_earlier_news() -> None:
    days = [str(d) for d in made_evidence().prices.value.days[-60::5]]
    lines = [
        line(at(d, 10), f"Company1 gains on day {k}" if k % 2 else f"Company1 up on day {k}")
        for k, d in enumerate(days)
    ]
    history = told(*lines[:-1], line(at(days[-1], 10), "Company1 chairman arrested over fraud and default"))
    day = day_of(history, days[-1])
    assert column(history, "tone_z")[day, 0] < -3
    assert np.isnan(column(history, "tone_z")[: day_of(history, days[1]), 0]).all()


def full() -> Evidence:
    days = [str(d) for d in made_evidence().prices.value.days[::3]]
    texts = (GOOD, BAD, "Company1 net profit up 12%", "ICRA downgrades Company1", "Company1 to meet")
    news = [line(at(d, 8 + k % 12), f"{texts[k % 5]} {k % 11}", token=101 + k % 5) for k, d in enumerate(days)]
    return made_evidence(headlines=(EARLY, *news))


@pytest.mark.parametrize("row", [100, 200, 290])
def test_what_is_printed_later_changes_nothing_earlier(row: int) -> None:
    clean = BRAIN.features(full())
    spoilt = BRAIN.features(poisoned(full(), evening(full(), row), "headlines"))
    assert same(clean.values[: row + 1], spoilt.values[: row + 1])
    assert same(clean.stale[: row + 1], spoilt.stale[: row + 1])


def test_the_evening_itself_would_have_answered_the_same() -> None:
    whole, row = BRAIN.features(full()), 270
    day: date = full().prices.value.days[row].astype(object)
    then = BRAIN.features(full().known(day, evening(full(), row)))
    assert same(whole.values[: row + 1], then.values)


def test_without_a_press_it_abstains_with_the_reason() -> None:
    with pytest.raises(Abstained, match="headlines are missing: not made"):
        BRAIN.features(made_evidence())


def test_another_ear_makes_another_schema() -> None:
    class Optimist:
        identity = "optimist"

        def tone(self, text: str, names: Any = ()) -> float:
            return 1.0

    ear = SentimentBrain(lexicon(), Optimist())
    assert ear.schema != BRAIN.schema
    evidence = made_evidence(headlines=(EARLY, line(at("2024-06-10", 20), BAD)))
    history = ear.features(evidence)
    assert column(history, "tone")[day_of(history, "2024-06-10"), 0] == pytest.approx(1.0)


def test_words_carry_the_number() -> None:
    assert BRAIN.words("tone", -0.421) == "news of the week sounds -0.42"
    assert BRAIN.words("order_news", 1.0) == "order news within 7 days"
    assert BRAIN.words("order_news", 0.0) == "no order news in 7 days"


def test_on_the_practice_market_the_tone_of_results_follows_their_surprise() -> None:
    resources = resources_folder()
    sessions = tuple(NseCalendar.load(resources).sessions(HISTORY_FROM, date(2026, 12, 31)))
    market = PracticeMarket(7, load_listings(resources / "universe.csv")[:40], sessions)
    evidence = practice_evidence(market, date(2026, 11, 20))
    history = BRAIN.features(evidence)
    told = rows_of(evidence.surprises)
    evenings = Evenings.of(evidence)
    tone = column(history, "tone")[evenings.first(told["visible"]), evenings.names(told["token"])]
    surprise = told["reported"] - told["estimate"]
    known = np.isfinite(tone)
    assert known.mean() > 0.95
    assert np.corrcoef(tone[known], np.sign(surprise[known]))[0, 1] > 0.5
    assert (~without_news(history)).mean() < 0.5  # most names are silent on most evenings

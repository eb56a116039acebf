"""Headlines: nothing of a feed is trusted, each line is given to the names it speaks of, once, when first seen."""

from __future__ import annotations

from datetime import date, time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from aiohttp import web

from cockpit.clock import TapeClock, instant
from cockpit.errors import BadInput
from cockpit.evidence import Headline
from cockpit.market import Instrument
from cockpit.venues.minhash import Seen, resemblance, signature
from cockpit.venues.news import Item, NameFinder, NewsFeeds, headlines_of, items_of, phrases_of
from cockpit.venues.sources import HEADLINES, Ask

NOW = instant(date(2024, 6, 28), time(19))
NAMES = tuple(
    Instrument(k, symbol, name)
    for k, (symbol, name) in enumerate(
        [
            ("RELIANCE", "Reliance Industries Ltd."), ("M&M", "Mahindra & Mahindra Ltd."),
            ("IDEA", "Vodafone Idea Ltd."),
            ("NESTLEIND", "Nestle India Ltd."), ("COALINDIA", "Coal India Ltd."), ("SBIN", "State Bank of India"),
            ("TATAMOTORS", "Tata Motors Ltd."), ("TATASTEEL", "Tata Steel Ltd."),
            ("ACE", "Action Construction Equipment Ltd."),
            ("WELCORP", "Welspun Corp Ltd."), ("WELENT", "Welspun Enterprises Ltd."), ("BSE", "BSE Ltd."),
            ("3MINDIA", "3M India Ltd."), ("TITAN", "Titan Company Ltd."), ("PERSISTENT", "Persistent Systems Ltd."),
            ("BANKINDIA", "Bank of India"),
        ],
        start=1,
    )
)  # fmt: skip
FINDER = NameFinder(NAMES)


def found(text: str) -> list[str]:
    return [NAMES[token - 1].symbol for token in FINDER.tokens(text)]


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("Reliance Industries Q1 profit beats estimates", ["RELIANCE"]),
        ("Nestle recalls a batch; NESTLEIND falls", ["NESTLEIND"]),
        ("Tata Motors' sales up, Tata Steel flat", ["TATAMOTORS", "TATASTEEL"]),
        ("M&M launches a tractor", ["M&M"]),
        ("Mahindra & Mahindra launches a tractor", ["M&M"]),
        ("ACE wins an order", ["ACE"]),
        ("TITAN shares jump", ["TITAN"]),
        ("3M India to delist", ["3MINDIA"]),
        # words that only look like names
        ("Reliance on imports grows", []),
        ("Not a good idea to buy now", []),
        ("A persistent decline", []),
        ("Coal output rises", []),
        ("State Bank of Mysore raises rates", []),
        ("Sumitomo Mahindra", []),
        ("He played the ace of spades; an Ace pilot", []),
        ("STOCKS TO WATCH: TITAN, ACE", []),  # all capitals: no capitals tell a name
        ("Titan of the seas", []),
        ("Metatata Motorsport", []),
        ("Foo gains 3% on BSE", []),
        ("Rupee off highs on Reserve Bank of India intervention", []),
        ("Bank of India raises its rates", ["BANKINDIA"]),
        # two companies go by it
        ("Welspun to expand", []),
        ("Welspun Corp to expand", ["WELCORP"]),
        ("", []),
    ],
)
def test_a_headline_is_given_to_the_names_it_speaks_of(text: str, symbols: list[str]) -> None:
    assert found(text) == symbols


def test_a_phrase_of_two_companies_names_neither_and_is_told() -> None:
    assert "welspun" not in phrases_of(NAMES[11])
    twins = NameFinder([Instrument(1, "ONEX", "Alpha Beta Ltd."), Instrument(2, "TWOX", "Alpha Beta Limited")])
    assert twins.ambiguous == ("alpha beta",)
    assert twins.tokens("Alpha Beta gains") == ()
    assert twins.tokens("Alpha Beta Limited gains") == (2,)
    assert NameFinder([]).tokens("Alpha Beta gains") == ()


def test_real_headlines_are_given_to_companies_their_readers_saw_in_them(market_data: Path) -> None:
    symbols = pq.read_table(market_data / "symbols.parquet", columns=["symbol", "company"]).to_pylist()
    names = [Instrument(k, row["symbol"], row["company"]) for k, row in enumerate(symbols)]
    finder = NameFinder(names)
    told = pq.read_table(market_data / "sentiment_sentfin.parquet").to_pandas()
    right = wrong = 0
    for text, entities in told.groupby("headline").entity:
        seen = [e.lower() for e in entities]
        for token in finder.tokens(str(text)):
            name, symbol = names[token].name.lower(), names[token].symbol.lower()
            is_right = any(e.split()[0] in name or symbol in e.replace(" ", "") or e in symbol for e in seen)
            right, wrong = right + is_right, wrong + (not is_right)
    assert right > 1500
    assert right / (right + wrong) > 0.98


# -- feeds ------------------------------------------------------------------------------------------------------------


def feed(*lines: str, head: str = "") -> bytes:
    entries = "".join(
        f"<item><title>{line}</title><pubDate>Fri, 28 Jun 2024 18:30:00 +0530</pubDate></item>" for line in lines
    )
    return f'<?xml version="1.0"?>{head}<rss version="2.0"><channel>{entries}</channel></rss>'.encode()


def test_a_feed_becomes_plain_lines_with_its_own_time() -> None:
    told = items_of(feed("Tata &amp; Sons &lt;b&gt;rise&lt;/b&gt;", "", "x" * 1000), "paper")
    assert [item.text for item in told] == ["Tata & Sons rise", "x" * 400]
    assert told[0].published == instant(date(2024, 6, 28), time(18, 30))
    assert told[0].source == "paper"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (feed("&xxe;", head='<!DOCTYPE a [<!ENTITY xxe SYSTEM "file:///etc/hostname">]>'), "entities"),
        (feed("&a;", head='<!DOCTYPE a [<!entity a "aaaaaaaa">]>'), "entities"),
        (b"<html><body>Access denied</body></html>", "no feed"),
        (b"\x00\x01\x02", "no feed"),
        (b"", "no feed"),
        (b"/etc/hostname", "no feed"),
        (b"http://127.0.0.1:9/feed", "no feed"),
    ],
)
def test_what_is_no_feed_or_brings_entities_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        items_of(content, "paper")


def test_a_feed_of_thousands_is_cut() -> None:
    assert len(items_of(feed(*[f"line {n}" for n in range(800)]), "paper")) == 500


def item(text: str, published: int = 0) -> Item:
    return Item(text, published, "paper")


def test_a_line_is_visible_from_when_we_saw_it_not_from_when_it_says() -> None:
    seen = Seen()
    told = headlines_of(
        [item("Tata Motors rises", NOW - 10**15), item("Tata Steel rises", NOW + 60)], FINDER, NOW, seen
    )
    assert [(h.token, h.visible) for h in told] == [(7, NOW), (8, NOW + 60)]


def test_the_same_news_told_twice_counts_once_and_a_line_about_two_names_counts_for_both() -> None:
    seen = Seen()
    lines = [
        item("Tata Motors Q1 net profit jumps 74% to Rs 5,566 crore on strong JLR sales"),
        item("Tata Motors Q1 net profit jumps 74% to Rs 5,566 crore on strong JLR sales: report"),
        item("TATA MOTORS Q1 net profit jumps 74% to Rs 5,566 crore, on strong JLR sales"),
        item("Tata Motors and Tata Steel gain"),
        item("Tata Motors Q2 net profit falls 10% to Rs 3,343 crore on weak JLR sales"),
    ]
    told = headlines_of(lines, FINDER, NOW, seen)
    assert sorted((h.token, h.text[12:15]) for h in told) == [(7, "Q1 "), (7, "Q2 "), (7, "and"), (8, "and")]
    assert headlines_of(lines, FINDER, NOW + 10**12, seen) == ()


def test_the_estimate_of_minhash_is_the_share_of_common_word_pairs() -> None:
    rng = np.random.default_rng(3)
    words = [f"w{n}" for n in range(60)]
    errors = []
    for _ in range(40):
        cut = int(rng.integers(5, 55))
        one, other = words, words[:cut] + [f"v{n}" for n in range(60 - cut)]
        pairs = [set(pairwise(w)) for w in (one, other)]
        true = len(pairs[0] & pairs[1]) / len(pairs[0] | pairs[1])
        errors.append(resemblance(signature(" ".join(one)), signature(" ".join(other))) - true)
    assert abs(np.mean(errors)) < 0.03
    assert np.max(np.abs(errors)) < 0.25
    assert resemblance(signature("Nifty up, 2%!"), signature("NIFTY UP 2%")) == 1.0


async def test_feeds_are_read_together_and_one_that_fails_is_named(tmp_path: Path) -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path == "/good":
            return web.Response(body=feed("Tata Motors rises", "Nothing about anybody"), content_type="text/xml")
        if request.path == "/big":
            return web.Response(body=b"x" * 3_000_000, content_type="text/xml")
        return web.Response(status=503)

    app = web.Application()
    app.router.add_get("/{tail:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    root = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[union-attr]
    clock = TapeClock(NOW)
    ask = Ask(date(2024, 6, 28), NOW, date(2024, 1, 1), NAMES)
    news = NewsFeeds({"good": f"{root}/good", "big": f"{root}/big", "down": f"{root}/down"}, clock)
    answer_ = await news.fetch(HEADLINES, ask)
    assert [(h.token, h.visible) for h in answer_.value] == [(7, NOW)]
    assert "big: " in answer_.origin.fallback
    assert "status 503" in answer_.origin.fallback
    clock.advance(NOW + 10**12)
    assert (await news.fetch(HEADLINES, ask)).value == answer_.value
    again = NewsFeeds({"good": f"{root}/good"}, clock, kept=news.kept)
    assert (await again.fetch(HEADLINES, ask)).value == answer_.value
    with pytest.raises(BadInput, match="no feed could be read: down"):
        await NewsFeeds({"down": f"{root}/down"}, clock).fetch(HEADLINES, ask)
    await runner.cleanup()


def test_kept_headlines_are_not_news_again() -> None:
    kept = (Headline(NOW - 10, 7, "Tata Motors rises sharply today", "paper"),)
    news: Any = NewsFeeds({}, TapeClock(NOW), kept=kept)
    assert headlines_of([item("Tata Motors rises sharply today")], FINDER, NOW, news._seen) == ()

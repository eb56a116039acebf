"""The house's own ear and the labelled headlines that ears are tested on."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import pyarrow.parquet as pq

from cockpit.brains.words.phrases import Phrases
from cockpit.brains.words.tone import LexiconTone
from cockpit.brains.words.tone_training import Example, ToneReport, tone_report
from cockpit.places import resources_folder

GOLDEN = Path(__file__).with_name("golden_headlines.csv")


@cache
def lexicon() -> LexiconTone:
    """Answer the word lists with the shipped phrase table."""
    return LexiconTone(Phrases.load(resources_folder() / "phrases.csv"))


def golden() -> list[Example]:
    """Answer the house's own headlines, written and labelled by hand."""
    with GOLDEN.open(encoding="utf-8", newline="") as lines:
        return [Example(row["headline"], row["name"], row["label"]) for row in csv.DictReader(lines)]


def labelled(market_data: Path) -> list[Example]:
    """Answer the recorded headlines, labelled by people for each company named in them."""
    table = pq.read_table(market_data / "sentiment_sentfin.parquet").to_pylist()
    return [Example(row["headline"], row["entity"], row["label"]) for row in table]


@cache
def report_of(market_data: Path) -> ToneReport:
    """Answer the report on the recorded headlines: one half trained on, the other measured."""
    return tone_report(labelled(market_data), lexicon())

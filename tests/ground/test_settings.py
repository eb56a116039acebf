"""Settings: what is not understood is refused by name, never ignored."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from cockpit.errors import BadSetting
from cockpit.settings import Settings, parsed


def test_an_empty_file_means_the_defaults() -> None:
    assert parsed("") == Settings()


def test_a_named_value_replaces_its_default_alone() -> None:
    settings = parsed("[risk]\nday_entries = 7\n")
    assert settings.risk.day_entries == 7
    assert settings.orb == Settings().orb


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[risk]\nday_entry = 7", "did you mean 'day_entries'"),
        ("[rick]\nday_entries = 7", "did you mean 'risk'"),
        ("[risk]\nday_entries = 0", "outside 1 to 500"),
        ("[risk]\nday_entries = '7'", "int expected"),
        ("[risk]\nday_entries = true", "int expected"),
        ("[risk]\ncollar = nan", "outside"),
        ("[orb]\nlast_entry = '25:00'", "HH:MM"),
        ("[vwap]\ntarget = '3R'", "one of"),
        ("risk = 3", "a table"),
        ("[risk\n", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_said_with_the_remedy(text: str, words: str) -> None:
    with pytest.raises(BadSetting, match=words):
        parsed(text)


def test_a_whole_number_is_good_where_a_fraction_is_expected() -> None:
    assert parsed("[risk]\nfeed_stale_s = 4").risk.feed_stale_s == 4.0


def test_every_setting_has_a_sentence_and_a_default_inside_its_own_range() -> None:
    for where, spec, value in _leaves(Settings(), ""):
        assert spec.metadata["sentence"].endswith("."), where
        low, high = spec.metadata["low"], spec.metadata["high"]
        assert low is None or value >= low, where
        assert high is None or value <= high, where


def _leaves(tree: Any, path: str) -> list[tuple[str, Any, Any]]:
    found: list[tuple[str, Any, Any]] = []
    for spec in fields(tree):
        value = getattr(tree, spec.name)
        if is_dataclass(value):
            found += _leaves(value, f"{path}{spec.name}.")
        else:
            found.append((path + spec.name, spec, value))
    return found

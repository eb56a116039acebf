"""The palette finds by a few letters, says why a command is not possible, and its keys are never taken twice."""

from __future__ import annotations

import pytest

from cockpit.errors import BadInput
from cockpit.ui.actions import Action, Actions, shortcut_rows
from cockpit.ui.fuzzy import best, score
from cockpit.ui.palette import SymbolEntry, entries

NAMES = ("RELIANCE", "RELINFRA", "RELAXO", "TATASTEEL", "BAJAJ-AUTO", "M&M")


@pytest.mark.parametrize(
    ("typed", "first"), [("rel", "RELIANCE"), ("tst", "TATASTEEL"), ("auto", "BAJAJ-AUTO"), ("m&", "M&M")]
)
def test_the_best_name_comes_first(typed: str, first: str) -> None:
    assert best(typed, NAMES, str, 5)[0] == first


def test_letters_out_of_order_find_nothing() -> None:
    assert score("ler", "RELIANCE") is None
    assert best("zzz", NAMES, str, 5) == []


def nothing() -> None:
    """Be an action that runs."""


def actions_with(*more: Action) -> Actions:
    """Answer a registry with one possible and one impossible action."""
    made = Actions()
    made.add(Action("theme", "Dark or light", nothing, key="Ctrl+Shift+D"))
    made.add(Action("release", "Release the halt", nothing, why_not=lambda: "trading is not halted"))
    for action in more:
        made.add(action)
    return made


def test_an_impossible_command_is_listed_with_its_reason_and_does_not_run() -> None:
    listed = entries("release", [], actions_with(), lambda token: None)
    entry = next(e for e in listed if not e.head)
    assert entry.why == "trading is not halted"
    assert entry.run is None


def test_symbols_come_before_commands() -> None:
    opened: list[int] = []
    listed = entries("r", [SymbolEntry(7, "RELIANCE", "NSE")], actions_with(), opened.append)
    assert [e.words for e in listed if e.head] == ["SYMBOLS", "COMMANDS"]
    assert listed[1].run is not None
    listed[1].run()
    assert opened == [7]


def test_a_key_or_an_id_cannot_be_taken_twice() -> None:
    with pytest.raises(BadInput, match="already registered"):
        actions_with(Action("theme", "Again", nothing))
    with pytest.raises(BadInput, match="choose another key"):
        actions_with(Action("other", "Other", nothing, key="Ctrl+Shift+D"))


def test_running_an_impossible_action_answers_why() -> None:
    assert actions_with().run("release") == "trading is not halted"


def test_the_shortcut_sheet_is_the_registry() -> None:
    assert shortcut_rows(actions_with()) == [("Ctrl+Shift+D", "Dark or light", "anywhere")]

"""One registry of everything a trader can do: menus, palette, keys and the shortcut sheet are all read from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from cockpit.errors import BadInput

Enabled = Callable[[], str]
"""Answers why an action is not possible now; empty means that it is."""


def _always() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a trader can do: `key` is its shortcut, `where` its key works, `keywords` are more to find it by."""

    id: str
    text: str
    run: Callable[[], None] = field(compare=False)
    icon: str = ""
    key: str = ""
    where: str = "anywhere"
    why_not: Enabled = field(default=_always, compare=False)
    keywords: str = ""

    @property
    def is_possible(self) -> bool:
        """Tell whether it can be done now."""
        return not self.why_not()


class Actions:
    """Keep every action once; a second use of an id or of a key is refused, because one of the two would never run."""

    def __init__(self) -> None:
        self._actions: dict[str, Action] = {}
        self._shortcuts: list[QShortcut] = []
        self._bound: set[str] = set()

    def add(self, action: Action) -> Action:
        """Take an action in.

        Errors: BadInput when its id, or its key in the same place, is taken.
        """
        if action.id in self._actions:
            raise BadInput(f"action {action.id!r} is already registered; give the new one its own id")
        rival = next((a for a in self if a.key and a.key == action.key and a.where == action.where), None)
        if rival is not None:
            raise BadInput(f"key {action.key} of {action.id!r} already runs {rival.id!r}; choose another key")
        self._actions[action.id] = action
        return action

    def renew(self, action: Action) -> Action:
        """Take an action in, in place of an earlier one with its id: its panel was built anew."""
        self._actions.pop(action.id, None)
        return self.add(action)

    def __iter__(self) -> Iterator[Action]:
        return iter(self._actions.values())

    def __getitem__(self, name: str) -> Action:
        return self._actions[name]

    def run(self, name: str) -> str:
        """Run an action if it is possible; answer why not, or nothing."""
        action = self._actions[name]
        why = action.why_not()
        if not why:
            action.run()
        return why

    def bind(self, window: QWidget, refuse: Callable[[str], None]) -> None:
        """Give every action with a key its shortcut in `window`, once; an impossible one says why to `refuse`."""
        for action in [action for action in self if action.id not in self._bound]:
            self._bound.add(action.id)
            for key in action.key.split(" / ") if action.key else []:
                if action.where == "anywhere":
                    shortcut = QShortcut(QKeySequence(key), window)
                    shortcut.activated.connect(self._press(action.id, refuse))
                    self._shortcuts.append(shortcut)

    def _press(self, name: str, refuse: Callable[[str], None]) -> Callable[[], None]:
        def press() -> None:
            why = self.run(name)
            if why:
                refuse(f"{self._actions[name].text}: {why}")

        return press


def shortcut_rows(actions: Actions) -> list[tuple[str, str, str]]:
    """Answer (key, what it does, where) of every action with a key, sorted by place and key."""
    rows = [(a.key, a.text, a.where) for a in actions if a.key]
    return sorted(rows, key=lambda row: (row[2] != "anywhere", row[2], row[0]))

"""The model behind a table: words and colours worked out once, one change signal per update, stable sorting."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont

from cockpit.errors import BadInput
from cockpit.widgets.columns import Column
from cockpit.widgets.paint import colour, font
from cockpit.widgets.tokens import DARK, Tokens, Type, mixed

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
VALUE: Final = int(Role.UserRole) + 1
KEY: Final = int(Role.UserRole) + 2
FLASH_STEPS: Final = (0.34, 0.22, 0.10)
"""How strongly a changed cell glows in each third of its 300 ms."""
# Plain ints: Qt asks for these thousands of times a second, and comparing with an enum member costs more.
_DISPLAY, _INK, _GROUND = int(Role.DisplayRole), int(Role.ForegroundRole), int(Role.BackgroundRole)
_ALIGNED, _FONT, _SPOKEN = int(Role.TextAlignmentRole), int(Role.FontRole), int(Role.AccessibleTextRole)
_FLAGS: Final = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
_ROLES: Final = [_DISPLAY, _INK]


class RowsModel(QAbstractTableModel):
    """Hold rows by key. `put` takes what changed and emits one signal; order and membership change by `arrange`."""

    def __init__(self, columns: Sequence[Column], tokens: Tokens = DARK, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self.tokens = tokens
        self.keys: list[str] = []
        self._place: dict[str, int] = {}
        self._values: dict[str, list[Any]] = {}
        self._words: dict[str, list[str]] = {}
        self._inks: dict[str, list[QColor]] = {}
        self._glow: dict[tuple[str, int], int] = {}
        self._grey: frozenset[str] = frozenset()
        self.current, self.hovered = "", ""
        self.sorted_by: tuple[int, bool] | None = None
        self._dress()

    # -- what Qt asks ------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.keys)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        """Answer what Qt asks of a cell, from what `put` has worked out."""
        key, nth = self.keys[index.row()], index.column()
        if role == _DISPLAY:
            return self._words[key][nth]
        if role == _INK:
            return self._inks[key][nth]
        if role == _GROUND:
            return self._ground(key, nth)
        if role == _ALIGNED:
            return self._aligned[nth]
        if role == _FONT:
            return self._fonts[nth]
        if role == VALUE:
            return self._values[key][nth]
        if role == _SPOKEN:
            return f"{self.columns[nth].title} {self._words[key][nth]}"
        if role == KEY:
            return key
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        column = self.columns[section]
        return {
            int(Role.DisplayRole): column.title,
            int(Role.ToolTipRole): column.help or column.title,
            int(Role.TextAlignmentRole): self._aligned[section],
            int(Role.AccessibleTextRole): f"{column.title} column",
        }.get(int(role))

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Answer that every row can be current and none has children."""
        return _FLAGS

    # -- data in -----------------------------------------------------------------------------------------------------

    def row_of(self, key: str) -> int:
        """Answer the row of a key; -1 where it is not shown."""
        return self._place.get(key, -1)

    def cell(self, row: int, nth: int) -> tuple[Any, QColor | None, bool]:
        """Answer value, ground and greyness of a cell in one call, for our own delegates."""
        key = self.keys[row]
        return self._values[key][nth], self._ground(key, nth), key in self._grey

    def value(self, key: str, column: str) -> Any:
        """Answer the value last put at a key and column."""
        return self._values[key][self.nth(column)]

    def nth(self, column: str) -> int:
        """Answer where a column stands; BadInput for one the table does not have."""
        for i, spec in enumerate(self.columns):
            if spec.key == column:
                return i
        raise BadInput(f"column {column!r} given; this table has {', '.join(spec.key for spec in self.columns)}")

    def arrange(self, keys: Sequence[str]) -> None:
        """Show exactly these rows, in this order; rows that stay keep their values, the current row included."""
        if len(set(keys)) != len(keys):
            raise BadInput("a row key twice in one table: give every row a key of its own")
        wanted = set(keys)
        for row in range(len(self.keys) - 1, -1, -1):
            if self.keys[row] not in wanted:
                self.beginRemoveRows(QModelIndex(), row, row)
                self._forget(self.keys.pop(row))
                self._recount()
                self.endRemoveRows()
        fresh = [key for key in keys if key not in self._place]
        if fresh:
            self.beginInsertRows(QModelIndex(), len(self.keys), len(self.keys) + len(fresh) - 1)
            for key in fresh:
                self._admit(key)
            self.keys += fresh
            self._recount()
            self.endInsertRows()
        self.reorder(list(keys))

    def reorder(self, keys: list[str]) -> None:
        """Put the rows in this order; persistent indexes follow their keys."""
        if keys == self.keys:
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        held = [self.keys[index.row()] for index in before]
        self.keys = keys
        self._recount()
        after = [self.index(self._place[key], index.column()) for key, index in zip(held, before, strict=True)]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def put(self, rows: Mapping[str, Mapping[str, Any]]) -> set[tuple[str, int]]:
        """Take new values by key and column and answer the cells that changed; one signal covers them all.

        Errors: BadInput for a key that was not arranged or a column the table does not have.
        """
        changed: set[tuple[str, int]] = set()
        for key, cells in rows.items():
            held = self._values.get(key)
            if held is None:
                raise BadInput(f"row {key!r} given, but it is not shown: arrange the rows first")
            for name, value in cells.items():
                nth = self._nth[name] if name in self._nth else self.nth(name)
                if not _same(held[nth], value):
                    held[nth] = value
                    self._render(key, nth)
                    changed.add((key, nth))
        if changed:
            self._tell({key for key, _ in changed}, {nth for _, nth in changed})
        return changed

    def order_by(self, nth: int, *, descending: bool) -> None:
        """Sort by a column, stable, missing values last in both directions."""
        self.sorted_by = (nth, descending)
        spec = self.columns[nth]
        places = {key: spec.place(self._values[key][nth]) for key in self.keys}
        known = sorted((k for k in self.keys if places[k] is not None), key=lambda k: places[k], reverse=descending)
        self.reorder(known + [k for k in self.keys if places[k] is None])

    def set_grey(self, keys: Collection[str]) -> None:
        """Grey exactly these rows: their values are too old to act on."""
        turned, self._grey = self._grey ^ frozenset(keys), frozenset(keys)
        for key in turned & set(self._place):
            for nth in range(len(self.columns)):
                self._render(key, nth)
        self._tell(set(self._place) & turned, set(range(len(self.columns))), whole=True)

    # -- look --------------------------------------------------------------------------------------------------------

    def set_tokens(self, tokens: Tokens) -> None:
        """Take a new look."""
        self.tokens = tokens
        self._dress()
        for key in self.keys:
            for nth in range(len(self.columns)):
                self._render(key, nth)
        self._tell(set(self.keys), set(range(len(self.columns))), whole=True)

    def glow(self, cells: set[tuple[str, int]]) -> None:
        """Let changed cells of flashing columns glow, unless they do already: one glow per cell per 300 ms."""
        for key, nth in cells:
            if self.columns[nth].flash and (key, nth) not in self._glow:
                self._glow[key, nth] = 0

    def fade(self) -> bool:
        """Take every glow one step further and tell whether any is left."""
        if not self._glow:
            return False
        touched = {key for key, _ in self._glow}
        nths = {nth for _, nth in self._glow}
        self._glow = {at: step + 1 for at, step in self._glow.items() if step + 1 < len(FLASH_STEPS)}
        self._tell(touched, nths, whole=True)
        return bool(self._glow)

    @property
    def glowing(self) -> set[tuple[str, int]]:
        """Answer the cells that glow now."""
        return set(self._glow)

    def point(self, *, current: str | None = None, hovered: str | None = None) -> None:
        """Move the current row or the row under the pointer."""
        before = {self.current, self.hovered}
        self.current = self.current if current is None else current
        self.hovered = self.hovered if hovered is None else hovered
        moved = before ^ {self.current, self.hovered}
        for key in moved & set(self._place):
            self._tell({key}, set(range(len(self.columns))), whole=True)

    # -- within ------------------------------------------------------------------------------------------------------

    def _dress(self) -> None:
        right = int((Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter).value)
        left = int((Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter).value)
        self._nth = {spec.key: i for i, spec in enumerate(self.columns)}
        self._aligned = [right if spec.leans_right else left for spec in self.columns]
        self._fonts: list[QFont] = [
            font(self.tokens, Type.NUMBER if spec.bold or spec.leans_right else Type.BODY) for spec in self.columns
        ]

    def _ground(self, key: str, nth: int) -> QColor | None:
        t = self.tokens
        base = t.sel if key == self.current else t.hover if key == self.hovered else ""
        glow = self._glow.get((key, nth))
        if glow is not None:
            return colour(mixed(base or t.panel, t.accent, FLASH_STEPS[glow]))
        return colour(base) if base else None

    def _render(self, key: str, nth: int) -> None:
        spec, value = self.columns[nth], self._values[key][nth]
        words = spec.words(value)
        ink = self.tokens.faint if words == "—" else self.tokens.hi if spec.bold else self.tokens.text
        if key in self._grey:
            ink = self.tokens.faint
        elif spec.ink is not None and words != "—":
            ink = spec.ink(value, self.tokens)
        self._words[key][nth] = words
        self._inks[key][nth] = colour(ink)

    def _admit(self, key: str) -> None:
        n = len(self.columns)
        self._values[key], self._words[key] = [None] * n, ["—"] * n
        self._inks[key] = [colour(self.tokens.faint)] * n

    def _forget(self, key: str) -> None:
        for held in (self._values, self._words, self._inks):
            held.pop(key, None)
        self._glow = {at: step for at, step in self._glow.items() if at[0] != key}

    def _recount(self) -> None:
        self._place = {key: row for row, key in enumerate(self.keys)}

    def _tell(self, keys: set[str], nths: set[int], *, whole: bool = False) -> None:
        rows = [self._place[key] for key in keys if key in self._place]
        if rows and nths:
            roles = [] if whole else _ROLES
            self.dataChanged.emit(self.index(min(rows), min(nths)), self.index(max(rows), max(nths)), roles)


def _same(one: Any, other: Any) -> bool:
    return bool(one is other or one == other or (one != one and other != other))

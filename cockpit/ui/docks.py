"""The dock host: docks, tabs, floating windows and saved layouts behind one small interface, drawn by our own sheet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import PySide6QtAds as ads  # noqa: N813 - the library's own short name
from PySide6.QtCore import QByteArray, QSettings, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cockpit.ui.berth import Place
from cockpit.ui.icons import icon
from cockpit.widgets.tokens import Tokens

LAYOUT_VERSION: Final = 1
"""Raise it when the built-in layout or a panel's key changes: older saved layouts are then left alone."""

TAB_ICON_PX: Final = 14
"""As the style sheet has it."""
WIDE: Final = 1700
RISK_TALL: Final = 500
"""What the risk panel can use, px; the list above it can use the rest."""
NARROW: Final = 1500
"""Below this width the right column is one area with tabs, the risk in front."""

_FLAGS: Final = (
    (ads.CDockManager.eConfigFlag.DisableStylesheet, True),
    (ads.CDockManager.eConfigFlag.AlwaysShowTabs, True),
    (ads.CDockManager.eConfigFlag.OpaqueSplitterResize, True),
    (ads.CDockManager.eConfigFlag.FocusHighlighting, False),
    (ads.CDockManager.eConfigFlag.DockAreaHasCloseButton, False),
    (ads.CDockManager.eConfigFlag.DockAreaHasUndockButton, False),
    (ads.CDockManager.eConfigFlag.DockAreaHasTabsMenuButton, False),
    (ads.CDockManager.eConfigFlag.ActiveTabHasCloseButton, False),
    (ads.CDockManager.eConfigFlag.DisableTabTextEliding, True),
    (ads.CDockManager.eConfigFlag.XmlCompressionEnabled, False),
)


class DockHost(QWidget):
    """Hold docks by key. All docks are added first; only then is a layout restored."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        for flag, on in _FLAGS:  # these count only before the first manager exists
            ads.CDockManager.setConfigFlag(flag, on)
        self._manager = ads.CDockManager(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.addWidget(self._manager)
        self._built_in = QByteArray()
        self._docks: dict[str, ads.CDockWidget] = {}
        self._icons: dict[str, str] = {}
        self._areas: dict[Place, ads.CDockAreaWidget] = {}
        self.setObjectName("docks")

    def add(self, key: str, title: str, widget: QWidget, place: Place, glyph: str = "") -> None:
        """Stand a widget in a dock; docks of one place become tabs of one area."""
        dock = ads.CDockWidget(self._manager, title)
        dock.setObjectName(key)
        dock.setWidget(widget, ads.CDockWidget.eInsertMode.ForceNoScrollArea)
        dock.setFeature(ads.CDockWidget.DockWidgetFeature.DockWidgetDeleteOnClose, False)
        dock.setMinimumSizeHintMode(ads.CDockWidget.eMinimumSizeHintMode.MinimumSizeHintFromContent)
        self._docks[key], self._icons[key] = dock, glyph
        self._stand(dock, place)

    def _stand(self, dock: ads.CDockWidget, place: Place) -> None:
        if place in self._areas:
            self._manager.addDockWidgetTabToArea(dock, self._areas[place])
            return
        side, beside = {
            Place.LEFT: (ads.LeftDockWidgetArea, None),
            Place.CENTRE: (ads.RightDockWidgetArea, None),
            Place.BELOW: (ads.BottomDockWidgetArea, self._areas.get(Place.CENTRE)),
            Place.RIGHT: (ads.RightDockWidgetArea, None),
            Place.RIGHT_BELOW: (ads.BottomDockWidgetArea, self._areas.get(Place.RIGHT)),
        }[place]
        area = self._manager.addDockWidget(side, dock, beside) if beside else self._manager.addDockWidget(side, dock)
        self._areas[place] = area

    def name_tabs(self) -> None:
        """Let the keyboard reach every tab, and say its name to a screen reader."""
        for dock in self._docks.values():
            tab = dock.tabWidget()
            tab.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            tab.setAccessibleName(f"{dock.windowTitle()} tab")

    def settle(self) -> None:
        """Choose the first tab of each area."""
        for area in self._areas.values():
            area.setCurrentIndex(0)

    def merge(self, place: Place, into: Place) -> None:
        """Move the docks of one place into another as tabs, in front: for windows too narrow or low for both."""
        if place not in self._areas or into not in self._areas:
            return
        area = self._areas[into]
        moved = [dock for dock in self._docks.values() if dock.dockAreaWidget() is self._areas[place]]
        for dock in moved:
            self._manager.addDockWidgetTabToArea(dock, area)
            dock.setAsCurrentTab()
        if moved:
            del self._areas[place]

    def remember_built_in(self) -> None:
        """Take the present layout as the built-in one."""
        self._built_in = self._manager.saveState(LAYOUT_VERSION)

    def set_tokens(self, tokens: Tokens) -> None:
        """Colour the tabs' icons."""
        for key, dock in self._docks.items():
            if self._icons[key]:
                dock.setIcon(icon(self._icons[key], tokens.dim, px=TAB_ICON_PX))

    def share_out(self, wide: int, tall: int) -> None:
        """Give each column and row of the built-in layout its share of a window of this size."""
        left, right = (420, 440) if wide >= WIDE else (330, 360) if wide >= NARROW else (290, 340)
        if wide < NARROW:
            self.merge(Place.RIGHT_BELOW, Place.RIGHT)
        room = max(300, tall - 120)
        low = min(room * 60 // 100, RISK_TALL)
        rows = {Place.CENTRE: (room * 72 // 100, room * 28 // 100), Place.RIGHT: (room - low, low)}
        self.stretch((left, max(300, wide - left - right), right), rows)

    def stretch(self, wide: Sequence[int], tall: Mapping[Place, Sequence[int]]) -> None:
        """Share out the width of the columns, and the height within columns named by a place in them, in px."""
        if not self._areas:
            return
        self._manager.setSplitterSizes(next(iter(self._areas.values())), list(wide))
        for place, sizes in tall.items():
            if place in self._areas:
                self._manager.setSplitterSizes(self._areas[place], list(sizes))

    def keys(self) -> tuple[str, ...]:
        """Answer the docks' keys in the order added."""
        return tuple(self._docks)

    def is_open(self, key: str) -> bool:
        """Tell whether a dock is not closed."""
        return not self._docks[key].isClosed()

    def show_dock(self, key: str, on: bool = True) -> None:
        """Open a dock and bring it to the front of its tabs, or close it."""
        dock = self._docks[key]
        dock.toggleView(on)
        if on:
            dock.setAsCurrentTab()
            dock.raise_()

    def float_dock(self, key: str) -> None:
        """Take a dock out into its own window, for another monitor."""
        self._docks[key].setFloating()

    def on_change(self, key: str, heard: Callable[[bool], None]) -> None:
        """Call `heard` when a dock is opened or closed."""
        self._docks[key].viewToggled.connect(heard)

    # -- layouts -----------------------------------------------------------------------------------

    def save(self, store: QSettings) -> None:
        """Keep the present layout."""
        store.setValue("layout/version", LAYOUT_VERSION)
        store.setValue("layout/trade", self._manager.saveState(LAYOUT_VERSION))

    def restore(self, store: QSettings) -> str:
        """Bring back the kept layout; answer why not, or nothing. A failed one leaves the built-in layout standing."""
        state = store.value("layout/trade")
        if state is None:
            return ""
        version = store.value("layout/version")
        if str(version) != str(LAYOUT_VERSION):
            return (
                f"The saved layout is of version {version}, this program has {LAYOUT_VERSION}: built-in layout shown."
            )
        if not isinstance(state, QByteArray) or not self._manager.restoreState(state, LAYOUT_VERSION):
            self.reset()
            return "The saved layout could not be read: built-in layout shown."
        return ""

    def reset(self) -> None:
        """Go back to the built-in layout."""
        self._manager.restoreState(self._built_in, LAYOUT_VERSION)

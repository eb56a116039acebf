"""Walking the docks with F6: none is skipped, and a ring shows where the keyboard is."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QWidget

from cockpit.ui.docks import DockHost
from cockpit.ui.host import PanelHost


class DockWalk(QObject):
    """Move the keyboard from dock to dock and ring the one that has it."""

    def __init__(self, app: QApplication, docks: DockHost, hosts: Mapping[str, PanelHost]) -> None:
        super().__init__(docks)
        self._docks, self._hosts = docks, hosts
        app.focusChanged.connect(self._focus_moved)

    def step(self, step: int) -> None:
        """Go to the next (1) or previous (-1) open dock, round and round."""
        keys = [key for key in self._docks.keys() if self._docks.is_open(key)]  # noqa: SIM118 - docks are no mapping
        if not keys:
            return
        focused = QApplication.focusWidget()
        here = (n for n, key in enumerate(keys) if focused is not None and self._hosts[key].isAncestorOf(focused))
        now = next(here, None)
        at = (0 if step > 0 else -1) if now is None else (now + step) % len(keys)
        self._docks.show_dock(keys[at])
        self._hosts[keys[at]].focus_first()
        for key, host in self._hosts.items():
            host.ring(key == keys[at])

    def _focus_moved(self, _before: QWidget | None, now: QWidget | None) -> None:
        for host in self._hosts.values():
            if now is None or not (host is now or host.isAncestorOf(now)):
                host.ring(False)

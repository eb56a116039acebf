"""The bars of the window, drawn from its board: the day at the top, what is wrong below it, the signs at the foot."""

from __future__ import annotations

from cockpit.ui.alert_strip import AlertStrip, alert_of
from cockpit.ui.board import Board
from cockpit.ui.day_figures import show_day
from cockpit.ui.status_bar import StatusBar
from cockpit.ui.status_signs import TickRate, show_signs
from cockpit.ui.topbar import TopBar


class Figures:
    """Show a board in the three bars of one window."""

    def __init__(self, topbar: TopBar, strip: AlertStrip, status: StatusBar) -> None:
        self._topbar, self._strip, self._status = topbar, strip, status
        self._rate = TickRate()

    def show(self, board: Board) -> None:
        """Draw what has changed."""
        show_day(self._topbar, board)
        self._strip.show_alert(alert_of(board))
        show_signs(self._status, board, self._rate.of(board))

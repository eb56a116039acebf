"""What stands over the docks while a day is being made, or when it could not be: progress, or fault and remedy."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from cockpit.errors import CockpitError
from cockpit.ui.board import Board
from cockpit.ui.crash import redacted, story
from cockpit.widgets.states import Fault, StateCover, Wish
from cockpit.widgets.tokens import Tokens


class StartCover(QWidget):
    """Cover the window's middle; bars stay in view, so HALT and the mode are never hidden."""

    retry_wanted = Signal()

    def __init__(self, window: QWidget) -> None:
        host: QWidget = window.stack  # type: ignore[attr-defined]
        super().__init__(host)
        self._host = host
        self.setAccessibleName("Starting")
        self.fault: BaseException | None = None
        self._cover = StateCover(self)
        self._cover.wished.connect(self._grant)
        self._board: Board | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(100)
        self._timer.timeout.connect(self._progress)
        host.installEventFilter(self)
        self.hide()

    @property
    def is_failed(self) -> bool:
        """Tell whether a failure is on screen."""
        return self.fault is not None

    def wait(self, board: Board) -> None:
        """Show progress until the day is there; the docks' own skeletons stay visible until there is any."""
        self.fault, self._board = None, board
        self.hide()
        self._timer.start()

    def leave(self) -> None:
        """Give the docks back."""
        self._timer.stop()
        self.hide()

    def fail(self, fault: BaseException) -> None:
        """Show what went wrong and what to do about it."""
        self._timer.stop()
        self.fault = fault
        remedy = fault.remedy if isinstance(fault, CockpitError) else "Copy the details and look at the log."
        self._appear()
        self._cover.error(Fault(f"{type(fault).__name__}: {fault}", "", remedy))

    def _progress(self) -> None:
        job = next(iter(self._board.progress.values()), None) if self._board is not None else None
        if job is not None:
            self._appear()
            share = f" {job.done} of {job.total}" if job.total else ""
            self._cover.loading(f"{job.job}: {job.stage}{share}", cancel=False)

    def _appear(self) -> None:
        self.setGeometry(self._host.rect())
        self.show()
        self.raise_()

    def _grant(self, wish: str) -> None:
        if wish == Wish.RETRY:
            self.retry_wanted.emit()
        elif wish == Wish.COPY and self.fault is not None:
            QGuiApplication.clipboard().setText(redacted(story(self.fault)))

    def set_tokens(self, tokens: Tokens) -> None:
        """Take a new look."""
        self._cover.set_tokens(tokens)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.setGeometry(self._host.rect())
        return False

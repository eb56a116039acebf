"""Live charts, the wall of tiles and the watch table on a real paint path, beside the ways they are usually drawn.

One frame is what a tenth of a second asks for: every chart or row takes its new value and the window paints itself. The
peer of the charts is the candlestick item of pyqtgraph's own examples, which redraws its picture on every tick.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import date
from datetime import time as clock_time
from typing import Any

import numpy as np

from benchmarks.rows import Row, row
from cockpit.clock import NS, instant
from cockpit.market import Bars, Instrument, Interval, bars_of

N_BARS = 375
WIDE, TALL = 1600, 1000
OPENS = instant(date(2026, 11, 20), clock_time(9, 15))


def run() -> list[Row]:
    """Measure 1, 9 and 16 focus charts, 50 tiles and a 60-row table, milliseconds for all of them in one frame."""
    from PySide6.QtWidgets import QApplication

    app = QApplication.instance() or QApplication([])
    rows = []
    for n, frames, target in ((1, 40, 5.0), (9, 20, 10.0), (16, 20, 10.0)):
        ours, peer = _frame_ms(_focus_charts(n), frames), _frame_ms(_example_charts(n), max(frames // 3, 5))
        rows.append(row(f"charts: {n} live", ours, peer, unit="ms/frame", target=target))
    ours, peer = _frame_ms(_tiles(50), 20), _frame_ms(_example_charts(50), 5)
    rows.append(row("charts: wall of 50", ours, peer, unit="ms/frame", target=10.0))
    ours, peer = _frame_ms(_fast_table(60), 30), _frame_ms(_delegate_table(60), 15)
    rows.append(row("charts: table of 60 rows", ours, peer, unit="ms/frame", target=1.5))
    app.processEvents()
    return rows


Scene = tuple[Any, Callable[[int], None]]
"""A window and what makes its next frame."""


def _frame_ms(scene: Scene, frames: int) -> float:
    """Answer the median processor time of one frame, the first five left out; the window is gone afterwards.

    Painting is one thread's work, so on an idle machine this is the time a frame takes; on a busy one it is still true.
    """
    from PySide6.QtCore import QEvent
    from PySide6.QtWidgets import QApplication

    window, advance = scene
    window.resize(WIDE, TALL)
    window.show()
    taken = []
    for frame in range(frames + 5):
        QApplication.processEvents()
        begun = time.process_time_ns()
        advance(frame)
        QApplication.processEvents()
        taken.append(time.process_time_ns() - begun)
    window.close()
    window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    return statistics.median(taken[5:]) / 1e6


def _grid(parts: list[Any]) -> Any:
    from PySide6.QtWidgets import QGridLayout, QWidget

    window = QWidget()
    grid = QGridLayout(window)
    grid.setSpacing(4)
    across = int(np.ceil(np.sqrt(len(parts))))
    for nth, part in enumerate(parts):
        grid.addWidget(part, nth // across, nth % across)
    return window


def _focus_charts(n: int) -> Scene:
    from cockpit.widgets.candles import FocusChart

    charts, days = [FocusChart() for _ in range(n)], [made_day(nth) for nth in range(n)]
    for nth, (chart, day) in enumerate(zip(charts, days, strict=True)):
        chart.set_instrument(Instrument(nth + 1, f"NAME{nth}"), int(day["open"][0]))
        chart.set_bars(day[:-1], Interval.M1)

    def advance(frame: int) -> None:
        for chart, day in zip(charts, days, strict=True):
            chart.tick(ticked(day, frame))

    return _grid(charts), advance


def _tiles(n: int) -> Scene:
    from cockpit.widgets.tile import ChartTile

    tiles, days = [ChartTile() for _ in range(n)], [made_day(nth) for nth in range(n)]
    for nth, (tile, day) in enumerate(zip(tiles, days, strict=True)):
        tile.set_instrument(Instrument(nth + 1, f"NAME{nth}"), int(day["open"][0]))
        tile.set_bars(day[:-1], Interval.M1)

    def advance(frame: int) -> None:
        for tile, day in zip(tiles, days, strict=True):
            tile.tick(ticked(day, frame))

    return _grid(tiles), advance


def _example_charts(n: int) -> Scene:
    """Build the peer: one plot each with pyqtgraph's example item, all of it drawn again on a tick."""
    import pyqtgraph as pg

    plots, items, days = [], [], [made_day(nth) for nth in range(n)]
    for day in days:
        plot = pg.PlotWidget()
        item = _example_item()(day)
        plot.addItem(item)
        plots.append(plot)
        items.append(item)

    def advance(frame: int) -> None:
        for item, day in zip(items, days, strict=True):
            item.day[-1:] = ticked(day, frame)
            item.redraw()

    return _grid(plots), advance


def _example_item() -> Any:
    """Answer the example's class. Source: pyqtgraph examples, customGraphicsItem."""
    import pyqtgraph as pg
    from PySide6.QtCore import QPointF, QRectF
    from PySide6.QtGui import QPainter, QPicture

    class ExampleItem(pg.GraphicsObject):  # type: ignore[misc]
        def __init__(self, day: Bars) -> None:
            super().__init__()
            self.day = day.copy()
            self.redraw()

        def redraw(self) -> None:
            self.picture = QPicture()
            painter = QPainter(self.picture)
            painter.setPen(pg.mkPen("w"))
            wide = 1.0 / 3.0
            for nth, bar in enumerate(self.day):
                opened, closed = float(bar["open"]), float(bar["close"])
                painter.drawLine(QPointF(nth, float(bar["low"])), QPointF(nth, float(bar["high"])))
                painter.setBrush(pg.mkBrush("r" if opened > closed else "g"))
                painter.drawRect(QRectF(nth - wide, opened, wide * 2, closed - opened))
            painter.end()
            self.update()

        def paint(self, painter: QPainter, *_: Any) -> None:
            painter.drawPicture(0, 0, self.picture)

        def boundingRect(self) -> QRectF:  # noqa: N802
            return QRectF(self.picture.boundingRect())

    return ExampleItem


def _columns() -> list[Any]:
    from cockpit.widgets.columns import Cell, Column, price_words, side_ink, signed_rupees

    return [
        Column("symbol", "Symbol", Cell.SYMBOL, width=140),
        Column("ltp", "LTP", Cell.NUMBER, width=110, show=price_words, bold=True, flash=True),
        Column("chg", "Chg %", Cell.CHANGE, width=110),
        Column("day", "Day", Cell.SPARK, width=130),
        Column("score", "Score", Cell.SCORE, width=100),
        Column("pnl", "P&L", Cell.NUMBER, width=120, show=signed_rupees, ink=side_ink),
        Column("volume", "Vol×", Cell.NUMBER, width=90, show="{:.1f}".format),
    ]


def _row_values(n: int) -> dict[str, dict[str, Any]]:
    from cockpit.widgets.columns import Spark, Symbol

    draw = np.random.default_rng(1)
    return {
        f"NAME{nth}": {
            "symbol": Symbol(f"NAME{nth}", "ORB", "info"),
            "ltp": 100_000 + 1_000 * nth,
            "chg": float(draw.normal(0, 0.01)),
            "day": Spark(tuple(draw.normal(0, 1, 40).cumsum().tolist()), 0.0),
            "score": float(draw.integers(20, 90)),
            "pnl": int(draw.integers(-90_000, 90_000)),
            "volume": float(draw.uniform(0.5, 3.0)),
        }
        for nth in range(n)
    }


def _changes(values: dict[str, dict[str, Any]], frame: int) -> dict[str, dict[str, Any]]:
    """Answer what a tenth of a second changes: every last price and change, as in a busy market."""
    return {
        key: {"ltp": cells["ltp"] + 5 * (frame % 7), "chg": round(cells["chg"] + 0.0001 * (frame % 7), 4)}
        for key, cells in values.items()
    }


def _fast_table(n: int) -> Scene:
    from cockpit.widgets.table import FastTable

    table, values = FastTable(_columns(), name="Watchlist"), _row_values(n)
    table.fill(values)
    return table, lambda frame: table.put(_changes(values, frame))


def _delegate_table(n: int) -> Scene:
    """Build the peer: the same model and look, every cell painted by a Python delegate, one signal per cell."""
    from PySide6.QtCore import QRectF
    from PySide6.QtWidgets import QStyledItemDelegate, QTableView

    from cockpit.widgets.cells import DRAWN
    from cockpit.widgets.paint import LEFT, RIGHT, text
    from cockpit.widgets.rows import VALUE, RowsModel
    from cockpit.widgets.tokens import DARK, Type

    model, values, columns = RowsModel(_columns()), _row_values(n), _columns()
    model.arrange(list(values))
    model.put(values)

    class EveryCell(QStyledItemDelegate):
        def paint(self, painter: Any, option: Any, index: Any) -> None:
            column, rect = columns[index.column()], QRectF(option.rect)
            painter.save()
            if column.is_drawn:
                painter.translate(rect.topLeft())
                area = QRectF(0, 0, rect.width(), rect.height())
                DRAWN[column.cell](painter, area, index.data(VALUE), column, DARK)
            else:
                align = RIGHT if column.leans_right else LEFT
                text(painter, rect, index.data(), (DARK, Type.NUMBER), DARK.text, align)
            painter.restore()

    view = QTableView()
    view.setModel(model)
    model.setParent(view)
    view.setItemDelegate(EveryCell(view))
    view.verticalHeader().setDefaultSectionSize(34)

    def advance(frame: int) -> None:
        for key, cells in _changes(values, frame).items():
            for name, value in cells.items():
                model.put({key: {name: value}})

    return view, advance


def made_day(seed: int) -> Bars:
    """Answer a day of minute bars: a seeded walk on the 5 paise tick, VWAP included."""
    draw = np.random.default_rng(seed)
    bars = bars_of(N_BARS)
    bars["token"], bars["interval_s"] = seed + 1, 60
    bars["ts_open"] = OPENS + np.arange(N_BARS) * 60 * NS
    paths = 100_000 * np.exp(np.cumsum(draw.normal(0, 0.0004, (N_BARS, 5)), axis=None).reshape(N_BARS, 5))
    paths = np.round(paths / 5).astype(np.int64) * 5
    bars["open"], bars["close"] = paths[:, 0], paths[:, -1]
    bars["high"], bars["low"] = paths.max(axis=1), paths.min(axis=1)
    bars["volume"] = draw.integers(1_000, 20_000, N_BARS)
    bars["vwap"] = np.cumsum(paths.mean(axis=1) * bars["volume"]) / np.cumsum(bars["volume"])
    return bars


def ticked(day: Bars, frame: int) -> Bars:
    """Answer the last bar of a day as it stands at a frame: its close moves a tick to and fro, its volume grows."""
    bar = day[-1:].copy()
    bar["close"] = bar["low"] + 5 * (frame % 3)
    bar["high"] = np.maximum(bar["high"], bar["close"])
    bar["volume"] = np.minimum(bar["volume"], 1_000 + 10 * frame)
    return bar

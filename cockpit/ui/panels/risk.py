"""Risk: drawdown and day loss against their limits, kill switches, strategies, and the way to halt and release."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from cockpit.clock import hhmmss
from cockpit.facts import AccountMarked, Halt, HaltMoved, RiskSeen, StrategyMoved, SwitchSeen, SwitchState
from cockpit.money import rupees
from cockpit.ui.berth import Place
from cockpit.ui.board import Beat
from cockpit.ui.bridge import UNFOCUSED_MS, Frame, hears
from cockpit.ui.panel import Panel
from cockpit.ui.strategies import StrategyRow
from cockpit.ui.theme import Words, redress
from cockpit.widgets.button import Button, Tone
from cockpit.widgets.card import Figure
from cockpit.widgets.gauge import Drawdown, DrawdownArc
from cockpit.widgets.meter import Meter, Reading, Switch, SwitchRow
from cockpit.widgets.meter import SwitchState as RowState
from cockpit.widgets.states import StateCover
from cockpit.widgets.tokens import Type

WATCH_FROM: Final = 0.8
"""From this share of a limit a switch is on watch; the arc marks it as its soft limit."""
_PERCENT: Final = re.compile(r"^([0-9.]+)%$")


class RiskPanel(Panel):
    """Show how much may still be lost, what would stop trading, and who may trade."""

    key: ClassVar[str] = "risk"
    title: ClassVar[str] = "Risk"
    place: ClassVar[Place] = Place.RIGHT_BELOW
    icon: ClassVar[str] = "shield-alert-outline"

    def lay_out(self) -> None:
        """Build arc, figures, meter, switches, strategies and buttons."""
        page = QWidget(self)
        inner = QVBoxLayout(page)
        inner.setContentsMargins(10, 8, 10, 6)
        inner.setSpacing(5)
        inner.addLayout(self._upper())
        self.heading = Words("Kill switches", Type.NUMBER, "dim", self)
        self.count = Words("", Type.NUMBER, "dim", self)
        line = QHBoxLayout()
        line.addWidget(self.heading)
        line.addStretch(1)
        line.addWidget(self.count)
        inner.addLayout(line)
        self.switch_column = QVBoxLayout()
        self.switch_column.setSpacing(1)
        inner.addLayout(self.switch_column)
        inner.addSpacing(4)
        inner.addWidget(Words("Strategies", Type.NUMBER, "dim", self))
        self.strategy_column = QVBoxLayout()
        self.strategy_column.setSpacing(2)
        inner.addLayout(self.strategy_column)
        inner.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setWidget(page)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setAccessibleName("Risk figures and switches")
        self.column.addWidget(scroll, 1)
        self.column.addLayout(self._foot())
        self.rows: dict[str, SwitchRow] = {}
        self.strategies: dict[str, StrategyRow] = {}
        self.cover = StateCover(scroll)

    def _upper(self) -> QHBoxLayout:
        self.arc = DrawdownArc(self)
        self.arc.setFixedSize(120, 122)
        self.day = Figure("Day P&L, net of costs", self, hero=True)
        self.loss = Meter(self)
        self.open_risk = Words("", Type.LABEL, "text", self)
        self.as_of = Words("", Type.AXIS, "faint", self)
        right = QVBoxLayout()
        right.setSpacing(3)
        for part in (self.day, self.loss, self.open_risk, self.as_of):
            right.addWidget(part)
        upper = QHBoxLayout()
        upper.setSpacing(12)
        upper.addWidget(self.arc)
        upper.addLayout(right, 1)
        return upper

    def _foot(self) -> QHBoxLayout:
        self.halt = Button("HALT…", self, tone=Tone.DANGER)
        self.release = Button("Release halt…", self, tone=Tone.PLAIN)
        self.log = Button("Log", self, tone=Tone.QUIET)
        self.halt.setToolTip("Open the halt card  Ctrl+Shift+X")
        self.halt.clicked.connect(lambda: self.wanted.emit("halt further"))
        self.release.clicked.connect(lambda: self.wanted.emit("release"))
        self.log.clicked.connect(lambda: self.wanted.emit("alerts"))
        foot = QHBoxLayout()
        foot.setContentsMargins(10, 6, 10, 8)
        foot.setSpacing(8)
        foot.addWidget(self.halt, 1)
        foot.addWidget(self.release, 1)
        foot.addWidget(self.log)
        return foot

    # -- showing -----------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Draw everything again."""
        self._show_risk()
        self._show_day()
        self._show_strategies()

    @hears(RiskSeen, HaltMoved, every_ms=UNFOCUSED_MS)
    def show_risk(self, frame: Frame) -> None:
        """Show switches and drawdown."""
        self._show_risk()

    @hears(AccountMarked, Beat, every_ms=UNFOCUSED_MS)
    def show_day(self, frame: Frame) -> None:
        """Show the day's result."""
        self._show_day()

    @hears(StrategyMoved)
    def show_strategies(self, frame: Frame) -> None:
        """Show who may trade."""
        self._show_strategies()

    def _show_risk(self) -> None:
        risk: RiskSeen | None = self.board.newest(RiskSeen)
        if risk is None:
            self.arc.show_value(Drawdown(None, 0.08, 0.1))
            self.count.say("not told yet", "faint")
            self.release.setEnabled(self.board.halt is not Halt.NONE)
            return
        self._show_drawdown(risk)
        for switch in risk.switches:
            self._row(switch.code).show_switch(as_switch(switch))
        down = [s for s in risk.switches if s.state in (SwitchState.TRIPPED, SwitchState.UNKNOWN)]
        watch = sum(s.state is SwitchState.WATCH for s in risk.switches)
        if down:
            self.count.say(f"■ {len(down)} down · entries refused", "danger")
        elif watch:
            self.count.say(f"▲ {watch} on watch", "warn")
        else:
            self.count.say(f"✓ all {len(risk.switches)} armed", "ok")
        self.open_risk.say(f"Open risk to stops  {rupees(risk.open_risk_paise)}")
        self.as_of.say(f"as of {hhmmss(risk.ts)}")
        self.release.setEnabled(self.board.halt is not Halt.NONE)

    def _show_drawdown(self, risk: RiskSeen) -> None:
        limit = next((s.limit for s in risk.switches if s.code == "DRAWDOWN"), "")
        found = _PERCENT.match(limit)
        if found is None:  # without its limit an arc has no scale: unknown is drawn as unknown
            self.arc.show_value(Drawdown(None, 0.08, 0.1))
            return
        hard = float(found.group(1)) / 100
        self.arc.show_value(Drawdown(max(0.0, risk.drawdown), hard * WATCH_FROM, hard))

    def _row(self, code: str) -> SwitchRow:
        if code not in self.rows:
            row = SwitchRow(self)
            row.set_tokens(self.tokens)
            row.chosen.connect(self._explain)
            self.rows[code] = row
            self.switch_column.addWidget(row)
        return self.rows[code]

    def _explain(self, name: str) -> None:
        risk: RiskSeen | None = self.board.newest(RiskSeen)
        found = next((s for s in risk.switches if s.sentence == name), None) if risk is not None else None
        if found is not None:
            used = "unknown" if found.used != found.used else f"{found.used:.0%} of the limit used"
            self.said.emit(
                "note", f"{found.sentence}: {found.value}, limit {found.limit}, {used}, {found.state.value}."
            )

    def _show_day(self) -> None:
        marked: AccountMarked | None = self.board.newest(AccountMarked)
        risk: RiskSeen | None = self.board.newest(RiskSeen)
        if marked is None:
            self.day.show_value("—", "faint")
            self.loss.show_reading(Reading("Loss budget", "—", None))
            return
        stale = self.board.feed_freshness.is_doubtful and bool(marked.account.positions)
        day = marked.day_net_paise
        start = marked.equity.equity_paise - day
        share = f"{abs(day) / start:.2%}" if start else ""
        mark = "▲ " if day > 0 else "▼ " if day < 0 else ""
        tone = "up" if day > 0 else "down" if day < 0 else "hi"
        self.day.show_value(rupees(day, sign=True), tone, f"{mark}{share}", stale=stale)
        switch = next((s for s in risk.switches if s.code == "DAY_LOSS"), None) if risk is not None else None
        if switch is None or switch.used != switch.used:
            self.loss.show_reading(Reading("Loss budget", "?", None))
            return
        tone = "danger" if switch.used >= 1 else "warn" if switch.used >= WATCH_FROM else "ok"
        words = f"{switch.used:.0%} of {switch.limit.lstrip('−')}"
        self.loss.show_reading(Reading("Loss budget", words, min(switch.used, 1.0), (WATCH_FROM,), tone))

    def _show_strategies(self) -> None:
        for rule, moved in self.board.strategies.items():
            if rule not in self.strategies:
                row = StrategyRow(rule, self)
                row.arm_wanted.connect(self._arm)
                row.disarm_wanted.connect(self._disarm)
                redress(row, self.tokens)
                self.strategies[rule] = row
                self.strategy_column.addWidget(row)
            self.strategies[rule].show_moved(moved)

    def _arm(self, rule: str) -> None:
        self.errands.run(self.desk.arm(rule, self.board.operator), "", f"Arming {rule} did not work")

    def _disarm(self, rule: str) -> None:
        work = self.desk.disarm(rule, self.board.operator, "disarmed from the risk panel")
        self.errands.run(work, "", f"Disarming {rule} did not work")


_STATES: Final = {
    SwitchState.ARMED: RowState.ARMED,
    SwitchState.WATCH: RowState.WATCH,
    SwitchState.TRIPPED: RowState.TRIPPED,
    SwitchState.UNKNOWN: RowState.UNKNOWN,
}


def as_switch(seen: SwitchSeen) -> Switch:
    """Answer a switch as its row shows it; an unknown one has no bar."""
    used = None if seen.used != seen.used else min(seen.used, 1.0)
    return Switch(seen.sentence, seen.value, f"limit {seen.limit}", used, _STATES[seen.state])

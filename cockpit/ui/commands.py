"""Everything the window itself can do, written into the one registry; panels add their own when they are built."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QMenu

from cockpit.facts import Halt
from cockpit.ui.actions import Action
from cockpit.ui.workspace import ABSENT
from cockpit.widgets.tokens import Density, UpDown

if TYPE_CHECKING:
    from cockpit.ui.window import Window

_SETS = {
    UpDown.MINT: "mint and red",
    UpDown.BLUE: "blue and orange",
    UpDown.CLASSIC: "classic",
    UpDown.INVERTED: "red up",
}


def register(window: Window) -> None:
    """Fill the window's registry."""
    for action in (*_going(window), *_looking(window), *_trading(window), *_docks(window)):
        window.actions_all.add(action)


def take_offers(window: Window) -> None:
    """Add what the panels of a furnished window offer; a panel built anew replaces its own offers."""
    for host in window.hosts.values():
        for action in host.panel.offers() if host.panel is not None else ():
            window.actions_all.renew(action)
    window.actions_all.bind(window, window.warn)


def _going(w: Window) -> list[Action]:
    spaces = [
        Action(f"go {name}", f"Go to workspace: {name}", partial(w.show_workspace, name), key=f"Ctrl+{nth}")
        for nth, name in enumerate(("Scan", "Trade", "Research", "Review"), 1)
        if name == "Trade" or name in ABSENT
    ]
    return [
        Action("palette", "Search symbols and commands", partial(_search, w), "magnify", "Ctrl+K / Ctrl+P"),
        *spaces,
        Action("next dock", "Next dock", lambda: w.walk.step(1), key="F6"),
        Action("previous dock", "Previous dock", lambda: w.walk.step(-1), key="Shift+F6"),
        Action("next symbol", "Next symbol of the list", lambda: step_symbol(w, 1), key="Alt+Down"),
        Action("previous symbol", "Previous symbol of the list", lambda: step_symbol(w, -1), key="Alt+Up"),
        Action("shortcuts", "Keyboard shortcuts", w.cards.shortcuts.ask, "keyboard-outline", "F1 / ?", keywords="help"),
        Action("menu", "View menu", lambda: show_menu(w), "cog-outline"),
        Action("alerts", "Open the log of alerts", lambda: _open_log(w), "bell-outline", keywords="bell news log"),
        Action("alert", "Deal with the alert", lambda: _deal(w), keywords="strip"),
    ]


def _looking(w: Window) -> list[Action]:
    theme = w.theme
    return [
        Action("theme", "Dark or light", theme.flip, "theme-light-dark", "Ctrl+Shift+D", keywords="theme colours"),
        *(
            Action(f"density {d.value}", f"Rows: {d.value}", partial(theme.wish, density=d), keywords="density view")
            for d in Density
        ),
        *(
            Action(f"colours {u.value}", f"Up and down: {words}", partial(theme.wish, up_down=u), keywords="colours")
            for u, words in _SETS.items()
        ),
        *(
            Action(f"text {p}", f"Text size: {p}%", partial(theme.wish, text_scale=p / 100), keywords="zoom font")
            for p in (90, 100, 110, 125, 150)
        ),
        Action("full screen", "Full screen", lambda: _full_screen(w), key="F11"),
        Action("picture", "Copy a picture of the window", lambda: _picture(w), "camera-outline", "Alt+S"),
        Action("reset layout", "Reset layout", w.docks.reset, "view-dashboard-outline"),
    ]


def _trading(w: Window) -> list[Action]:
    def no_desk() -> str:
        return "" if w.desk is not None else "no day is running yet"

    def not_halted() -> str:
        return no_desk() or ("" if w.board.halt is not Halt.NONE else "trading is not halted")

    return [
        Action(
            "halt",
            "HALT ALL…",
            partial(_halt, w),
            "octagon-outline",
            "Ctrl+Shift+X",
            why_not=no_desk,
            keywords="stop kill",
        ),
        Action(
            "halt further",
            "Halt further…",
            lambda: w.cards.halt.ask(w.board),
            why_not=no_desk,
            keywords="flatten cancel",
        ),
        Action(
            "release", "Release the halt…", lambda: w.cards.release.ask(w.board), why_not=not_halted, keywords="revive"
        ),
    ]


def _docks(w: Window) -> list[Action]:
    return [
        Action(f"dock {kind.key}", f"Open panel: {kind.title}", partial(w.docks.show_dock, kind.key), kind.icon)
        for kind in w.fittings.panels
    ]


def _search(w: Window) -> None:
    w.cards.ask_palette(w.board)


def _halt(w: Window) -> None:
    w.cards.ask_halt(w.board)


def step_symbol(w: Window, step: int) -> None:
    """Open the next or previous traded name in the linked chart."""
    names = [] if w.board.day is None else [i.token for i in w.board.day.instruments if not i.is_index]
    if names:
        at = names.index(w.board.selected) + step if w.board.selected in names else 0
        w.board.select(names[at % len(names)])


def show_menu(w: Window) -> None:
    """Show the menu under the gear, read from the registry."""
    menu = QMenu(w)
    groups = ("density ", "colours ", "text ", "dock ")
    for group in groups:
        sub = menu.addMenu(
            {"density ": "Rows", "colours ": "Up and down", "text ": "Text size", "dock ": "Panels"}[group]
        )
        for action in w.actions_all:
            if action.id.startswith(group):
                sub.addAction(action.text.partition(": ")[2], action.run)
    menu.addSeparator()
    for name in ("theme", "full screen", "picture", "reset layout", "shortcuts"):
        action = w.actions_all[name]
        menu.addAction(f"{action.text}\t{action.key.partition(' / ')[0]}", action.run)
    gear = w.topbar.gear
    menu.popup(gear.mapToGlobal(QPoint(0, gear.height() + 4)))


def _open_log(w: Window) -> None:
    if "log" in w.hosts:
        w.docks.show_dock("log")
        w.hosts["log"].focus_first()


def _deal(w: Window) -> None:
    if w.board.halt is not Halt.NONE:
        w.cards.release.ask(w.board)
    elif "risk" in w.hosts:
        w.docks.show_dock("risk")
        w.hosts["risk"].focus_first()


def _full_screen(w: Window) -> None:
    if w.isFullScreen():
        w.showNormal()
    else:
        w.showFullScreen()


def _picture(w: Window) -> None:
    QApplication.clipboard().setPixmap(w.grab())
    w.say("good", "Picture of the window copied.")

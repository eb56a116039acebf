"""The one style sheet: what stock widgets and the docks need beyond the palette, written from tokens."""

from __future__ import annotations

from string import Template
from typing import Final

from cockpit.widgets.tokens import FAMILIES, Radius, Tokens, Type, mixed

_SHEET: Final = Template(
    """
QMainWindow, QWidget#shell, QWidget#docks { background: $app; }
QToolTip { background: $raised; color: $text; border: 1px solid $line2; border-radius: 4px; padding: 4px 6px; }
QWidget#topbar, QWidget#statusbar { background: $panel; }
QWidget#topbar { border-bottom: 1px solid $line; }
QWidget#statusbar { border-top: 1px solid $line; }
QFrame#hairline { background: $line; border: none; }
QFrame#card { background: $panel; border: 1px solid $line2; border-radius: ${dialog}px; }
QFrame#haltcard { background: $panel; border: 2px solid $danger; border-radius: ${dialog}px; }

QToolButton { background: transparent; border: 1px solid transparent; border-radius: ${field}px; color: $dim; }
QToolButton:hover { background: $hover; color: $hi; }
QToolButton:checked { background: $raised; color: $hi; font-weight: 600; }
QToolButton:disabled { color: $faint; }
QToolButton:focus { border: 2px solid $accent; }
QToolButton#workspace { padding: 5px 12px; font-size: ${title}px; font-weight: 500; }
QToolButton#workspace:checked { font-weight: 600; }
QToolButton#status { padding: 1px 8px; font-size: ${label}px; color: $dim; text-align: left; }
QToolButton#status:hover { color: $hi; }
QToolButton#searchbutton { background: $inset; border: 1px solid $line; color: $faint; text-align: left;
    padding: 0 10px; font-size: ${body}px; }
QToolButton#searchbutton:hover { border-color: $line2; color: $dim; }
QToolButton#chip { border: 1px solid $line2; border-radius: 12px; padding: 3px 10px; color: $dim;
    font-size: ${label}px; }
QToolButton#chip:hover { color: $hi; border-color: $dim; }
QToolButton#chip:checked { background: $accent_bg; border-color: $accent; color: $hi; font-weight: 600; }
QToolButton#tab { padding: 4px 10px; color: $dim; font-size: ${body}px; font-weight: 500; }
QToolButton#tab:checked { background: $accent_bg; color: $hi; font-weight: 600; }
QToolButton#halt { background: $danger_bg; border: 2px solid $danger; border-radius: ${dock}px; color: $danger;
    padding: 6px 14px; font-size: ${title}px; font-weight: 700; }
QToolButton#halt:hover { background: $danger_hover; }
QToolButton#halt:focus { border: 2px solid $hi; }
QToolButton#halt[halted="true"] { background: $danger; color: $on_danger; }

QLineEdit, QPlainTextEdit, QTextEdit { background: $inset; border: 1px solid $line;
    border-radius: ${field}px; color: $hi;
    padding: 3px 8px; selection-background-color: $sel; selection-color: $hi; min-height: 20px; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus { border: 2px solid $accent; padding: 2px 7px; }
QRadioButton, QCheckBox { color: $text; spacing: 8px; min-height: 26px; }
QRadioButton::indicator { width: 10px; height: 10px; border: 2px solid $faint; border-radius: 7px; background: $inset; }
QRadioButton::indicator:checked { border: 4px solid $accent; width: 6px; height: 6px; background: $hi; }
QRadioButton::indicator:disabled { border-color: $line2; }
QRadioButton:focus, QCheckBox:focus { color: $hi; text-decoration: underline; }
QMenu { background: $raised; border: 1px solid $line2; padding: 4px; color: $text; }
QMenu::item { padding: 5px 22px 5px 12px; border-radius: 4px; }
QMenu::item:selected { background: $sel; color: $hi; }
QMenu::item:disabled { color: $faint; }
QMenu::separator { height: 1px; background: $line; margin: 4px 6px; }

QAbstractItemView { background: $panel; border: none; outline: none; color: $text; selection-background-color: $sel;
    selection-color: $hi; }
QHeaderView, QHeaderView::section { background: $panel; color: $dim; border: none; font-size: ${label}px; }
QHeaderView::section { padding: 4px 6px; border-bottom: 1px solid $line; }
QScrollArea { background: transparent; border: none; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $line2; border-radius: 3px; margin: 2px; min-height: 28px; min-width: 28px; }
QScrollBar::handle:hover { background: $faint; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QSplitter::handle { background: transparent; }

ads--CDockContainerWidget, ads--CDockManager { background: $app; }
ads--CDockContainerWidget > QSplitter { padding: 0; }
ads--CDockSplitter::handle { background: $app; }
ads--CDockAreaWidget { background: $panel; border: 1px solid $line; border-radius: ${dock}px; }
ads--CDockAreaTitleBar { background: transparent; border-bottom: 1px solid $line; padding: 0; min-height: 31px; }
ads--CDockWidgetTab { background: transparent; border: none; border-bottom: 2px solid transparent;
    padding: 0 14px 0 10px;
    min-height: 29px; qproperty-iconSize: 14px; }
ads--CDockWidgetTab[activeTab="true"] { border-bottom: 2px solid $accent; }
ads--CDockWidgetTab:focus, ads--CDockWidgetTab[focused="true"] { background: $accent_bg; }
ads--CDockWidgetTab QLabel { color: $dim; font-size: ${body}px; font-weight: 500; }
ads--CDockWidgetTab[activeTab="true"] QLabel { color: $hi; font-weight: 600; }
ads--CDockWidget { background: $panel; border: none; border-radius: ${dock}px; }
ads--CDockWidget > QScrollArea { background: $panel; }
ads--CAutoHideSideBar { background: $app; }
ads--CAutoHideTab { color: $dim; padding: 4px 8px; background: $panel; border: 1px solid $line; }
ads--CTitleBarButton { padding: 0; border: none; }
QWidget#panelhost, QWidget#panel { background: $panel; }
"""
)


def sheet(tokens: Tokens) -> str:
    """Answer the style sheet of these tokens."""
    colours = {name: getattr(tokens, name) for name in tokens.__slots__ if isinstance(getattr(tokens, name), str)}
    sizes = {step: tokens.px(getattr(Type, step.upper())) for step in ("label", "body", "title")}
    radii = {name: int(Radius[name.upper()]) for name in ("field", "dock", "dialog")}
    return _SHEET.substitute(
        **{**colours, **sizes, **radii},
        families=", ".join(f'"{family}"' for family in FAMILIES),
        danger_hover=mixed(tokens.danger_bg, tokens.danger, 0.18),
        on_danger=tokens.ink_on(tokens.danger),
    )

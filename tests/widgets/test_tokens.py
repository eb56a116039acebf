"""The look is readable in every theme and every colour set, and knows no Qt."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cockpit.errors import BadInput
from cockpit.widgets.tokens import DARK, Density, Tokens, Type, UpDown, contrast, mixed, themed

EVERY = [themed(name, colours) for name in ("dark", "light") for colours in UpDown]


def named(tokens: Tokens) -> str:
    return f"{tokens.name}-{tokens.up_down}"


@pytest.mark.parametrize("tokens", EVERY, ids=named)
def test_text_reads_on_the_panel_in_every_theme(tokens: Tokens) -> None:
    words = ("hi", "text", "dim", "faint", "accent", "up", "down", "ok", "warn", "danger", "info")
    weak = {word: round(contrast(getattr(tokens, word), tokens.panel), 2) for word in words}
    assert {word: ratio for word, ratio in weak.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("tokens", EVERY, ids=named)
def test_graphics_stand_out_from_the_panel_in_every_theme(tokens: Tokens) -> None:
    weather = tokens.weather
    marks = (*tokens.brains.in_order, weather.bull, weather.neutral, weather.weak, tokens.vwap, tokens.orb)
    assert [mark for mark in marks if contrast(mark, tokens.panel) < 3.0] == []


@pytest.mark.parametrize("tokens", EVERY, ids=named)
def test_words_on_their_own_tinted_ground_still_read(tokens: Tokens) -> None:
    pairs = [("ok", "ok_bg"), ("warn", "warn_bg"), ("danger", "danger_bg"), ("info", "info_bg"), ("up", "up_bg"),
             ("down", "down_bg")]  # fmt: skip
    ratios = {word: round(contrast(getattr(tokens, word), getattr(tokens, ground)), 2) for word, ground in pairs}
    assert {word: ratio for word, ratio in ratios.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("tokens", EVERY, ids=named)
def test_ink_reads_on_every_solid_tag(tokens: Tokens) -> None:
    fills = (tokens.up, tokens.down, tokens.accent, tokens.warn, tokens.danger, tokens.orb)
    assert [fill for fill in fills if contrast(tokens.ink_on(fill), fill) < 4.5] == []


def test_the_look_can_be_known_without_qt() -> None:
    code = "import sys, cockpit.widgets.tokens; sys.exit(any('PySide6' in m or 'pyqtgraph' in m for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_inverted_colours_swap_up_and_down() -> None:
    inverted = themed("dark", UpDown.INVERTED)
    assert (inverted.up, inverted.down) == (DARK.down, DARK.up)


def test_text_scale_and_density_change_sizes_and_nothing_else() -> None:
    large = themed("dark", density=Density.ROOMY, text_scale=1.25)
    assert (large.px(Type.BODY), large.density.row, large.up) == (15, 36, DARK.up)


@pytest.mark.parametrize(("name", "scale"), [("sepia", 1.0), ("dark", 2.0)])
def test_a_look_the_house_does_not_have_is_refused(name: str, scale: float) -> None:
    with pytest.raises(BadInput, match="given"):
        themed(name, text_scale=scale)


def test_mixing_moves_from_the_under_colour_to_the_over_colour() -> None:
    assert (mixed("#000000", "#FFFFFF", 0.0), mixed("#000000", "#FFFFFF", 1.0)) == ("#000000", "#FFFFFF")

"""The look of the house as plain values: colours of both themes, up/down sets, type scale and densities; no Qt here.

Every widget takes one `Tokens` by `set_tokens` and draws with nothing else, so a theme, a colour set for other eyes, a
density or a text size is one value that changes. `themed` makes it; `DARK` and `LIGHT` are the ready ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from functools import lru_cache
from typing import Final

from cockpit.errors import BadInput

FAMILIES: Final = ("Inter", "Segoe UI Variable", "SF Pro Text", "Noto Sans", "DejaVu Sans")
"""The family stack; all of them carry the rupee sign."""
FLASH_MS: Final = 300
"""How long a changed cell glows, and the least time between two glows of one cell."""
FADE_MS: Final = 120
FOCUS_RING: Final = 2
"""Width of the focus ring in accent, px."""
HIT: Final = 24
"""Least side of anything that can be clicked, px."""
TEXT_SCALE: Final = (0.9, 1.5)
"""Smallest and largest text scale."""


class Space(IntEnum):
    """The spaces of the 4 px grid."""

    HAIR = 2
    TIGHT = 4
    DOCK = 6
    SNUG = 8
    WIDE = 12


class Radius(IntEnum):
    """Corner radii."""

    BADGE = 4
    FIELD = 5
    DOCK = 6
    DIALOG = 9


@dataclass(frozen=True, slots=True)
class Face:
    """One step of the type scale: size in px at text scale 1, and weight."""

    px: int
    weight: int


class Type:
    """The type scale; digits are tabular in every step."""

    BADGE: Final = Face(9, 600)
    AXIS: Final = Face(10, 400)
    TAG: Final = Face(10, 600)
    LABEL: Final = Face(11, 400)
    BODY: Final = Face(12, 400)
    NUMBER: Final = Face(12, 600)
    TITLE: Final = Face(13, 600)
    SYMBOL: Final = Face(16, 700)
    HERO: Final = Face(21, 700)


class Density(StrEnum):
    """How much air a table row has."""

    COMPACT = "compact"
    NORMAL = "normal"
    ROOMY = "roomy"

    @property
    def row(self) -> int:
        """Answer the height of a one-line row, px."""
        return {"compact": 24, "normal": 28, "roomy": 36}[self.value]

    @property
    def tall_row(self) -> int:
        """Answer the height of a row with a badge under its name, px."""
        return {"compact": 30, "normal": 34, "roomy": 42}[self.value]


class UpDown(StrEnum):
    """Which two colours mean up and down; up candles are hollow and down ones filled in every set."""

    MINT = "mint"
    BLUE = "blue"  # offered first to whoever says that red and green look alike
    CLASSIC = "classic"
    INVERTED = "inverted"  # red up, as in East Asia


@dataclass(frozen=True, slots=True)
class Brains:
    """One fixed colour for each brain, in the fixed order; its letter goes with it."""

    technical: str
    fundamental: str
    sentiment: str
    smart_money: str
    quantitative: str

    @property
    def in_order(self) -> tuple[str, str, str, str, str]:
        """Answer the five in the order every chart stacks them."""
        return (self.technical, self.fundamental, self.sentiment, self.smart_money, self.quantitative)


BRAIN_LETTERS: Final = ("T", "F", "S", "M", "Q")


@dataclass(frozen=True, slots=True)
class Weather:
    """The colours of the regime ribbon; always with ▲ ● ▼ and the word."""

    bull: str
    neutral: str
    weak: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """Everything a widget may know of the look. Colours are `#RRGGBB`, lengths px."""

    name: str
    app: str
    panel: str
    raised: str
    inset: str
    hover: str
    sel: str
    line: str
    line2: str
    grid: str
    hi: str
    text: str
    dim: str
    faint: str
    accent: str
    accent_bg: str
    up: str
    up_bg: str
    down: str
    down_bg: str
    ok: str
    ok_bg: str
    warn: str
    warn_bg: str
    danger: str
    danger_bg: str
    info: str
    info_bg: str
    vwap: str
    orb: str
    brains: Brains
    weather: Weather
    up_down: UpDown = UpDown.MINT
    density: Density = Density.NORMAL
    text_scale: float = 1.0
    motion: bool = True
    """False where the user asked for reduced motion: nothing flashes or fades."""

    @property
    def is_dark(self) -> bool:
        """Tell whether the panel is darker than its text."""
        return luminance(self.panel) < luminance(self.hi)

    def px(self, face: Face) -> int:
        """Answer the size of a type step at this text scale."""
        return max(1, round(face.px * self.text_scale))

    def ink_on(self, fill: str) -> str:
        """Answer the text colour that reads best on a solid `fill`."""
        return max(("#0A0D12", "#FFFFFF"), key=lambda ink: contrast(ink, fill))

    def side(self, change: float) -> str:
        """Answer the colour of a change: up, down, or dim where nothing changed."""
        return self.up if change > 0 else self.down if change < 0 else self.dim


DARK: Final = Tokens(
    name="dark", app="#0A0D12", panel="#10141B", raised="#181E28", inset="#0C1016", hover="#1B222D", sel="#1D2A4A",
    line="#212836", line2="#323C4D", grid="#181E28", hi="#EEF1F6", text="#C6CDD9", dim="#8D98AA", faint="#7C889B",
    accent="#8091FF", accent_bg="#232B55", up="#56D8C6", up_bg="#12302F", down="#F2414C", down_bg="#2A1216",
    ok="#3CCB8C", ok_bg="#123226", warn="#F2B544", warn_bg="#362A14", danger="#FF5263", danger_bg="#3A161C",
    info="#5AA9FF", info_bg="#132A44", vwap="#F0B44A", orb="#5AA9FF",
    brains=Brains("#4C7DF5", "#C09DEE", "#E09C1E", "#46E0C0", "#E4377A"),
    weather=Weather("#2AA58E", "#66738A", "#D9822B"),
)  # fmt: skip

LIGHT: Final = Tokens(
    name="light", app="#E9EDF2", panel="#FFFFFF", raised="#F4F6F9", inset="#F7F8FA", hover="#EEF2F7", sel="#DDE4FF",
    line="#DDE2EA", line2="#C2CAD6", grid="#EDF0F4", hi="#10161F", text="#2B3442", dim="#566174", faint="#667184",
    accent="#3F51D9", accent_bg="#E3E7FF", up="#00716B", up_bg="#DDF3EF", down="#CF1B2B", down_bg="#FBE6E8",
    ok="#0D7A4D", ok_bg="#DCF4E8", warn="#8A5A00", warn_bg="#FFF0CF", danger="#C2183A", danger_bg="#FDE2E7",
    info="#0F62B8", info_bg="#DFEDFC", vwap="#B57A00", orb="#0F62B8",
    brains=Brains("#12498C", "#8B35E0", "#B1860E", "#0A978C", "#6B1536"),
    weather=Weather("#0D7F6A", "#6E7B90", "#B85C12"),
)  # fmt: skip

_SETS: Final = {
    (UpDown.BLUE, "dark"): ("#4C9AFF", "#FF9F43"),
    # Darker than the published pairs where those are too pale to read on white or on their own tint.
    (UpDown.BLUE, "light"): ("#1F62D0", "#AD5600"),
    (UpDown.CLASSIC, "dark"): ("#26A69A", "#EF5350"),
    (UpDown.CLASSIC, "light"): ("#0B756B", "#C62828"),
}


def themed(
    name: str,
    up_down: UpDown = UpDown.MINT,
    density: Density = Density.NORMAL,
    text_scale: float = 1.0,
    *,
    motion: bool = True,
) -> Tokens:
    """Answer the tokens of a theme (`dark` or `light`) with the user's colours, density, text size and motion.

    Errors: BadInput for a theme or a text scale the house does not have.
    """
    tokens = {"dark": DARK, "light": LIGHT}.get(name)
    if tokens is None:
        raise BadInput(f"theme {name!r} given; the house has 'dark' and 'light'")
    if not TEXT_SCALE[0] <= text_scale <= TEXT_SCALE[1]:
        raise BadInput(f"text scale {text_scale} given; give {TEXT_SCALE[0]} to {TEXT_SCALE[1]}")
    tokens = replace(tokens, up_down=up_down, density=density, text_scale=text_scale, motion=motion)
    if up_down is UpDown.MINT:
        return tokens
    if up_down is UpDown.INVERTED:
        return replace(tokens, up=tokens.down, down=tokens.up, up_bg=tokens.down_bg, down_bg=tokens.up_bg)
    up, down = _SETS[up_down, name]
    share = 0.12 if name == "dark" else 0.06
    return replace(
        tokens, up=up, down=down, up_bg=mixed(tokens.panel, up, share), down_bg=mixed(tokens.panel, down, share)
    )


@lru_cache(maxsize=1024)
def mixed(under: str, over: str, share: float) -> str:
    """Answer the solid colour of `over` laid on `under` with opacity `share` 0..1."""
    blend = (round(a + (b - a) * share) for a, b in zip(_rgb(under), _rgb(over), strict=True))
    return "#{:02X}{:02X}{:02X}".format(*blend)


@lru_cache(maxsize=256)
def luminance(colour: str) -> float:
    """Answer the relative luminance 0..1. Source: WCAG 2.2, relative luminance."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in _rgb(colour))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Answer the contrast ratio 1..21 of two colours. Source: WCAG 2.2, contrast ratio."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)

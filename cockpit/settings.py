"""Every setting of the house: one frozen tree with type, default, unit, range and one sentence per field.

The tree is read from TOML by `parsed`; a name it does not know, a wrong type or a value out of range is refused with
the nearest right name, never ignored. Nothing here touches a file.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import Field, dataclass, field, fields, is_dataclass
from typing import Any, Final, TypeVar, cast, get_type_hints

from cockpit.errors import BadSetting
from cockpit.money import LAKH

T = TypeVar("T")
_HEADER: Final = re.compile(r"\s*\[\s*([\w. -]+?)\s*\]")
_KEY: Final = re.compile(r"\s*([\w.-]+)\s*=")


def option(
    default: Any,
    sentence: str,
    *,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
) -> Any:
    """Declare one setting: its default, its sentence, and what values it takes (`low` and `high` inclusive)."""
    return field(
        default=default, metadata={"sentence": sentence, "unit": unit, "low": low, "high": high, "choices": choices}
    )


@dataclass(frozen=True, slots=True)
class PaperSettings:
    """The paper broker."""

    cash_rupees: int = option(
        10 * LAKH, "Opening cash of a new paper ledger.", unit="Rs", low=10_000, high=1_000_000_000
    )
    participation: float = option(
        0.10, "Largest share of seen volume that one order may take.", unit="ratio", low=0.001, high=1.0
    )
    impact: float = option(
        1.0, "Y of the square-root impact model; 0 turns impact off.", unit="ratio", low=0.0, high=10.0
    )
    latency_ms: int = option(250, "Time from our decision to the exchange.", unit="ms", low=0, high=10_000)
    stale_quote_s: float = option(3.0, "A market order refuses a quote older than this.", unit="s", low=0.5, high=60.0)


@dataclass(frozen=True, slots=True)
class RiskSettings:
    """The limits of the risk gate. Raising one takes effect next session."""

    risk_per_trade: float = option(
        0.005, "Equity lost when a stop is hit, before costs.", unit="ratio", low=0.0001, high=0.02
    )
    order_rupees: int = option(2 * LAKH, "Largest value of one order.", unit="Rs", low=1000, high=100_000_000)
    name_rupees: int = option(
        2 * LAKH, "Largest value held and working in one name.", unit="Rs", low=1000, high=100_000_000
    )
    adv_share: float = option(
        0.001,
        "Largest order as a share of the name's mean daily volume, so that it can be left again.",
        unit="ratio",
        low=0.00001,
        high=0.1,
    )
    gross: float = option(
        2.0, "Largest gross value held and working, as a multiple of equity.", unit="x", low=0.05, high=5.0
    )
    day_loss: float = option(
        0.02, "Loss of the day, net and marked, that stops entries.", unit="ratio", low=0.001, high=0.2
    )
    drawdown: float = option(0.10, "Fall from the highest equity that stops entries.", unit="ratio", low=0.01, high=0.5)
    day_entries: int = option(40, "Most entries in one day.", unit="orders", low=1, high=500)
    name_entries: int = option(2, "Most entries in one name in one day.", unit="orders", low=1, high=20)
    positions: int = option(12, "Most positions open or working at once.", unit="names", low=1, high=100)
    collar: float = option(0.02, "Farthest an entry may lie from the last price.", unit="ratio", low=0.001, high=0.2)
    feed_stale_s: float = option(
        5.0, "Entries are refused when the feed is older than this.", unit="s", low=1.0, high=60.0
    )
    name_stale_s: float = option(
        30.0, "Entries are refused when the name's last tick is older than this.", unit="s", low=1.0, high=600.0
    )
    cost_r: float = option(0.25, "Largest round-trip cost as a share of the risk taken.", unit="R", low=0.01, high=2.0)
    rejects: int = option(5, "Broker rejections in ten minutes that stop entries.", unit="orders", low=1, high=100)


@dataclass(frozen=True, slots=True)
class OrbSettings:
    """Opening range breakout."""

    minutes: int = option(15, "Length of the opening range.", unit="min", low=5, high=60)
    relative_volume: float = option(
        1.5, "Opening volume against its mean of 14 sessions, at least.", unit="x", low=0.0, high=20.0
    )
    top: int = option(20, "Only the names with the highest relative volume.", unit="names", low=1, high=100)
    range_low: float = option(0.25, "Opening range in ATR, at least.", unit="ATR", low=0.0, high=5.0)
    range_high: float = option(1.0, "Opening range in ATR, at most.", unit="ATR", low=0.05, high=10.0)
    price_rupees: int = option(50, "Cheapest name traded.", unit="Rs", low=1, high=10_000)
    band_gap: float = option(0.01, "Distance to the price band, at least.", unit="ratio", low=0.0, high=0.1)
    gap: float = option(0.04, "Opening gap, at most.", unit="ratio", low=0.0, high=0.5)
    doji: float = option(
        0.10, "A body under this share of the range has no direction.", unit="ratio", low=0.0, high=1.0
    )
    stop_atr: float = option(0.5, "Farthest stop, in ATR.", unit="ATR", low=0.05, high=3.0)
    target_r: float = option(2.0, "Target in multiples of the risk.", unit="R", low=0.5, high=20.0)
    last_entry: str = option("13:00", "No entry after this time.", unit="IST")
    shorts: bool = option(True, "Take short breakouts too.")


@dataclass(frozen=True, slots=True)
class VwapSettings:
    """VWAP pullback."""

    relative_volume: float = option(
        1.2, "Volume so far against its mean of 14 sessions, at least.", unit="x", low=0.0, high=20.0
    )
    trend_share: float = option(
        0.70, "Share of bars since 09:30 that closed on the trend's side.", unit="ratio", low=0.5, high=1.0
    )
    trend_from: str = option("09:30", "Start of the trend count.", unit="IST")
    slope_minutes: int = option(30, "Window of the VWAP slope.", unit="min", low=5, high=120)
    push_sd: float = option(1.0, "Push beyond VWAP before the pullback, at least.", unit="sd", low=0.0, high=5.0)
    touch_sd: float = option(0.1, "How near to VWAP a touch is.", unit="sd", low=0.0, high=1.0)
    touches: int = option(2, "Only the first so many touches.", unit="touches", low=1, high=5)
    first_touch: str = option("09:45", "No touch before this time.", unit="IST")
    last_touch: str = option("14:30", "No touch after this time.", unit="IST")
    trigger_bars: int = option(3, "The trigger waits so many bars.", unit="bars", low=1, high=20)
    cancel_sd: float = option(0.25, "A close so far beyond VWAP cancels the trigger.", unit="sd", low=0.0, high=2.0)
    stop_sd: float = option(0.5, "Stop at least so far beyond VWAP.", unit="sd", low=0.1, high=3.0)
    target_r: float = option(2.0, "Target in multiples of the risk.", unit="R", low=0.5, high=20.0)
    target: str = option("2R", "Where the target lies.", choices=("2R", "session extreme"))
    shorts: bool = option(True, "Take the mirrored short rule too.")


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """The nightly scan."""

    watch_low: int = option(40, "Fewest names on a watchlist that may be published.", unit="names", low=5, high=100)
    watch_high: int = option(60, "Most names on a watchlist.", unit="names", low=5, high=200)
    adv_crore: float = option(5.0, "Mean traded value of 20 sessions, at least.", unit="Rs Cr", low=0.1, high=1000.0)
    price_rupees: int = option(50, "Cheapest name considered.", unit="Rs", low=1, high=10_000)
    history_days: int = option(252, "Sessions of history a name must have.", unit="sessions", low=60, high=1000)
    stale_share: float = option(
        0.02, "A scan with more stale names than this is not published.", unit="ratio", low=0.0, high=0.5
    )
    reversal: float = option(0.5, "Share of the 5-day reversal in the composite.", unit="ratio", low=0.0, high=1.0)
    momentum: float = option(0.3, "Share of 12-1 momentum in the composite.", unit="ratio", low=0.0, high=1.0)
    low_volatility: float = option(0.2, "Share of low volatility in the composite.", unit="ratio", low=0.0, high=1.0)


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """The stream of ticks."""

    silent_s: float = option(
        5.0, "No frame of any kind for so long in market hours is silence.", unit="s", low=1.0, high=60.0
    )
    reconnect_s: float = option(10.0, "Silence of so long reconnects.", unit="s", low=2.0, high=120.0)
    jump: float = option(
        0.20, "A price farther than this from the last trusted one is quarantined.", unit="ratio", low=0.02, high=1.0
    )
    late_s: float = option(
        5.0, "A tick older than this against its name's newest is late.", unit="s", low=1.0, high=120.0
    )
    record: bool = option(True, "Keep the day's ticks for replay.")


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where facts are kept."""

    ledger_url: str = option("", "Database URL of the ledger; empty means SQLite in the data folder.")
    free_mb: int = option(500, "Free disk space under which no day is opened.", unit="MB", low=1, high=1_000_000)


@dataclass(frozen=True, slots=True)
class EveningSettings:
    """The evening's evidence and training."""

    history_days: int = option(
        2200, "Calendar days of prices an evening of the NSE stands on.", unit="d", low=400, high=8000
    )
    feeds: str = option("", "RSS feeds of news, name=address, parted by spaces; empty means no headlines.")
    refit_months: int = option(1, "Models are fitted anew every so many months.", unit="months", low=1, high=3)


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole tree."""

    paper: PaperSettings = field(default_factory=PaperSettings)
    risk: RiskSettings = field(default_factory=RiskSettings)
    orb: OrbSettings = field(default_factory=OrbSettings)
    vwap: VwapSettings = field(default_factory=VwapSettings)
    scan: ScanSettings = field(default_factory=ScanSettings)
    feed: FeedSettings = field(default_factory=FeedSettings)
    evening: EveningSettings = field(default_factory=EveningSettings)
    store: StoreSettings = field(default_factory=StoreSettings)


def parsed(text: str) -> Settings:
    """Read a settings file's text; what it does not name keeps its default.

    Errors: BadSetting naming the line, the field, the value and what was expected.
    """
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise BadSetting(f"settings are not valid TOML: {fault}") from fault
    try:
        return _filled(Settings, tree, "")
    except _Misfit as fault:
        raise BadSetting(f"{_line_of(text, fault.where)}{fault}") from None


class _Misfit(BadSetting):
    def __init__(self, where: str, words: str) -> None:
        super().__init__(words)
        self.where = where


def _line_of(text: str, where: str) -> str:
    """Name the line a setting stands in; no line for what an inline table or a multi-line string hides."""
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = f"{header[1].replace(' ', '')}."
            if table == f"{where}.":
                return f"line {number}: "
        elif (key := _KEY.match(line)) and f"{table}{key[1]}" == where:
            return f"line {number}: "
    return ""


def _filled(kind: type[T], tree: dict[str, Any], path: str) -> T:
    known = {f.name: f for f in fields(cast(Any, kind))}
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for name, value in tree.items():
        where = f"{path}.{name}" if path else name
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise _Misfit(where, f"unknown setting {where!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
        values[name] = _value(known[name], hints[name], value, where)
    return kind(**values)


def _value(spec: Field[Any], kind: Any, value: Any, where: str) -> Any:
    if is_dataclass(kind):
        if not isinstance(value, dict):
            raise _Misfit(where, f"{where} = {value!r}; a table [{where}] expected")
        return _filled(cast(type[Any], kind), value, where)
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        raise _Misfit(where, f"{where} = {value!r} is {type(value).__name__}; {kind.__name__} expected")
    _check_range(spec, value, where)
    return value


def _check_range(spec: Field[Any], value: Any, where: str) -> None:
    low, high, choices = spec.metadata["low"], spec.metadata["high"], spec.metadata["choices"]
    unit = spec.metadata["unit"]
    if (low is not None and not value >= low) or (high is not None and not value <= high):
        raise _Misfit(where, f"{where} = {value!r} is outside {low} to {high} {unit}".rstrip())
    if choices and value not in choices:
        raise _Misfit(where, f"{where} = {value!r}; one of {', '.join(map(repr, choices))} expected")
    if unit == "IST" and not _is_time(value):
        raise _Misfit(where, f"{where} = {value!r}; a time as 'HH:MM' expected")


def _is_time(text: str) -> bool:
    hours, colon, minutes = text.partition(":")
    return (
        bool(colon)
        and len(text) == 5
        and hours.isdigit()
        and minutes.isdigit()
        and int(hours) < 24
        and int(minutes) < 60
    )

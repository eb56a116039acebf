"""Facts of the journal as canonical JSON and back: one fact has exactly one text, whatever wrote it and wherever.

Keys are sorted, there are no spaces, text is UTF-8. The types of the fields decide: a float in a field of money is
refused here, at the last door before it would be remembered. Numbers JSON does not know are the words NaN, Infinity
and -Infinity in a field of type float. The text of a fact holds every field, so a reader never guesses a missing one;
what older journals meant before a field existed stands in `LATER`, once and in the open.
"""

from __future__ import annotations

import dataclasses
import json
import math
import operator
import types
import typing
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import Any, Final, cast

from cockpit.errors import BadInput, LedgerCorrupt
from cockpit.facts import JOURNAL, FillBooked, Genesis, IntentMade, JournalFact, OrderPlaced
from cockpit.opinions import Pick, Scan

KINDS: Final[Mapping[str, type[JournalFact]]] = MappingProxyType({fact.__name__: fact for fact in JOURNAL})
NOT_FINITE: Final = MappingProxyType({"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf})
_WRITER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
LATER: Final[Mapping[type, Mapping[str, Any]]] = MappingProxyType(
    {
        Pick: {"confidence": math.nan, "silent": ()},
        Scan: {"regime": None, "exposure": math.nan, "weights": "", "models": (), "silent": ()},
    }
)
"""Fields that joined a noun after journals of it existed, each with what an older text meant by not naming it. A field
that is missing and not listed here is damage. New fields are written always; nothing is ever taken off this list."""
TS_HOLDERS: Final = ("intent", "withdrawal", "order", "moved", "fill")
"""Fields that carry the instant of a fact which has none of its own."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How one type is written as JSON and read back."""

    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]


def encoded(fact: JournalFact) -> str:
    """Write a fact as its canonical text.

    Errors: BadInput naming the field when a value is not of its declared type, or the kind is not of the journal.
    """
    if type(fact) not in JOURNAL:
        raise BadInput(f"{type(fact).__name__} is not a fact of the journal; the kinds are {', '.join(KINDS)}")
    try:
        return dumped(shape_of(cast("Hashable", type(fact))).encode(fact))
    except (TypeError, ValueError, AttributeError) as fault:
        raise BadInput(f"{type(fact).__name__} cannot be remembered: {fault}") from fault


def decoded(kind: str, body: str, seq: int) -> JournalFact:
    """Read a fact back from its text.

    Errors: LedgerCorrupt naming `seq` for an unknown kind, a field too many or too few, or a value of another type.
    """
    fact = KINDS.get(kind)
    if fact is None:
        raise LedgerCorrupt(f"entry {seq} is of kind {kind!r}; this build knows {', '.join(KINDS)}")
    try:
        return cast("JournalFact", shape_of(cast("Hashable", fact)).decode(json.loads(body)))
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError, ArithmeticError) as fault:
        raise LedgerCorrupt(f"entry {seq} is not a {kind}: {fault}") from fault


def dumped(tree: Any) -> str:
    """Write a tree of plain values as canonical JSON.

    Errors: ValueError for text that is not Unicode (a lone surrogate) and for a number JSON does not know.
    """
    text = _WRITER.encode(tree)
    text.encode("utf-8")
    return text


def key_of(fact: JournalFact) -> str | None:
    """Answer what may stand in a journal only once, None for facts that may repeat."""
    match fact:
        case Genesis():
            return "genesis"
        case IntentMade(intent=intent):
            return f"intent:{intent.intent_id}"
        case OrderPlaced(order=order):
            return f"order:{order.order_id}"
        case FillBooked(fill=fill):
            return f"fill:{dumped(list(fill.key))}"
        case _:
            return None


def instant_of(fact: JournalFact) -> int:
    """Answer the instant a fact speaks of, ns UTC."""
    held: Any = next((getattr(fact, name) for name in TS_HOLDERS if hasattr(fact, name)), fact)
    return operator.index(held.ts)


@cache
def shape_of(hint: Any) -> Shape:
    """Answer how values of a type hint are written and read."""
    if hint in _PLAIN:
        return _PLAIN[hint]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _optional(arguments)
    if origin is tuple:
        return _tuple(arguments)
    if origin in (Mapping, dict):
        return _mapping(arguments)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return Shape(lambda value: hint(value).value, hint)
    if dataclasses.is_dataclass(hint):
        return _record(cast("type", hint))
    raise TypeError(f"a fact holds a field of type {hint}, which has no canonical text: give it one in codec.py")


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{value!r} given, an integer expected (money is paise, time is ns)")
    return operator.index(value)


def _flag(value: Any) -> bool:
    if value is True or value is False:
        return bool(value)
    raise TypeError(f"{value!r} given, True or False expected")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"{value!r} given, text expected")


def _number(value: Any) -> float | str:
    if isinstance(value, bool | str):
        raise TypeError(f"{value!r} given, a number expected")
    number = float(value)
    if math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


def _read_number(value: Any) -> float:
    if isinstance(value, float):
        return value
    if isinstance(value, str) and value in NOT_FINITE:
        return NOT_FINITE[value]
    raise TypeError(f"{value!r} found, a number with a point expected")


def _day(value: Any) -> str:
    if type(value) is date:
        return value.isoformat()
    raise TypeError(f"{value!r} given, a date expected")


_PLAIN: Final[dict[Any, Shape]] = {
    int: Shape(_integer, _integer),
    bool: Shape(_flag, _flag),
    str: Shape(_text, _text),
    float: Shape(_number, _read_number),
    date: Shape(_day, lambda text: date.fromisoformat(_text(text))),
}


def _optional(arguments: tuple[Any, ...]) -> Shape:
    kinds = [a for a in arguments if a is not type(None)]
    if len(kinds) != 1 or len(kinds) == len(arguments):
        raise TypeError(f"a choice of {arguments} cannot be told apart in JSON; only `X | None` can")
    inner = shape_of(kinds[0])
    return Shape(
        lambda value: None if value is None else inner.encode(value),
        lambda value: None if value is None else inner.decode(value),
    )


def _tuple(arguments: tuple[Any, ...]) -> Shape:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        inner = shape_of(arguments[0])
        return Shape(
            lambda values: [inner.encode(v) for v in _rows(values, tuple)],
            lambda values: tuple(inner.decode(v) for v in _rows(values, list)),
        )
    shapes = [shape_of(a) for a in arguments]
    return Shape(
        lambda values: [s.encode(v) for s, v in zip(shapes, _rows(values, tuple), strict=True)],
        lambda values: tuple(s.decode(v) for s, v in zip(shapes, _rows(values, list), strict=True)),
    )


def _rows(values: Any, kind: type) -> Any:
    if isinstance(values, kind):
        return values
    raise TypeError(f"{values!r} found, a {kind.__name__} expected")


def _mapping(arguments: tuple[Any, ...]) -> Shape:
    keys, values = shape_of(arguments[0]), shape_of(arguments[1])
    if arguments[0] is not str:
        raise TypeError(f"a mapping from {arguments[0]} has no canonical text: JSON keys are text")
    return Shape(
        lambda tree: {keys.encode(k): values.encode(v) for k, v in tree.items()},
        lambda tree: MappingProxyType({keys.decode(k): values.decode(v) for k, v in _rows(tree, dict).items()}),
    )


def _record(kind: type) -> Shape:
    hints = typing.get_type_hints(kind)
    shapes = {f.name: shape_of(hints[f.name]) for f in dataclasses.fields(kind)}
    names = frozenset(shapes)
    writers = [(name, shape.encode) for name, shape in shapes.items()]
    readers = [(name, shape.decode) for name, shape in shapes.items()]
    later = LATER.get(kind, {})

    def encode(value: Any) -> dict[str, Any]:
        if type(value) is not kind:
            raise TypeError(f"{value!r} given, a {kind.__name__} expected")
        try:
            return {name: write(getattr(value, name)) for name, write in writers}
        except (TypeError, ValueError) as fault:
            raise _named(fault, ((name, write, getattr(value, name)) for name, write in writers)) from fault

    def decode(tree: Any) -> Any:
        missing = names - _rows(tree, dict).keys()
        if tree.keys() - names or missing - later.keys():
            unknown = sorted(tree.keys() - names)
            raise TypeError(f"fields missing: {sorted(missing - later.keys())}, unknown: {unknown}")
        try:
            values = {name: read(tree[name]) if name in tree else later[name] for name, read in readers}
        except (TypeError, ValueError) as fault:
            raise _named(fault, ((name, read, tree[name]) for name, read in readers if name in tree)) from fault
        return kind(**values)

    return Shape(encode, decode)


def _named(fault: Exception, steps: Iterable[tuple[str, Callable[[Any], Any], Any]]) -> TypeError:
    """Find the field that failed; looked for only after a failure, so that what is well costs nothing."""
    for name, turn, value in steps:
        try:
            turn(value)
        except (TypeError, ValueError) as again:
            return TypeError(f"{name}: {again}")
    return TypeError(str(fault))

"""Any fact that the types allow, for tests that look for the one nobody thought of."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import Any

from hypothesis import strategies as st

from cockpit.opinions import WEIGHT_REASONS, Weights

_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(0, 2**63 - 1),
    float: st.floats(allow_nan=False),
    str: st.text(max_size=12),
    bool: st.booleans(),
    date: st.dates(),
}


def any_of(hint: Any) -> st.SearchStrategy[Any]:
    """Answer a strategy for whatever a field's type hint allows."""
    if hint in _PLAIN:
        return _PLAIN[hint]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return st.one_of(*(st.none() if a is type(None) else any_of(a) for a in arguments))
    if origin is tuple and arguments[-1] is Ellipsis:
        return st.lists(any_of(arguments[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*map(any_of, arguments))
    if origin is Mapping:
        return st.dictionaries(any_of(arguments[0]), any_of(arguments[1]), max_size=3)
    if issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    hints = typing.get_type_hints(hint)
    if hint is Weights:  # shares that cannot be are refused where they are made
        hints = {name: kind for name, kind in hints.items() if name not in ("shares", "reason")}
        given = {f.name: any_of(hints[f.name]) for f in dataclasses.fields(hint) if f.name in hints}
        shares = st.sampled_from([{"technical": 1.0}, {"technical": 0.25, "quantitative": 0.75}])
        return st.builds(hint, shares=shares, reason=st.sampled_from(WEIGHT_REASONS), **given)
    return st.builds(hint, **{f.name: any_of(hints[f.name]) for f in dataclasses.fields(hint)})

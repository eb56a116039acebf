"""The fingerprint of a pipeline: what its numbers mean, so that a model never reads columns it was not trained on.

It covers names, order, units, look-backs, kinds and the dtype, and the source of every file that computes them.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import tokenize
from collections.abc import Iterable, Sequence
from dataclasses import astuple
from functools import cache

from cockpit.brains.features.columns import Column
from cockpit.errors import BadInput

DULL = frozenset({tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING})
"""Tokens that say nothing about what is computed, so that a comment or a line break retrains no model."""


def fingerprint(columns: Sequence[Column], dtype: str, modules: Iterable[str]) -> str:
    """Answer the fingerprint of `columns` as computed by `modules` (dotted names); 64 hexadecimal digits.

    Errors: BadInput when the source of a module is not installed beside it.
    """
    said = json.dumps([dtype, [astuple(column) for column in columns]], separators=(",", ":"))
    whole = hashlib.sha256(said.encode())
    for module in sorted(set(modules)):
        whole.update(_spoken(module).encode())
    return whole.hexdigest()


@cache
def _spoken(module: str) -> str:
    spec = importlib.util.find_spec(module)
    read = getattr(spec.loader, "get_source", None) if spec else None
    source = read(module) if read else None
    if not source:
        raise BadInput(
            f"the source of {module} is not installed, so its features cannot be told from another version's",
            remedy="Install the package with its Python sources.",
        )
    return spoken(source)


def spoken(source: str) -> str:
    """Answer a module's source without comments and layout."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return " ".join(token.string for token in tokens if token.type not in DULL)

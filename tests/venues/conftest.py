"""Imports the broker's client before the tests that use it, past the deprecations of what it brings along."""

from __future__ import annotations

import warnings

import pytest


@pytest.fixture(scope="module", autouse=True)
def kiteconnect_imported(request: pytest.FixtureRequest) -> None:
    """Let a freshly installed client compile its modules where its warnings are nobody's error."""
    if "kite" in request.module.__name__:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import kiteconnect  # noqa: F401

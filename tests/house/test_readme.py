"""The README says what the code says."""

from __future__ import annotations

import pytest

from scripts.readme_tables import README, filled


def test_the_tables_of_the_readme_are_what_the_code_says_now() -> None:
    text = README.read_text(encoding="utf-8")
    assert filled(text) == text, "run .venv/bin/python -m scripts.readme_tables --write"


def test_a_readme_without_a_table_is_noticed() -> None:
    with pytest.raises(ValueError, match="markers"):
        filled("# Cockpit")

"""The README's tables of refusals and settings, written from code; `--write` puts them in."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from cockpit.orders import Mode
from cockpit.roster import rules
from cockpit.settings import Settings

README = Path(__file__).parents[1] / "README.md"


def refusals() -> str:
    """Answer the table of rules, in the order they are asked."""
    lines = ["| code | refuses |", "|---|---|"]
    lines += [f"| `{rule.code}` | {rule.sentence()} |" for rule in rules(Mode.PAPER)]
    return "\n".join(lines)


def settings() -> str:
    """Answer the table of every setting with its default, unit, range and sentence."""
    lines = ["| setting | default | unit | range | |", "|---|---|---|---|---|"]
    lines += [f"| `{p}` | {v} | {unit} | {span} | {said} |" for p, v, unit, span, said in _leaves(Settings(), "")]
    return "\n".join(lines)


def _leaves(tree: Any, path: str) -> Iterator[tuple[str, str, str, str, str]]:
    for spec in fields(tree):
        value = getattr(tree, spec.name)
        if is_dataclass(value):
            yield from _leaves(value, f"{path}{spec.name}.")
            continue
        meta = spec.metadata
        span = " or ".join(meta["choices"]) if meta["choices"] else ""
        if meta["low"] is not None or meta["high"] is not None:
            span = f"{meta['low']} to {meta['high']}"
        yield path + spec.name, _shown(value), meta["unit"], span, meta["sentence"]


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"`{value}`" if value != "" else "(empty)"


def filled(text: str) -> str:
    """Answer the README with its tables as the code has them now.

    Errors: ValueError when a marker is missing.
    """
    for name, table in (("refusals", refusals()), ("settings", settings())):
        before, start, rest = text.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"<!-- /{name} -->")
        if not start or not end:
            raise ValueError(f"README.md lacks the markers <!-- {name} --> and <!-- /{name} -->")
        text = f"{before}{start}\n{table}\n\n{end}{after}"
    return text


def main() -> None:
    """Write the tables, or say that they are stale."""
    text = README.read_text(encoding="utf-8")
    if "--write" in sys.argv:
        README.write_text(filled(text), encoding="utf-8")
    elif filled(text) != text:
        sys.exit("README.md's tables are stale: run .venv/bin/python -m scripts.readme_tables --write")


if __name__ == "__main__":
    main()

"""The command that proves what is promised."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from cockpit.cli_options import Json


def promises(
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="How many sessions.")] = 1_000,
    first: Annotated[int, typer.Option("--first", min=0, help="Seed of the first session.")] = 0,
    jobs: Annotated[int, typer.Option("--jobs", min=1, max=64, help="Processes that play.")] = 1,
    bugs: Annotated[bool, typer.Option("--bugs/--no-bugs", help="Try the planted bugs too.")] = True,
    out: Annotated[Path, typer.Option("--out", help="Where promises.json goes.")] = Path("out"),
    as_json: Json = False,
) -> None:
    """Prove the promises about orders and money.

    Each seed is a session of the real core in a hostile world: its clock, market, network, disk and operator come from
    that one number. It prints one page and writes promises.json; what fails is made small and saved as a file.
    Exit code 3 when a promise is broken, a history does not repeat, or a planted bug gets away.
    """
    from cockpit.promises_run import prove

    page = prove(first, seeds, jobs, out, tries_bugs=bugs, quiet=as_json)
    typer.echo(json.dumps(page.as_json, ensure_ascii=False) if as_json else page.text)
    if not page.is_kept:
        raise typer.Exit(3)

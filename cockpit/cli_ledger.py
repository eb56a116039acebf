"""The commands below `cockpit ledger`; a ledger is named by its file or its database URL."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from cockpit.cli_options import Json
from cockpit.cli_work import ran

ledger = typer.Typer(help="Verify, rebuild or export a ledger.", no_args_is_help=True, rich_markup_mode=None)


@ledger.command("verify")
def ledger_verify(
    path: Annotated[str, typer.Argument(help="Ledger file or database URL.")], as_json: Json = False
) -> None:
    """Read the whole chain and say whether every entry is what was written."""
    from cockpit.commands import verified

    seq, head = ran(verified(path))
    typer.echo(
        json.dumps({"entries": seq, "head": head}) if as_json else f"{seq} entries verify; the chain ends in {head}"
    )


@ledger.command("rebuild")
def ledger_rebuild(path: Annotated[str, typer.Argument(help="Ledger file or database URL.")]) -> None:
    """Drop the read tables and build them again from the journal.

    Refused while a cockpit uses the data folder. The journal itself is only read.
    """
    from cockpit.commands import rebuilt

    typer.echo(ran(rebuilt(path)))


@ledger.command("export")
def ledger_export(
    path: Annotated[str, typer.Argument(help="Ledger file or database URL.")],
    to: Annotated[Path, typer.Argument(help="File to write, one JSON entry a line.")],
) -> None:
    """Write the journal as text; equal ledgers give equal bytes."""
    from cockpit.commands import exported

    typer.echo(ran(exported(path, to)))

"""The commands below `cockpit experiment`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from cockpit.cli_options import Data, Home, Json

experiment = typer.Typer(
    help="Run hypotheses written in YAML, with every trial on record.", no_args_is_help=True, rich_markup_mode=None
)


@experiment.command("run")
def experiment_run(
    file: Annotated[Path, typer.Argument(help="The experiment, as those in resources/experiments.")],
    data: Data = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Run an experiment to the verdict of the gate.

    Every trial is on record before it is played; what is on record is counted for ever and not run twice.
    Exit code 3 when the gate does not say PASS.
    """
    from cockpit.experiment_run import needs_data, run

    shown = run(file, needs_data(data), home, quiet=as_json)
    typer.echo(json.dumps(shown.as_json, ensure_ascii=False) if as_json else shown.text)
    if not shown.is_pass:
        raise typer.Exit(3)


@experiment.command("list")
def experiment_list(home: Home = None, as_json: Json = False) -> None:
    """List the studies on record with how many trials each took; refused where the record was changed."""
    from cockpit.experiment_run import listed

    shown = listed(home)
    typer.echo(json.dumps(shown.as_json) if as_json else shown.text)

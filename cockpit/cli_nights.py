"""The commands of the evening: scan, train, nightly, release."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from cockpit.cli_options import Data, Home, Json, Nse, Seed, day_of
from cockpit.cli_work import ran


def scan(
    data: Data = None,
    day: Annotated[
        str,
        typer.Option("--date", help="Evening to scan, YYYY-MM-DD; else the newest, or the eve of the practice day."),
    ] = "",
    factors: Annotated[bool, typer.Option("--factors", help="Rank by three factors; ask no brain.")] = False,
    nse: Nse = False,
    seed: Seed = 7,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Publish an evening's scan and print tomorrow's watchlist.

    The brains that were trained on this market judge it (`cockpit train`); where none was, three factors rank the
    names, and the first line says so. It reads recorded daily prices where --data is given, else the practice market.
    """
    from cockpit.commands import scan_shown

    result = ran(scan_shown(data, day_of(day) if day else None, seed, home, nse=nse, factors=factors))
    typer.echo(json.dumps(result.as_json, ensure_ascii=False) if as_json else result.text)


def train(
    until: Annotated[str, typer.Option("--until", help="Train on what was known that evening, YYYY-MM-DD.")] = "",
    brain: Annotated[list[str] | None, typer.Option("--brain", help="Only this brain (may be given again).")] = None,
    months: Annotated[int, typer.Option("--months", min=1, max=24, help="Months between the refits of a record.")] = 6,
    seeds: Annotated[int, typer.Option("--seeds", min=1, max=9, help="Seeds compared for the boosted trees.")] = 3,
    data: Data = None,
    nse: Nse = False,
    seed: Seed = 7,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Train the brains on everything that was known by one evening.

    Each brain walks its record forward, holds boosted trees against a ridge, and publishes the better of them with its
    card. The first training also signs a cold start of the weights: equal shares, on purpose.
    """
    from cockpit.night_commands import Training, Whose, trained

    plan = Training(months=months, seeds=tuple(range(1, seeds + 1)))
    shown = ran(trained(Whose(data, nse, seed), home, day_of(until) if until else None, brain or (), plan))
    typer.echo(json.dumps(shown.as_json, ensure_ascii=False) if as_json else shown.text)


def nightly(
    first: Annotated[str, typer.Option("--from", help="First evening, YYYY-MM-DD.")] = "",
    last: Annotated[str, typer.Option("--to", help="Last evening, YYYY-MM-DD; the newest when not given.")] = "",
    refit: Annotated[int, typer.Option("--refit", min=0, max=3, help="Fit models anew every so many months.")] = 3,
    months: Annotated[int, typer.Option("--months", min=1, max=24, help="Months between the refits of a record.")] = 6,
    seeds: Annotated[int, typer.Option("--seeds", min=1, max=9, help="Seeds compared for the boosted trees.")] = 1,
    data: Data = None,
    nse: Nse = False,
    seed: Seed = 7,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Do the work of evenings and print the scorecard.

    Refresh, gate, features, score, publish, mark, adapt, drift, retrain, report: an evening that is done is not done
    again, and one that was cut short goes on where it stopped. Without --from it is the newest evening.
    """
    from cockpit.night_commands import Training, Whose, walked

    plan = Training(months=months, seeds=tuple(range(1, seeds + 1)))
    stretch = (day_of(first) if first else None, day_of(last) if last else None)
    shown = ran(walked(Whose(data, nse, seed), home, *stretch, refit, plan))
    typer.echo(json.dumps(shown.as_json, ensure_ascii=False) if as_json else shown.text)


def release(
    why: Annotated[str, typer.Option("--why", help="What you looked at and why it is well; 10 characters at least.")],
    brain: Annotated[str, typer.Option("--brain", help="A silenced brain; the weights when none is named.")] = "",
    data: Data = None,
    nse: Nse = False,
    seed: Seed = 7,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Let stopped weights or a silenced brain speak again.

    Nothing releases itself: a person looks, signs with their name, and says why. Both stand in the journal.
    """
    from cockpit.night_commands import Whose, freed

    shown = ran(freed(Whose(data, nse, seed), home, brain, why))
    typer.echo(json.dumps(shown.as_json, ensure_ascii=False) if as_json else shown.text)

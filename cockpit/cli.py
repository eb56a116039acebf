"""The command line: every command says what it does, what it needs and how it ended (exit code and `--json`).

Exit codes: 0 done, 1 a named fault with its remedy, 2 wrong usage, 3 done but something needs a hand, 130 interrupted
(by Ctrl-C or a request to end). Nothing heavy is imported before a command is chosen.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer

from cockpit import __version__
from cockpit.cli_options import Data, Home, Json, Nse, Out, Seed, Speed, day_of
from cockpit.errors import BadInput, CockpitError

T = TypeVar("T")

app = typer.Typer(
    name="cockpit",
    help="A trading cockpit for Indian equities. Alone it opens the window on the practice market.",
    epilog="Exit codes: 0 done, 1 a fault (with its remedy), 2 wrong usage, 3 done but needs a hand, 130 interrupted.",
    no_args_is_help=False,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
ledger = typer.Typer(help="Verify, rebuild or export a ledger.", no_args_is_help=True, rich_markup_mode=None)
"""The commands below `cockpit ledger`; a ledger is named by its file or its database URL."""
app.add_typer(ledger, name="ledger")

INTERRUPTED = 130


def main() -> None:
    """Run the command line and turn a named fault into its sentence, its remedy and exit code 1."""
    try:
        app()
    except CockpitError as fault:
        _fail(fault)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    home: Home = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Open the window on the practice market when no command is given."""
    if version:
        typer.echo(__version__)
        raise typer.Exit
    if context.invoked_subcommand is None:
        run(practice=True, home=home)


@app.command()
def run(
    practice: Annotated[bool, typer.Option("--practice", help="The practice market; needs no account.")] = False,
    replay: Annotated[str, typer.Option("--replay", metavar="DAY", help="A recorded day, YYYY-MM-DD.")] = "",
    paper: Annotated[bool, typer.Option("--paper", help="Live Kite prices, paper money.")] = False,
    live: Annotated[bool, typer.Option("--live", help="Real money; needs a graduation certificate.")] = False,
    headless: Annotated[bool, typer.Option("--headless", help="No window: play, report, stop.")] = False,
    seed: Seed = 7,
    speed: Speed = None,
    day: Annotated[str, typer.Option("--day", help="Practice day, YYYY-MM-DD.")] = "2026-11-20",
    data: Data = None,
    out: Out = Path("out"),
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Trade one day: practice, replay, paper or live. Exactly one of the four; practice when none is named.

    A day that was interrupted goes on where it stopped when the same command is given again.
    """
    from cockpit.orders import Mode
    from cockpit.wish import Wish

    named = [practice, bool(replay), paper, live]
    if sum(named) > 1:
        raise typer.BadParameter("choose one of --practice, --replay, --paper and --live")
    if live:
        _refuse_live()
    mode = Mode.REPLAY if replay else Mode.PAPER if paper else Mode.LIVE if live else Mode.PRACTICE
    pace = speed if speed is not None else (0.0 if headless else 1.0)
    wish = Wish(mode=mode, day=day_of(replay or day), seed=seed, speed=pace, home=home, data=data, out=out)
    if headless:
        _headless(wish, as_json=as_json)
    else:
        _need_a_display()
        from cockpit.screen import open_window

        raise typer.Exit(open_window(wish))


@app.command()
def replay(
    day: Annotated[str, typer.Argument(help="A recorded day, YYYY-MM-DD.")],
    data: Data = None,
    speed: Speed = None,
    fast: Annotated[bool, typer.Option("--fast", help="As fast as the day can be taken (the default).")] = False,
    window: Annotated[bool, typer.Option("--window", help="Show it in the window instead of headless.")] = False,
    out: Out = Path("out"),
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Trade a recorded day again.

    The same flow is driven from real ticks where they exist, else from minutes, else from 15-minute bars.
    """
    if fast and speed:
        raise typer.BadParameter("--fast and --speed exclude each other")
    pace = 0.0 if fast else speed if speed is not None else (60.0 if window else 0.0)
    run(replay=day, headless=not window, speed=pace, data=data, out=out, home=home, as_json=as_json)


@app.command()
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

    result = _run(scan_shown(data, day_of(day) if day else None, seed, home, nse=nse, factors=factors))
    typer.echo(json.dumps(result.as_json, ensure_ascii=False) if as_json else result.text)


@app.command()
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
    shown = _run(trained(Whose(data, nse, seed), home, day_of(until) if until else None, brain or (), plan))
    typer.echo(json.dumps(shown.as_json, ensure_ascii=False) if as_json else shown.text)


@app.command()
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
    """Do the work of one evening or of many, and print the scorecard.

    Refresh, gate, features, score, publish, mark, adapt, drift, retrain, report: an evening that is done is not done
    again, and one that was cut short goes on where it stopped. Without --from it is the newest evening.
    """
    from cockpit.night_commands import Training, Whose, walked

    plan = Training(months=months, seeds=tuple(range(1, seeds + 1)))
    stretch = (day_of(first) if first else None, day_of(last) if last else None)
    shown = _run(walked(Whose(data, nse, seed), home, *stretch, refit, plan))
    typer.echo(json.dumps(shown.as_json, ensure_ascii=False) if as_json else shown.text)


@app.command()
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

    shown = _run(freed(Whose(data, nse, seed), home, brain, why))
    typer.echo(json.dumps(shown.as_json, ensure_ascii=False) if as_json else shown.text)


@app.command()
def exchange(
    http: Annotated[int, typer.Option("--http", help="Port of the REST door; 0 picks a free one.")] = 0,
    ws: Annotated[int, typer.Option("--ws", help="Port of the web-socket; 0 picks a free one.")] = 0,
    seed: Seed = 7,
    speed: Annotated[float, typer.Option("--speed", min=0, help="Multiple of real time; 0 is flat out.")] = 1.0,
    day: Annotated[str, typer.Option("--day", help="Practice day, YYYY-MM-DD.")] = "2026-11-20",
    home: Home = None,
    hurry_until: Annotated[int, typer.Option("--hurry-until", hidden=True, metavar="NS")] = 0,
    child: Annotated[bool, typer.Option("--child", hidden=True)] = False,
) -> None:
    """Run the practice exchange alone.

    It speaks Kite Connect v3 on loopback, to any Kite client in any language: API key `practicekey`, secret
    `practicesecret`, login page at /connect/login. One line of JSON tells its ports; the day begins when a client has
    subscribed. Prices are invented.
    """
    from cockpit.commands import exchange_served

    _run(exchange_served(http, ws, seed, speed, day_of(day), home, hurry_until=hurry_until, child=child))


@app.command()
def login(
    setup: Annotated[bool, typer.Option("--setup", help="Ask for API key and secret (the first time).")] = False,
    no_page: Annotated[bool, typer.Option("--no-page", help="Open no browser; show the page's address.")] = False,
) -> None:
    """Log in to Zerodha Kite for today.

    Opens the broker's page and waits for its answer on loopback.

    Register http://127.0.0.1:8756/ as the redirect URL of your Kite app. Key, secret and token are kept in the keyring
    of the operating system and nowhere else.
    """
    from cockpit.kite_login import PageWish, log_in, vault_of_keys

    vault = vault_of_keys()  # before anything is asked: without a keyring there is nowhere to keep the answers
    key = typer.prompt("Kite API key") if setup else ""
    secret = typer.prompt("Kite API secret", hide_input=True) if setup else ""
    page = PageWish(opens=not no_page, show=lambda words: typer.echo(words, err=True))
    typer.echo(_run(log_in(vault, key, secret, page)))


@app.command()
def doctor(home: Home = None, as_json: Json = False) -> None:
    """Check this machine and say what to mend.

    Exit code 3 when something needs a hand.
    """
    from cockpit.commands import examined

    findings = examined(home)
    if as_json:
        typer.echo(json.dumps([f.as_json for f in findings], ensure_ascii=False))
    else:
        for finding in findings:
            typer.echo(finding.text)
    if any(not f.is_well for f in findings):
        raise typer.Exit(3)


@ledger.command("verify")
def ledger_verify(
    path: Annotated[str, typer.Argument(help="Ledger file or database URL.")], as_json: Json = False
) -> None:
    """Read the whole chain and say whether every entry is what was written."""
    from cockpit.commands import verified

    seq, head = _run(verified(path))
    typer.echo(
        json.dumps({"entries": seq, "head": head}) if as_json else f"{seq} entries verify; the chain ends in {head}"
    )


@ledger.command("rebuild")
def ledger_rebuild(path: Annotated[str, typer.Argument(help="Ledger file or database URL.")]) -> None:
    """Drop the read tables and build them again from the journal.

    Refused while a cockpit uses the data folder. The journal itself is only read.
    """
    from cockpit.commands import rebuilt

    typer.echo(_run(rebuilt(path)))


@ledger.command("export")
def ledger_export(
    path: Annotated[str, typer.Argument(help="Ledger file or database URL.")],
    to: Annotated[Path, typer.Argument(help="File to write, one JSON entry a line.")],
) -> None:
    """Write the journal as text; equal ledgers give equal bytes."""
    from cockpit.commands import exported

    typer.echo(_run(exported(path, to)))


@app.command(hidden=True)
def probe() -> None:
    """Load the screen library and print the font it would draw with; the doctor asks this in a process of its own."""
    from PySide6.QtGui import QFontDatabase

    from cockpit.places import resources_folder
    from cockpit.ui.shell import application
    from cockpit.widgets.tokens import FAMILIES

    application(resources_folder() / "fonts")
    there = QFontDatabase.families()
    typer.echo(json.dumps({"font": next((family for family in FAMILIES if family in there), "")}))


def _refuse_live() -> NoReturn:
    from cockpit.app import LIVE_REFUSED

    raise BadInput(LIVE_REFUSED, remedy="Use --paper.")


def _need_a_display() -> None:
    """Refuse before Qt does: it would end the process without a word about what to do.

    Errors: BadInput on a Linux without a display.
    """
    from cockpit.places import has_display

    if not has_display():
        raise BadInput(
            "the window needs a display, and neither DISPLAY nor WAYLAND_DISPLAY names one",
            remedy="Start it from a desktop, or play the day without a window: `cockpit run --practice --headless`.",
        )


def _headless(wish: Any, *, as_json: bool) -> None:
    from cockpit.headless import play

    result = _run(play(wish, quiet=as_json))
    typer.echo(json.dumps(result.as_json, ensure_ascii=False) if as_json else result.text)
    if result.needs_a_hand:
        raise typer.Exit(3)


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work`; Ctrl-C and SIGTERM cancel it, and the process ends when it has put its things away."""
    runner = asyncio.Runner()
    try:
        return runner.run(_endable(work))
    except (KeyboardInterrupt, asyncio.CancelledError):
        # Not through the interpreter's end: it would wait for threads that nobody needs any more, a market being made.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(INTERRUPTED)
    finally:
        runner.close()


async def _endable(work: Coroutine[Any, Any, T]) -> T:
    own = asyncio.current_task()
    assert own is not None, "a runner runs tasks"
    with contextlib.suppress(NotImplementedError):  # Windows has no SIGTERM to hear
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, own.cancel)
    return await work


def _fail(fault: CockpitError) -> NoReturn:
    from cockpit import journal_log

    journal_log.last_words(fault)
    typer.echo(f"{type(fault).__name__}: {fault}\n  {fault.remedy}", err=True)
    sys.exit(1)

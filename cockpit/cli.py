"""The command line: every command says what it does, what it needs and how it ended (exit code and `--json`).

Exit codes: 0 done, 1 a named fault with its remedy, 2 wrong usage, 3 done but something needs a hand, 130 interrupted
(by Ctrl-C or a request to end). Nothing heavy is imported before a command is chosen.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer

from cockpit import __version__
from cockpit.cli_experiments import experiment
from cockpit.cli_ledger import ledger
from cockpit.cli_nights import nightly, release, scan, train
from cockpit.cli_options import Data, Home, Json, Out, Seed, Speed, day_of
from cockpit.cli_promises import promises
from cockpit.cli_work import INTERRUPTED, ran
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
app.add_typer(ledger, name="ledger")
app.add_typer(experiment, name="experiment")
for command in (scan, train, nightly, release, promises):
    app.command()(command)


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
    self_test: Annotated[bool, typer.Option("--self-test", help="Make every part work once, and say so.")] = False,
) -> None:
    """Open the window on the practice market when no command is given."""
    if version:
        typer.echo(__version__)
        raise typer.Exit
    if self_test:
        _self_test()
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

    ran(exchange_served(http, ws, seed, speed, day_of(day), home, hurry_until=hurry_until, child=child))


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
    typer.echo(ran(log_in(vault, key, secret, page)))


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


def _self_test() -> NoReturn:
    from cockpit.self_test import proofs

    well = True
    for proof in proofs():
        typer.echo(proof.text)
        well = well and proof.is_well
    raise typer.Exit(0 if well else 1)


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

    result = ran(play(wish, quiet=as_json))
    typer.echo(json.dumps(result.as_json, ensure_ascii=False) if as_json else result.text)
    if result.needs_a_hand:
        raise typer.Exit(3)


def _fail(fault: CockpitError) -> NoReturn:
    from cockpit import journal_log

    journal_log.last_words(fault)
    typer.echo(f"{type(fault).__name__}: {fault}\n  {fault.remedy}", err=True)
    sys.exit(1)

"""The command line teaches: every command explains itself, every fault ends with its remedy and its exit code."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cockpit import __version__
from cockpit.facts import Genesis
from cockpit.orders import Mode
from cockpit.storage.home import Home
from cockpit.storage.instance import held
from cockpit.storage.ledger import SqlLedger

COMMANDS = ("run", "replay", "scan", "exchange", "login", "doctor", "ledger verify", "ledger rebuild", "ledger export")
DONE, FAULT, USAGE, INTERRUPTED = 0, 1, 2, 130


def cockpit(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a process of its own."""
    command = [sys.executable, "-m", "cockpit", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_command_explains_itself(command: str) -> None:
    done = cockpit(*command.split(), "--help", COLUMNS="120", TERM="dumb")
    assert done.returncode == DONE
    assert done.stderr == ""
    assert "Usage:" in done.stdout
    assert "..." not in done.stdout.replace("[ARGS]...", "")  # no summary is cut in mid-sentence


def test_the_version_is_said_and_nothing_else() -> None:
    assert cockpit("--version").stdout == f"{__version__}\n"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("run --practice --replay 2021-05-12", "choose one of"),
        ("run --day 20-11-2026", "YYYY-MM-DD"),
        ("run --speed -1", "greater than or equal to 0"),
        ("replay", "Missing argument"),
        ("replay 2021-05-12 --fast --speed 3", "exclude each other"),
        ("sell", "No such command"),
        ("scan --date tomorrow", "YYYY-MM-DD"),
    ],
)
def test_wrong_usage_ends_with_two_and_says_what_was_expected(words: str, hint: str) -> None:
    done = cockpit(*words.split())
    assert done.returncode == USAGE
    assert hint in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("words", "sentence", "remedy"),
    [
        ("run --practice --headless --day 2026-11-21", "no session", "the next one is 2026-11-23"),
        ("run --practice --headless --day 2031-11-21", "after 2026-12-31", "holiday list"),
        ("replay 2021-05-12", "needs recordings", "--data FOLDER"),
        ("replay 2021-05-12 --data /nowhere", "/nowhere", "Check the source"),
        ("scan --data /nowhere", "/nowhere", "Check the source"),
        ("exchange --day 2026-11-21", "no session", "Give --day"),
        ("run --paper --headless", "keyring", "Practice and replay need none"),
        ("login", "keyring", "Unlock or install"),
        ("run", "needs a display", "--headless"),
    ],
)
def test_a_fault_ends_with_one_its_sentence_and_its_remedy(
    words: str, sentence: str, remedy: str, tmp_path: Path
) -> None:
    home = () if words == "login" else ("--home", tmp_path)
    done = cockpit(*words.split(), *home, QT_QPA_PLATFORM="", DISPLAY="", WAYLAND_DISPLAY="")
    assert done.returncode == FAULT
    assert sentence in done.stderr
    assert remedy in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_a_scan_of_a_day_without_prices_names_the_days_there_are(market_data: Path, tmp_path: Path) -> None:
    done = cockpit("scan", "--data", market_data, "--date", "2024-06-29", "--home", tmp_path)
    assert done.returncode == FAULT
    assert "no prices of 2024-06-29" in done.stderr
    assert "between" in done.stderr


def test_a_scan_speaks_to_scripts(market_data: Path, tmp_path: Path) -> None:
    done = cockpit("scan", "--data", market_data, "--date", "2024-06-28", "--home", tmp_path, "--json")
    said = json.loads(done.stdout)
    assert said["session"] == "2024-06-28"
    assert [pick["rank"] for pick in said["picks"]] == list(range(1, 61))
    assert said["funnel"][-1]["left"] == 60


# -- ledgers -----------------------------------------------------------------------------------------


@pytest.fixture
async def ledger(tmp_path: Path) -> Path:
    """A ledger of one entry in a data folder."""
    path = Home.at(tmp_path).ledger("paper")
    opened = SqlLedger.open(path)
    await opened.write(Genesis(1, Mode.PAPER, "paper", 100, "0"))
    await opened.close()
    return path


async def test_a_ledger_is_verified_exported_and_rebuilt(ledger: Path, tmp_path: Path) -> None:
    verified = json.loads(cockpit("ledger", "verify", ledger, "--json").stdout)
    exported = cockpit("ledger", "export", ledger, tmp_path / "journal.jsonl")
    rebuilt = cockpit("ledger", "rebuild", ledger)
    (line,) = (tmp_path / "journal.jsonl").read_text().splitlines()
    assert (verified["entries"], verified["head"]) == (1, json.loads(line)["hash"])
    assert exported.stdout == f"1 entries written to {tmp_path / 'journal.jsonl'}\n"
    assert rebuilt.stdout == "0 orders, 0 fills, 0 trades, 0 days\n"


@pytest.mark.parametrize("verb", ["verify", "rebuild", "export"])
def test_a_ledger_that_is_not_there_is_said_and_not_made(verb: str, tmp_path: Path) -> None:
    path = tmp_path / "ledgers" / "nothing.db"
    path.parent.mkdir()
    done = cockpit("ledger", verb, path, *(["/dev/null"] if verb == "export" else []))
    assert done.returncode == FAULT
    assert "no ledger at" in done.stderr
    assert [p.name for p in path.parent.iterdir()] == []


async def test_read_tables_are_not_rebuilt_under_a_running_cockpit(ledger: Path, tmp_path: Path) -> None:
    with held(tmp_path):
        refused = cockpit("ledger", "rebuild", ledger)
        read = cockpit("ledger", "verify", ledger)
    assert refused.returncode == FAULT
    assert f"process {os.getpid()}" in refused.stderr
    assert read.returncode == DONE


def test_a_tampered_ledger_ends_with_one_and_names_the_entry(ledger: Path) -> None:
    ledger.write_bytes(ledger.read_bytes().replace(b'"paper"', b'"gold!"'))
    done = cockpit("ledger", "verify", ledger)
    assert done.returncode == FAULT
    assert "LedgerCorrupt" in done.stderr
    assert "1" in done.stderr
    assert "backup" in done.stderr


# -- interruptions -----------------------------------------------------------------------------------


@contextlib.contextmanager
def started(*words: object) -> Iterator[subprocess.Popen[str]]:
    """Start the program, and see to it that it is gone in the end."""
    child = subprocess.Popen(
        [sys.executable, "-m", "cockpit", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield child
    finally:
        child.kill()
        child.wait()
        for pipe in (child.stdout, child.stderr):
            if pipe is not None:
                pipe.close()


def exchange_of(parent: int) -> int | None:
    """Answer the process of the practice exchange that `parent` started, None when it has none."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                return int(stat.parent.name)
    return None


def is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for the child in /proc")


@pytest.mark.slow
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_an_exchange_that_is_told_to_end_ends_with_130_and_no_traceback(sign: signal.Signals, tmp_path: Path) -> None:
    with started("exchange", "--home", tmp_path) as child:
        assert child.stdout is not None
        said = json.loads(child.stdout.readline())
        assert said["market"] == "PRACTICE"
        child.send_signal(sign)
        _, stderr = child.communicate(timeout=30)
    assert child.returncode == INTERRUPTED
    assert stderr == ""


@needs_proc
@pytest.mark.slow
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_exchange_of_a_day_never_outlives_it(sign: signal.Signals, tmp_path: Path) -> None:
    words = ("run", "--practice", "--headless", "--speed", "1", "--home", tmp_path, "--out", tmp_path / "out")
    ledger = tmp_path / "ledgers" / "practice" / "2026-11-20-seed7-run1.db"
    with started(*words) as child:
        give_up = time.monotonic() + 120
        exchange: int | None = None
        while exchange is None or not ledger.exists() or SqlLedger.open(ledger, read_only=True).head[0] < 3:
            assert time.monotonic() < give_up, "the day did not begin"
            assert child.poll() is None, child.communicate()[1]
            exchange = exchange_of(child.pid)
            time.sleep(0.1)
        child.send_signal(sign)
        _, stderr = child.communicate(timeout=30)
        while is_alive(exchange):
            assert time.monotonic() < give_up, "the exchange outlives its parent"
            time.sleep(0.05)
    if sign is not signal.SIGKILL:
        assert child.returncode == INTERRUPTED
        assert "the same command goes on" in stderr
        assert "Traceback" not in stderr
    assert cockpit("ledger", "verify", ledger).returncode == DONE

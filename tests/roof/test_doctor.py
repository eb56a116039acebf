"""The doctor finds what is broken, says what to do, and never breaks itself."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from cockpit import doctor
from cockpit.doctor import Finding, findings
from cockpit.facts import DayClosed, Genesis
from cockpit.orders import Mode
from cockpit.places import resources_folder
from cockpit.storage.backup import backed_up
from cockpit.storage.home import Home
from cockpit.storage.instance import held
from cockpit.storage.ledger import SqlLedger


def named(check: str, root: Path, resources: Path | None = None) -> list[Finding]:
    """Answer what the doctor found under one name."""
    return [f for f in findings(root, resources or resources_folder()) if f.check == check]


@pytest.fixture(autouse=True)
def quick(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the screen's own process out of tests that are about something else."""
    if "screen" not in request.node.name:
        monkeypatch.setattr(doctor, "_screen", lambda: iter(()))


def test_every_check_names_itself_and_a_bad_one_has_a_remedy(tmp_path: Path) -> None:
    found = findings(tmp_path, resources_folder())
    assert {"python", "screen library", "data folder", "settings", "disk", "one copy", "ledgers"} <= {
        f.check for f in found
    }
    assert {"calendar", "clock", "compiled kernels", "vault"} <= {f.check for f in found}
    assert all(f.found for f in found)
    assert all(f.remedy for f in found if not f.is_well)


def test_a_missing_keyring_is_to_mend_and_does_not_stand_in_the_way_of_practice(tmp_path: Path) -> None:
    (vault,) = named("vault", tmp_path)  # the tests run with the null keyring
    assert not vault.is_well
    assert "Practice, replay and scan work without it" in vault.found
    assert "cockpit login" in vault.remedy


def test_a_wrong_setting_is_named_and_the_other_checks_go_on(tmp_path: Path) -> None:
    Home.at(tmp_path).settings.write_text("[paper]\ncash_rupee = 5\n")
    (settings,) = named("settings", tmp_path)
    assert not settings.is_well
    assert "cash_rupee" in settings.found
    assert named("disk", tmp_path)[0].is_well


def test_a_data_folder_that_is_a_file_is_a_finding_and_not_a_crash(tmp_path: Path) -> None:
    place = tmp_path / "taken"
    place.write_text("not a folder")
    (folder,) = named("data folder", place)
    assert not folder.is_well
    assert "--home" in folder.remedy


def test_a_cockpit_that_is_running_is_told_and_is_no_fault(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    with held(home.root):
        (copy,) = named("one copy", tmp_path)
    assert copy.is_well
    assert f"process {os.getpid()}" in copy.found


async def ledger_at(path: Path) -> None:
    """Write a ledger of one entry."""
    ledger = SqlLedger.open(path)
    await ledger.write(Genesis(1, Mode.PAPER, "paper", 100, "0"))
    await ledger.close()


async def test_a_ledger_that_is_no_ledger_any_more_is_named(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    await ledger_at(home.ledger("paper"))
    (whole,) = named("ledgers", tmp_path)
    assert (whole.is_well, whole.found) == (True, "1 there, each ends as it should")
    await ledger_at(home.ledger("practice/one"))
    home.ledger("paper").write_bytes(b"this was a ledger once" * 400)
    (torn,) = named("ledgers", tmp_path)
    assert not torn.is_well
    assert "paper.db" in torn.found
    assert "backup" in torn.remedy


def test_a_disk_too_full_for_a_day_is_to_mend(tmp_path: Path) -> None:
    Home.at(tmp_path).settings.write_text("[store]\nfree_mb = 100000\n")
    room = Home.at(tmp_path).free_mb
    (disk,) = named("disk", tmp_path)
    assert disk.is_well is (room >= 100_000)
    assert "100,000 MB" in disk.remedy


def test_lost_tables_of_the_exchange_are_a_finding(tmp_path: Path) -> None:
    (calendar,) = named("calendar", tmp_path / "home", resources=tmp_path)
    assert not calendar.is_well
    assert "sessions.csv" in calendar.found


def test_a_place_where_kernels_cannot_be_kept_is_to_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file where a folder should be")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(taken / "numba"))
    (kernels,) = named("compiled kernels", tmp_path / "home")
    assert not kernels.is_well
    assert "NUMBA_CACHE_DIR" in kernels.remedy


def test_the_screen_loads_and_says_which_font_it_draws_with(tmp_path: Path) -> None:
    (screen,), (fonts,) = named("screen", tmp_path), named("fonts", tmp_path)
    assert screen.is_well
    assert fonts.found


def test_a_screen_library_that_lacks_a_system_library_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "PySide6"
    broken.mkdir()
    missing = "libEGL.so.1: cannot open shared object file: No such file or directory"
    (broken / "__init__.py").write_text(f"raise ImportError({missing!r})\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (screen,) = named("screen", tmp_path / "home")
    assert not screen.is_well
    assert missing in screen.found
    assert not named("fonts", tmp_path / "home")


def test_the_command_ends_with_three_when_something_needs_a_hand_and_speaks_to_scripts(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cockpit", "doctor", "--json", "--home", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = json.loads(done.stdout)
    assert done.returncode == (3 if any(not f["ok"] for f in said) else 0)
    assert {f["check"] for f in said} >= {"vault", "screen", "ledgers"}
    assert done.stderr == ""


def closed_paper_day(home: Home, day: date) -> None:
    """Leave a paper ledger that closed one day."""

    async def write() -> None:
        ledger = SqlLedger.open(home.ledger("paper"))
        await ledger.write(Genesis(1, Mode.PAPER, "paper", 100_000, "test"))
        await ledger.write(DayClosed(2, day, 0, 0, 0, 0, 100_000, 0, 0, 0))
        await ledger.close()

    asyncio.run(write())


def test_a_closed_paper_day_without_a_backup_is_to_mend_and_with_one_it_is_well(tmp_path: Path) -> None:
    home, day = Home.at(tmp_path), date(2026, 11, 20)
    assert named("backups", tmp_path)[0].is_well  # nothing to lose yet
    closed_paper_day(home, day)
    (missing,) = named("backups", tmp_path)
    assert not missing.is_well
    assert "2026-11-20" in missing.found
    backed_up(home.ledger("paper"), home.backups, day)
    (there,) = named("backups", tmp_path)
    assert there.is_well
    assert "the newest of 2026-11-20" in there.found

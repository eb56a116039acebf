"""The data folder is private, has one cockpit at a time, and refuses a disk that a day could fill."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cockpit.errors import AlreadyRunning, BadInput, BadSetting, LedgerDown
from cockpit.storage.home import FOLDERS, Home
from cockpit.storage.instance import InstanceLock, held

HOLDER = """
import sys, time
from pathlib import Path
from cockpit.storage.instance import InstanceLock
InstanceLock(Path(sys.argv[1])).take()
print("held", flush=True)
time.sleep(60)
"""


def test_a_home_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "deep" / "home")
    for folder in (home.root, *(home.root / name for name in FOLDERS)):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_home_that_others_could_read_is_made_private(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o755)
    Home.at(tmp_path / "home")
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("no folder")
    with pytest.raises(BadSetting, match=r"home cannot be used"):
        Home.at(tmp_path / "home")


def test_the_platform_knows_where_a_home_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cockpit.storage.home.platform_root", lambda: tmp_path / "own")
    assert Home.at().root == tmp_path / "own"


def test_every_ledger_has_a_file_of_its_own(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    assert home.ledger("paper") == tmp_path / "ledgers" / "paper.db"
    assert home.ledger("practice/2026-11-20-run1") == tmp_path / "ledgers" / "practice" / "2026-11-20-run1.db"
    assert home.anchors("paper").parent != home.ledger("paper").parent


@pytest.mark.parametrize("name", ["", "../paper", "a//b", "/etc/passwd", "a/../../b", "C:paper", "a\\b"])
def test_a_ledger_name_cannot_lead_out_of_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="ledger name"):
        Home.at(tmp_path).ledger(name)


def test_a_disk_with_too_little_room_is_refused_with_both_numbers(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    home.check_free(0)
    with pytest.raises(LedgerDown, match=r"[\d,]+ MB free .* needs 1,000,000,000 MB"):
        home.check_free(1_000_000_000)


def test_a_second_cockpit_is_told_who_is_there(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(AlreadyRunning, match=f"process {holder.pid} already uses"):
            InstanceLock(tmp_path).take()
        holder.kill()
    with held(tmp_path):  # the killed process left its file behind, and it locks nobody out
        pass


def test_a_lock_is_held_from_take_to_release(tmp_path: Path) -> None:
    lock = InstanceLock(tmp_path)
    lock.release()
    lock.take()
    lock.take()
    with pytest.raises(AlreadyRunning), held(tmp_path):
        pass
    lock.release()
    with held(tmp_path), pytest.raises(AlreadyRunning):
        lock.take()
    lock.take()
    lock.release()

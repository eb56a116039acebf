"""What the program is given may be wrong: it ends, or goes on, with a sentence that names the remedy, twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cockpit import journal_log
from cockpit.bus import Bus
from cockpit.clock import NS, TapeClock
from cockpit.errors import BadFrame, CockpitError, FeedLost, UnadjustedSplit
from cockpit.facts import FeedMoved, FeedState, Incident, ScanPublished
from cockpit.heard_feed import HeardFeed, Troubles
from cockpit.market import DailyPanel, ticks_of
from cockpit.ports import Frame
from cockpit.simulator.market import PracticeMarket
from cockpit.storage.home import Home
from cockpit.storage.ledger import SqlLedger
from cockpit.storage.recorder import TickRecorder, TickStore
from cockpit.told import Level, Line, Teller
from tests.conftest import REPO
from tests.simulation.faulty_day import log_of, met_day, small_market

OPEN = 1_795_146_300 * NS
DAY = date(2026, 11, 20)


# -- the command line --------------------------------------------------------------------------------------------------


def command(home: Path, *asked: str) -> list[str]:
    return [sys.executable, "-m", "cockpit", *(asked or ("run", "--practice", "--headless")), "--home", str(home)]


def ran(home: Path, *more: str) -> subprocess.CompletedProcess[str]:
    asked = [*command(home), "--out", str(home / "out"), *more]
    return subprocess.run(asked, cwd=REPO, capture_output=True, text=True, timeout=240, check=False)


def faults_in_log(home: Path) -> list[dict[str, Any]]:
    return [line for line in log_of(home) if line["level"] == "error"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[risk]\nday_loss = 'much'\n", "line 2: risk.day_loss = 'much' is str; float expected"),
        ("[feed]\nsilent_s = 5.0\nreconect_s = 3.0\n", "line 3: unknown setting 'feed.reconect_s'"),
        ("[paper]\ncash_rupees = 12\n", "line 2: paper.cash_rupees = 12 is outside"),
        ("[risk\nday_loss = 0.02\n", "at line 1"),
        ("\x00\x01 binary", "line 1"),
    ],
)
def test_a_corrupt_settings_file_ends_the_start_with_its_line_and_its_field(
    tmp_path: Path, text: str, words: str
) -> None:
    (tmp_path / "settings.toml").write_text(text)
    ended = ran(tmp_path)
    assert ended.returncode == 1
    assert words in ended.stderr
    assert "Edit the named field" in ended.stderr
    (line,) = faults_in_log(tmp_path)
    assert words in line["what"]
    assert "Edit the named field" in line["remedy"]


def test_settings_that_are_no_text_at_all_end_the_start_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_bytes(b"[risk]\nday_loss = \xff\xfe\n")
    ended = ran(tmp_path)
    assert ended.returncode == 1
    assert "BadSetting" in ended.stderr
    assert "line 2 is not UTF-8 text" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert len(faults_in_log(tmp_path)) == 1


def test_a_day_after_the_calendar_is_unknown_and_says_what_to_import(tmp_path: Path) -> None:
    ended = ran(tmp_path, "--day", "2027-01-04")
    assert ended.returncode == 1
    assert "CalendarExpired: 2027-01-04 is after 2026-12-31" in ended.stderr
    assert "Import the exchange's yearly holiday list." in ended.stderr
    (line,) = faults_in_log(tmp_path)
    assert line["remedy"] == "Import the exchange's yearly holiday list."


@pytest.mark.slow
def test_a_second_cockpit_on_the_same_folder_is_refused_and_the_first_runs_on(tmp_path: Path) -> None:
    first = subprocess.Popen(
        [*command(tmp_path), "--out", str(tmp_path / "out"), "--speed", "1"],
        cwd=REPO,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        until_logged(tmp_path, "connecting", first)
        second = ran(tmp_path)
        assert second.returncode == 1
        assert f"AlreadyRunning: process {first.pid} already uses {tmp_path}" in second.stderr
        assert "give another --home" in second.stderr
        assert first.poll() is None
    finally:
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=60)
    (line,) = faults_in_log(tmp_path)
    assert "AlreadyRunning" in line["what"]
    for ledger in (tmp_path / "ledgers" / "practice").glob("*.db"):
        SqlLedger.open(ledger, read_only=True).verify()


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="the limit on file sizes is POSIX")
def test_a_full_disk_stops_the_day_at_once_and_what_was_written_verifies(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.simulation.full_disk", str(tmp_path)],
        cwd=REPO,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert ended.returncode == 1, ended.stderr
    assert "LedgerDown" in ended.stderr
    assert "Free or repair the disk" in ended.stderr
    (line,) = faults_in_log(tmp_path)
    assert line["what"].startswith("LedgerDown")
    (ledger,) = (tmp_path / "ledgers" / "practice").glob("*.db")
    facts = [entry.fact for entry in SqlLedger.open(ledger, read_only=True).read()]
    assert len(facts) >= 4
    assert not (tmp_path / "out").exists()


def until_logged(home: Path, words: str, child: subprocess.Popen[str]) -> None:
    path = home / "logs" / "cockpit.log"
    while child.poll() is None:
        if path.exists() and words in path.read_text(encoding="utf-8"):
            return
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(timeout=0.1)
    raise AssertionError(f"the first cockpit ended: {child.stderr.read() if child.stderr else ''}")


# -- a raw split -------------------------------------------------------------------------------------------------------


class SplitMarket:
    """The practice market with the history of one name as it was before its split was put in."""

    def __init__(self, market: PracticeMarket, column: int) -> None:
        self._market = market
        self._column = column

    def __getattr__(self, name: str) -> Any:
        return getattr(self._market, name)

    def daily_panel(self, evening: date) -> DailyPanel:
        panel = self._market.daily_panel(evening)
        grids = {name: getattr(panel, name).copy() for name in ("open", "high", "low", "close")}
        for grid in grids.values():
            grid[:-20, self._column] *= 5
        return replace(panel, **grids)


async def test_a_raw_split_in_the_prices_is_left_out_of_the_scan_and_told_and_the_day_opens(tmp_path: Path) -> None:
    market = small_market(tmp_path)
    symbol = market.daily_panel(date(2026, 11, 6)).instruments[0].symbol

    async def play(run: Any, met: Any) -> None:
        """Open and leave."""

    met = await met_day(tmp_path, SplitMarket(market, 0), play=play)  # type: ignore[arg-type]
    assert met.fault is None
    line, _ = met.told(f"left out of the scan: {symbol} moved -8")
    assert line.remedy == UnadjustedSplit.remedy
    (published,) = met.of(ScanPublished)
    assert symbol not in {pick.symbol for pick in published.scan.picks}
    assert met.of(Incident)[0] in met.kept()


# -- what the feed complains of ----------------------------------------------------------------------------------------


class TapeFeed:
    """A feed of ready frames; between them something is heard."""

    def __init__(self, clock: TapeClock, frames: Sequence[Frame | CockpitError], troubles: Troubles) -> None:
        self._clock, self._frames, self._troubles = clock, frames, troubles
        self.is_closed = False

    async def stream(self) -> AsyncIterator[Frame]:
        for frame in self._frames:
            if isinstance(frame, CockpitError):
                self._troubles.hear(frame)
                continue
            if isinstance(frame, FeedMoved):
                self._clock.advance(frame.ts)
            yield frame

    async def watch(self, tokens: Sequence[int]) -> None:
        """Watch nothing."""

    async def close(self) -> None:
        self.is_closed = True


def at(second: int, state: FeedState = FeedState.LIVE) -> FeedMoved:
    return FeedMoved(OPEN + second * NS, state, "")


async def heard(*frames: Frame | CockpitError) -> list[Any]:
    """Answer frames and incidents in the order in which the flow and the journal got them."""
    clock = TapeClock(OPEN)
    troubles = Troubles(clock)
    feed = HeardFeed(TapeFeed(clock, frames, troubles), troubles)
    got: list[Any] = []

    async def keep(incidents: Sequence[Incident]) -> None:
        got.extend(incidents)

    feed.tell_through(keep)
    async for frame in feed.stream():
        got += [frame]
    return got


async def test_a_trouble_is_written_before_the_frame_that_follows_it() -> None:
    got = await heard(at(0), BadFrame("frame of 9 bytes"), at(1))
    assert got == [at(0), Incident(OPEN, "feed", "frame of 9 bytes", BadFrame.remedy), at(1)]


async def test_the_same_trouble_within_a_minute_becomes_a_count() -> None:
    storm = [x for second in range(10) for x in (at(second), BadFrame(f"frame {second}"))]
    got = await heard(*storm, at(61), BadFrame("frame 61"), at(62))
    told = [fact.what for fact in got if isinstance(fact, Incident)]
    assert told[0] == "frame 0"
    assert told[1].startswith("frame 61 (10 since ")
    assert len(told) == 2


async def test_what_was_only_counted_is_told_before_the_day_ends() -> None:
    got = await heard(at(0), BadFrame("one"), BadFrame("two"), BadFrame("three"), at(5, FeedState.ENDED))
    told = [fact.what for fact in got if isinstance(fact, Incident)]
    assert told[0] == "one"
    assert told[1].startswith("2 more since ")
    assert told[1].endswith("the last: three")
    assert isinstance(got[-1], FeedMoved)


async def test_different_words_of_the_server_are_told_apart_and_a_talkative_one_is_held_short() -> None:
    refusals = [FeedLost(f"the stream's server said: no {n}") for n in range(500)]
    got = await heard(at(0), *refusals, at(1), at(2, FeedState.ENDED))
    told = [fact for fact in got if isinstance(fact, Incident)]
    assert 30 <= len(told) <= 40
    assert all(fact.remedy for fact in told)


async def test_a_day_without_trouble_passes_the_feed_through_untouched() -> None:
    frames = [at(0), ticks_of(3), at(9, FeedState.ENDED)]
    got = await heard(*frames)
    assert all(mine is theirs for mine, theirs in zip(got, frames, strict=True))


# -- the recorder ------------------------------------------------------------------------------------------------------


def frame_of(second: int) -> Any:
    ticks = ticks_of(2)
    ticks["token"] = [1, 2]
    ticks["last_price"] = 100 + second
    ticks["ts_seen"] = OPEN + second * NS
    return ticks


async def test_the_frames_of_a_feed_are_recorded_before_the_flow_sees_them(tmp_path: Path) -> None:
    clock = TapeClock(OPEN)
    troubles = Troubles(clock)
    recorder = TickRecorder(tmp_path, DAY, troubles.take)
    frames = [frame_of(n) for n in range(5)]
    feed = HeardFeed(TapeFeed(clock, [at(0), *frames], troubles), troubles, recorder)
    async for frame in feed.stream():
        if not isinstance(frame, FeedMoved):
            frame["last_price"] = 0  # whatever the flow does to its frame, the recording is what came
    await recorder.close()
    prices = [np.unique(frame["last_price"]).tolist() for frame in TickStore(tmp_path).recorded(DAY)]
    assert prices == [[100], [101], [102], [103], [104]]


async def test_a_recorder_whose_disk_fails_is_an_incident_and_the_frames_flow_on(tmp_path: Path) -> None:
    clock = TapeClock(OPEN)
    troubles = Troubles(clock)
    recorder = TickRecorder(tmp_path, DAY, troubles.take)
    recorder._fault = OSError(28, "No space left on device")
    told: list[Incident] = []

    async def keep(incidents: Sequence[Incident]) -> None:
        told.extend(incidents)

    feed = HeardFeed(TapeFeed(clock, [frame_of(0), frame_of(1), at(2, FeedState.ENDED)], troubles), troubles, recorder)
    feed.tell_through(keep)
    n_frames = len([frame async for frame in feed.stream()])
    await recorder.close()
    assert n_frames == 3
    assert "No space left" in told[0].what
    assert told[0].remedy.startswith("Look at the disk")
    assert len(told) == 1


# -- what is on screen is in the log -----------------------------------------------------------------------------------


def test_screen_and_log_say_the_same_words(tmp_path: Path) -> None:
    bus = Bus(lambda ear, fault: pytest.fail(repr(fault)))
    said: list[Line] = []
    Teller(said.append, Level.WARNING).listen(bus)
    log = journal_log.begin(Home.at(tmp_path).root)
    log.hear(bus)
    bus.tell(Incident(OPEN, "broker", "no answer", "Wait."))
    journal_log.end()
    (line,) = [json.loads(text) for text in log.path.read_text(encoding="utf-8").splitlines()]
    assert (line["where"], line["what"], line["remedy"]) == (said[0].where, said[0].words, said[0].remedy)

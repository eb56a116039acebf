"""Whatever comes over the wire is told with its remedy, on screen and in the log; nothing is lost, the day goes on."""

from __future__ import annotations

import asyncio
import struct
from collections import deque
from pathlib import Path

import pytest

from cockpit.facts import DayClosed, FeedMoved, FeedState, Halt, HaltMoved, Incident, TicksQuarantined
from cockpit.house import Run
from cockpit.simulator.bent_frames import packets_at
from cockpit.simulator.faults import Fault
from cockpit.simulator.kite_server import KiteServer
from cockpit.simulator.market import PracticeMarket
from tests.simulation.faulty_day import LEAD_S, Bend, Met, Turn, met_day, small_market, until

pytestmark = pytest.mark.slow

AT = {
    name: LEAD_S + second
    for name, second in {
        "truncated": 300,
        "garbled": 305,
        "unknown": 400,
        "zero": 500,
        "negative": 570,
        "hundredfold": 640,
        "late": 800,
        "twice": 900,
        "slow": 1000,
        "mute": 1001,
        "heard": 1200,
        "cut": 1300,
        "linked": 1420,
    }.items()
}
MUTE_S = 90
PACE = 20.0


def garbled(frame: bytes, before: deque[bytes]) -> list[bytes]:
    return [bytes(255 - octet for octet in frame)]


def with_unknown_packet(frame: bytes, before: deque[bytes]) -> list[bytes]:
    (count,) = struct.unpack_from(">H", frame)
    return [struct.pack(">H", count + 1) + frame[2:] + struct.pack(">H", 33) + bytes(33)]


def after_an_old_frame(frame: bytes, before: deque[bytes]) -> list[bytes]:
    return [before[-20], frame]


def twice(frame: bytes, before: deque[bytes]) -> list[bytes]:
    return [frame, frame]


def switched(*faults: Fault) -> Turn:
    return lambda server: server.switch_faults(faults)


def paced(speed: float) -> Turn:
    def pace(server: KiteServer) -> None:
        server.clock.speed = speed

    return pace


def of_first_name(kind: str) -> Turn:
    """Bend the price of the name that comes first in a frame: a stock, not the index."""

    def turn(server: KiteServer) -> None:
        subscriber = server.stream._subscribers[0]
        server.switch_faults([Fault(kind, token=sorted(subscriber.modes)[5])])

    return turn


BENDS: dict[int, Bend] = {
    AT["garbled"]: garbled,
    AT["unknown"]: with_unknown_packet,
    AT["late"]: after_an_old_frame,
    AT["twice"]: twice,
}
TURNS: dict[int, Turn] = {
    AT["truncated"]: switched(Fault("truncate")),
    AT["zero"]: of_first_name("zero_price"),
    AT["negative"]: of_first_name("negative_price"),
    AT["hundredfold"]: of_first_name("hundredfold_price"),
    AT["slow"]: paced(PACE),
    AT["mute"]: switched(Fault("mute", seconds=MUTE_S)),
    AT["heard"]: paced(0.0),
    AT["cut"]: lambda server: (paced(PACE)(server), server.switch_faults([Fault("drop_socket")]))[0],
    AT["linked"]: paced(0.0),
}


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> PracticeMarket:
    return small_market(tmp_path_factory.mktemp("market"))


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory, market: PracticeMarket) -> Met:
    """One day on which everything goes wrong that can go wrong on the wire."""
    home = tmp_path_factory.mktemp("home")
    (home / "settings.toml").write_text("[feed]\nsilent_s = 1.0\nreconnect_s = 2.0\n")
    return asyncio.run(met_day(home, market, bends=BENDS, turns=TURNS))


def incident(met: Met, words: str) -> Incident:
    """Answer the one incident that says `words`, told and kept."""
    (told,) = [fact for fact in met.of(Incident) if words in fact.what]
    assert told in met.kept()
    return told


def set_aside(met: Met, words: str) -> TicksQuarantined:
    return next(fact for fact in met.of(TicksQuarantined) if words in fact.reason)


def test_the_day_runs_to_its_end_and_its_ledger_verifies(met: Met) -> None:
    assert met.fault is None
    (closed,) = met.of(DayClosed)
    assert closed in met.kept()
    assert closed.ticks > 100_000
    assert met.facts[-1].ts >= closed.ts


def test_a_truncated_frame_is_dropped_and_told_with_its_remedy(met: Met) -> None:
    told = incident(met, "claims 32 bytes")
    assert "dropped and counted" in told.remedy
    met.told("claims 32 bytes")


def test_a_garbled_frame_a_moment_later_becomes_a_count_of_the_same_trouble(met: Met) -> None:
    told = incident(met, "1 more since")
    assert "frame of" in told.what
    met.told("1 more since")


def test_a_packet_of_unknown_size_is_told_and_the_rest_of_its_frame_is_taken(met: Met) -> None:
    told = incident(met, "packets of an unknown size")
    assert "newer cockpit" in told.remedy
    met.told("packets of an unknown size")


@pytest.mark.parametrize("price", ["price 0 ", f"price {2**32 - 1250} "])
def test_a_price_of_zero_or_below_is_set_aside_and_told(met: Met, price: str) -> None:
    assert set_aside(met, price).token != 0
    met.told(price)


def test_a_hundredfold_price_is_set_aside_and_told(met: Met) -> None:
    assert set_aside(met, "outside the day's band").token != 0
    met.told("outside the day's band")


def test_late_ticks_are_set_aside_and_told(met: Met) -> None:
    assert set_aside(met, "behind the name's newest").count >= 1
    met.told("behind the name's newest")


def test_duplicate_ticks_are_counted_once_and_told_at_the_end(met: Met) -> None:
    assert set_aside(met, "repeated the tick before").count > 10
    met.told("repeated the tick before")


def test_a_feed_that_is_open_but_silent_is_told_and_comes_back(met: Met) -> None:
    states = [moved.state for moved in met.of(FeedMoved)]
    silent = states.index(FeedState.SILENT)
    assert FeedState.LIVE in states[silent:]
    met.told("silent: silent for 1 s in market hours")


def test_a_cut_link_is_told_and_made_again(met: Met) -> None:
    states = [moved.state for moved in met.of(FeedMoved)]
    assert states[-2:] == [FeedState.LIVE, FeedState.ENDED]
    line, _ = met.told("lost: the link broke")
    assert "reconnects by itself" in line.remedy


async def test_a_403_from_the_stream_asks_for_a_login_and_the_desk_still_answers(
    tmp_path: Path, market: PracticeMarket
) -> None:
    dead: dict[int, Turn] = {
        LEAD_S + 10: paced(PACE),
        LEAD_S + 11: switched(Fault("token_death"), Fault("drop_socket")),
    }

    async def play(run: Run, met: Met) -> None:
        day = asyncio.create_task(run.play())
        await until(lambda: any(moved.state is FeedState.TOKEN_DEAD for moved in met.of(FeedMoved)))
        await run.desk.halt(Halt.ENTRIES, "tester", "the token is dead")
        day.cancel()
        await asyncio.gather(day, return_exceptions=True)

    met = await met_day(tmp_path, market, turns=dead, play=play)
    line, _ = met.told("token dead: the broker refused the token 2 times")
    assert "Log in" in line.remedy
    assert met.of(HaltMoved)[0] in met.kept()


async def test_a_storm_of_garbled_frames_reconnects_and_is_told_once_with_its_count(
    tmp_path: Path, market: PracticeMarket
) -> None:
    first = LEAD_S + 100
    storm: dict[int, Bend] = dict.fromkeys(range(first, first + 8), garbled)
    turns: dict[int, Turn] = {first: paced(PACE), first + 120: paced(0.0)}
    met = await met_day(tmp_path, market, bends=storm, turns=turns)
    assert met.fault is None
    assert len(met.of(Incident)) <= 2
    met.told("a storm of malformed frames")
    assert met.of(DayClosed)[0] in met.kept()


async def test_429_during_the_opening_is_waited_out_and_the_day_opens(tmp_path: Path, market: PracticeMarket) -> None:
    async def play(run: Run, met: Met) -> None:
        """Open and leave."""

    refused = Fault("limit", route="/quote", times=2)
    met = await met_day(tmp_path, market, prepare=switched(refused), play=play)
    assert met.fault is None
    assert met.ledger.exists()


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (Fault("limit", route="/quote", times=3), "RateLimited", "quote: HTTP 429"),
        (Fault("html", route="/instruments"), "BrokerUnavailable", "instruments: HTTP 502"),
        (Fault("no_envelope", route="/quote"), "BrokerUnavailable", "quote: HTTP 200"),
    ],
)
async def test_an_opening_that_gets_no_answer_ends_with_its_name_and_opens_nothing_on_a_default(
    tmp_path: Path, market: PracticeMarket, fault: Fault, kind: str, words: str
) -> None:
    met = await met_day(tmp_path, market, prepare=switched(fault))
    assert type(met.fault).__name__ == kind
    (line,) = [line for line in met.log if line["level"] == "error"]
    assert words in line["what"]
    assert line["remedy"]
    assert "Traceback" in line["exception"]
    assert not met.of(DayClosed)
    met.kept()  # the chain verifies


async def test_a_403_during_the_opening_says_log_in(tmp_path: Path, market: PracticeMarket) -> None:
    def dies_at_the_dump(server: KiteServer) -> None:
        plain = server.faults.take

        def take(*kinds: str, path: str = "/", method: str = "") -> Fault | None:
            if path.startswith("/instruments"):
                server.sessions.kill_token()
            return plain(*kinds, path=path, method=method)

        server.faults.take = take  # type: ignore[method-assign]

    met = await met_day(tmp_path, market, prepare=dies_at_the_dump)
    assert type(met.fault).__name__ == "TokenExpired"
    (line,) = [line for line in met.log if line["level"] == "error"]
    assert line["remedy"].startswith("Log in")


def test_the_frames_of_this_file_are_what_they_claim_to_be() -> None:
    frame = struct.pack(">HH", 1, 8) + bytes(8)
    (bent,) = with_unknown_packet(frame, deque())
    assert [length for _, length in packets_at(bent)] == [8, 33]

"""A recorded day through the same flow: real ticks where they exist, else ready-made bars."""

from __future__ import annotations

from cockpit.clock import TapeClock
from cockpit.engine.prepare import CURVE_SESSIONS, trading_day
from cockpit.errors import BadInput
from cockpit.house import House, Run
from cockpit.venues.calendar import NseCalendar
from cockpit.venues.recorded import RecordedMarket
from cockpit.venues.replay import ReplayFeed


async def open_replay(house: House) -> Run:
    """Open the recorded day of the wish.

    Errors: BadInput when no folder of recordings was given or the day is not in it; CalendarExpired for a day outside
    the calendar.
    """
    wish = house.wish
    if wish.data is None:
        raise BadInput(
            "a replay needs recordings, and no folder was given",
            remedy="Give --data FOLDER with the Parquet files, or practise: `cockpit run --practice`.",
        )
    market = RecordedMarket(wish.data)
    tape = market.tape(wish.day)
    session = NseCalendar.load(house.resources).session(wish.day)
    if session is None:
        raise BadInput(
            f"{wish.day} was no session of the exchange", remedy="Look at the recording: its day may be wrong."
        )
    clock = TapeClock(session.opens)
    await house.open_ledger(house.day_ledger("replay", f"{wish.day}"), clock, f"replay-{wish.day}")
    panel = market.daily(tape)
    instruments = market.instruments(tape, wish.day)
    interval = market.interval(tape)
    past = market.past(tape, wish.day, [i.symbol for i in instruments], CURVE_SESSIONS)
    day = trading_day(session, interval, instruments, panel, past, {})
    feed = ReplayFeed(market.frames(tape, wish.day), session.opens, wish.speed)
    broker = house.paper_broker(day, clock)
    return await house.start(day, feed, broker, clock, f"recorded {tape.value} of {wish.day}")

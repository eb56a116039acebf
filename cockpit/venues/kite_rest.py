"""The only door to the official Kite Connect client: each call on a thread, in its pace, under a total deadline.

The client is imported by the first call, because it brings a Twisted reactor with it. Its sharp edges are cured here:
no redirects, no retries, no proxies from the environment, no debug log, no error without its name, no endless answer,
no secret in a message.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from cockpit.clock import Clock
from cockpit.errors import (
    BadRequest,
    BadSetting,
    BrokerError,
    BrokerUnavailable,
    CockpitError,
    DeadlinePassed,
    OutcomeUnknown,
    RateLimited,
    TokenExpired,
)
from cockpit.venues.kite_faults import Answer, Redactor, order_fault, read_fault
from cockpit.venues.kite_pace import Lane, Pace
from cockpit.venues.roots import checked_root, is_loopback
from cockpit.venues.token import AccessToken

ROOT: Final = "https://api.kite.trade"
READ_S: Final = 5.0
BULK_S: Final = 8.0
ORDER_S: Final = 7.0
TRIES: Final = 3
"""How often a read is asked in all when the broker answers 429."""
RATE_WAIT_S: Final = 1.2
MOST_ABANDONED: Final = 24
"""With so many calls still hanging on their threads, new ones are refused."""
QUOTE_KEYS: Final = 500
PRICE_KEYS: Final = 1000

T = TypeVar("T")
Call = Callable[[Any], Any]
"""What to ask of the official client."""


class KiteRest:
    """Ask the broker. One instance an account; its pace and its abandoned calls are counted together.

    `token` is asked at each call. `clock` measures the pace and must move by itself. Deadlines are real seconds and
    total for each attempt: a server that drips its answer cannot stretch them. A read refused for haste is asked again,
    so it may take three of them; an order is sent once.
    """

    def __init__(
        self,
        api_key: str,
        token: Callable[[], str | None],
        clock: Clock,
        *,
        root: str = ROOT,
        pace: Pace | None = None,
        read_s: float = READ_S,
        bulk_s: float = BULK_S,
        order_s: float = ORDER_S,
    ) -> None:
        self._api_key = api_key
        self._root = checked_root(root, "https", "http")
        self._token = token
        self._clock = clock
        self._pace = pace or Pace(clock)
        self._read_s, self._bulk_s, self._order_s = read_s, bulk_s, order_s
        self._idle: list[Any] = []
        self._abandoned: set[threading.Thread] = set()
        self._dead: str | None = None
        self.redactor = Redactor()
        """Cleans texts of the secrets that passed through here; give it to the log, too."""

    async def close(self) -> None:
        """Give back the connections that rest between calls; a call that still hangs keeps its own until it ends."""
        while self._idle:
            self._idle.pop().reqsession.session.close()

    # -- login ---------------------------------------------------------------------------------------------------------

    async def login(self, request_token: str, api_secret: str) -> AccessToken:
        """Exchange a login's request token, which works once and for minutes, for the day's access token.

        Errors: TokenExpired when the request token is spent, wrong or of another key.
        """
        for secret in (request_token, api_secret):
            self.redactor.hide(secret)
        session = await self._read(
            "login", Lane.REST, lambda kite: dict(kite.generate_session(request_token, api_secret)), needs_login=False
        )
        text, user_id = session.get("access_token"), session.get("user_id")
        if not isinstance(text, str) or not isinstance(user_id, str):
            raise BrokerUnavailable("login: the broker's answer carries no access token; log in again")
        self.redactor.hide(text)
        return AccessToken(text, user_id, self._clock.now())

    async def logout(self) -> None:
        """Kill the access token at the broker."""
        await self._read("logout", Lane.REST, lambda kite: kite.invalidate_access_token())

    # -- reads: rows as the broker gives them; kite_nouns.py makes nouns of them ---------------------------------------

    async def profile(self) -> dict[str, Any]:
        """Answer whose account this is."""
        return await self._read("profile", Lane.REST, lambda kite: kite.profile())

    async def orders(self) -> list[dict[str, Any]]:
        """Answer the day's order book."""
        return await self._read("orders", Lane.REST, lambda kite: kite._get("orders"))

    async def order_history(self, order_id: str) -> list[dict[str, Any]]:
        """Answer every state one order went through."""
        return await self._read(
            "order history", Lane.REST, lambda kite: kite._get("order.info", url_args={"order_id": order_id})
        )

    async def trades(self) -> list[dict[str, Any]]:
        """Answer the day's trade book, which is the truth about fills."""
        return await self._read("trades", Lane.REST, lambda kite: kite._get("trades"))

    async def positions(self) -> dict[str, Any]:
        """Answer the positions, `net` and `day`."""
        return await self._read("positions", Lane.REST, lambda kite: kite.positions())

    async def holdings(self) -> list[dict[str, Any]]:
        """Answer the demat holdings."""
        return await self._read("holdings", Lane.REST, lambda kite: kite.holdings())

    async def margins(self) -> dict[str, Any]:
        """Answer the funds by segment."""
        return await self._read("margins", Lane.REST, lambda kite: kite.margins())

    async def quote(self, keys: Sequence[str]) -> dict[str, Any]:
        """Answer full quotes of at most 500 trading keys."""
        return await self._quotes("quote", "market.quote", keys, QUOTE_KEYS)

    async def ohlc(self, keys: Sequence[str]) -> dict[str, Any]:
        """Answer the day's open, high, low and the last close of at most 1,000 trading keys."""
        return await self._quotes("ohlc", "market.quote.ohlc", keys, PRICE_KEYS)

    async def ltp(self, keys: Sequence[str]) -> dict[str, Any]:
        """Answer last prices of at most 1,000 trading keys."""
        return await self._quotes("ltp", "market.quote.ltp", keys, PRICE_KEYS)

    async def _quotes(self, call: str, route: str, keys: Sequence[str], most: int) -> dict[str, Any]:
        if not 0 < len(keys) <= most:
            raise BadRequest(f"{call} of {len(keys)} keys: 1 to {most} expected")
        return await self._read(
            call, Lane.QUOTE, lambda kite: kite._get(route, params={"i": list(keys)}), seconds=self._bulk_s
        )

    async def instruments(self, exchange: str, shape: Callable[[bytes], T]) -> T:
        """Answer the day's instruments of an exchange, its CSV given shape by `shape` on the calling thread."""
        return await self._read(
            "instruments",
            Lane.REST,
            lambda kite: shape(kite._get("market.instruments", url_args={"exchange": exchange})),
            seconds=self._bulk_s * 4,  # some ten megabytes for the derivative segments
        )

    async def historical(self, token: int, interval: str, first: str, last: str) -> list[list[Any]]:
        """Answer raw candles opening from `first` to `last`, both included: Indian time as `YYYY-MM-DD HH:MM:SS`."""
        where = {"instrument_token": token, "interval": interval}
        asked = {"from": first, "to": last, "interval": interval, "continuous": 0, "oi": 0}
        told = await self._read(
            "historical",
            Lane.HISTORY,
            lambda kite: kite._get("market.historical", url_args=where, params=asked)["candles"],
            seconds=self._bulk_s,
        )
        return list(told)

    async def order_margins(self, orders: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Answer what margin and charges imaginary orders would need."""
        return await self._read("order margins", Lane.REST, lambda kite: kite.order_margins(list(orders)))

    async def virtual_contract_note(self, orders: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Answer the charges of imaginary executed orders: the broker's own word on costs."""
        return await self._read("contract note", Lane.REST, lambda kite: kite.get_virtual_contract_note(list(orders)))

    # -- how a call is made --------------------------------------------------------------------------------------------

    async def _read(
        self, call: str, lane: Lane, ask: Callable[[Any], T], *, seconds: float | None = None, needs_login: bool = True
    ) -> T:
        deadline = seconds or self._read_s
        for attempt in range(1, TRIES + 1):
            outcome = await self._run(call, lane, ask, deadline, needs_login)
            if outcome is None:
                raise DeadlinePassed(f"{call}: no whole answer within {deadline:g} s; the call was abandoned")
            if outcome.fault is None:
                value: T = outcome.value
                return value
            error = outcome.fault  # one of ours was raised by the shape: the broker is not to blame for it
            if not isinstance(error, CockpitError):
                error = read_fault(call, outcome.answer, error)
            if not isinstance(error, RateLimited) or attempt == TRIES:
                raise self._clean(error)
            await self._clock.sleep(RATE_WAIT_S * attempt)
        raise AssertionError("unreachable: the last attempt raises")

    async def order_call(self, call: str, ask: Call) -> Any:
        """Send one order call, once, and answer the broker's data. For `kite_orders.py`; nothing else may use it.

        Errors: a no on evidence (Rejection, FundsShort, BadRequest, TokenExpired ...); OutcomeUnknown on all else.
        """
        outcome = await self._run(call, Lane.ORDER, ask, self._order_s, needs_login=True)
        if outcome is None:
            raise OutcomeUnknown(f"{call}: no whole answer within {self._order_s:g} s; it may be live")
        if outcome.fault is not None:
            raise self._clean(order_fault(call, outcome.answer, outcome.fault))
        return outcome.value

    async def _run(self, call: str, lane: Lane, ask: Call, seconds: float, needs_login: bool) -> _Outcome | None:
        """Make one call on a thread of its own; answer None when its total deadline passed."""
        token = self._token() if needs_login else None
        if needs_login and not token:
            raise TokenExpired(f"{call}: no login today; nothing was sent")
        if token and token == self._dead:
            raise TokenExpired(f"{call}: the broker has refused this login; nothing was sent")
        if token:
            self.redactor.hide(token)
        await self._pace.wait(lane)
        self._abandoned = {thread for thread in self._abandoned if thread.is_alive()}
        if len(self._abandoned) >= MOST_ABANDONED:
            raise BrokerUnavailable(f"{call}: {len(self._abandoned)} calls hang without answer; nothing was sent")
        kite = self._idle.pop() if self._idle else await asyncio.to_thread(_client, self._api_key, self._root)
        kite.set_access_token(token)
        kite.timeout = seconds + 1.0  # of each socket operation, to end the thread; the total is kept below
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[_Outcome] = loop.create_future()
        thread = threading.Thread(target=_ask, args=(kite, ask, loop, outcome), name=f"kite {call}", daemon=True)
        thread.start()
        self._abandoned.add(thread)  # until it has answered; its client goes with it
        try:
            async with asyncio.timeout(seconds):
                answered = await outcome
        except TimeoutError:
            return None
        self._abandoned.discard(thread)
        self._idle.append(kite)
        if token and answered.fault and isinstance(read_fault(call, answered.answer, answered.fault), TokenExpired):
            self._dead = token  # a dead login is a state: it is not asked with again until there is another
        return answered

    def _clean(self, error: CockpitError) -> CockpitError:
        """Take the secrets out of an error, and every trace of the client's own."""
        error.args = tuple(self.redactor.cleaned(str(arg)) for arg in error.args)
        if isinstance(error, BrokerError):
            error.raw = self.redactor.cleaned(error.raw)
        error.__cause__ = error.__context__ = None
        return error


@dataclass(frozen=True, slots=True)
class _Outcome:
    value: Any
    fault: BaseException | None
    answer: Answer | None


def _ask(kite: Any, ask: Call, loop: asyncio.AbstractEventLoop, outcome: asyncio.Future[_Outcome]) -> None:
    wire: _Wire = kite.reqsession
    wire.response = None
    try:
        told = _Outcome(ask(kite), None, None)
    except Exception as fault:
        told = _Outcome(None, fault, wire.answer)

    def tell() -> None:
        if not outcome.done():
            outcome.set_result(told)

    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(tell)


class _Wire:
    """Stand between the client and its session: no redirects, and the answer is kept to be judged."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.response: Any = None

    def request(self, method: str, url: str, **asked: Any) -> Any:
        """Send one request as the session would, but never follow where it is sent on to."""
        asked["allow_redirects"] = False
        self.response = self.session.request(method, url, **asked)
        return self.response

    @property
    def answer(self) -> Answer | None:
        """Answer what came back to the last request, None when nothing whole did."""
        if self.response is None:
            return None
        kind = self.response.headers.get("content-type", "")
        return Answer(self.response.status_code, kind, self.response.text)


def _client(api_key: str, root: str) -> Any:
    from kiteconnect import KiteConnect

    kite = KiteConnect(api_key=api_key, root=root)
    session = kite.reqsession
    session.trust_env = False  # proxies and .netrc of the environment would see, or replace, the token
    kite.reqsession = _Wire(session)
    return checked_client(kite)


def checked_client(kite: Any) -> Any:
    """Answer an official client that is safe to use.

    Errors: BadSetting when it would repeat a POST, print the token, follow the environment or skip the certificate.
    """
    wire = kite.reqsession
    if not isinstance(wire, _Wire) or wire.session.trust_env:
        raise BadSetting("the client's session follows redirects or the environment's proxies: use kite_rest.py")
    for scheme, adapter in wire.session.adapters.items():
        if adapter.max_retries.total != 0:
            raise BadSetting(f"{scheme} retries {adapter.max_retries.total} times: a retried order is a second order")
    if kite.debug:
        raise BadSetting("the client's debug log prints the access token; leave it off")
    if kite.disable_ssl and not is_loopback(kite.root):
        raise BadSetting("the client skips certificates; leave the check on")
    return kite

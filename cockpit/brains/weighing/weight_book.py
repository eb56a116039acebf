"""Where weights are read: one refresh at a time, one answer for everybody, and an error rather than a stand-in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as WaitOver
from datetime import date
from typing import Final, Protocol

from cockpit.brains.weighing.weight_text import verified
from cockpit.errors import WeightsUnavailable
from cockpit.opinions import Weights

STALE_SESSIONS: Final = 3
"""A snapshot older than this many sessions may not be used."""


class WeightStore(Protocol):
    """Keep every snapshot of weights for ever, in the order written."""

    def newest(self) -> Weights | None:
        """Answer the snapshot written last, None when none ever was."""


def usable(weights: Weights | None, brains: Sequence[str], age_sessions: int | None) -> Weights:
    """Answer the snapshot when it may be used by these brains at that age (sessions since its evening).

    Errors: WeightsUnavailable with the reason: none stored, changed since, other brains, of unknown age, from the
    future, too old, a cold start nobody signed, or an alarm that stops scoring.
    """
    if weights is None:
        raise WeightsUnavailable("no snapshot of weights was ever stored: write a cold start on purpose")
    verified(weights)
    name = f"snapshot {weights.snapshot_id}"
    if set(weights.shares) != set(brains):
        missing, unknown = sorted(set(brains) - set(weights.shares)), sorted(set(weights.shares) - set(brains))
        raise WeightsUnavailable(f"{name}: share missing for {missing}, unknown brains {unknown}")
    if age_sessions is None:
        raise WeightsUnavailable(f"{name} does not say on which evening it was made, so its age is unknown")
    if age_sessions < 0:
        raise WeightsUnavailable(f"{name} was made on {weights.session}, which is still to come")
    if age_sessions > STALE_SESSIONS:
        raise WeightsUnavailable(f"{name} is {age_sessions} sessions old; {STALE_SESSIONS} at most expected")
    if weights.reason == "cold_start" and not weights.by:
        raise WeightsUnavailable(f"{name} is a cold start that nobody signed")
    for alarm in weights.alarms:
        if alarm.stops:
            raise WeightsUnavailable(f"{name} stops scoring: {alarm.sentence}", remedy="Look, then write new weights.")
    return weights


class WeightBook:
    """Answer the weights that may be used today, to any number of threads.

    However many ask at once, the store is read once; a failed read fails for all who waited for it and is not
    remembered, so the next who asks reads again.
    """

    def __init__(
        self,
        store: WeightStore,
        brains: Sequence[str],
        sessions_between: Callable[[date, date], int],
        timeout_s: float = 5.0,
    ) -> None:
        self._store = store
        self._brains = tuple(brains)
        self._sessions_between = sessions_between
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._flight: Future[Weights | None] | None = None
        self._day = date.min

    def weights(self, today: date) -> Weights:
        """Answer the newest snapshot, checked against today.

        Errors: WeightsUnavailable, whatever the cause.
        """
        newest = self._newest(today)
        try:
            made = None if newest is None else newest.session
            age = None if made is None else self._sessions_between(made, today)
        except Exception as fault:
            raise WeightsUnavailable(f"the age of the weights cannot be told: {fault}") from fault
        return usable(newest, self._brains, age)

    def forget(self) -> None:
        """Read the store anew next time: a snapshot was written."""
        if not self._lock.acquire(timeout=self._timeout_s):
            raise WeightsUnavailable("the weights are locked: somebody holds them for too long")
        self._flight = None
        self._lock.release()

    def _newest(self, today: date) -> Weights | None:
        flight, is_mine = self._boarded(today)
        if is_mine:
            self._read_into(flight)
        try:
            return flight.result(timeout=self._timeout_s)
        except WaitOver as fault:
            raise WeightsUnavailable(f"the weights were not read within {self._timeout_s} s") from fault
        except Exception as fault:
            raise WeightsUnavailable(f"the weights cannot be read: {fault}") from fault

    def _boarded(self, today: date) -> tuple[Future[Weights | None], bool]:
        if not self._lock.acquire(timeout=self._timeout_s):
            raise WeightsUnavailable("the weights are locked: somebody holds them for too long")
        try:
            if self._flight is not None and self._day == today:
                return self._flight, False
            self._flight, self._day = Future(), today
            return self._flight, True
        finally:
            self._lock.release()

    def _read_into(self, flight: Future[Weights | None]) -> None:
        try:
            found = self._store.newest()
        except BaseException as fault:
            self._let_go(flight)
            flight.set_exception(fault)
            return
        if found is None:
            self._let_go(flight)
        flight.set_result(found)

    def _let_go(self, flight: Future[Weights | None]) -> None:
        """Remember nothing of a read that brought nothing, so that the next who asks reads again."""
        with self._lock:
            if self._flight is flight:
                self._flight = None

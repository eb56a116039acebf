"""The tree of errors: each class is named for the remedy, each message teaches.

CockpitError
├─ BadSetting            edit the named field of the settings file
├─ BadInput              the file, frame or value given cannot be what it claims to be
│  ├─ BadFrame           a wire frame that breaks the format; the frame is dropped and counted
│  └─ UnadjustedSplit    a price jump no corporate action explains; adjust or drop the name
├─ CalendarExpired       import the exchange's next yearly list
├─ LedgerDown            storage failed: stop; nothing may be told or sent
│  └─ LedgerCorrupt      the chain does not verify: restore the newest verified backup
├─ AlreadyRunning        another cockpit owns this data folder
├─ VaultUnavailable      no trustworthy OS keyring: secrets live for this run only
├─ FeedLost              the stream is gone; entries are refused until it is back
│  └─ FeedStale          the stream is open but silent
├─ Abstained             something that must have evidence has none
│  └─ WeightsUnavailable the ensemble has no weights it may use
├─ DeadlinePassed        a call outlived its total deadline and was abandoned
└─ BrokerError           the broker's answer, classified
   ├─ TokenExpired       log in
   ├─ NotPermitted       the plan, the key or the static IP does not allow this call
   ├─ RateLimited        wait; the broker counts requests
   ├─ BadRequest         our parameters are wrong; do not resend
   ├─ NotFound           no such order, instrument or route
   ├─ BrokerUnavailable  the broker cannot answer now; reads may be tried again
   ├─ Rejection          the broker's no to an order, with its words
   │  ├─ FundsShort      the account cannot carry the order
   │  └─ NotSent         nothing left us: the order may be made anew when the cause is gone
   └─ OutcomeUnknown     the order may be live: never resend, reconcile
"""

from __future__ import annotations


class CockpitError(Exception):
    """Say what was given, what was expected and what to do."""

    remedy = "Read the message; it names what to do."

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message)
        if remedy is not None:
            self.remedy = remedy


class BadSetting(CockpitError):
    """Refuse a setting that is missing, unknown, of the wrong type or out of its range."""

    remedy = "Edit the named field of settings.toml, or delete the file to start from the defaults."


class BadInput(CockpitError):
    """Refuse a file, frame or value that cannot be what it claims to be."""

    remedy = "Check the source of the named value; nothing was taken from it."


class BadFrame(BadInput):
    """Refuse a wire frame that breaks the format."""

    remedy = "None needed: the frame was dropped and counted; a storm of them reconnects the feed."


class UnadjustedSplit(BadInput):
    """Refuse a price jump that no known corporate action explains."""

    remedy = "Import the corporate action or leave the name out of the scan."


class CalendarExpired(CockpitError):
    """Refuse to guess whether a day without calendar data is a session."""

    remedy = "Import the exchange's yearly holiday list."


class LedgerDown(CockpitError):
    """Report that a fact could not be made durable; nothing may be told or sent."""

    remedy = "Free or repair the disk or database, then start again: the start recovers the account."


class LedgerCorrupt(LedgerDown):
    """Report that the journal does not verify; names the first bad sequence number."""

    remedy = "Restore the newest verified backup; do not trade on this ledger."


class AlreadyRunning(CockpitError):
    """Refuse a second cockpit on the same data folder."""

    remedy = "Use the window that is already open, or give another --home."


class VaultUnavailable(CockpitError):
    """Report that no trustworthy keyring exists on this machine."""

    remedy = "Unlock or install the desktop's keyring; until then secrets are kept for this run only."


class FeedLost(CockpitError):
    """Report that the stream is gone."""

    remedy = "Wait: the feed reconnects by itself. Entries are refused until ticks flow again."


class FeedStale(FeedLost):
    """Report that the stream is open but silent in market hours."""


class Abstained(CockpitError):
    """Report that something which needs evidence has none; carries the reason."""

    remedy = "See the reason; no number may stand in for the missing one."


class WeightsUnavailable(Abstained):
    """Report that the ensemble has no weights it may use. There is no uniform stand-in."""

    remedy = "Run the nightly job, or look at why it failed."


class DeadlinePassed(CockpitError):
    """Report that a call outlived its total deadline and was abandoned."""

    remedy = "Try again later; if it lasts, look at the network or the vendor's status page."


class BrokerError(CockpitError):
    """Carry the broker's answer, classified; `code` is the HTTP status or 0, `raw` the broker's own words."""

    def __init__(self, message: str, *, code: int = 0, raw: str = "", remedy: str | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.code = code
        self.raw = raw


class TokenExpired(BrokerError):
    """Report that the day's access token is dead."""

    remedy = "Log in to the broker once; ticks and orders come back without a restart."


class NotPermitted(BrokerError):
    """Report that the plan, the key or the static IP does not allow this call."""

    remedy = "Check the plan (the free one has no market data) and the registered static IP."


class RateLimited(BrokerError):
    """Report that the broker refused for too many requests."""

    remedy = "None needed: the door waits and asks again where that is safe."


class BadRequest(BrokerError):
    """Report that our parameters are wrong; sending them again cannot help."""

    remedy = "Correct the named parameter."


class NotFound(BrokerError):
    """Report that the order, instrument or route does not exist at the broker."""

    remedy = "Refresh the instruments and the order book."


class BrokerUnavailable(BrokerError):
    """Report that the broker cannot answer now; only reads may be tried again."""

    remedy = "Wait; reads are tried again, orders never."


class Rejection(BrokerError):
    """Carry the broker's no to an order, with the broker's words."""

    remedy = "Read the broker's words; the order did not go to the exchange."


class FundsShort(Rejection):
    """Report that the account cannot carry the order."""

    remedy = "Free funds or lower the size."


class NotSent(Rejection):
    """Report that an order never left: the token is dead, the pace is used up, or no connection was made."""

    remedy = "Mend the named cause; a new order may then be made. This one is over."


class OutcomeUnknown(BrokerError):
    """Report that an order may or may not be live; it blocks its name until evidence arrives."""

    remedy = "Never resend. Reconciliation looks for the order's tag in the order and trade books."

"""Sorts what Kite answers, or fails to answer, into our errors: one table for reads, a stricter one for orders.

The official client loses the name of an error, shows a gateway's page as code 502 and raises KeyError for an answer
without a content type, so the judgement is made on the answer itself. For an order only evidence that it was not
placed is a no; a time-out can come as HTTP 400, so everything else is `OutcomeUnknown`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from cockpit.errors import (
    BadRequest,
    BrokerError,
    BrokerUnavailable,
    FundsShort,
    NotFound,
    NotPermitted,
    OutcomeUnknown,
    RateLimited,
    Rejection,
    TokenExpired,
)

NO_ANSWER: Final = 0

# Names that urllib3 gives to a connection that was never made: nothing can have been placed.
NEVER_CONNECTED: Final = frozenset({"NewConnectionError", "ConnectTimeoutError", "NameResolutionError"})
BY_NAME: Final[dict[str, type[BrokerError]]] = {
    "TokenException": TokenExpired,
    "PermissionException": NotPermitted,
    "UserException": NotPermitted,
    "InputException": BadRequest,
    "MarginException": FundsShort,
    "HoldingException": Rejection,
    "OrderException": Rejection,
    "NetworkException": BrokerUnavailable,
    "DataException": BrokerUnavailable,
}
BY_STATUS: Final[dict[int, type[BrokerError]]] = {
    400: BadRequest,
    401: TokenExpired,
    403: NotPermitted,
    404: NotFound,
    405: BadRequest,
    410: NotFound,
    428: Rejection,
    429: RateLimited,
}
SURE_NO: Final = frozenset(
    {"TokenException", "PermissionException", "UserException", "InputException", "MarginException", "HoldingException",
     "OrderException"}
)  # fmt: skip
"""Errors by which Kite says, with a status below 500, that an order did not enter its system."""
DOUBTFUL: Final = re.compile(r"time[sd]?[ -]?out|confirm|try again|gateway|processing", re.IGNORECASE)
"""Words in a refusal that speak of an order which may live on: `Order request timed out... confirm before ...`."""
KNOWN_NO: Final[tuple[tuple[re.Pattern[str], type[BrokerError]], ...]] = (
    (re.compile(r"without market protection|not a multiple of tick size", re.IGNORECASE), Rejection),
    (re.compile(r"insufficient funds", re.IGNORECASE), FundsShort),
    (re.compile(r"static ip\b|\bip address", re.IGNORECASE), NotPermitted),
)
"""Words of refusals whose error name is not known here, yet which can only be a no."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP, as far as it is needed to judge it."""

    status: int
    content_type: str
    text: str

    @property
    def envelope(self) -> dict[str, Any]:
        """Answer the JSON object of the body, empty when it is none."""
        if "json" not in self.content_type:
            return {}
        try:
            told = json.loads(self.text)
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}

    @property
    def error_type(self) -> str:
        """Answer the error's name as the broker wrote it, empty when there is none."""
        name = self.envelope.get("error_type")
        return name if isinstance(name, str) else ""

    @property
    def words(self) -> str:
        """Answer the broker's own words, or the start of a body that is no envelope."""
        message = self.envelope.get("message")
        return message if isinstance(message, str) else " ".join(self.text.split())[:200]


def read_fault(call: str, answer: Answer | None, fault: BaseException | None) -> BrokerError:
    """Answer the error that a failed read amounts to; `fault` is what the client raised, if it did."""
    if answer is None:
        return BrokerUnavailable(f"{call}: no answer ({type(fault).__name__})", raw=str(fault))
    kind = _read_kind(answer)
    return kind(_sentence(call, answer, fault), code=answer.status, raw=answer.words)


def _read_kind(answer: Answer) -> type[BrokerError]:
    if answer.status == 429:
        return RateLimited
    if answer.status >= 500:
        return BrokerUnavailable
    if answer.error_type in BY_NAME:
        return BY_NAME[answer.error_type]
    if answer.envelope or answer.status != 403:
        return BY_STATUS.get(answer.status, BrokerUnavailable)
    return NotPermitted


def order_fault(call: str, answer: Answer | None, fault: BaseException | None) -> BrokerError:
    """Answer the error that a failed order call amounts to: a no on evidence, `OutcomeUnknown` on anything else."""
    if answer is None:
        if any(type(link).__name__ in NEVER_CONNECTED for link in _chain(fault)):
            return BrokerUnavailable(f"{call}: no connection was made, so nothing was sent", raw=str(fault))
        return OutcomeUnknown(f"{call}: no answer ({type(fault).__name__}); it may be live", raw=str(fault))
    kind = _order_kind(answer)
    return kind(_sentence(call, answer, fault), code=answer.status, raw=answer.words)


def _order_kind(answer: Answer) -> type[BrokerError]:
    if answer.status == 429:
        return RateLimited
    if not 400 <= answer.status < 500 or not answer.envelope or DOUBTFUL.search(answer.words):
        return OutcomeUnknown
    if answer.error_type in SURE_NO:
        return BY_NAME[answer.error_type]
    return next((kind for words, kind in KNOWN_NO if words.search(answer.words)), OutcomeUnknown)


def _sentence(call: str, answer: Answer, fault: BaseException | None) -> str:
    name = answer.error_type or (answer.content_type.partition(";")[0] or "no content type")
    if answer.status < 400 and not answer.error_type:
        name = f"an answer that cannot be read ({type(fault).__name__})"
    return f"{call}: HTTP {answer.status}, {name}: {answer.words}"


def _chain(fault: BaseException | None) -> Iterator[BaseException]:
    """Yield a fault with all it wraps: its causes, contexts and the faults among its arguments and reasons."""
    seen: set[int] = set()
    waiting = [fault]
    while waiting:
        link = waiting.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        inside = [link.__cause__, link.__context__, getattr(link, "reason", None), *link.args]
        waiting += [part for part in inside if isinstance(part, BaseException)]


class Redactor:
    """Take secrets out of texts, those it was told and those it can recognise."""

    _SHAPES = re.compile(r"\b((?:access_token|request_token|refresh_token|checksum|enctoken)=)[^&\s\"']+")
    _HEADER = re.compile(r"(token\s+)[\w-]+:[\w-]+")

    def __init__(self) -> None:
        self._secrets: set[str] = set()

    def hide(self, secret: str) -> None:
        """Never let `secret` through again; short words are not secrets and would tear holes into messages."""
        if len(secret) >= 6:
            self._secrets.add(secret)

    def cleaned(self, text: str) -> str:
        """Answer `text` with every secret replaced by three dots."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, "...")
        return self._HEADER.sub(r"\1...", self._SHAPES.sub(r"\1...", text))

"""Faults as data: what goes wrong, where and how often, switched on by a call or by POST /practice/faults."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from cockpit.errors import BadInput
from cockpit.simulator.bent_frames import bad_packets, truncated, volume_reset, without

_WHERE: Final = ("route", "method")
_WHERE_PLACED: Final = (*_WHERE, "placed")
KINDS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    # kind: (what happens, the fields it looks at beside `times`)
    "hang": ("the answer comes `seconds` late; the request took effect only if `placed`", (*_WHERE_PLACED, "seconds")),
    "cut": ("the connection closes without an answer; the request took effect only if `placed`", _WHERE_PLACED),
    "html": ("a gateway's HTML page with status 502; the request took effect only if `placed`", _WHERE_PLACED),
    "timeout_400": ("an order timeout told as HTTP 400; the request took effect only if `placed`", _WHERE_PLACED),
    "cut_short": ("the answer ends in its middle; the request took effect only if `placed`", _WHERE_PLACED),
    "drip": (
        "the answer comes one byte each `seconds`; the request took effect only if `placed`",
        (*_WHERE_PLACED, "seconds"),
    ),
    "forbidden_ip": ("403: the address is not registered for orders; nothing took effect", _WHERE),
    "no_content_type": ("the right answer without a content type", _WHERE),
    "no_envelope": ("a JSON answer without its data; the request took effect only if `placed`", _WHERE_PLACED),
    "limit": ("429 although nothing was exceeded", _WHERE),
    "token_death": ("every access token dies now", ()),
    "leap": ("the exchange's clock jumps `seconds` ahead", ("seconds",)),
    "skew": ("time stamps on the wire are off by `seconds`", ("seconds",)),
    "stop_ticks": ("no ticks for `seconds` of the day; heartbeats go on", ("seconds",)),
    "mute": ("no ticks and no heartbeats for `seconds` of the day; the connection stays", ("seconds",)),
    "halt": ("trading of `token` (0: all) stops for `seconds` of the day: no ticks, no orders", ("token", "seconds")),
    "drop_socket": ("every web-socket is cut, no closing frame", ()),
    "truncate": ("a frame ends in the middle of a packet", ()),
    "volume_reset": ("the day volume of `token` (0: all) starts again at 0 in a frame", ("token",)),
    "zero_price": ("the last price of `token` (0: all) is 0 in a frame", ("token",)),
    "negative_price": ("the last price of `token` (0: all) is below 0 in a frame", ("token",)),
    "hundredfold_price": ("the last price of `token` (0: all) is 100 times too high in a frame", ("token",)),
    "lose_update": ("an order update never comes", ()),
    "double_update": ("an order update comes twice", ()),
    "reorder_updates": ("order updates told together come in the wrong order", ()),
    "late_update": ("an order update comes only after the next one", ()),
    "hide_order": ("a new order is not in the order book for `seconds` of the day", ("seconds",)),
    "flat_autoslice": ("an autoslice answer is a flat list", ()),
}
REST: Final = (
    "hang", "cut", "html", "no_content_type", "no_envelope", "limit", "timeout_400", "cut_short", "drip",
    "forbidden_ip",
)  # fmt: skip
PRICES: Final = ("zero_price", "negative_price", "hundredfold_price")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong `times` times. `route` is the beginning of a path, `method` empty for any."""

    kind: str
    route: str = "/"
    method: str = ""
    seconds: float = 0.0
    placed: bool = True
    token: int = 0
    times: int = 1

    @property
    def sentence(self) -> str:
        """Say what happens."""
        return KINDS[self.kind][0]


def parsed_faults(rows: object) -> tuple[Fault, ...]:
    """Read a JSON list of faults.

    Errors: BadInput naming the row, and the nearest kind or field for one that is not known.
    """
    if not isinstance(rows, list):
        raise BadInput(f"{type(rows).__name__} given, a JSON list of faults expected, such as [{{'kind': 'limit'}}]")
    return tuple(_fault(number, row) for number, row in enumerate(rows))


def _fault(number: int, row: object) -> Fault:
    if not isinstance(row, dict) or row.get("kind") not in KINDS:
        kind = row.get("kind") if isinstance(row, dict) else row
        near = difflib.get_close_matches(str(kind), KINDS, n=1)
        raise BadInput(f"fault {number}: kind {kind!r} is unknown" + (f"; did you mean {near[0]!r}?" if near else ""))
    known = {"kind", "times", *KINDS[row["kind"]][1]}
    types = {f.name: f.type for f in fields(Fault)}
    for name, value in row.items():
        if name not in known:
            raise BadInput(
                f"fault {number}: {row['kind']} does not look at {name!r}; it looks at {', '.join(sorted(known))}"
            )
        if type(value).__name__ != types[name] and not (types[name] == "float" and type(value) is int):
            raise BadInput(f"fault {number}: {name} = {value!r}; {types[name]} expected")
    return Fault(**row)


class Faults:
    """The faults that are switched on; each wears off after its `times`."""

    def __init__(self) -> None:
        self._on: list[Fault] = []
        self._second = -1
        self._silent_until = -1
        self._mute_until = -1
        self._halted: dict[int, int] = {}
        self._held: list[Mapping[str, Any]] = []
        self.skew_s = 0

    def switch(self, faults: Sequence[Fault]) -> None:
        """Switch faults on, beside those that are on already."""
        for fault in faults:
            if fault.kind == "stop_ticks":
                self._silent_until = self._second + 1 + int(fault.seconds)
            elif fault.kind == "mute":
                self._mute_until = self._second + 1 + int(fault.seconds)
            elif fault.kind == "halt":
                self._halted[fault.token] = self._second + 1 + int(fault.seconds)
            elif fault.kind == "skew":
                self.skew_s = int(fault.seconds)
            else:
                self._on.append(fault)

    def clear(self) -> None:
        """Switch everything off."""
        self._on.clear()
        self._silent_until = self._mute_until = -1
        self.skew_s = 0
        self._halted.clear()

    @property
    def on(self) -> tuple[Fault, ...]:
        """Answer what is still to happen."""
        return tuple(self._on)

    def take(self, *kinds: str, path: str = "/", method: str = "") -> Fault | None:
        """Answer the first fault of `kinds` that fits and count it down; None when there is none."""
        for place, fault in enumerate(self._on):
            if fault.kind in kinds and path.startswith(fault.route) and fault.method in ("", method):
                if fault.times > 1:
                    self._on[place] = replace(fault, times=fault.times - 1)
                else:
                    del self._on[place]
                return fault
        return None

    @property
    def is_mute(self) -> bool:
        """Tell whether even heartbeats are withheld."""
        return self._second < self._mute_until

    def is_halted(self, token: int) -> bool:
        """Tell whether trading of a name is halted now."""
        return any(self._second < self._halted.get(k, -1) for k in (0, token))

    def drops_socket(self, second: int) -> bool:
        """Tell whether the web-sockets are cut at this second."""
        return self.take("drop_socket") is not None

    def reach(self, second: int) -> None:
        """Move to a second of the tape."""
        self._second = second

    def bent_frames(self, frame: bytes, second: int) -> list[bytes]:
        """Answer what is sent instead of a frame: usually the frame itself, nothing when there is nothing to send."""
        if not frame or second < self._silent_until or second < self._mute_until:
            return []
        if self._halted:
            frame = without(frame, self.is_halted)
            if not frame:
                return []
        if not self._on:
            return [frame]
        if fault := self.take(*PRICES):
            frame = bad_packets(frame, fault.kind, fault.token)
        if fault := self.take("volume_reset"):
            frame = volume_reset(frame, fault.token)
        if self.take("truncate"):
            frame = truncated(frame)
        return [frame]

    def bent_updates(self, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Answer the order updates that are sent instead of `rows`."""
        if not rows:
            return []
        sent = list(rows)
        if self.take("reorder_updates"):
            sent.reverse()
        if self.take("lose_update"):
            sent = sent[1:]
        elif self.take("double_update"):
            sent = [sent[0], *sent]
        elif self.take("late_update"):
            self._held, sent = [*self._held, sent[0]], sent[1:]
            return sent
        sent, self._held = [*sent, *self._held], []
        return sent

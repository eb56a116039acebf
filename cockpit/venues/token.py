"""The day's access token: until when it lives, and how it is kept."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Final

from cockpit.clock import hhmmss, instant, ist_day
from cockpit.errors import BadInput, TokenExpired

DIES_AT: Final = time(6, 0)
"""Every token dies at 06:00 IST (Kite Connect documentation, 2026-07)."""


def dies_at(login_ts: int) -> int:
    """Answer when a token of that login dies: the first 06:00 IST after it, ns UTC."""
    day = ist_day(login_ts)
    morning = instant(day, DIES_AT)
    return morning if morning > login_ts else instant(day + timedelta(days=1), DIES_AT)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A login's token. Its text never shows in a repr, a log or a message."""

    text: str = field(repr=False)
    user_id: str
    login_ts: int

    @property
    def valid_until(self) -> int:
        """Answer the instant it dies, ns UTC."""
        return dies_at(self.login_ts)

    def is_live(self, ts: int) -> bool:
        """Tell whether it may still be used at `ts`; a logout or another login can kill it earlier."""
        return self.login_ts <= ts < self.valid_until

    def checked(self, ts: int) -> AccessToken:
        """Answer itself while it is live.

        Errors: TokenExpired.
        """
        if not self.is_live(ts):
            raise TokenExpired(f"the token of {self.user_id} died at {hhmmss(self.valid_until)} IST: log in once")
        return self

    def packed(self) -> str:
        """Write it for the vault, and for nowhere else."""
        return json.dumps({"text": self.text, "user_id": self.user_id, "login_ts": self.login_ts})

    @classmethod
    def unpacked(cls, kept: str) -> AccessToken:
        """Read what `packed` wrote.

        Errors: BadInput, without showing what was kept.
        """
        try:
            told = json.loads(kept)
            text, user_id, login_ts = told["text"], told["user_id"], told["login_ts"]
        except (ValueError, KeyError, TypeError):
            raise BadInput("the vault's token cannot be read; log in again to replace it") from None
        if not (isinstance(text, str) and text and isinstance(user_id, str) and type(login_ts) is int):
            raise BadInput("the vault's token has fields of the wrong type; log in again to replace it")
        return cls(text, user_id, login_ts)

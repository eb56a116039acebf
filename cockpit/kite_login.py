"""The morning login to Kite: keys and the day's token live in the vault; the answer is awaited on loopback."""

from __future__ import annotations

import webbrowser
from dataclasses import dataclass
from typing import Final

from cockpit.clock import Clock, WallClock, hhmmss
from cockpit.errors import BadInput, TokenExpired
from cockpit.ports import Vault
from cockpit.storage.vault import opened
from cockpit.venues.kite_rest import ROOT, KiteRest
from cockpit.venues.login import LoginListener, login_url, new_state
from cockpit.venues.token import AccessToken

KEY: Final = "kite api key"
SECRET: Final = "kite api secret"
TOKEN: Final = "kite access token"
PORT: Final = 8756
"""The redirect address to register with the broker is http://127.0.0.1:8756/."""


@dataclass(slots=True)
class KiteKeys:
    """What the vault holds for Kite, read afresh at each use so that a new login needs no restart."""

    vault: Vault
    clock: Clock

    def api_key(self) -> str:
        """Answer the API key.

        Errors: TokenExpired when none was ever stored: the first login asks for it.
        """
        key = self.vault.read(KEY)
        if not key:
            raise TokenExpired(
                "no Kite API key is stored", remedy="Run `cockpit login` once; it asks for key and secret."
            )
        return key

    def token(self) -> str | None:
        """Answer the day's access token, None when there is none or it has died."""
        kept = self.vault.read(TOKEN)
        token = AccessToken.unpacked(kept) if kept else None
        return token.text if token and token.is_live(self.clock.now()) else None


async def log_in(api_key: str, api_secret: str, *, root: str = ROOT, open_page: bool = True) -> str:
    """Store the keys given, open the broker's login page, wait for its answer, and keep the day's token in the vault.

    Errors: VaultUnavailable without a trustworthy keyring; DeadlinePassed when nobody logs in; TokenExpired when the
    broker refuses the login.
    """
    vault = opened()
    clock = WallClock()
    keys = KiteKeys(vault, clock)
    for name, value in ((KEY, api_key), (SECRET, api_secret)):
        if value:
            vault.write(name, value)
    key, secret = keys.api_key(), vault.read(SECRET)
    if not secret:
        raise BadInput("no Kite API secret is stored; give it once")
    state = new_state()
    async with LoginListener(state, port=PORT) as listener:
        if open_page:
            webbrowser.open(login_url(key, state))
        request_token = await listener.request_token()
    rest = KiteRest(key, lambda: None, clock, root=root)
    token = await rest.login(request_token, secret)
    vault.write(TOKEN, token.packed())
    return f"Logged in as {token.user_id}; the token lives until {hhmmss(token.valid_until)} IST."

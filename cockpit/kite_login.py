"""The morning login to Kite: keys and the day's token live in the vault; the answer is awaited on loopback."""

from __future__ import annotations

import asyncio
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cockpit.clock import Clock, WallClock, hhmmss
from cockpit.errors import BadInput, TokenExpired, VaultUnavailable
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
NO_KEYRING: Final = (
    "Unlock or install the desktop's keyring: the Kite login lives there and nowhere else. Practice and replay need"
    " none: `cockpit run --practice`."
)


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
                "no Kite API key is stored", remedy="Run `cockpit login --setup` once; it asks for key and secret."
            )
        return key

    def token(self) -> str | None:
        """Answer the day's access token, None when there is none or it has died."""
        kept = self.vault.read(TOKEN)
        token = AccessToken.unpacked(kept) if kept else None
        return token.text if token and token.is_live(self.clock.now()) else None


@dataclass(frozen=True, slots=True)
class PageWish:
    """How the broker's login page is brought before the trader."""

    opens: bool
    """Whether to open a browser; where none opens, the page's address is shown all the same."""
    show: Callable[[str], None]


def vault_of_keys() -> Vault:
    """Open the keyring that keeps key, secret and token.

    Errors: VaultUnavailable when there is none to trust.
    """
    try:
        return opened()
    except VaultUnavailable as fault:
        raise VaultUnavailable(str(fault), remedy=NO_KEYRING) from fault


async def log_in(vault: Vault, api_key: str, api_secret: str, page: PageWish, *, root: str = ROOT) -> str:
    """Store the keys given, show the broker's login page, wait for its answer, and keep the day's token in `vault`.

    Errors: TokenExpired when no key is stored or the broker refuses the login; BadInput when no secret is stored;
    DeadlinePassed when nobody logs in.
    """
    clock = WallClock()
    keys = KiteKeys(vault, clock)
    for name, value in ((KEY, api_key), (SECRET, api_secret)):
        if value:
            vault.write(name, value)
    key, secret = keys.api_key(), vault.read(SECRET)
    if not secret:
        raise BadInput("no Kite API secret is stored", remedy="Run `cockpit login --setup` once; it asks for it.")
    state = new_state()
    async with LoginListener(state, port=PORT) as listener:
        address = login_url(key, state)
        if not (page.opens and await asyncio.to_thread(webbrowser.open, address)):
            page.show(f"Log in on this page: {address}")
        request_token = await listener.request_token()
    rest = KiteRest(key, lambda: None, clock, root=root)
    token = await rest.login(request_token, secret)
    vault.write(TOKEN, token.packed())
    return f"Logged in as {token.user_id}; the token lives until {hhmmss(token.valid_until)} IST."

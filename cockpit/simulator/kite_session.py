"""Who may ask: the practice key, its login page, request tokens that work once, access tokens that die at 06:00."""

from __future__ import annotations

import hashlib
import hmac
import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from aiohttp import web

from cockpit.clock import NS, monotonic_ns
from cockpit.simulator.day_clock import DayClock
from cockpit.simulator.kite_replies import WireError, bad_input, stamp, success, token_dead

PRACTICE_KEY: Final = "practicekey"
PRACTICE_SECRET: Final = "practicesecret"
"""Known to everybody: they open nothing but an invented market."""
USER_ID: Final = "PRACTICE"
REQUEST_TOKEN_LIVES_S: Final = 300
PROFILE: Final[Mapping[str, Any]] = {
    "user_type": "individual",
    "email": "practice@localhost",
    "user_name": "PRACTICE TRADER",
    "user_shortname": "PRACTICE",
    "broker": "PRACTICE",
    "exchanges": ["NSE"],
    "products": ["CNC", "MIS"],
    "order_types": ["MARKET", "LIMIT", "SL", "SL-M"],
    "avatar_url": None,
    "user_id": USER_ID,
    "meta": {"demat_consent": "physical"},
}
PAGE: Final = """<!doctype html><meta charset="utf-8"><title>PRACTICE login</title>
<body style="font-family:sans-serif;max-width:34em;margin:4em auto"><h1>PRACTICE login</h1>
<p>This is the practice exchange on your own machine. Prices are invented and no money is at stake.</p>
<p><a href="{href}" style="font-size:1.4em">Log in as PRACTICE TRADER</a></p>
<p>Or paste this request token: <code>{token}</code></p></body>"""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The one application the exchange knows, and where it is sent after the login."""

    api_key: str = PRACTICE_KEY
    api_secret: str = PRACTICE_SECRET
    redirect_url: str = "http://127.0.0.1/"


class KiteSessions:
    """Give out and check tokens. Only one access token is alive: a new login kills the one before."""

    def __init__(self, credentials: Credentials, clock: DayClock, seed: int) -> None:
        self._credentials = credentials
        self._clock = clock
        self._seed = seed
        self._n_made = 0
        self._request_tokens: dict[str, int] = {}
        self._access = ""
        self._public = ""
        self._dies = 0

    def routes(self) -> list[web.RouteDef]:
        """Answer the routes of login, session and profile."""
        return [
            web.get("/connect/login", self._login_page),
            web.get("/connect/finish", self._finish_login),
            web.post("/session/token", self._generate),
            web.delete("/session/token", self._invalidate),
            web.post("/session/refresh_token", self._renew),
            web.get("/user/profile", self._profile),
        ]

    def authorised(self, api_key: str, access_token: str) -> bool:
        """Tell whether key and token are good at the exchange's present instant."""
        alive = bool(self._access) and self._clock.now() < self._dies
        return alive and api_key == self._credentials.api_key and hmac.compare_digest(access_token, self._access)

    def admit(self, request: web.Request) -> str:
        """Answer the key a request may act for; WireError 403 when its header is not good."""
        scheme, _, pair = request.headers.get("Authorization", "").partition(" ")
        key, _, token = pair.partition(":")
        if scheme != "token" or not self.authorised(key, token):
            raise token_dead()
        return key

    def kill_token(self) -> None:
        """Let the access token die now, as a login elsewhere would."""
        self._access = ""

    def request_token(self) -> str:
        """Make a request token, as the login page does; it works once, for a few minutes."""
        token = self._token("request")
        self._request_tokens[token] = monotonic_ns() + REQUEST_TOKEN_LIVES_S * NS
        return token

    def _token(self, kind: str) -> str:
        self._n_made += 1
        return hashlib.sha256(f"{kind} {self._seed} {self._n_made}".encode()).hexdigest()[:32]

    async def _login_page(self, request: web.Request) -> web.Response:
        self._check_key(request.query.get("api_key", ""))
        token = self.request_token()
        asked = {"api_key": request.query["api_key"], "request_token": token}
        for name in ("redirect_params", "redirect_url"):
            if name in request.query:
                asked[name] = request.query[name]
        href = html.escape(f"/connect/finish?{urlencode(asked)}")
        return web.Response(text=PAGE.format(href=href, token=token), content_type="text/html")

    async def _finish_login(self, request: web.Request) -> web.Response:
        self._check_key(request.query.get("api_key", ""))
        token = request.query.get("request_token") or self.request_token()
        target = request.query.get("redirect_url", self._credentials.redirect_url)
        if urlsplit(target).hostname not in ("127.0.0.1", "localhost"):
            raise bad_input(f"redirect_url {target!r} leads away from this machine")
        said = {"request_token": token, "action": "login", "type": "login", "status": "success"}
        said |= dict(parse_qsl(request.query.get("redirect_params", "")))
        raise web.HTTPFound(f"{target}{'&' if urlsplit(target).query else '?'}{urlencode(said)}")

    def _check_key(self, api_key: str) -> None:
        if api_key != self._credentials.api_key:
            raise bad_input("Invalid `api_key`.")

    async def _generate(self, request: web.Request) -> web.Response:
        form = await request.post()
        self._check_key(str(form.get("api_key", "")))
        token = str(form.get("request_token", ""))
        said = f"{self._credentials.api_key}{token}{self._credentials.api_secret}"
        good = hashlib.sha256(said.encode()).hexdigest()
        if not hmac.compare_digest(str(form.get("checksum", "")), good):
            raise WireError(403, "TokenException", "Invalid `checksum`.")
        if self._request_tokens.pop(token, 0) < monotonic_ns():
            raise WireError(403, "TokenException", "Token is invalid or has expired.")
        self._access, self._public = self._token("access"), self._token("public")
        self._dies = self._clock.tokens_die()
        return success(
            dict(PROFILE)
            | {
                "api_key": self._credentials.api_key,
                "access_token": self._access,
                "public_token": self._public,
                "enctoken": "",
                "refresh_token": "",
                "silo": "",
                "login_time": stamp(self._clock.now()),
            }
        )

    async def _invalidate(self, request: web.Request) -> web.Response:
        self._check_key(request.query.get("api_key", ""))
        if request.query.get("access_token") == self._access:
            self.kill_token()
        return success(True)

    async def _renew(self, request: web.Request) -> web.Response:
        raise WireError(403, "PermissionException", "PRACTICE: refresh tokens are for approved platforms only.")

    async def _profile(self, request: web.Request) -> web.Response:
        self.admit(request)
        return success(dict(PROFILE))

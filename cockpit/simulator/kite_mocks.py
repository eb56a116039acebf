"""Serves the broker's own sample answers, word for word, at their routes: the outside check of any Kite client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from cockpit.errors import BadInput

ROUTES: Final = (
    ("POST", "/session/token", "generate_session.json"),
    ("DELETE", "/session/token", "session_logout.json"),
    ("GET", "/user/profile", "profile.json"),
    ("GET", "/user/profile/full", "full_profile.json"),
    ("GET", "/user/margins", "margins.json"),
    ("GET", "/user/margins/equity", "margins_equity.json"),
    ("GET", "/user/margins/commodity", "margin_commodity.json"),
    ("GET", "/orders", "orders.json"),
    ("GET", "/orders/{id}", "order_info.json"),
    ("GET", "/orders/{id}/trades", "order_trades.json"),
    ("GET", "/trades", "trades.json"),
    ("POST", "/orders/{variety}", "order_response.json"),
    ("PUT", "/orders/{variety}/{id}", "order_modify.json"),
    ("DELETE", "/orders/{variety}/{id}", "order_cancel.json"),
    ("GET", "/portfolio/positions", "positions.json"),
    ("PUT", "/portfolio/positions", "convert_position.json"),
    ("GET", "/portfolio/holdings", "holdings.json"),
    ("GET", "/portfolio/holdings/auctions", "auctions_list.json"),
    ("GET", "/instruments", "instruments_all.csv"),
    ("GET", "/instruments/{exchange}", "instruments_nse.csv"),
    ("GET", "/instruments/historical/{token}/{interval}", "historical_minute.json"),
    ("GET", "/instruments/trigger_range/{side}", "trigger_range.json"),
    ("GET", "/quote", "quote.json"),
    ("GET", "/quote/ohlc", "ohlc.json"),
    ("GET", "/quote/ltp", "ltp.json"),
    ("GET", "/gtt/triggers", "gtt_get_orders.json"),
    ("POST", "/gtt/triggers", "gtt_place_order.json"),
    ("GET", "/gtt/triggers/{id}", "gtt_get_order.json"),
    ("PUT", "/gtt/triggers/{id}", "gtt_modify_order.json"),
    ("DELETE", "/gtt/triggers/{id}", "gtt_delete_order.json"),
    ("POST", "/margins/orders", "order_margins.json"),
    ("POST", "/margins/basket", "basket_margins.json"),
    ("POST", "/charges/orders", "virtual_contract_note.json"),
    ("GET", "/mf/orders", "mf_orders.json"),
    ("GET", "/mf/orders/{id}", "mf_orders_info.json"),
    ("GET", "/mf/sips", "mf_sips.json"),
    ("GET", "/mf/sips/{id}", "mf_sip_info.json"),
    ("GET", "/mf/holdings", "mf_holdings.json"),
    ("GET", "/mf/instruments", "mf_instruments.csv"),
)
CONTENT: Final = {".json": "application/json", ".csv": "text/csv"}


def mocks_app(folder: Path) -> web.Application:
    """Answer an application that serves the sample files of `folder`.

    Errors: BadInput naming the first file that is missing.
    """
    app = web.Application()
    for method, path, name in ROUTES:
        file = folder / name
        if not file.is_file():
            raise BadInput(f"{folder} holds no {name}; give the folder of the broker's sample answers")
        app.router.add_route(method, path, _sample(file))
    return app


def _sample(file: Path) -> Callable[[web.Request], Any]:
    body, kind = file.read_bytes(), CONTENT[file.suffix]

    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=body, content_type=kind)

    return answer


async def serve_mocks(folder: Path, port: int, ready: Callable[[Mapping[str, Any]], None]) -> None:
    """Serve the samples on this machine until cancelled."""
    runner = web.AppRunner(mocks_app(folder), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        ready({"http": int(runner.addresses[0][1]), "market": "MOCKS"})
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()

"""Only evidence ends an order: every shape of answer is either a proven no or an outcome nobody knows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cockpit.errors import (
    BadRequest,
    BrokerError,
    BrokerUnavailable,
    FundsShort,
    NotPermitted,
    OutcomeUnknown,
    RateLimited,
    Rejection,
    TokenExpired,
)
from tests.venues.fake_kite import FakeRest, Reply, error
from tests.venues.rest_door import html, rest_to


@pytest.fixture
def server() -> Iterator[FakeRest]:
    with FakeRest() as fake:
        yield fake


# -- orders ------------------------------------------------------------------------------------------------------------

NOT_PLACED: list[tuple[Reply, type[BrokerError]]] = [
    (error(400, "MarginException", "Insufficient funds."), FundsShort),
    (error(400, "InputException", "Invalid `tradingsymbol`."), BadRequest),
    (error(403, "TokenException", "Incorrect token"), TokenExpired),
    (error(403, "PermissionException", "IP not allowed"), NotPermitted),
    (error(400, "OrderException", "Order rejected by RMS"), Rejection),
    (error(428, "HoldingException", "authorise at depository"), Rejection),
    (error(429, "NetworkException"), RateLimited),
    (error(400, "NewName", "Market orders without market protection are not allowed via API."), Rejection),
    (error(400, "NewName", "16316 : The trigger price is not a multiple of tick size"), Rejection),
    (error(400, "NewName", "Insufficient funds. Required margin is 9."), FundsShort),
    (error(403, "NewName", "Place orders from the registered static IP."), NotPermitted),
]
MAY_BE_LIVE: list[Reply] = [
    Reply(shape="drop"),
    Reply(200, b'{"status":"success","data":{"order_id":"1"}}', shape="truncated"),
    html(502),
    Reply(504, b"", None),
    Reply(200, b'{"status":"success"}'),
    Reply(200, b"[]"),
    Reply(302, b"", headers={"Location": "/orders/regular"}),
    error(
        400, "InputException", "Order request timed out. Please check the order book and confirm before placing again"
    ),
    error(400, "OrderException", "Request timed-out"),
    error(400, "GeneralException", "Something went wrong"),
    error(400, "NetworkException", "OMS is not available"),
    error(500, "OrderException"),
    error(503, "NetworkException"),
    error(500, "MarginException"),
    html(400),
]


@pytest.mark.parametrize(("reply", "kind"), NOT_PLACED)
async def test_only_evidence_that_an_order_was_not_placed_is_a_no(
    server: FakeRest, reply: Reply, kind: type[BrokerError]
) -> None:
    server.routes["/orders/regular"] = [reply]
    with pytest.raises(BrokerError) as caught:
        await rest_to(server).order_call(
            "place", lambda kite: kite._post("order.place", url_args={"variety": "regular"})
        )
    assert type(caught.value) is kind


@pytest.mark.parametrize("reply", MAY_BE_LIVE)
async def test_an_order_without_such_evidence_may_be_live_and_is_sent_once(server: FakeRest, reply: Reply) -> None:
    server.routes["/orders/regular"] = [reply]
    with pytest.raises(OutcomeUnknown) as caught:
        await rest_to(server).order_call(
            "place", lambda kite: kite._post("order.place", url_args={"variety": "regular"})
        )
    assert len(server.asked) == 1
    assert "Never resend" in caught.value.remedy


@pytest.mark.parametrize("shape", ["stall", "drip"])
async def test_an_order_without_a_whole_answer_at_its_deadline_may_be_live(server: FakeRest, shape: str) -> None:
    server.routes["*"] = [Reply(200, b" " * 2000, shape=shape)]
    with pytest.raises(OutcomeUnknown, match=r"no .*answer"):
        await rest_to(server, order_s=0.2).order_call("place", lambda kite: kite._post("orders"))
    assert len(server.asked) == 1


async def test_an_order_to_a_port_that_nobody_listens_on_was_not_sent(server: FakeRest) -> None:
    with FakeRest() as gone:
        pass
    with pytest.raises(BrokerUnavailable, match="nothing was sent"):
        await rest_to(gone).order_call("place", lambda kite: kite._post("orders"))

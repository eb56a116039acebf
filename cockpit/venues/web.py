"""One polite way to fetch a public file: a total deadline, a size limit, and a refusal of pages in place of files."""

from __future__ import annotations

from typing import Final

import aiohttp

from cockpit.errors import BadInput, BrokerError, BrokerUnavailable, NotFound, RateLimited
from cockpit.venues.deadline import within

SIZE: Final = 20_000_000
CHUNK: Final = 65_536
AGENT: Final = "Mozilla/5.0 (compatible; cockpit desktop)"


async def fetched(url: str, deadline_s: float, *, size: int = SIZE) -> bytes:
    """Answer the bytes behind an address.

    Errors: DeadlinePassed in all, however it drips; BadInput for more than `size` bytes or a web page where a file was
    asked for; NotFound, RateLimited or BrokerUnavailable by the answer's status.
    """
    return await within(deadline_s, url, _body(url, size))


async def _body(url: str, size: int) -> bytes:
    try:
        async with aiohttp.ClientSession(headers={"User-Agent": AGENT}) as client, client.get(url) as answer:
            if answer.status != 200:
                raise _refusal(url, answer.status)
            content = bytearray()
            async for chunk in answer.content.iter_chunked(CHUNK):
                content += chunk
                if len(content) > size:
                    raise BadInput(f"{url}: more than {size} bytes; nothing of it was taken")
            kind = answer.content_type
    except aiohttp.ClientError as fault:
        raise BrokerUnavailable(f"{url}: {type(fault).__name__}: {fault}") from fault
    if kind == "text/html" or bytes(content[:15]).lower().startswith((b"<!doctype html", b"<html")):
        raise BadInput(f"{url}: a web page came instead of a file; save the file from a browser")
    return bytes(content)


def _refusal(url: str, status: int) -> BrokerError:
    kinds: dict[int, type[BrokerError]] = {404: NotFound, 429: RateLimited, 403: RateLimited}
    return kinds.get(status, BrokerUnavailable)(f"{url}: status {status}", code=status)

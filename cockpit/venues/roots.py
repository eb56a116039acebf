"""Where a vendor's door may point: the vendor over TLS, or this machine."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from cockpit.errors import BadSetting

ENCRYPTED: Final = {"https", "wss"}


def checked_root(root: str, *schemes: str) -> str:
    """Answer `root` without a trailing slash when secrets may be sent there.

    Errors: BadSetting for another scheme than `schemes`, for a path or a query (the clients lose them when they join
    addresses), and for an unencrypted root that leaves this machine.
    """
    parts = urlsplit(root)
    if parts.scheme not in schemes or not parts.hostname or parts.path not in ("", "/") or parts.query:
        raise BadSetting(
            f"root {root!r} given, {' or '.join(f'{scheme}://host[:port]' for scheme in schemes)} expected"
        )
    if parts.scheme not in ENCRYPTED and not is_loopback(parts.hostname):
        raise BadSetting(f"root {root!r} would send the token in the clear: use encryption, or a loopback address")
    return root.rstrip("/")


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

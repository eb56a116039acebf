"""The vault: secrets in the operating system's keyring, proven to keep them, and nowhere else.

Backends are on an allow-list: plain files, the null backend and chains that end in one are refused by name. A keyring
that asks for its password may hang for minutes, so every call runs in a thread and is abandoned at its deadline.
"""

from __future__ import annotations

import queue
import secrets
import threading
from collections.abc import Callable
from typing import Any, Final, TypeVar

from cockpit.errors import CockpitError, VaultUnavailable

T = TypeVar("T")

SERVICE: Final = "cockpit"
DEADLINE_S: Final = 30.0
"""Long enough for a person to type the keyring's password."""
TRUSTED: Final = {
    "keyring.backends.SecretService": "Secret Service",
    "keyring.backends.kwallet": "KWallet",
    "keyring.backends.macOS": "macOS Keychain",
    "keyring.backends.Windows": "Windows Credential Manager",
}
"""Modules of the backends that encrypt at rest and belong to the logged-in user."""


class OsVault:
    """Keep secrets in the trusted keyring of this desktop.

    Errors: VaultUnavailable, on building, when there is none or it does not give back what it was given.
    """

    def __init__(self, *, service: str = SERVICE, deadline_s: float = DEADLINE_S) -> None:
        self._service = service
        self._deadline_s = deadline_s
        self._backend = self._timed("looking for the keyring", _trusted_backend)
        self.name = TRUSTED[_module(self._backend)]
        self._prove()

    def read(self, name: str) -> str | None:
        """Answer a secret, None when it was never stored.

        Errors: VaultUnavailable when the keyring is locked, gone or silent.
        """
        secret: str | None = self._timed(f"reading {name}", lambda: self._backend.get_password(self._service, name))
        return secret

    def write(self, name: str, secret: str) -> None:
        """Store a secret and prove that it can be read back.

        Errors: VaultUnavailable when it cannot.
        """
        self._timed(f"writing {name}", lambda: self._backend.set_password(self._service, name, secret))
        if self.read(name) != secret:
            raise VaultUnavailable(f"the keyring ({self.name}) did not give back {name} as it was stored")

    def forget(self, name: str) -> None:
        """Delete a secret; forgetting what is not there is not an error.

        Errors: VaultUnavailable when the keyring keeps it all the same.
        """
        if self.read(name) is None:
            return
        self._timed(f"forgetting {name}", lambda: self._backend.delete_password(self._service, name))
        if self.read(name) is not None:
            raise VaultUnavailable(f"the keyring ({self.name}) still has {name} after it was deleted")

    def _prove(self) -> None:
        probe, secret = f"probe-{secrets.token_hex(4)}", secrets.token_urlsafe(16)
        self.write(probe, secret)
        self.forget(probe)

    def _timed(self, what: str, call: Callable[[], T]) -> T:
        # A daemon thread, not a pool: an abandoned call must not keep the process from ending.
        answers: queue.SimpleQueue[tuple[T | None, Exception | None]] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answers.put((call(), None))
            except Exception as fault:
                answers.put((None, fault))

        threading.Thread(target=ask, name="vault", daemon=True).start()
        try:
            answer, fault = answers.get(timeout=self._deadline_s)
        except queue.Empty:
            raise VaultUnavailable(f"{what}: the keyring did not answer within {self._deadline_s:g} s") from None
        if fault is None:
            return answer  # type: ignore[return-value]
        if isinstance(fault, CockpitError):
            raise fault
        # The vendor's own words may hold the secret, so only the kind of its error is told.
        raise VaultUnavailable(f"{what}: the keyring failed with {type(fault).__name__}") from None


class MemoryVault:
    """Keep secrets for this run only; taken only where a person chose it, never because the keyring failed."""

    name = "memory of this run"

    def __init__(self) -> None:
        self._secrets: dict[str, str] = {}

    def read(self, name: str) -> str | None:
        """Answer a secret, None when it was never stored."""
        return self._secrets.get(name)

    def write(self, name: str, secret: str) -> None:
        """Store a secret until the process ends."""
        self._secrets[name] = secret

    def forget(self, name: str) -> None:
        """Delete a secret; forgetting what is not there is not an error."""
        self._secrets.pop(name, None)

    def __repr__(self) -> str:
        """Say how many there are, never what they are."""
        return f"MemoryVault({len(self._secrets)} secrets)"


def opened(*, memory_if_none: bool = False) -> OsVault | MemoryVault:
    """Open the keyring; only a caller that says so gets a memory for this run where there is none.

    Errors: VaultUnavailable when there is no trustworthy keyring and no memory was asked for.
    """
    try:
        return OsVault()
    except VaultUnavailable:
        if not memory_if_none:
            raise
        return MemoryVault()


def _trusted_backend() -> Any:
    import keyring

    backend: Any = keyring.get_keyring()
    # A chain asks its members in order and would fall through to an untrusted one: take the first trusted, by itself.
    members = list(getattr(backend, "backends", [])) or [backend]
    trusted = [member for member in members if _module(member) in TRUSTED]
    if not trusted:
        found = ", ".join(f"{_module(m)}.{type(m).__name__}" for m in members)
        raise VaultUnavailable(f"the keyring here is {found}; one of {', '.join(TRUSTED.values())} is expected")
    return trusted[0]


def _module(backend: object) -> str:
    return type(backend).__module__

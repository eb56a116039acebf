"""Secrets go to a trusted keyring that proves itself, or nowhere; no error ever tells one."""

from __future__ import annotations

import threading

import keyring
import pytest
from keyring.backend import KeyringBackend

from cockpit.errors import VaultUnavailable
from cockpit.storage import vault
from cockpit.storage.vault import MemoryVault, OsVault


class FakeKeyring(KeyringBackend):
    """A keyring in memory; the tests give it the module name of a real one."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.fault: Exception | None = None
        self.lies = False
        self.stalls: threading.Event | None = None

    def get_password(self, service: str, username: str) -> str | None:
        """Answer what was stored."""
        if self.stalls:
            self.stalls.wait()
        if self.fault:
            raise self.fault
        return "another" if self.lies else self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Store it."""
        if self.fault:
            raise self.fault
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Delete it."""
        del self.kept[service, username]


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> FakeKeyring:
    """Answer a keyring that passes for the desktop's."""
    monkeypatch.setattr(FakeKeyring, "__module__", "keyring.backends.SecretService")
    fake = FakeKeyring()
    monkeypatch.setattr(keyring, "get_keyring", lambda: fake)
    return fake


def test_a_secret_comes_back_and_goes_for_good(backend: FakeKeyring) -> None:
    kept = OsVault()
    assert kept.name == "Secret Service"
    assert kept.read("token") is None
    kept.write("token", "s3cret")
    assert OsVault().read("token") == "s3cret"
    kept.forget("token")
    kept.forget("token")
    assert kept.read("token") is None
    assert backend.kept == {}, "the probe was left behind"


@pytest.mark.parametrize(
    "module", ["keyring.backends.null", "keyring.backends.fail", "keyrings.alt.file", "keyring.backends.SecretServiceX"]
)
def test_a_backend_that_is_not_on_the_list_is_refused_by_name(
    backend: FakeKeyring, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    monkeypatch.setattr(FakeKeyring, "__module__", module)
    with pytest.raises(VaultUnavailable, match=f"the keyring here is {module}"):
        OsVault()
    assert backend.kept == {}


def test_of_a_chain_only_the_trusted_member_is_used(backend: FakeKeyring, monkeypatch: pytest.MonkeyPatch) -> None:
    class Plain(FakeKeyring):
        """A file with everybody's secrets."""

    monkeypatch.setattr(Plain, "__module__", "keyrings.alt.file")
    plain, chain = Plain(), FakeKeyring()
    chain.backends = [plain, backend]  # type: ignore[attr-defined]
    monkeypatch.setattr(keyring, "get_keyring", lambda: chain)
    OsVault().write("token", "s3cret")
    assert (plain.kept, len(backend.kept)) == ({}, 1)


def test_a_keyring_that_gives_back_something_else_is_refused(backend: FakeKeyring) -> None:
    backend.lies = True
    with pytest.raises(VaultUnavailable, match="did not give back probe-"):
        OsVault()


def test_a_keyring_that_hangs_is_left_alone_at_the_deadline(backend: FakeKeyring) -> None:
    kept = OsVault(deadline_s=0.05)
    backend.stalls = threading.Event()
    with pytest.raises(VaultUnavailable, match=r"reading token: the keyring did not answer within 0.05 s"):
        kept.read("token")
    backend.stalls.set()


def test_an_error_never_tells_the_secret(backend: FakeKeyring) -> None:
    kept = OsVault()
    backend.fault = RuntimeError("could not store s3cret")
    with pytest.raises(VaultUnavailable, match="writing token: the keyring failed with RuntimeError") as caught:
        kept.write("token", "s3cret")
    told: BaseException | None = caught.value
    while told is not None:
        assert "s3cret" not in str(told) or told.__suppress_context__
        told = told.__cause__


def test_memory_stands_in_only_where_somebody_asked_for_it() -> None:
    with pytest.raises(VaultUnavailable):
        vault.opened()
    kept = vault.opened(memory_if_none=True)
    assert isinstance(kept, MemoryVault)
    kept.write("token", "s3cret")
    assert kept.read("token") == "s3cret"
    assert "s3cret" not in repr(kept)
    kept.forget("token")
    kept.forget("token")
    assert kept.read("token") is None

"""The self-test of a build: each part works or is named, and one that fails does not hide the others."""

from __future__ import annotations

from pathlib import Path

from cockpit.errors import VaultUnavailable
from cockpit.self_test import PARTS, proofs

SLOW = ("practice day", "libraries")


def test_every_part_but_the_day_works_here() -> None:
    seen = list(proofs(tuple(part for part in PARTS if part[0] not in SLOW)))
    assert [proof.text for proof in seen if not proof.is_well] == []
    assert len(seen) == len(PARTS) - len(SLOW)


def test_a_part_that_fails_is_named_with_its_remedy_and_the_next_one_is_still_tried(tmp_path: Path) -> None:
    def broken(_: Path) -> str:
        raise VaultUnavailable("no keyring", remedy="Install one.")

    def missing(_: Path) -> str:
        raise ImportError("no module of this name")

    first, second, third = proofs((("vault", broken), ("library", missing), ("folder", lambda place: place.name)))
    assert not first.is_well
    assert "no keyring" in first.text
    assert "Install one." in first.text
    assert not second.is_well
    assert "ImportError: no module of this name" in second.text
    assert third.is_well
    assert "folder" in third.text


def test_what_it_made_is_gone_afterwards() -> None:
    places: list[Path] = []

    def left(place: Path) -> str:
        (place / "something").write_text("made")
        places.append(place)
        return "made"

    assert all(proof.is_well for proof in proofs((("files", left),)))
    assert not places[0].exists()

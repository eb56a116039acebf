"""Snapshots of weights on the shelf: every one is kept for ever, and the one in use is published by pointer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cockpit.brains.weighing.weight_text import read, written
from cockpit.errors import BadInput, WeightsUnavailable
from cockpit.evening_ports import Shelf
from cockpit.opinions import Weights

KIND: Final = "weights"
NAME: Final = "ensemble"
FILE: Final = "weights.json"


class WeightShelf:
    """Read and write snapshots; what is there but cannot be trusted is an error, never an older one in silence."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._read: dict[str, Weights] = {}

    def newest(self) -> Weights | None:
        """Answer the snapshot in use, None when none ever was.

        Errors: WeightsUnavailable when it does not verify.
        """
        try:
            version = self._shelf.published(KIND, NAME)
            return None if version is None else self._snapshot(version)
        except BadInput as fault:
            raise WeightsUnavailable(f"the weights in use cannot be read: {fault}", remedy=fault.remedy) from fault

    def history(self) -> Sequence[Weights]:
        """Answer all snapshots in the order written.

        Errors: WeightsUnavailable naming the first that does not verify.
        """
        try:
            return tuple(self._snapshot(version) for version in self._shelf.versions(KIND, NAME))
        except BadInput as fault:
            raise WeightsUnavailable(f"a snapshot of weights cannot be read: {fault}", remedy=fault.remedy) from fault

    def write(self, weights: Weights) -> None:
        """Keep a snapshot and make it the one in use, at one instant."""
        card = {"snapshot": weights.snapshot_id, "reason": weights.reason, "note": weights.note}
        version = self._shelf.put(KIND, NAME, {FILE: written(weights).encode()}, card)
        self._shelf.publish(KIND, NAME, version)
        self._read[version] = weights

    def _snapshot(self, version: str) -> Weights:
        if version not in self._read:
            files, _ = self._shelf.get(KIND, NAME, version)
            if FILE not in files:
                raise BadInput(f"version {version} of the weights has no {FILE}")
            self._read[version] = read(files[FILE].decode())
        return self._read[version]

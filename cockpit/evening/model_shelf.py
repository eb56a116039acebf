"""Models on the shelf: every version is kept, and which one speaks is a pointer that moves only for a reason."""

from __future__ import annotations

from typing import Final

from cockpit.brains.learning.model import Model
from cockpit.brains.learning.model_files import files_of, model_from
from cockpit.errors import Abstained, BadInput
from cockpit.evening_ports import Shelf

KIND: Final = "model"


class ModelShelf:
    """Read and publish the brains' models. One that was read once is kept: versions never change."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._read: dict[str, Model] = {}

    def version(self, brain: str) -> str | None:
        """Answer the version in use, None when the brain was never trained."""
        return self._shelf.published(KIND, brain)

    def in_use(self, brain: str) -> tuple[str, Model]:
        """Answer the version and the model in use.

        Errors: Abstained when the brain was never trained; BadInput when what is kept does not verify.
        """
        version = self.version(brain)
        if version is None:
            raise Abstained(f"{brain} was never trained on this market", remedy="Run `cockpit train` first.")
        return version, self._model(brain, version)

    def won_before(self, brain: str) -> float:
        """Answer the share of days with a rank IC above zero on the record of the model in use; NaN unknown."""
        version = self.version(brain)
        if version is None:
            return float("nan")
        _, card = self._shelf.get(KIND, brain, version)
        return float(card.get("won", float("nan")))

    def keep(self, model: Model, won: float) -> str:
        """Keep a model without using it, and answer its version; `won` is as `won_before` tells it."""
        card = {"why": model.card.why} | ({"won": won} if won == won else {})
        version = self._shelf.put(KIND, model.brain, files_of(model), card)
        self._read[version] = model
        return version

    def publish(self, brain: str, version: str) -> None:
        """Make a kept version the one in use; BadInput when it does not verify."""
        self._shelf.publish(KIND, brain, version)

    def _model(self, brain: str, version: str) -> Model:
        if version not in self._read:
            files, _ = self._shelf.get(KIND, brain, version)
            model = model_from(files)
            if model.brain != brain:
                raise BadInput(f"version {version[:12]} on the shelf of {brain} is a model of {model.brain}: swapped")
            self._read[version] = model
        return self._read[version]

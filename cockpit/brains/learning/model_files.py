"""A model as named files for the shelf, and back: plain numbers and text, each sealed with its hash in the first."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from cockpit.brains.learning import calibration as maps
from cockpit.brains.learning.linear import Ridge
from cockpit.brains.learning.model import Model
from cockpit.brains.learning.model_card import Learner, card_of
from cockpit.brains.learning.trees import Trees, parsed
from cockpit.errors import BadInput

SEAL: Final = "model.json"
CALIBRATION: Final = "calibration.json"
LEARNER: Final = {Learner.LINEAR: "ridge.json", Learner.BOOSTED: "trees.txt"}


def files_of(model: Model) -> dict[str, bytes]:
    """Answer a model's files by name. The same model gives the same bytes."""
    parts = {
        LEARNER[model.card.learner]: _written(model.learner),
        CALIBRATION: maps.written(model.calibration).encode(),
    }
    seals = {name: hashlib.sha256(content).hexdigest() for name, content in parts.items()}
    sealed = json.dumps({"card": model.card.plain(), "sha256": seals}, sort_keys=True, indent=1, ensure_ascii=False)
    return {SEAL: sealed.encode(), **parts}


def model_id(files: Mapping[str, bytes]) -> str:
    """Answer the content hash of a model's files; 64 hexadecimal digits."""
    return hashlib.sha256(files[SEAL]).hexdigest()


def model_from(files: Mapping[str, bytes]) -> Model:
    """Read a model back from its files.

    Errors: BadInput naming the file that is missing, cut short, edited, of another model or not known here.
    """
    sealed = _json(files, SEAL)
    try:
        card, seals = card_of(sealed["card"]), dict(sealed["sha256"])
    except (KeyError, TypeError, ValueError) as fault:
        raise BadInput(f"{SEAL} holds no card and seals: {fault!r}") from fault
    wanted = {SEAL, CALIBRATION, LEARNER[card.learner]}
    if set(files) != wanted or set(seals) != wanted - {SEAL}:
        raise BadInput(f"files {sorted(files)} given; {sorted(wanted)} expected")
    for name, seal in seals.items():
        if hashlib.sha256(files[name]).hexdigest() != seal:
            raise BadInput(f"{name} is not the file that was sealed with {card.brain}'s model: cut short or swapped")
    content = files[LEARNER[card.learner]]
    learner = parsed(content.decode(), card.columns) if card.learner is Learner.BOOSTED else _ridge(content)
    return Model(card, learner, maps.read(files[CALIBRATION].decode()))


def _written(learner: Ridge | Trees) -> bytes:
    if isinstance(learner, Trees):
        return learner.text.encode()
    plain = {"columns": learner.columns, "weights": learner.weights.tolist(), "penalty": learner.penalty}
    return json.dumps(plain, indent=1, allow_nan=False).encode()


def _ridge(content: bytes) -> Ridge:
    try:
        plain = json.loads(content)
        return Ridge(tuple(plain["columns"]), np.array(plain["weights"], dtype=np.float64), float(plain["penalty"]))
    except (KeyError, TypeError, ValueError) as fault:
        raise BadInput(f"{LEARNER[Learner.LINEAR]} holds no ridge: {fault!r}") from fault


def _json(files: Mapping[str, bytes], name: str) -> Any:
    if name not in files:
        raise BadInput(f"{name} is not among {sorted(files)}; a model begins with it")
    try:
        return json.loads(files[name])
    except ValueError as fault:
        raise BadInput(f"{name} is cut short or no JSON: {fault}") from fault

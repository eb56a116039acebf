"""Snapshots of weights as canonical text and back; the id of a snapshot is the hash of its own content."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, fields, replace
from datetime import date
from typing import Any, Final

from cockpit.errors import WeightsUnavailable
from cockpit.opinions import Alarm, Weights

ID_LENGTH: Final = 24
_MAPPINGS: Final = ("shares", "earned", "losses")


def content_id(weights: Weights) -> str:
    """Answer the hash of everything a snapshot says but its id."""
    return hashlib.sha256(_dumped(_tree(weights)).encode()).hexdigest()[:ID_LENGTH]


def signed(weights: Weights) -> Weights:
    """Answer the snapshot under its own id."""
    return replace(weights, snapshot_id=content_id(weights))


def written(weights: Weights) -> str:
    """Write a snapshot as its one canonical text, plain numbers and words only."""
    return _dumped({**_tree(weights), "snapshot_id": weights.snapshot_id})


def read(text: str) -> Weights:
    """Read a snapshot back.

    Errors: WeightsUnavailable when the text is not a snapshot, or its id is not the hash of its content.
    """
    try:
        tree = json.loads(text)
        if tree.keys() != {f.name for f in fields(Weights)}:
            raise KeyError(f"fields {sorted(tree)} found")
        tree["session"] = None if tree["session"] is None else date.fromisoformat(tree["session"])
        tree["alarms"] = tuple(Alarm(**alarm) for alarm in tree["alarms"])
        weights = Weights(**tree)
    except (ValueError, TypeError, KeyError, AttributeError) as fault:
        raise WeightsUnavailable(f"a stored snapshot of weights cannot be read: {fault!r}") from fault
    return verified(weights)


def verified(weights: Weights) -> Weights:
    """Answer the snapshot as it is; WeightsUnavailable when it is not what it was when it was signed."""
    if weights.snapshot_id != (own := content_id(weights)):
        raise WeightsUnavailable(f"snapshot {weights.snapshot_id!r} holds the content of {own!r}: it was changed")
    return weights


def _tree(weights: Weights) -> dict[str, Any]:
    tree = {f.name: getattr(weights, f.name) for f in fields(Weights) if f.name != "snapshot_id"}
    tree |= {name: dict(tree[name]) for name in _MAPPINGS}
    tree["session"] = None if weights.session is None else weights.session.isoformat()
    tree["alarms"] = [asdict(alarm) for alarm in weights.alarms]
    return tree


def _dumped(tree: dict[str, Any]) -> str:
    return json.dumps(tree, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)

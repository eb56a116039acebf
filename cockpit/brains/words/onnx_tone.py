"""An ear from a file: a text model in ONNX form, named by path and checksum; off unless somebody names one.

The model takes one column of texts and answers the probabilities of negative, neutral and positive. Such a file is
somebody else's program as much as numbers, so it is opened only when it is, byte for byte, the one that was named.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from cockpit.brains.words.tone_head import CLASSES
from cockpit.errors import BadInput

TOLERANCE: Final = 1e-3
"""Probabilities add up to 1 within this; models are kept in few digits."""


class OnnxTone:
    """Hear tones by an ONNX model.

    Errors: BadInput when the file is not there, is not the one named by `sha256`, or takes and answers something else;
    BadInput with the remedy when onnxruntime is not installed.
    """

    def __init__(self, path: Path, sha256: str) -> None:
        if not path.is_file():
            raise BadInput(f"no tone model at {path}")
        content = path.read_bytes()
        found = hashlib.sha256(content).hexdigest()
        if found != sha256.lower():
            raise BadInput(f"{path.name} has checksum {found[:12]}..., {sha256[:12]}... was named; it is another file")
        self._session = _opened(content, path.name)
        self._input = _only_texts(self._session, path.name)
        self._name, self._identity = path.name, found

    @property
    def identity(self) -> str:
        """Answer the checksum of the model's file."""
        return self._identity

    def tone(self, text: str, names: Sequence[str] = ()) -> float:
        """Answer the probability of good less that of bad news, -1 to 1, of the whole line: it knows no names.

        Errors: BadInput when the model answers no probabilities.
        """
        answer = self._session.run(None, {self._input: np.array([text], dtype=object)})[0]
        told = np.asarray(answer, dtype=np.float64).reshape(-1)
        if len(told) != len(CLASSES) or not (told >= 0).all() or abs(told.sum() - 1) > TOLERANCE:
            raise BadInput(f"{self._name} answered {told.tolist()}; probabilities of {', '.join(CLASSES)} expected")
        return float(told[2] - told[0])


def _opened(content: bytes, name: str) -> Any:
    try:
        import onnxruntime
    except ImportError as fault:
        raise BadInput(
            f"{name} is an ONNX model and onnxruntime is not installed", remedy="Install the extra: cockpit[onnx]."
        ) from fault
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as fault:  # the vendor raises classes of its own that are not public
        raise BadInput(f"{name} is no ONNX model that can be run: {fault}") from fault


def _only_texts(session: Any, name: str) -> str:
    inputs = session.get_inputs()
    if len(inputs) != 1 or inputs[0].type != "tensor(string)":
        taken = ", ".join(f"{i.name} {i.type}" for i in inputs)
        raise BadInput(f"{name} takes {taken}; one column of texts (tensor(string)) expected")
    return str(inputs[0].name)

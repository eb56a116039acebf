"""An ear from a file: opened only when it is the file that was named, and only when it takes texts."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from cockpit.brains.words.onnx_tone import OnnxTone
from cockpit.errors import BadInput


def kept(path: Path, inputs: str = "string", answers: tuple[float, ...] = (0.1, 0.2, 0.7)) -> str:
    """Write a tiny model that answers the same probabilities to every text but `bad`, and answer its checksum."""
    from onnx import TensorProto, helper

    ml = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    kind = TensorProto.STRING if inputs == "string" else TensorProto.FLOAT
    text = helper.make_tensor_value_info("text", kind, [1])
    told = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [len(answers)])
    nodes = []
    if inputs == "string":
        columns = [f"c{k}" for k in range(len(answers))]
        for k, name in enumerate(columns):
            nodes.append(
                helper.make_node(
                    "LabelEncoder", ["text"], [name], domain="ai.onnx.ml",
                    keys_strings=["bad"], values_floats=[answers[-1 - k]], default_float=answers[k],
                )
            )  # fmt: skip
        nodes.append(helper.make_node("Concat", columns, ["probabilities"], axis=0))
    else:
        nodes.append(helper.make_node("Identity", ["text"], ["probabilities"]))
    graph = helper.make_graph(nodes, "tone", [text], [told])
    content = helper.make_model(graph, opset_imports=ml, ir_version=8).SerializeToString()
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def test_a_named_model_is_heard(tmp_path: Path) -> None:
    ear = OnnxTone(tmp_path / "tone.onnx", kept(tmp_path / "tone.onnx"))
    assert ear.tone("anything at all") == pytest.approx(0.6)
    assert ear.tone("bad") == pytest.approx(-0.6)


def test_a_file_with_another_checksum_is_not_opened(tmp_path: Path) -> None:
    kept(tmp_path / "tone.onnx")
    with pytest.raises(BadInput, match="another file"):
        OnnxTone(tmp_path / "tone.onnx", "0" * 64)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no tone model at .*tone\.onnx"):
        OnnxTone(tmp_path / "tone.onnx", "0" * 64)


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tone.onnx").write_bytes(b"not a model")
    with pytest.raises(BadInput, match="no ONNX model"):
        OnnxTone(tmp_path / "tone.onnx", hashlib.sha256(b"not a model").hexdigest())


def test_a_model_that_takes_numbers_is_refused(tmp_path: Path) -> None:
    named = kept(tmp_path / "tone.onnx", inputs="float", answers=(1.0,))
    with pytest.raises(BadInput, match="one column of texts"):
        OnnxTone(tmp_path / "tone.onnx", named)


@pytest.mark.parametrize("answers", [(0.5, 0.5), (0.9, 0.9, 0.9), (-0.5, 0.5, 1.0)])
def test_an_answer_that_is_no_probability_is_refused(tmp_path: Path, answers: tuple[float, ...]) -> None:
    ear = OnnxTone(tmp_path / "tone.onnx", kept(tmp_path / "tone.onnx", answers=answers))
    with pytest.raises(BadInput, match="probabilities of negative, neutral, positive"):
        ear.tone("x")

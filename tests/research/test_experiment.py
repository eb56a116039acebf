"""An experiment's file: every word is known or refused with the nearest one, and the hash covers all that decides."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cockpit.errors import BadInput
from cockpit.research.experiment import read_experiment, trial_key

SHIPPED = sorted((Path(__file__).resolve().parents[2] / "resources/experiments").glob("*.yaml"))
GOOD = """
name: made
hypothesis: What fell comes back.
kind: rank
period: {begin: 2021-01-04, end: 2023-12-01}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "made.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_experiment_is_understood(path: Path) -> None:
    made = read_experiment(path)
    assert made.name == path.stem
    assert len({trial_key(made, point, "", "")[0] for point in made.points}) == len(made.points) > 1


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("score: reversal_6", "did you mean 'reversal_"),
        ("universe: {frist: 1}", "did you mean 'first'"),
        ("rules: {leaf: 30}", "did you mean 'leave'"),
        ("rules: {leave: '30'}", "int expected"),
        ("rules: {slippage: 1e-3}", "quote a text"),
        ("rules: {enter: 20, leave: 10}", "enter <= leave"),
        ("grid: {leave: 30}", "lists of values"),
        ("grid: {leaves: [30]}", "did you mean 'leave'"),
        ("grid: {score: [momentum]}", "momentum_12_1"),
        ("grid: {seed: [1, 2]}", "no field"),
        ("seed: true", "int expected"),
        ("universe: {first: 9, last: 9}", "no two names"),
        ("stop_loss: 0.02", "not known here"),
    ],
)
def test_a_word_that_is_not_understood_is_named(tmp_path: Path, line: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        read_experiment(written(tmp_path, GOOD + line))


def test_what_an_experiment_must_name_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="hypothesis, period missing"):
        read_experiment(written(tmp_path, "name: made\nkind: rank\n"))
    with pytest.raises(BadInput, match="did you mean 'rank'"):
        read_experiment(written(tmp_path, GOOD.replace("kind: rank", "kind: ranks")))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: &x [1]\nb: *x\n", "alias"),
        ("!!python/object/apply:os.system ['touch /tmp/owned']", "no YAML"),
        ("name: [unclosed", "no YAML"),
        ("- a list", "names with values"),
        ("name: " + "x" * 70_000, "at most"),
    ],
)
def test_a_file_that_is_no_experiment_is_inert(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        read_experiment(written(tmp_path, text))


def test_a_grid_makes_every_point_and_too_many_are_refused(tmp_path: Path) -> None:
    made = read_experiment(written(tmp_path, GOOD + "grid: {leave: [10, 20], hold: [1, 3, 5]}"))
    assert [point.rules.leave for point in made.points] == [10, 10, 10, 20, 20, 20]
    many = f"grid: {{leave: {list(range(10, 100))}, hold: {list(range(1, 60))}}}"
    with pytest.raises(BadInput, match="fewer prove more"):
        read_experiment(written(tmp_path, GOOD + many)).points  # noqa: B018


def test_whatever_decides_the_result_changes_the_hash_and_the_words_do_not(tmp_path: Path) -> None:
    made = read_experiment(written(tmp_path, GOOD))
    (point,) = made.points
    key = trial_key(made, point, "prices", "code")[0]
    others = {
        trial_key(replace(made, seed=2), point, "prices", "code")[0],
        trial_key(made, replace(point, score="reversal_10"), "prices", "code")[0],
        trial_key(made, replace(point, rules=replace(point.rules, hold=2)), "prices", "code")[0],
        trial_key(made, point, "other prices", "code")[0],
        trial_key(made, point, "prices", "other code")[0],
    }
    assert len(others | {key}) == 6
    assert trial_key(replace(made, hypothesis="In other words."), point, "prices", "code")[0] == key

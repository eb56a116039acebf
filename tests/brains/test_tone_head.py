"""The learned ear: clearly above the word lists on headlines it has not seen, and the same numbers as the learner's."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cockpit.brains.words.tone_head import NUMBERS, SEAL, WORDS, LearnedTone, TonePlan
from cockpit.brains.words.tone_training import (
    PENALTY_C,
    ROUNDS,
    Example,
    is_held_out,
    measured,
    trained,
)
from cockpit.brains.words.tone_traits import BLOCKS, numbers, traits
from cockpit.errors import BadInput
from tests.brains.ears import golden, lexicon, report_of

MADE = [
    Example(f"{name} {says} on {why}", name, label)
    for name in ("Alpha", "Beta", "Gamma")
    for says, label in (("gains", "positive"), ("falls", "negative"), ("ends flat", "neutral"))
    for why in ("exports", "rates", "results", "volume")
]


def plan() -> TonePlan:
    return trained(MADE, lexicon(), "made headlines")


def test_what_is_applied_in_plain_numbers_equals_what_the_learner_answers() -> None:
    from scipy.sparse import csr_matrix, hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    heard = [lexicon().heard(e.text, (e.name,)) for e in MADE]
    told = csr_matrix([numbers(h, lexicon().vader(h.nameless)) for h in heard])
    blocks = []
    for block in BLOCKS:
        vectors = TfidfVectorizer(analyzer=lambda h, b=block: traits(h)[b], sublinear_tf=True, min_df=2)
        blocks.append(vectors.fit_transform(heard))
    table = hstack([*blocks, told]).tocsr()
    theirs = LogisticRegression(C=PENALTY_C, max_iter=ROUNDS).fit(table, [e.label for e in MADE]).predict_proba(table)
    ours = LearnedTone(plan(), lexicon())
    found = np.array([ours.probabilities(e.text, (e.name,)) for e in MADE])
    assert np.abs(found - theirs).max() < 1e-9


def test_a_plan_that_was_kept_hears_exactly_what_it_heard() -> None:
    before, after = plan(), TonePlan.from_files(plan().files())
    text = "Delta gains on exports and falls on rates"
    left, right = (LearnedTone(p, lexicon()).probabilities(text, ("Delta",)) for p in (before, after))
    assert left.tolist() == right.tolist()
    assert before.files() == after.files()
    assert after.trained_on == "made headlines"


@pytest.mark.parametrize("name", [WORDS, NUMBERS])
@pytest.mark.parametrize("harm", ["cut", "changed", "gone"])
def test_a_file_that_is_not_what_was_written_is_refused_by_name(name: str, harm: str) -> None:
    files = plan().files()
    content = files.pop(name)
    if harm != "gone":
        files[name] = content[:-20] if harm == "cut" else content[:-1] + bytes([content[-1] ^ 1])
    with pytest.raises(BadInput, match=name):
        TonePlan.from_files(files)


def test_files_of_two_trainings_are_not_mixed() -> None:
    mine, other = plan().files(), trained(MADE[:18], lexicon(), "half").files()
    seal = {**json.loads(mine[SEAL]), NUMBERS: json.loads(other[SEAL])[NUMBERS]}
    with pytest.raises(BadInput, match="both must be of one training"):
        TonePlan.from_files({WORDS: mine[WORDS], NUMBERS: other[NUMBERS], SEAL: json.dumps(seal).encode()})


def test_a_plan_without_its_seal_is_refused() -> None:
    files = plan().files()
    del files[SEAL]
    with pytest.raises(BadInput, match=SEAL):
        TonePlan.from_files(files)


def test_the_company_s_own_name_teaches_nothing() -> None:
    ear = LearnedTone(plan(), lexicon())
    tones = {ear.tone(f"{name} gains on exports", (name,)) for name in ("Alpha", "Never Seen Ltd", "Zed")}
    assert len(tones) == 1


def test_one_ear_is_told_from_another() -> None:
    mine, same, other = plan(), plan(), trained(MADE[:18], lexicon(), "half")
    ids = [LearnedTone(p, lexicon()).identity for p in (mine, same, other)]
    assert ids[0] == ids[1] != ids[2]


def test_labels_nobody_knows_and_labels_without_examples_are_refused() -> None:
    with pytest.raises(BadInput, match="'great' given"):
        trained([Example("x", "x", "great")], lexicon(), "")
    with pytest.raises(BadInput, match="some of each"):
        trained(MADE[:4], lexicon(), "")


def test_the_same_line_is_always_on_the_same_side_however_it_is_printed() -> None:
    assert is_held_out("Infosys: net up 5%") == is_held_out("INFOSYS net up 5")
    sides = [is_held_out(f"headline {k}") for k in range(2000)]
    assert sum(sides) / 2000 == pytest.approx(0.5, abs=0.05)


@pytest.mark.slow
def test_on_unseen_headlines_the_learned_ear_beats_the_word_lists_and_these_beat_vader(
    market_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = report_of(market_data)
    with capsys.disabled():
        print(f"\n{report}")
    vader, phrases, ear = report.figures
    assert ear.accuracy >= 0.80
    assert ear.macro_f1 >= 0.80
    assert phrases.accuracy >= 0.74
    assert vader.high < phrases.low < phrases.high < ear.low


@pytest.mark.slow
def test_on_the_golden_headlines_the_learned_ear_is_far_above_vader(
    market_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    vader, _, ear = measured(golden(), lexicon(), LearnedTone(report_of(market_data).plan, lexicon()))
    with capsys.disabled():
        print(f"\n{vader}\n{ear}")
    assert ear.accuracy >= 0.75
    assert ear.low > vader.high

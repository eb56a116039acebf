"""An experiment as a person writes it: YAML, checked word by word, hashed by all that decides its result.

Nothing in a file can run: it is read by the safe loader, without aliases, under a size limit. An unknown word is
refused with the nearest known one, because a misspelt limit that is silently left at its default is a false result.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import typing
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import yaml

from cockpit.errors import BadInput
from cockpit.research.rank_book import RankRules

MOST_BYTES: Final = 64_000
MOST_POINTS: Final = 2_000
SCORES: Final = (
    "reversal_5", "reversal_10", "reversal_21", "reversal_z", "reversal_sector_z", "momentum_12_1", "high_252",
    "calm_z", "own_calm_z",
)  # fmt: skip
"""Scores by which an experiment of kind `rank` may rank names: the quantitative brain's own columns."""


class Kind(StrEnum):
    """What an experiment does."""

    RANK = "rank"
    """Hold the best-ranked names, rebalanced at the open, delivery."""


@dataclass(frozen=True, slots=True)
class Universe:
    """Which names, each evening anew: by rank of mean traded value over 20 sessions, both ends included."""

    first: int = 1
    last: int = 96


@dataclass(frozen=True, slots=True)
class Period:
    """From which session to which, both included."""

    begin: date
    end: date


@dataclass(frozen=True, slots=True)
class WalkForward:
    """How the point in force is chosen: on what went before, anew every so many months, after `first` sessions."""

    first: int = 504
    months: int = 12


@dataclass(frozen=True, slots=True)
class Experiment:
    """One hypothesis with the grid of points at which it is tried."""

    name: str
    hypothesis: str
    kind: Kind
    period: Period
    universe: Universe = Universe()
    score: str = "reversal_5"
    rules: RankRules = field(default_factory=RankRules)
    grid: Mapping[str, tuple[Any, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Values to try, by name: `score`, or a field of `rules`."""
    walk: WalkForward = WalkForward()
    seed: int = 1

    def __post_init__(self) -> None:
        if self.score not in SCORES:
            raise BadInput(f"{self.name}: score {self.score!r}; {_nearest(self.score, SCORES)}")
        if not 1 <= self.universe.first < self.universe.last:
            raise BadInput(f"{self.name}: universe {self.universe.first} to {self.universe.last} holds no two names")
        if self.period.begin >= self.period.end:
            raise BadInput(f"{self.name}: the period ends on {self.period.end} before it begins")

    @property
    def points(self) -> tuple[Point, ...]:
        """Answer every point of the grid, in the order written.

        Errors: BadInput for a grid of more points than may be tried, or a value its field refuses.
        """
        sides = [[(name, value) for value in values] for name, values in self.grid.items()]
        made = tuple(self._point(dict(chosen)) for chosen in itertools.product(*sides))
        if len(made) > MOST_POINTS:
            raise BadInput(f"{self.name}: {len(made)} points; at most {MOST_POINTS}, and fewer prove more")
        return made

    def _point(self, chosen: Mapping[str, Any]) -> Point:
        rules = {name: value for name, value in chosen.items() if name != "score"}
        return Point(str(chosen.get("score", self.score)), replace(self.rules, **rules), tuple(sorted(chosen.items())))


@dataclass(frozen=True, slots=True)
class Point:
    """One trial of an experiment: what is ranked by and how the book is kept."""

    score: str
    rules: RankRules
    chosen: tuple[tuple[str, Any], ...] = ()
    """What the grid chose, for people."""

    @property
    def label(self) -> str:
        """Name it by what the grid chose."""
        return ", ".join(f"{name} {value}" for name, value in self.chosen) or "the only point"


def trial_key(experiment: Experiment, point: Point, data: str, code: str) -> tuple[str, str]:
    """Answer (hash, canonical text) of all that decides a trial's result; another seed is another trial.

    `data` and `code` are the fingerprints of the prices and of the code that plays them.
    """
    what = {
        "experiment": experiment.name,
        "kind": experiment.kind,
        "universe": asdict(experiment.universe),
        "period": [experiment.period.begin.isoformat(), experiment.period.end.isoformat()],
        "score": point.score,
        "rules": asdict(point.rules),
        "seed": experiment.seed,
        "data": data,
        "code": code,
    }
    text = json.dumps(what, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest(), text


def read_experiment(path: Path) -> Experiment:
    """Read an experiment's file.

    Errors: BadInput naming the word, its line of descent, what is known there, and the nearest known word.
    """
    try:
        size = path.stat().st_size
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise BadInput(f"experiment {path}: {fault}") from fault
    if size > MOST_BYTES:
        raise BadInput(f"experiment {path} has {size} bytes; at most {MOST_BYTES}: a hypothesis fits on a page")
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise BadInput(f"experiment {path} uses an alias; write the value twice")
        told = yaml.safe_load(text)
    except yaml.YAMLError as fault:
        raise BadInput(f"experiment {path} is no YAML: {' '.join(str(fault).split())}") from fault
    made: Experiment = _made(Experiment, told, path.name)
    _check_grid(made)
    return made


def _check_grid(experiment: Experiment) -> None:
    known = ("score", *(f.name for f in fields(RankRules)))
    for name in experiment.grid:
        if name not in known:
            raise BadInput(f"{experiment.name}: the grid's {name!r} is no field; {_nearest(name, known)}")
    for point in experiment.points:
        if point.score not in SCORES:
            raise BadInput(f"{experiment.name}: score {point.score!r}; {_nearest(point.score, SCORES)}")


def _made(kind: type, told: Any, where: str) -> Any:
    if not isinstance(told, Mapping):
        raise BadInput(f"{where}: {told!r} given; names with values expected")
    hints = typing.get_type_hints(kind)
    known = {f.name: f for f in fields(kind)}
    for word in told:
        if word not in known:
            raise BadInput(f"{where}: {word!r} is not known here; {_nearest(str(word), known)}")
    missing = [n for n, f in known.items() if n not in told and f.default is MISSING and f.default_factory is MISSING]
    if missing:
        raise BadInput(f"{where}: {', '.join(missing)} missing; an experiment names what it tries")
    return kind(**{word: _value(hints[word], value, f"{where}: {word}") for word, value in told.items()})


def _value(hint: Any, told: Any, where: str) -> Any:
    if typing.get_origin(hint) is Mapping:
        if not isinstance(told, Mapping) or not all(isinstance(v, list) and v for v in told.values()):
            raise BadInput(f"{where}: lists of values by name expected, as `leave: [10, 30]`")
        return MappingProxyType({str(name): tuple(values) for name, values in told.items()})
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        if told not in list(hint):
            raise BadInput(f"{where}: {told!r} given; {_nearest(str(told), [str(v) for v in hint])}")
        return hint(told)
    if isinstance(hint, type) and hasattr(hint, "__dataclass_fields__"):
        return _made(hint, told, where)
    right = {float: (int, float), int: (int,), str: (str,), date: (date,)}[hint]
    if not isinstance(told, right) or isinstance(told, bool):
        raise BadInput(f"{where}: {told!r} is {type(told).__name__}; {hint.__name__} expected (quote a text)")
    return float(told) if isinstance(told, int) and hint is float else told


def _nearest(word: str, known: Any) -> str:
    names = [str(name) for name in known]
    close = get_close_matches(word, names, 1)
    return f"did you mean {close[0]!r}?" if close else f"known are {', '.join(names)}"

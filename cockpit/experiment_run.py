"""What `cockpit experiment` does: run a hypothesis, put every trial on record, and say what the gate says."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cockpit.clock import WallClock
from cockpit.errors import BadInput
from cockpit.paper.costs import ChargeTable
from cockpit.places import resources_folder
from cockpit.research.experiment import read_experiment
from cockpit.research.gate import Judged, Limits, Verdict
from cockpit.research.rank_market import RankMarket
from cockpit.research.rank_study import Figures, Finished, studied
from cockpit.research_ports import Trial, TrialEnd
from cockpit.storage.home import Home
from cockpit.storage.trial_store import SqlTrials
from cockpit.told import without_nan

RECORD: Final = "trials.db"
HEAD: Final = (
    f"{'':<46}{'CAGR':>7}{'alpha/y':>9}{'t':>6}{'beta':>6}{'drawdown':>10}{'wins':>7}{'deployed':>10}"
    f"{'turns/y':>9}{'charges/y':>11}{'trades':>8}"
)
SESSIONS: Final = 248


@dataclass(frozen=True, slots=True)
class Shown:
    """What a command answers: text for a person and plain values for a script."""

    text: str
    as_json: Any
    is_pass: bool = False


def run(file: Path, data: Path, home: Path | None, *, quiet: bool) -> Shown:
    """Run an experiment on recorded prices.

    Errors: BadInput for a file that is not understood; Abstained where the prices do not cover its period.
    """
    from cockpit.venues.recorded import RecordedMarket

    experiment, resources = read_experiment(file), resources_folder()
    table = ChargeTable.load(resources / "charges.toml")
    market = RankMarket(RecordedMarket(data).panel(adjusted=True), table)
    store, clock = opened(home), WallClock()
    finished = studied(experiment, market, store, clock.now, _teller(quiet), Limits())
    note = ""
    if experiment.period.begin < table.starts_on:
        note = f"Before {table.starts_on} the charges of that day are assumed: the table begins there."
    return Shown(_text(finished, note), _as_json(finished), finished.judged.verdict is Verdict.PASS)


def listed(home: Path | None) -> Shown:
    """Answer every study on record with its trials."""
    store = opened(home)
    store.verify()
    trials = store.trials()
    studies = sorted({trial.study for trial in trials})
    lines = [_line(study, [t for t in trials if t.study == study]) for study in studies]
    rows = {study: len([t for t in trials if t.study == study]) for study in studies}
    return Shown("\n".join(lines) or "No trial is on record yet: `cockpit experiment run FILE --data FOLDER`.", rows)


def opened(home: Path | None) -> SqlTrials:
    """Open the record of trials: in the database of the settings where one is named, else in the data folder."""
    place = Home.at(home)
    url = place.read_settings().store.ledger_url
    return SqlTrials.open(url or place.root / "research" / RECORD)


def _line(study: str, trials: Sequence[Trial]) -> str:
    ends = {end: sum(t.end is end for t in trials) for end in TrialEnd}
    told = ", ".join(f"{n} {end}" for end, n in ends.items() if n)
    return f"{study:<28}{len(trials):>5} trials: {told}"


def _teller(quiet: bool) -> Any:
    moves = sys.stderr.isatty() and not quiet

    def tell(what: str, done: int, total: int) -> None:
        if moves:
            sys.stderr.write(f"\r{f'{done + 1} of {total}: {what}':<78.78}" + ("\n" if done + 1 == total else ""))

    return tell


def _text(finished: Finished, note: str) -> str:
    e, verdict = finished.experiment, finished.judged
    lines = [
        f"{e.name}: {e.hypothesis.strip()}",
        f"{e.period.begin} to {e.period.end}, each evening the names {e.universe.first} to {e.universe.last} by value",
        *([note] if note else []),
        "",
        HEAD,
        *(_row(figures) for figures in finished.points),
        "",
        _row(finished.walked),
        _row(finished.random),
        f"{'all members held alike, before costs':<46}{finished.held_cagr:>7.1%}",
        f"{'nothing done':<46}{0:>7.1%}",
        "",
        *_verdict_lines(verdict, finished.trials),
    ]
    return "\n".join(lines)


def _row(f: Figures) -> str:
    alpha = f"{f.alpha.mean * SESSIONS:>9.1%}{f.alpha.t:>6.1f}"
    return (
        f"{f.label:<46}{f.cagr:>7.1%}{alpha}{f.beta:>6.2f}{f.drawdown:>10.0%}{_rate(f.win_rate):>7}{f.deployed:>10.0%}"
        f"{f.turnover_a_year:>9.1f}{f.charges_a_year:>11.1%}{f.trades:>8}"
    )


def _rate(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.0%}"


def _verdict_lines(verdict: Judged, trials: int) -> Sequence[str]:
    needed = verdict.sessions_needed
    longer = "no record would prove it" if math.isinf(needed) else f"{needed:,.0f} sessions would prove it, if true"
    marks = {Verdict.PASS: "+", Verdict.NOT_PROVEN: "?", Verdict.FAIL: "x"}
    return [
        f"{verdict.verdict} on {trials} trials on record, {verdict.sessions:,} sessions out of sample ({longer})",
        *(f"  {marks[c.verdict]} {c.tier:<12} {c.sentence} {c.value} (limit {c.limit})" for c in verdict.checks),
    ]


def _as_json(finished: Finished) -> Any:
    def told(f: Figures) -> dict[str, Any]:
        return {
            "label": f.label, "cagr": f.cagr, "alpha_a_year": f.alpha.mean * SESSIONS, "alpha_t": f.alpha.t,
            "beta": f.beta, "drawdown": f.drawdown, "win_rate": f.win_rate, "deployed": f.deployed,
            "turnover_a_year": f.turnover_a_year, "charges_a_year": f.charges_a_year, "trades": f.trades,
        }  # fmt: skip

    return without_nan(
        {
            "name": finished.experiment.name,
            "points": [told(f) for f in finished.points],
            "walked": told(finished.walked),
            "random": told(finished.random),
            "held_cagr": finished.held_cagr,
            "verdict": finished.judged.verdict.value,
            "trials": finished.trials,
            "checks": [
                {
                    "tier": c.tier.value,
                    "sentence": c.sentence,
                    "verdict": c.verdict.value,
                    "value": c.value,
                    "limit": c.limit,
                }
                for c in finished.judged.checks
            ],
        }
    )


def needs_data(data: Path | None) -> Path:
    """Answer the folder of recorded prices.

    Errors: BadInput when none is named: an experiment on invented prices proves nothing.
    """
    if data is None:
        raise BadInput(
            "an experiment needs recorded prices", remedy="Give --data FOLDER: practice prices are invented."
        )
    return data

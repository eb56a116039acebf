"""What the nights remember: which steps are done, and every prediction until and after it came true.

One folder an evening: `steps.json`, one column file for all that was said, one for all that came true. A file is
whole at every instant, and what was said once is never replaced by something else.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cockpit.errors import BadInput
from cockpit.opinions import OUTCOME, PREDICTION, Outcome, Predictions
from cockpit.storage.atomic import replacing
from cockpit.storage.columns import FORMAT, damaged, opened, rows_of, table_of

STEPS: Final = "steps.json"
SAID: Final = "said.parquet"
CAME_TRUE: Final = "outcomes.parquet"
HEADS: Final = b"heads"
"""Where a file's metadata keep what holds for all rows of one brain."""


class NightFolder:
    """Keep the evenings below a folder, `2026-11-20/`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def done(self, session: date) -> Mapping[str, str]:
        """Answer step to line of an evening, in the order done; nothing for one that never began.

        Errors: BadInput when the file is not what was written.
        """
        path = self._path(session, STEPS)
        if not path.exists():
            return {}
        try:
            tree = json.loads(path.read_text(encoding="utf-8"))
            return {str(step): str(line) for step, line in tree}
        except (OSError, ValueError, TypeError) as fault:
            raise BadInput(f"{path} cannot be read: {fault}", remedy="Delete it: the evening runs again.") from fault

    def note(self, session: date, step: str, line: str) -> None:
        """Make one step's line durable."""
        lines = [*self.done(session).items(), (step, line)]
        self._replace(session, STEPS, json.dumps(lines, ensure_ascii=False).encode())

    def forget(self, session: date, steps: Sequence[str]) -> None:
        """Let `steps` be done again."""
        lines = [(step, line) for step, line in self.done(session).items() if step not in steps]
        self._replace(session, STEPS, json.dumps(lines, ensure_ascii=False).encode())

    def evenings(self) -> Sequence[date]:
        """Answer the evenings on which something was said, oldest first."""
        return tuple(date.fromisoformat(path.parent.name) for path in sorted(self._root.glob(f"*/{SAID}")))

    def keep_said(self, session: date, said: Sequence[Predictions]) -> None:
        """Keep all predictions of one evening; the same ones again change nothing.

        Errors: BadInput when other predictions of that evening are kept already: what was said stays said.
        """
        heads = [_head_of(p) for p in said]
        if any(p.session != session for p in said) or len({p.key for p in said}) != len(said):
            raise BadInput(f"predictions of {[p.key for p in said]} given for {session}; one a brain expected")
        content = _written(heads, [p.rows for p in said], PREDICTION)
        self._keep_once(session, SAID, content)

    def said(self, session: date) -> tuple[Predictions, ...]:
        """Answer all predictions of an evening, none when nothing was said.

        Errors: BadInput when the file is not what was written.
        """
        return tuple(_said_of(head, rows) for head, rows in self._read(session, SAID, PREDICTION))

    def keep_outcomes(self, made: date, outcomes: Sequence[Outcome]) -> None:
        """Keep what came true of the evening `made`; the same again changes nothing, something else is refused."""
        heads = [
            {
                **_head_of(o.said),
                "resolved_on": o.resolved_on.isoformat(),
                "unresolved": [list(u) for u in o.unresolved],
            }
            for o in outcomes
        ]
        self._keep_once(made, CAME_TRUE, _written(heads, [o.rows for o in outcomes], OUTCOME))

    def outcomes(self, made: date) -> tuple[Outcome, ...]:
        """Answer what came true of an evening, none while it is open."""
        said = {p.brain: p for p in self.said(made)}
        return tuple(
            Outcome(
                said[head["brain"]],
                date.fromisoformat(head["resolved_on"]),
                rows,
                tuple((int(token), str(why)) for token, why in head["unresolved"]),
            )
            for head, rows in self._read(made, CAME_TRUE, OUTCOME)
        )

    def _path(self, session: date, name: str) -> Path:
        return self._root / session.isoformat() / name

    def _replace(self, session: date, name: str, content: bytes) -> None:
        path = self._path(session, name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        replacing(path, partial(_put, content))

    def _keep_once(self, session: date, name: str, content: bytes) -> None:
        path = self._path(session, name)
        if path.exists():
            if path.read_bytes() == content:
                return
            raise BadInput(
                f"{path} holds something else already: what was said on an evening is never rewritten",
                remedy="Run another --home for an experiment; this one keeps what it said.",
            )
        self._replace(session, name, content)

    def _read(self, session: date, name: str, dtype: np.dtype[Any]) -> list[tuple[dict[str, Any], Any]]:
        path = self._path(session, name)
        if not path.exists():
            return []
        try:
            with opened(path) as file:
                table = file.read()
            heads = json.loads(table.schema.metadata[HEADS])
            rows = rows_of(table, dtype, path)
            ends = np.cumsum([head["rows"] for head in heads])
            parts = np.split(rows, ends[:-1]) if heads else []
            if heads and (len(rows) != ends[-1]):
                raise BadInput(f"{path}: {len(rows)} rows found, {ends[-1]} were written")
        except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as fault:
            raise damaged(path, fault) from fault
        return list(zip(heads, parts, strict=True))


def _put(content: bytes, file: IO[bytes]) -> int:
    return file.write(content)


def _written(heads: Sequence[dict[str, Any]], parts: Sequence[Any], dtype: np.dtype[Any]) -> bytes:
    """Write rows of several brains as one file, the same rows always as the same bytes."""
    counted = [{**head, "rows": len(rows)} for head, rows in zip(heads, parts, strict=True)]
    rows = np.concatenate(parts) if parts else np.zeros(0, dtype)
    table = table_of(rows).replace_schema_metadata({HEADS: json.dumps(counted, sort_keys=True).encode()})
    buffer = io.BytesIO()
    pq.write_table(table, buffer, **{**FORMAT, "store_schema": True})
    return buffer.getvalue()


def _head_of(said: Predictions) -> dict[str, Any]:
    until = said.trained_until
    return {
        "brain": said.brain,
        "session": said.session.isoformat(),
        "horizon": said.horizon,
        "as_of": said.as_of,
        "weights_id": said.weights_id,
        "schema": said.schema,
        "model": said.model,
        "calibration": said.calibration,
        "trained_until": until.isoformat() if until else "",
    }


def _said_of(head: Mapping[str, Any], rows: Any) -> Predictions:
    until = head["trained_until"]
    return Predictions(
        brain=head["brain"],
        session=date.fromisoformat(head["session"]),
        horizon=head["horizon"],
        as_of=head["as_of"],
        weights_id=head["weights_id"],
        schema=head["schema"],
        model=head["model"],
        calibration=head["calibration"],
        rows=rows,
        trained_until=date.fromisoformat(until) if until else None,
    )

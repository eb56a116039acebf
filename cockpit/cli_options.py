"""The options that several commands share, each with its sentence, and how a day is read."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

Home = Annotated[Path | None, typer.Option("--home", help="Data folder; the platform's own when not given.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object at the end, for scripts.")]
Data = Annotated[Path | None, typer.Option("--data", help="Folder of recorded market data (Parquet files).")]
Nse = Annotated[bool, typer.Option("--nse", help="The NSE itself: Kite, Yahoo, the exchange's files, the news.")]
Seed = Annotated[int, typer.Option("--seed", help="Seed of the practice market: the same seed is the same day.")]
Speed = Annotated[
    float | None, typer.Option("--speed", help="Multiple of real time; 0 is as fast as the day can be taken.", min=0)
]
Out = Annotated[Path, typer.Option("--out", help="Where a headless day leaves its report and pictures.")]


def day_of(text: str) -> date:
    """Read a day as YYYY-MM-DD; typer's BadParameter for anything else."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a calendar day has no zone
    except ValueError:
        raise typer.BadParameter(f"day {text!r} given; a date as YYYY-MM-DD expected") from None

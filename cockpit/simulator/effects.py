"""What is planted in the practice market, and how big: the truth that brains and rules may find.

Each `K_*` is the drift of one session, from its open to its close, in units of the name's own daily volatility, for one
standard deviation of the signal as it was known at the close before. Market and sectors add their own moves, so the
rank correlation that a reader measures is smaller, about 0.7 of it. All of them together explain well under one percent
of what prices do: a measured daily correlation above 0.08 is a bug of the reader, not a gift of this market.

Measured over seed 7, all names, 2021 to 2026: reversal rank IC 0.039 a day and 0.049 over five, momentum 0.011 and
0.024, low volatility 0.013, signed delivery 0.010; open to close in basis points, against the mean of all names:
headlines 24 on their session and 21 on the next, results 11 on each of five, bulk deals 7 on each of three.
"""

from __future__ import annotations

from typing import Final

MODEL: Final = 4
"""Raise it with any change below or in the walk: another number is another market, and old shelves are not read."""

# what the evening knows and the next session pays
K_REVERSAL: Final = 0.055
"""5-day return against its sector, reversed: rank IC about 0.04 from the next open to the open after it."""
K_MOMENTUM: Final = 0.012
"""12-1 month return."""
K_LOW_VOLATILITY: Final = 0.012
"""Low realised volatility of about 63 sessions."""
K_DELIVERY: Final = 0.015
"""Delivery share above its usual, with the sign of the day's move."""
K_NEWS: Final = 0.10
"""Each point of tone (-2..2) of a headline, on its session and the next."""
K_DEAL: Final = 0.06
"""A bulk deal's side (-1, 1), on each of the three sessions after it was published."""
K_RESULTS: Final = 0.10
"""Drift after results in the direction of the surprise, on five sessions."""

# what happens at once and cannot be traded
NEWS_JUMP: Final = 0.7
"""Overnight jump for each point of tone, in daily volatilities."""
RESULTS_JUMP: Final = 1.6
"""Standard deviation of the jump on results, in daily volatilities."""

# inside the day
TREND_SHARE: Final = 0.10
"""Share of name-days that go on in the direction of their first 15 minutes..."""
TREND_BUSY_SHARE: Final = 0.18
"""...and of those with unusual volume: an opening range breakout earns on busy names."""
TREND_SIZE: Final = 0.7
"""How far such a day goes on, in intraday volatilities."""

# how often
NEWS_RATE: Final = 0.012
"""Headlines with a tone, per name and session."""
NEUTRAL_RATE: Final = 0.010
"""Headlines that mean nothing, per name and session."""
DEAL_RATE: Final = 0.006
SPLIT_RATE: Final = 1 / 15_000
"""Splits per name and session: about sixty in six years."""

# the weather: yearly drift, yearly volatility, chance to leave a day
REGIMES: Final = (("BULL", 0.19, 0.10, 1 / 110), ("NEUTRAL", 0.07, 0.13, 1 / 70), ("WEAK", -0.22, 0.21, 1 / 55))
TAIL_FREEDOM: Final = 5.0
"""Degrees of freedom of a name's daily move (Student's t)."""
OVERNIGHT_SHARE: Final = 0.25
"""Share of a day's variance that falls between close and open."""
SESSIONS_A_YEAR: Final = 248.0

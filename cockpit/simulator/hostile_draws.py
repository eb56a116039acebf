"""Draws a fault plan from a seed: first which classes of fault are on and how strong, then where each strikes.

Swarm testing: a session with a few strong classes reaches corners that a session with a little of everything never
sees. Most intents come in bursts, and what a person does is aimed at the bursts.
"""

from __future__ import annotations

import random
from typing import Final

from cockpit.orders import OrderKind, Side
from cockpit.simulator.fault_plan import CHANNEL_OF, Act, ActKind, Channel, Fault, FaultKind, FaultPlan, Want

CALM_MS: Final = 75_000
"""No fault strikes and nobody acts later than this after the start; what was set off before may still come."""
STRENGTHS: Final = (0.0, 0.5, 1.0, 2.0)
N_NAMES: Final = 12
BURSTS_MS: Final = (300, 1_500)
"""How long bursts last; a session has the one or the other."""
BURST_SHARE: Final = 0.6
KILL_AIM_MS: Final = 15
"""So soon after a want half of the kills fall: between its being asked, written and sent."""
CALLS: Final = {
    Channel.SEND: 40, Channel.CHANGE: 30, Channel.READ: 160, Channel.PUSH: 100, Channel.LEDGER: 90, Channel.STEP: 1800,
}  # fmt: skip
"""So many calls of a channel may be struck."""
RATE: Final = {
    FaultKind.LOST: 0.03, FaultKind.LATE: 0.03, FaultKind.REPLY_LOST: 0.05, FaultKind.GARBLED: 0.03,
    FaultKind.STRANGE: 0.02, FaultKind.TIMEOUT_400: 0.04, FaultKind.GATEWAY: 0.03, FaultKind.REFUSED: 0.04,
    FaultKind.LIMITED: 0.02, FaultKind.FORBIDDEN: 0.01, FaultKind.UNAVAILABLE: 0.02, FaultKind.LATE_REJECT: 0.03,
    FaultKind.HIDDEN: 0.06, FaultKind.TRADE_HIDDEN: 0.05, FaultKind.PARTS: 0.15, FaultKind.SLOW: 0.05,
    FaultKind.LATE_FILL: 0.12, FaultKind.SHARED_TRADE: 0.06,
    FaultKind.CHANGE_LOST: 0.08, FaultKind.CHANGE_REPLY_LOST: 0.08, FaultKind.CHANGE_SLOW: 0.08,
    FaultKind.READ_FAILED: 0.05, FaultKind.READ_SLOW: 0.03, FaultKind.READ_STALE: 0.04,
    FaultKind.PUSH_LOST: 0.12, FaultKind.PUSH_DOUBLED: 0.08, FaultKind.PUSH_LATE: 0.08, FaultKind.PUSH_FORGED: 0.02,
    FaultKind.DISK: 0.0008, FaultKind.DISK_LIES: 0.0008, FaultKind.CRASH: 0.0006,
}  # fmt: skip
"""How often a call is struck where a class is on at strength 1."""
SIZES_MS: Final = {
    FaultKind.LATE: (1_000, 40_000), FaultKind.LATE_REJECT: (200, 5_000), FaultKind.HIDDEN: (500, 120_000),
    FaultKind.TRADE_HIDDEN: (500, 60_000), FaultKind.SLOW: (1_000, 20_000), FaultKind.LATE_FILL: (100, 40_000),
    FaultKind.CHANGE_SLOW: (500, 15_000), FaultKind.READ_SLOW: (500, 6_000), FaultKind.READ_STALE: (500, 20_000),
    FaultKind.PUSH_LATE: (200, 10_000), FaultKind.PARTS: (2, 4),
}  # fmt: skip


def drawn(seed: int) -> FaultPlan:
    """Draw the plan of a seed; the order of the draws is part of the model."""
    dice = random.Random(seed)
    bursts = sorted(dice.randrange(2_000, 50_000) for _ in range(dice.randint(1, 3)))
    length = dice.choice(BURSTS_MS)
    wants = _wants(dice, bursts, length)
    return FaultPlan(seed, wants, _acts(dice, wants), _faults(dice))


def _wants(dice: random.Random, bursts: list[int], length: int) -> tuple[Want, ...]:
    whens = sorted(_when(dice, bursts, length) for _ in range(dice.randint(12, 20)))
    kinds = (OrderKind.MARKET, OrderKind.MARKET, OrderKind.LIMIT, OrderKind.STOP)
    return tuple(
        Want(
            number=number,
            at_ms=at_ms,
            name=dice.randrange(N_NAMES),
            side=dice.choice((Side.BUY, Side.SELL)),
            kind=dice.choice(kinds),
            quantity=dice.randint(15, 60),
            reach_bp=dice.choice((2, 5, 10, 30)),
        )
        for number, at_ms in enumerate(whens)
    )


def _when(dice: random.Random, bursts: list[int], length: int) -> int:
    if dice.random() < BURST_SHARE:
        return dice.choice(bursts) + dice.randrange(length)
    return dice.randrange(1_000, 65_000)


def _acts(dice: random.Random, wants: tuple[Want, ...]) -> tuple[Act, ...]:
    acts: list[Act] = []
    if dice.random() < 0.35:
        at = dice.choice(wants).at_ms + dice.randrange(KILL_AIM_MS if dice.random() < 0.5 else BURSTS_MS[1])
        acts.append(Act(dice.choice((ActKind.KILL, ActKind.KILL, ActKind.FLATTEN_ALL)), at))
        if dice.random() < 0.5:
            acts.append(Act(ActKind.RESTART, at + dice.randrange(1, 4_000)))
        if dice.random() < 0.5:
            acts.append(Act(ActKind.REVIVE, at + dice.randrange(2_000, 40_000)))
    if dice.random() < 0.15:
        at = dice.randrange(1_000, 50_000)
        acts += [Act(ActKind.TOKEN_DEATH, at), Act(ActKind.LOGIN, at + dice.randrange(2_000, 30_000))]
    acts += [
        Act(ActKind.FLATTEN, dice.randrange(5_000, 72_000), dice.randrange(N_NAMES)) for _ in range(dice.randint(0, 5))
    ]
    for _ in range(dice.randint(0, 3)):
        want = dice.choice(wants)
        acts.append(Act(ActKind.WITHDRAW, want.at_ms + dice.randrange(20, 20_000), want.number))
    if dice.random() < 0.3:
        want = dice.choice(wants)
        acts.append(Act(ActKind.TWICE, want.at_ms + dice.randrange(0, 400), want.number))
    if dice.random() < 0.15:
        acts.append(Act(ActKind.RESTART, dice.randrange(3_000, 70_000)))
    return tuple(sorted(acts, key=lambda act: act.at_ms))


def _faults(dice: random.Random) -> tuple[Fault, ...]:
    faults: list[Fault] = []
    for kind in FaultKind:
        rate = RATE[kind] * dice.choice(STRENGTHS)
        if not rate:
            continue
        n_calls, low_high = CALLS[CHANNEL_OF[kind]], SIZES_MS.get(kind)
        n_struck = _count(dice, n_calls * rate)
        calls = sorted(dice.sample(range(n_calls), n_struck))
        faults += [Fault(kind, call, dice.randint(*low_high) if low_high else 0) for call in calls]
    return tuple(faults)


def _count(dice: random.Random, mean: float) -> int:
    """Answer a whole number with this mean."""
    whole = int(mean)
    return whole + (dice.random() < mean - whole)

"""How many: the risk of a trade divided by the risk of a share, inside the order's value limit, in whole lots."""

from __future__ import annotations

import math

from cockpit.market import Instrument
from cockpit.money import Paise
from cockpit.orders import Intent, Proposal
from cockpit.settings import RiskSettings


def sized(
    intent: Intent, instrument: Instrument, equity_paise: Paise, adv_shares: float, limits: RiskSettings
) -> Proposal:
    """Answer `intent` with the quantity that loses `risk_per_trade` of equity at its stop, whole lots, rounded down.

    The quantity is 0 when even one lot risks or costs more than allowed; the gate's grid rule then refuses by name, so
    that the reason is on record.
    """
    if intent.risk_per_share <= 0 or intent.entry <= 0:
        return Proposal(intent, 0)
    by_risk = int(equity_paise * limits.risk_per_trade) // intent.risk_per_share
    by_value = limits.order_rupees * 100 // intent.entry
    # An unknown volume limits nothing here: the gate's liquidity rule refuses it by name.
    by_volume = by_value if math.isnan(adv_shares) else int(adv_shares * limits.adv_share)
    quantity = min(by_risk, by_value, by_volume)
    return Proposal(intent, max(0, quantity - quantity % instrument.lot_size))

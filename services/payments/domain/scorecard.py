"""The scorecard: eight integer factors, each with a bin for what is not known, and its reasons.

It starts at 600 and adds or takes points, so the same facts give the same bytes at any hub. Beside
the score it says which four factors weigh most and what would change each. It looks at trade and
repayment only: nothing about a person, a place or a name is in it.
"""

from collections.abc import Sequence
from typing import NamedTuple

MODEL = "order-advance-2026.1"
START = 600
REASONS_MAX = 4


class TradeFacts(NamedTuple):
    """What the ledger and the e-road know of a seller; None is not known, which is no zero."""

    days_trading: int | None = None
    orders_released: int = 0
    refunded_bp: int | None = None
    """Refunded of captured, in basis points."""
    reclaimed_bp: int | None = None
    """Proceeds taken back of proceeds received, in basis points."""
    largest_marketplace_bp: int | None = None
    largest_order_bp: int | None = None
    advances_repaid: int = 0
    advances_overdue: int = 0
    owes: bool = False


class Bin(NamedTuple):
    """Values from `at_least` on, up to the next bin, are worth these points."""

    at_least: int
    points: int


class Factor(NamedTuple):
    """One thing that is looked at; bins rise by value, `unknown` is for no value."""

    name: str
    bins: tuple[Bin, ...]
    unknown: int
    unit: str

    def points(self, value: int | None) -> int:
        """Return what a value is worth."""
        if value is None:
            return self.unknown
        return max((b for b in self.bins if value >= b.at_least), key=lambda b: b.at_least).points

    @property
    def best(self) -> Bin:
        return max(self.bins, key=lambda b: b.points)


FACTORS = (
    Factor("days-trading", (Bin(0, -20), Bin(90, 0), Bin(365, 25)), -20, "days"),
    Factor("orders-released", (Bin(0, -15), Bin(20, 10), Bin(200, 30)), -15, "orders"),
    Factor("refunds", (Bin(0, 20), Bin(200, 5), Bin(500, -20), Bin(1500, -60)), -5, "bp"),
    Factor("reclaims", (Bin(0, 10), Bin(300, -10), Bin(1000, -40)), 0, "bp"),
    Factor("marketplace-share", (Bin(0, 15), Bin(7000, 0), Bin(9500, -10)), -10, "bp"),
    Factor("largest-order", (Bin(0, 10), Bin(2500, -5), Bin(6000, -20)), -5, "bp"),
    Factor("advances-repaid", (Bin(0, 0), Bin(1, 15), Bin(6, 40)), 0, "advances"),
    Factor("overdue-or-owing", (Bin(0, 5), Bin(1, -80)), 0, "cases"),
)


class Band(NamedTuple):
    """From this score on: the share of escrowed goods, and the most that may be owed."""

    score_min: int
    share_bp: int
    limit_minor: int


BANDS = (
    Band(680, 7_000, 10_000_000),
    Band(560, 6_000, 2_500_000),
    Band(500, 4_000, 500_000),
)
"""Best first; below the last one there is no advance. Limits are minor units of the advance."""


class Reason(NamedTuple):
    """One factor of a score: what was seen, its points, and what would bring more."""

    factor: str
    value: int | None
    points: int
    better_at: int | None
    better_points: int
    unit: str


class Score(NamedTuple):
    """A score with its reasons; `band` is None when no advance is offered."""

    model: str
    points: int
    reasons: tuple[Reason, ...]
    band: Band | None


def score(facts: TradeFacts) -> Score:
    """Return the score of these facts; the same facts give the same score for ever."""
    values = _values(facts)
    pairs = list(zip(FACTORS, values, strict=True))
    points = START + sum(factor.points(value) for factor, value in pairs)
    # What costs most comes first; among equals the order of the table decides.
    by_loss = sorted(pairs, key=lambda pair: pair[0].points(pair[1]) - pair[0].best.points)
    reasons = tuple(reason_for(factor, value) for factor, value in by_loss[:REASONS_MAX])
    band = next((band for band in BANDS if points >= band.score_min), None)
    return Score(MODEL, points, reasons, band)


def _values(facts: TradeFacts) -> Sequence[int | None]:
    return (
        facts.days_trading,
        facts.orders_released,
        facts.refunded_bp,
        facts.reclaimed_bp,
        facts.largest_marketplace_bp,
        facts.largest_order_bp,
        facts.advances_repaid,
        facts.advances_overdue + facts.owes,
    )


def reason_for(factor: Factor, value: int | None) -> Reason:
    """Say what a factor brought, and the nearest value that would bring more."""
    points = factor.points(value)
    better = [b for b in factor.bins if b.points > points]
    if not better:
        return Reason(factor.name, value, points, None, points, factor.unit)
    rising = factor.bins[-1].points > factor.bins[0].points
    near = min(better, key=lambda b: b.at_least) if rising else max(better)
    # Where less is better the value must fall below the bin above the better one.
    above = [b.at_least for b in factor.bins if b.at_least > near.at_least]
    at = near.at_least if rising else min(above, default=near.at_least) - 1
    return Reason(factor.name, value, points, at, near.points, factor.unit)

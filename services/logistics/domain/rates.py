"""Carriers' rate cards, and what they ask for a parcel on a lane at a moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.logistics.domain.freight import Tariff
from services.logistics.domain.weights import Load
from shared.kernel.money import Money


@dataclass(frozen=True, kw_only=True)
class RateCard:
    """One carrier's price list on one lane, in force in [valid_from, valid_until).

    A simulated carrier carries nothing; `verified` says whether a real one confirmed the prices.
    """

    id: str
    carrier: str
    service: str
    simulated: bool
    verified: bool
    origin: str
    destination: str
    transit_hours: int
    tariff: Tariff
    valid_from: datetime
    valid_until: datetime | None = None

    def in_force(self, now: datetime) -> bool:
        return self.valid_from <= now and (self.valid_until is None or now < self.valid_until)


@dataclass(frozen=True, kw_only=True)
class Rate:
    """What one card asks for one load."""

    card: RateCard
    chargeable_g: int
    price: Money


def rates_for(
    cards: Sequence[RateCard], *, origin: str, destination: str, load: Load, now: datetime
) -> list[Rate]:
    """Return what every card in force on the lane asks, the cheapest first per currency."""
    rates = [
        Rate(
            card=card,
            chargeable_g=card.tariff.weight_rule.chargeable_g(load),
            price=card.tariff.price(load),
        )
        for card in cards
        if (card.origin, card.destination) == (origin, destination) and card.in_force(now)
    ]
    return sorted(rates, key=lambda rate: (rate.price.currency, rate.price.minor, rate.card.id))

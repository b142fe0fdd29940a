"""How rate cards are kept: as dated JSON files, read once at the start."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from services.logistics.domain.freight import Break, Tariff
from services.logistics.domain.rates import RateCard
from services.logistics.domain.weights import WeightRule

PACKAGED = Path(__file__).parents[1] / "tariffs"
CARDS_MAX = 1_000


def read_rate_cards(directory: Path) -> tuple[RateCard, ...]:
    """Return every card of the JSON files in a directory; a malformed one stops the start."""
    cards: list[RateCard] = []
    for path in sorted(directory.glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        cards += [_card(card, document) for card in document["cards"]]
    if len(cards) > CARDS_MAX:
        raise ValueError(f"more than {CARDS_MAX} rate cards in {directory}")
    return tuple(cards)


def _card(card: dict[str, Any], document: dict[str, Any]) -> RateCard:
    until = card["valid_until"]
    return RateCard(
        id=card["id"],
        carrier=card["carrier"],
        service=card["service"],
        simulated=document["simulated"],
        verified=document["verified"],
        origin=card["origin"],
        destination=card["destination"],
        transit_hours=card["transit_hours"],
        tariff=Tariff(
            currency=card["currency"],
            weight_rule=WeightRule(divisor=card["divisor"], step_g=card["step_g"]),
            minimum_minor=card["minimum_minor"],
            breaks=tuple(Break(**one) for one in card["breaks"]),
        ),
        valid_from=datetime.fromisoformat(card["valid_from"]),
        valid_until=None if until is None else datetime.fromisoformat(until),
    )

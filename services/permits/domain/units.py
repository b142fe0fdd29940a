"""What licence lines count in: whole pieces, or whole grams.

Customs reports a count and a net weight in grams, so both are written off exactly. Tonnes and
kilograms that somebody applies for are kept as grams. Codes are those of UN/ECE Recommendation 20.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.kernel.errors import Rejected

QUANTITY_MAX = 10**9
GRAMS: Mapping[str, int] = {"GRM": 1, "KGM": 1_000, "TNE": 1_000_000}
COUNTED: frozenset[str] = frozenset({"C62", "H87", "EA", "NAR", "NMP", "PK"})
"""One, piece, each, number of articles, number of packs, pack: what an order line counts."""


class UnitNotMeasured(Rejected):
    """Customs reports pieces and net weight; a permit in another unit could not be written off."""

    code = "permits.unit-not-measured"
    help = "Use KGM, GRM or TNE for weights, H87, C62, NAR, NMP, EA or PK for pieces."


class QuantityTooLarge(Rejected):
    """A licence line holds at most 10^9 pieces or grams."""

    code = "permits.quantity-too-large"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A quantity in the unit it is written off in."""

    quantity: int
    unit: str


def measured(quantity: int, unit: str, *, field: str) -> Measured:
    """Return the quantity in pieces or in grams, or raise UnitNotMeasured or QuantityTooLarge."""
    if unit in GRAMS:
        result = Measured(quantity=quantity * GRAMS[unit], unit="GRM")
    elif unit in COUNTED:
        result = Measured(quantity=quantity, unit=unit)
    else:
        raise UnitNotMeasured(f"{unit} is not a unit customs reports", field=field)
    if result.quantity > QUANTITY_MAX:
        raise QuantityTooLarge(
            f"more than {QUANTITY_MAX} {result.unit}; use several lines", field=field
        )
    return result

"""What a load weighs for the scales and for the price, in whole grams and millimetres.

Air freight is charged on the greater of gross and volumetric weight, the latter being volume over
a divisor (6000 cm3 per kg for cargo, 5000 for couriers), rounded up to a step (half a kilogram).
Divisor and step belong to a tariff; nothing here assumes them.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Dimensions:
    """The outside of a parcel in millimetres."""

    length_mm: int
    width_mm: int
    height_mm: int

    def __post_init__(self) -> None:
        if min(self.length_mm, self.width_mm, self.height_mm) < 1:
            raise ValueError("every side measures at least one millimetre")

    @property
    def volume_mm3(self) -> int:
        return self.length_mm * self.width_mm * self.height_mm


@dataclass(frozen=True)
class Load:
    """What is put on the scales and into the hold; loads add up."""

    gross_g: int
    volume_mm3: int

    def __post_init__(self) -> None:
        if self.gross_g < 0 or self.volume_mm3 < 0:
            raise ValueError("a load weighs and measures nothing or more")

    def __add__(self, other: "Load") -> "Load":
        return Load(self.gross_g + other.gross_g, self.volume_mm3 + other.volume_mm3)


@dataclass(frozen=True, kw_only=True)
class WeightRule:
    """How a tariff turns a load into chargeable weight: cm3 per kg, and the step in grams."""

    divisor: int
    step_g: int

    def __post_init__(self) -> None:
        if self.divisor < 1 or self.step_g < 1:
            raise ValueError("divisor and step are positive whole numbers")

    def volumetric_g(self, load: Load) -> int:
        """Return the volumetric weight rounded half up to a gram: for showing, not for pricing.

        cm3 / (cm3 per kg) in grams is mm3 / divisor, so one division does it.
        """
        return (2 * load.volume_mm3 + self.divisor) // (2 * self.divisor)

    def chargeable_g(self, load: Load) -> int:
        """Return the greater of gross and exact volumetric weight, rounded up to the step."""
        exact = max(load.gross_g * self.divisor, load.volume_mm3)
        return -(-exact // (self.divisor * self.step_g)) * self.step_g


def together(loads: Iterable[Load]) -> Load:
    """Return the sum of loads; nothing weighs nothing."""
    result = Load(0, 0)
    for load in loads:
        result = result + load
    return result

"""Where each box stands, in the order in which it is loaded."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from services.logistics.domain.packing.request import Size


@dataclass(frozen=True, slots=True)
class Placement:
    """One box: the corner nearest the far wall, the left wall and the floor, and its extent."""

    sku: str
    x_mm: int
    y_mm: int
    z_mm: int
    dx_mm: int
    dy_mm: int
    dz_mm: int

    @property
    def low(self) -> Size:
        return (self.x_mm, self.y_mm, self.z_mm)

    @property
    def size(self) -> Size:
        return (self.dx_mm, self.dy_mm, self.dz_mm)

    @property
    def high(self) -> Size:
        return (self.x_mm + self.dx_mm, self.y_mm + self.dy_mm, self.z_mm + self.dz_mm)

    @property
    def volume_mm3(self) -> int:
        return self.dx_mm * self.dy_mm * self.dz_mm


@dataclass(frozen=True, kw_only=True)
class LoadPlan:
    """Placements in loading order; what didn't fit is named in `left_out`, never dropped silently.

    `work` counts the steps of the search: the same request, seed and work give the same plan.
    """

    placements: tuple[Placement, ...]
    left_out: Mapping[str, int]
    utilisation: Fraction
    seed: int
    work: int
    seconds: float

    @property
    def complete(self) -> bool:
        """Whether every box of the request stands in the container."""
        return not self.left_out

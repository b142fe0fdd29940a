"""Units that goods travel in: containers and air unit load devices, with their real insides.

Real boxes differ: what is typical is good for planning, the plate on the door decides.
"""

from dataclasses import dataclass
from itertools import permutations

from services.logistics.domain.weights import Dimensions
from shared.kernel.errors import NotFound


class UnitTypeUnknown(NotFound):
    """No unit of this type is specified here; `known` lists those that are."""

    code = "logistics.unit-type-unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitType:
    """The inside of a unit, its door (the unit's own where it opens wholly), and its payload.

    `volume_mm3` is what can be filled: less than the cuboid where a side slopes, and then boxes
    are planned in the cuboid below the slope. `confidence` says how sure the figures are.
    """

    code: str
    name: str
    by_air: bool
    inside: Dimensions
    door_width_mm: int
    door_height_mm: int
    payload_g: int
    volume_mm3: int
    source: str
    confidence: str

    def takes(self, size: Dimensions) -> bool:
        """Say whether a box passes the door and stands inside in some orientation."""
        sides = (size.length_mm, size.width_mm, size.height_mm)
        inside = self.inside
        door_width = min(self.door_width_mm, inside.width_mm)
        door_height = min(self.door_height_mm, inside.height_mm)
        return any(
            along <= inside.length_mm and across <= door_width and up <= door_height
            for along, across, up in permutations(sides)
        )

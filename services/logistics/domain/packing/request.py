"""What is to be loaded into what, and under which rules."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations_with_replacement, permutations

SUPPORT_FULL = 1000
"""Every box rests on the floor or on boxes with its whole base, in thousandths."""
SUPPORT_NONE = 0

Size = tuple[int, int, int]
"""Along the container's length, its width and its height, in millimetres."""


class Side(StrEnum):
    """A side of a box as its maker names it."""

    LENGTH = "length"
    WIDTH = "width"
    HEIGHT = "height"


ANY_SIDE_UP = frozenset(Side)
THIS_SIDE_UP = frozenset({Side.HEIGHT})


@dataclass(frozen=True, kw_only=True)
class Container:
    """The inside of a container, its door at the far end of its length, and what it may carry.

    `balance_permille` is how far the centre of the cargo's weight may lie from the middle, along
    the length and across the width, in thousandths of these; None asks for no balance.
    """

    length_mm: int
    width_mm: int
    height_mm: int
    payload_g: int | None = None
    door_width_mm: int | None = None
    door_height_mm: int | None = None
    balance_permille: int | None = None

    @property
    def size(self) -> Size:
        return (self.length_mm, self.width_mm, self.height_mm)

    @property
    def door(self) -> tuple[int, int]:
        """The door's width and height; without one, the container's own."""
        return (self.door_width_mm or self.width_mm, self.door_height_mm or self.height_mm)

    @property
    def volume_mm3(self) -> int:
        return self.length_mm * self.width_mm * self.height_mm


@dataclass(frozen=True, kw_only=True)
class Item:
    """A number of equal boxes.

    `upright` names the sides that may stand vertically. `bears_g` is what one box may carry on its
    top, `stack_max` how many boxes high a stack may be that starts with it (itself counted); None
    sets no limit. Boxes of a lower `drop` leave first and stand before those of a higher one.
    `dangerous_class` is an IMDG class or division, such as "3" or "5.1".
    """

    sku: str
    length_mm: int
    width_mm: int
    height_mm: int
    quantity: int = 1
    weight_g: int = 0
    upright: frozenset[Side] = ANY_SIDE_UP
    bears_g: int | None = None
    stack_max: int | None = None
    drop: int = 1
    dangerous_class: str | None = None

    @property
    def size(self) -> Size:
        return (self.length_mm, self.width_mm, self.height_mm)

    @property
    def volume_mm3(self) -> int:
        return self.length_mm * self.width_mm * self.height_mm

    def orientations(self) -> tuple[Size, ...]:
        """Return the different ways it may stand, in a fixed order."""
        sides = tuple(zip(Side, self.size, strict=True))
        ways = (
            (along[1], across[1], up[1])
            for along, across, up in permutations(sides)
            if up[0] in self.upright
        )
        return tuple(sorted(set(ways)))

    def orientations_in(self, container: Container) -> tuple[Size, ...]:
        """Return the ways it may stand inside, being pushed through the door as it stands."""
        door_width, door_height = container.door
        return tuple(
            (dx, dy, dz)
            for dx, dy, dz in self.orientations()
            if dx <= container.length_mm
            and dy <= min(container.width_mm, door_width)
            and dz <= min(container.height_mm, door_height)
        )


@dataclass(frozen=True, kw_only=True)
class LoadRequest:
    """Boxes for one container.

    `support_permille` is how much of each base must rest on the floor or on boxes. `apart` are the
    pairs of dangerous classes that may not share a container, from the caller's segregation table;
    a class alone in its set may not even meet itself.
    """

    container: Container
    items: tuple[Item, ...]
    support_permille: int = SUPPORT_FULL
    apart: frozenset[frozenset[str]] = frozenset()

    def item(self, sku: str) -> Item | None:
        return next((item for item in self.items if item.sku == sku), None)

    @property
    def quantity(self) -> int:
        """How many boxes there are in all."""
        return sum(item.quantity for item in self.items)

    def forbidden_pairs(self) -> Iterator[tuple[str, str]]:
        """Yield the classes that may not meet; two boxes of one class may be apart as well."""
        boxes = Counter[str]()
        for item in self.items:
            boxes[item.dangerous_class or ""] += item.quantity
        classes = sorted(filter(None, boxes))
        for one, other in combinations_with_replacement(classes, 2):
            if frozenset({one, other}) in self.apart and (one != other or boxes[one] > 1):
                yield one, other

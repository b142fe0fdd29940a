"""What can't be planned at all, and what would fit instead. Nothing is half-planned."""

from services.logistics.domain.packing.request import Container, Item, LoadRequest, Side
from shared.kernel.errors import Rejected

LINES_MAX = 1_000
BOXES_MAX = 20_000
SIDE_MM_MAX = 50_000
WEIGHT_G_MAX = 10**9


class SizeOutOfRange(Rejected):
    """Sides measure from one millimetre up to a named limit, weights and counts likewise."""

    code = "logistics.load-size-out-of-range"
    help = f"Give whole numbers: sides 1 to {SIDE_MM_MAX} mm, weights 0 to {WEIGHT_G_MAX} g."


class TooManyBoxes(Rejected):
    """A plan has a limited number of boxes and of lines."""

    code = "logistics.load-too-many-boxes"
    help = (
        f"Plan at most {BOXES_MAX} boxes in {LINES_MAX} lines at once: "
        "put small ones on pallets or into bigger boxes, or split the load over containers."
    )


class NothingToLoad(Rejected):
    """A plan needs at least one box."""

    code = "logistics.load-empty"
    help = "Give at least one item."


class SkuRepeated(Rejected):
    """Two lines of one plan can't share a name, or nobody could tell their boxes apart."""

    code = "logistics.load-sku-repeated"
    help = "Give each line its own sku, or one line the whole quantity."


class OrientationContradictory(Rejected):
    """At least one side of a box must be allowed to stand vertically."""

    code = "logistics.load-orientation-contradictory"
    help = "Name one or more of length, width and height in `upright`, or leave it out for all."


class ItemTooLarge(Rejected):
    """A box goes through the door in none of the ways it may stand."""

    code = "logistics.load-item-too-large"
    help = "Allow another side up where the goods permit it, repack, or choose a larger container."


class ItemTooHeavy(Rejected):
    """One box alone is heavier than what the container may carry."""

    code = "logistics.load-item-too-heavy"
    help = "Split the box, or choose a container with a greater payload."


class SegregationImpossible(Rejected):
    """Dangerous goods of these classes may not share a container."""

    code = "logistics.load-segregation-impossible"
    help = "Plan each of the groups in `together` into a container of its own."


def check_request(request: LoadRequest) -> None:
    """Raise the first reason why this can't be planned."""
    if not request.items:
        raise NothingToLoad("there is nothing to load", field="items")
    if len(request.items) > LINES_MAX:
        raise TooManyBoxes(f"{len(request.items)} lines are too many", field="items")
    _check_container(request.container)
    seen: set[str] = set()
    for position, item in enumerate(request.items):
        _check_item(item, request.container, field=f"items[{position}]")
        if item.sku in seen:
            raise SkuRepeated(f"sku {item.sku} comes twice", field=f"items[{position}].sku")
        seen.add(item.sku)
    if request.quantity > BOXES_MAX:
        raise TooManyBoxes(
            f"{request.quantity} boxes are more than {BOXES_MAX}", field="items", most=BOXES_MAX
        )
    if not 0 <= request.support_permille <= 1000:
        raise SizeOutOfRange("support is between 0 and 1000 permille", field="support_permille")
    _check_segregation(request)


def _check_container(container: Container) -> None:
    door_width, door_height = container.door
    sizes = {
        "length_mm": container.length_mm,
        "width_mm": container.width_mm,
        "height_mm": container.height_mm,
        "door_width_mm": door_width,
        "door_height_mm": door_height,
    }
    for name, value in sizes.items():
        _check_between(value, 1, SIDE_MM_MAX, field=f"container.{name}")
    if container.payload_g is not None:
        _check_between(container.payload_g, 1, WEIGHT_G_MAX, field="container.payload_g")
    if container.balance_permille is not None:
        _check_between(container.balance_permille, 0, 500, field="container.balance_permille")


def _check_item(item: Item, container: Container, *, field: str) -> None:
    sides = {"length_mm": item.length_mm, "width_mm": item.width_mm, "height_mm": item.height_mm}
    for name, value in sides.items():
        _check_between(value, 1, SIDE_MM_MAX, field=f"{field}.{name}")
    _check_between(item.quantity, 1, 10**9, field=f"{field}.quantity")
    _check_between(item.weight_g, 0, WEIGHT_G_MAX, field=f"{field}.weight_g")
    _check_between(item.drop, 1, 100, field=f"{field}.drop")
    if item.bears_g is not None:
        _check_between(item.bears_g, 0, WEIGHT_G_MAX, field=f"{field}.bears_g")
    if item.stack_max is not None:
        _check_between(item.stack_max, 1, 1_000, field=f"{field}.stack_max")
    if not item.upright:
        raise OrientationContradictory(
            f"no side of {item.sku} may stand vertically", field=f"{field}.upright"
        )
    if not item.orientations_in(container):
        raise _too_large(item, container, field=field)
    if container.payload_g is not None and item.weight_g > container.payload_g:
        raise ItemTooHeavy(
            f"one {item.sku} weighs {item.weight_g} g, the container carries "
            f"{container.payload_g} g",
            field=f"{field}.weight_g",
            payload_g=container.payload_g,
        )


def _check_between(value: int, least: int, most: int, *, field: str) -> None:
    if not least <= value <= most:
        raise SizeOutOfRange(
            f"{value} is not between {least} and {most}", field=field, least=least, most=most
        )


def _too_large(item: Item, container: Container, *, field: str) -> ItemTooLarge:
    """Say which side up would do, or the largest box that goes in."""
    door_width, door_height = container.door
    width, height = min(container.width_mm, door_width), min(container.height_mm, door_height)
    would_fit = [
        side.value
        for side in Side
        if _standing_on(item, side).orientations_in(container) and side not in item.upright
    ]
    return ItemTooLarge(
        f"{item.sku} of {item.length_mm} x {item.width_mm} x {item.height_mm} mm does not go in",
        field=field,
        largest_mm=[container.length_mm, width, height],
        would_fit_with_upright=would_fit,
    )


def _standing_on(item: Item, side: Side) -> Item:
    return Item(
        sku=item.sku,
        length_mm=item.length_mm,
        width_mm=item.width_mm,
        height_mm=item.height_mm,
        upright=frozenset({side}),
    )


def _check_segregation(request: LoadRequest) -> None:
    pairs = list(request.forbidden_pairs())
    if not pairs:
        return
    classes = sorted({item.dangerous_class for item in request.items if item.dangerous_class})
    groups: list[list[str]] = []
    for each in classes:
        home = next(
            (
                group
                for group in groups
                if all(frozenset({each, other}) not in request.apart for other in group)
            ),
            None,
        )
        if home is None:
            groups.append([each])
        else:
            home.append(each)
    one, other = pairs[0]
    raise SegregationImpossible(
        f"class {one} and class {other} may not share a container",
        field="items",
        apart=[list(pair) for pair in pairs],
        together=groups,
    )

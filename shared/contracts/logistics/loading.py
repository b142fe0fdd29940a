"""How one asks `logistics` for a load plan, over HTTP and on the command line.

Sizes carry no bounds here: the planner's own refusals name the field, the limit and what would fit.
"""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import ShortText, Words

PLACEMENTS_MAX = 20_000
LINES_MAX = 1_000
SECONDS_MAX = 30.0
FLEET_WORK_MAX = 1_000_000
CONTAINERS_MAX = 500

Whole = Annotated[int, Field(strict=True, ge=-(2**53), le=2**53)]
DangerousClass = Annotated[str, Field(pattern=r"^[1-9](\.[1-6])?$", description="IMDG class")]
SideName = Literal["length", "width", "height"]


class ContainerWords(Words):
    """The inside of a container in millimetres, its door, what it may carry and how balanced."""

    length_mm: Whole
    width_mm: Whole
    height_mm: Whole
    payload_g: Whole | None = None
    door_width_mm: Whole | None = None
    door_height_mm: Whole | None = None
    balance_permille: Whole | None = None


class LoadItem(Words):
    """Equal boxes. `upright` names the sides that may stand vertically; absent: all may.

    Boxes of a lower `drop` leave first. `bears_g` is what one may carry, `stack_max` how many may
    stand in a pile that starts with it.
    """

    sku: ShortText
    length_mm: Whole
    width_mm: Whole
    height_mm: Whole
    quantity: Whole = 1
    weight_g: Whole = 0
    upright: Annotated[tuple[SideName, ...], Field(max_length=3)] | None = None
    bears_g: Whole | None = None
    stack_max: Whole | None = None
    drop: Whole = 1
    dangerous_class: DangerousClass | None = None


class LoadWords(Words):
    """Boxes for one container. `apart` are pairs of dangerous classes that may not meet."""

    container: ContainerWords
    items: Annotated[tuple[LoadItem, ...], Field(max_length=LINES_MAX)]
    support: Literal["full", "none"] = "full"
    apart: Annotated[
        tuple[Annotated[tuple[DangerousClass, ...], Field(min_length=2, max_length=2)], ...],
        Field(max_length=400),
    ] = ()


class PlanLoad(LoadWords):
    """A load to plan within a time; with `work` the same seed gives the same plan anywhere."""

    seconds: Annotated[float, Field(gt=0, le=SECONDS_MAX)] = 1.0
    work: Annotated[int, Field(strict=True, ge=1, le=10**9)] | None = None
    seed: Annotated[int, Field(strict=True, ge=0, le=2**32 - 1)] = 0


class PlanFleet(LoadWords):
    """A load for as many equal containers as it needs; `work` bounds the search in steps."""

    work: Annotated[int, Field(strict=True, ge=1, le=FLEET_WORK_MAX)] = 60_000
    seed: Annotated[int, Field(strict=True, ge=0, le=2**32 - 1)] = 0


class PlacementWords(Words):
    """One box: its corner at the far wall, the left wall and the floor, and its extent."""

    sku: ShortText
    x_mm: Whole
    y_mm: Whole
    z_mm: Whole
    dx_mm: Whole
    dy_mm: Whole
    dz_mm: Whole


class LeftOut(Words):
    """Boxes that found no place."""

    sku: ShortText
    quantity: Whole


class LoadPlanReply(Words):
    """Placements in loading order. `utilisation` is the share of the container that is filled."""

    placements: Annotated[tuple[PlacementWords, ...], Field(max_length=PLACEMENTS_MAX)]
    left_out: Annotated[tuple[LeftOut, ...], Field(max_length=LINES_MAX)]
    utilisation: Annotated[float, Field(ge=0, le=1)]
    seconds: Annotated[float, Field(ge=0)]
    seed: Whole
    work: Whole


class FleetPlanReply(Words):
    """A plan per container, together of every box; `bound` is what volume and payload need."""

    plans: Annotated[tuple[LoadPlanReply, ...], Field(max_length=CONTAINERS_MAX)]
    containers: Whole
    bound: Whole
    seconds: Annotated[float, Field(ge=0)]
    seed: Whole
    work: Whole

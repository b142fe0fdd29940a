"""What a user would otherwise pick, asked for the same loads; each is used only if installed."""

import importlib
import importlib.util
from collections import Counter
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from services.logistics.domain.packing.plan import LoadPlan, Placement
from services.logistics.domain.packing.request import LoadRequest, Side

Rival = Callable[[LoadRequest, float], LoadPlan]


def rivals() -> tuple[dict[str, Rival], list[str]]:
    """Return the planners to compare with, and the packages that are not installed."""
    known: dict[str, tuple[str, Rival]] = {
        "py3dbp": ("py3dbp", _py3dbp),
        "packingsolver3d boxstacks": ("packingsolver3d", _boxstacks),
        "packingsolver3d box": ("packingsolver3d", _box),
    }
    there = {name: rival for name, (module, rival) in known.items() if _installed(module)}
    return there, sorted({module for module, _ in known.values() if not _installed(module)})


def _installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _py3dbp(request: LoadRequest, seconds: float) -> LoadPlan:
    """It takes no time limit, and knows neither upright sides nor support."""
    from py3dbp import Bin, Item, Packer

    packer = Packer()
    packer.add_bin(Bin("container", *request.container.size, 10**9))
    for item in request.items:
        for _ in range(item.quantity):
            packer.add_item(Item(item.sku, *item.size, 0))
    packer.pack(bigger_first=True)
    return _plan(
        request,
        (
            Placement(box.name, *(int(at) for at in box.position), *map(int, box.get_dimension()))
            for box in packer.bins[0].items
        ),
    )


def _boxstacks(request: LoadRequest, seconds: float) -> LoadPlan:
    """It supports every box fully by stacks of one kind, and stands each on its height only."""
    return _packingsolver(request, seconds, "boxstacks", lambda side: side is Side.HEIGHT)


def _box(request: LoadRequest, seconds: float) -> LoadPlan:
    """It supports nothing, and takes every side up that the request allows."""
    return _packingsolver(request, seconds, "box", lambda side: True)


def _packingsolver(
    request: LoadRequest, seconds: float, solver: str, may: Callable[[Side], bool]
) -> LoadPlan:
    words: Any = importlib.import_module("packingsolver3d")
    solve: Any = importlib.import_module(f"packingsolver3d.{solver}").solve
    upright = {Side.HEIGHT: ("XYZ", "YXZ"), Side.WIDTH: UP_WIDTH, Side.LENGTH: UP_LENGTH}
    items = [
        words.ItemType(
            x=item.length_mm,
            y=item.width_mm,
            z=item.height_mm,
            copies=item.quantity,
            stackability_id=kind if solver == "boxstacks" else None,
            rotations=[
                words.Rotation(way)
                for side in Side
                if side in item.upright and may(side)
                for way in upright[side]
            ],
        )
        for kind, item in enumerate(request.items)
    ]
    length, width, height = request.container.size
    instance = words.Instance(
        bin_types=[words.BinType(x=length, y=width, z=height)],
        item_types=items,
        objective=words.Objective.KNAPSACK,
    )
    found = solve(instance, time_limit=seconds)
    return _plan(
        request,
        (
            Placement(request.items[at.item_type_id].sku, at.x, at.y, at.z, at.lx, at.ly, at.lz)
            for each in found.bins
            for at in each.placements
        ),
    )


UP_WIDTH = ("XZY", "ZXY")
UP_LENGTH = ("ZYX", "YZX")
"""The third letter is the side that stands vertically."""


def _plan(request: LoadRequest, boxes: Iterable[Placement]) -> LoadPlan:
    placed = tuple(sorted(boxes, key=lambda at: at.z_mm))
    left = Counter({item.sku: item.quantity for item in request.items})
    left.subtract(at.sku for at in placed)
    volume = sum(at.volume_mm3 for at in placed)
    return LoadPlan(
        placements=placed,
        left_out={sku: count for sku, count in left.items() if count},
        utilisation=Fraction(volume, request.container.volume_mm3),
        seed=0,
        work=0,
        seconds=0.0,
    )

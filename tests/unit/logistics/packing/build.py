"""Small requests and plans to break."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

from services.logistics.domain.packing.checker import FaultCode, faults_of
from services.logistics.domain.packing.plan import LoadPlan, Placement
from services.logistics.domain.packing.request import Container, Item, LoadRequest

BOX = Container(length_mm=100, width_mm=50, height_mm=40)


def an_item(sku: str = "a", **fields: Any) -> Item:
    sides = {"length_mm": 20, "width_mm": 10, "height_mm": 10}
    return Item(**{"sku": sku, **sides, **fields})


def a_request(*items: Item, **fields: Any) -> LoadRequest:
    return LoadRequest(**{"container": BOX, "items": items or (an_item(),), **fields})


def a_plan(request: LoadRequest, *placements: Placement) -> LoadPlan:
    """A plan of just these placements, with honest counts."""
    left = {item.sku: item.quantity for item in request.items}
    for at in placements:
        left[at.sku] = left.get(at.sku, 0) - 1
    volume = sum(at.volume_mm3 for at in placements)
    return LoadPlan(
        placements=placements,
        left_out={sku: count for sku, count in left.items() if count},
        utilisation=Fraction(volume, request.container.volume_mm3),
        seed=0,
        work=1,
        seconds=0.0,
    )


def codes(request: LoadRequest, *placements: Placement) -> set[FaultCode]:
    return {fault.code for fault in faults_of(a_plan(request, *placements), request)}


def shifted(at: Placement, *, x: int = 0, y: int = 0, z: int = 0) -> Placement:
    return replace(at, x_mm=at.x_mm + x, y_mm=at.y_mm + y, z_mm=at.z_mm + z)

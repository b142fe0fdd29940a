"""Cut a plan into layers: the boxes that stand at one height, in loading order."""

from collections import defaultdict
from dataclasses import dataclass

from services.logistics.domain.packing.plan import LoadPlan, Placement

LAYERS_MAX = 200


@dataclass(frozen=True, slots=True)
class Layer:
    """Boxes whose bases are at one height, each with its step, and those that reach through it."""

    z_mm: int
    boxes: tuple[tuple[int, Placement], ...]
    through: tuple[Placement, ...]


def layers_of(plan: LoadPlan) -> tuple[Layer, ...]:
    """Return the layers from the floor up; steps count from 1."""
    standing: dict[int, list[tuple[int, Placement]]] = defaultdict(list)
    for step, at in enumerate(plan.placements, start=1):
        standing[at.z_mm].append((step, at))
    return tuple(
        Layer(
            z_mm=z,
            boxes=tuple(standing[z]),
            through=tuple(at for at in plan.placements if at.z_mm < z < at.high[2]),
        )
        for z in sorted(standing)[:LAYERS_MAX]
    )


def colour_of(sku: str, skus: tuple[str, ...]) -> str:
    """Return a kind's colour: hues a golden angle apart, so that neighbours differ."""
    hue = skus.index(sku) * 137.508 % 360
    return f"hsl({hue:.0f} 62% 68%)"


def skus_of(plan: LoadPlan) -> tuple[str, ...]:
    return tuple(sorted({at.sku for at in plan.placements}))

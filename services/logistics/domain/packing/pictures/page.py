"""A plan as one page to look around in: no server, no network, no library."""

import json
from pathlib import Path

from services.logistics.domain.packing.pictures.layers import colour_of, skus_of
from services.logistics.domain.packing.plan import LoadPlan
from services.logistics.domain.packing.request import LoadRequest

TEMPLATE = Path(__file__).parent / "page.html"
PLACE = "/*PLAN*/null"


def page_of(plan: LoadPlan, request: LoadRequest) -> str:
    """Return the page with the plan in it; names can't end the script they stand in."""
    skus = skus_of(plan)
    told = {
        "size": request.container.size,
        "utilisation": round(100 * float(plan.utilisation), 2),
        "left": dict(plan.left_out),
        "kinds": [{"sku": sku, "colour": colour_of(sku, skus)} for sku in skus],
        "boxes": [[skus.index(at.sku), *at.low, *at.size] for at in plan.placements],
    }
    data = json.dumps(told, separators=(",", ":")).replace("<", "\\u003c")
    return TEMPLATE.read_text(encoding="utf-8").replace(PLACE, data)

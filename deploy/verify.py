"""Do both hubs hold the same? Compares the projection hash at both ends of every stream."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from deploy.hub.plan import HubPlan
from deploy.scenario.hub_client import HubClient
from shared.kernel.ids import derived_id


@dataclass(frozen=True)
class Ends:
    """One stream seen from both hubs."""

    stream: str
    events: int
    equal: bool
    says: str


async def compare(plans: Mapping[str, HubPlan]) -> list[Ends]:
    """Ask every hub as its operator, and compare."""
    async with httpx.AsyncClient(timeout=30) as http:
        operators = {
            hub: HubClient(
                plan.url, derived_id("cli", hub, "operator"), plan.operator_secret(), "verify", http
            )
            for hub, plan in plans.items()
        }
        return await compare_ends(operators)


async def compare_ends(operators: Mapping[str, HubClient]) -> list[Ends]:
    """Return a line per stream: equal, or the first record in which the ends differ."""
    seen: dict[str, dict[str, Any]] = {}
    for client in operators.values():
        for row in (await client.get("/exchange/v1/projections"))["items"]:
            seen.setdefault(row["stream"], {})[row["role"]] = row
    result = []
    for stream, both in sorted(seen.items()):
        origin, destination = both.get("origin"), both.get("destination")
        if origin is None or destination is None:
            result.append(Ends(stream, 0, equal=False, says="only one end knows it"))
            continue
        equal = (origin["seq"], origin["hash"]) == (destination["seq"], destination["hash"])
        says = origin["hash"][:16] if equal else f"{origin['seq']} sent, {destination['seq']} held"
        result.append(Ends(stream, int(origin["seq"]), equal=equal, says=says))
    return result

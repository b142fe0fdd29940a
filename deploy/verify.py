"""Do both hubs hold the same? Compares the projection hash at both ends of every stream, and names
the first record in which two ends differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deploy.scenario.hub_client import HubClient
from services.exchange.domain.projection import Difference, Row, first_difference
from shared.web.pages import PAGE_MAX


@dataclass(frozen=True)
class Ends:
    """One stream seen from both hubs."""

    stream: str
    events: int
    equal: bool
    says: str


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
        if (origin["seq"], origin["hash"]) == (destination["seq"], destination["hash"]):
            says = str(origin["hash"])[:16]
            result.append(Ends(stream, int(origin["seq"]), equal=True, says=says))
            continue
        says = f"{origin['seq']} sent, {destination['seq']} held"
        found = await _difference(operators, stream)
        if found is not None:
            says = f"{says}; first to differ: {_told(found)}"
        result.append(Ends(stream, int(origin["seq"]), equal=False, says=says))
    return result


async def _difference(operators: Mapping[str, HubClient], stream: str) -> Difference | None:
    """Return the first row in which the ends of a stream differ; None when they agree by now.

    Up to there both have the same rows, so their pages can be held against each other.
    """
    origin, destination = stream.split("/")[:2]
    cursor: str | None = ""
    while cursor is not None:
        sent, following = await _page(operators[origin], stream, "origin", cursor)
        held, _ = await _page(operators[destination], stream, "destination", cursor)
        found = first_difference(sent, held)
        if found is not None:
            return found
        cursor = following
    return None


async def _page(
    client: HubClient, stream: str, role: str, cursor: str
) -> tuple[list[Row], str | None]:
    """Return some of the rows behind one end's hash, in their order, and where they go on."""
    asked = f"/exchange/v1/projection-rows?stream={stream}&role={role}&limit={PAGE_MAX}"
    page = await client.get(f"{asked}&cursor={cursor}" if cursor else asked)
    rows = [Row(r["subject"], r["type"], r["seq"], r["line_hash"]) for r in page["items"]]
    return rows, page.get("next_cursor")


def _told(found: Difference) -> str:
    """Name the record, and what each end has of it."""
    sent, held = found.ours, found.theirs
    if held is None:
        assert sent is not None, "a difference has a row at one end at least"
        return f"{sent.type} of {sent.subject}, number {sent.seq}, only at the origin"
    if sent is None:
        return f"{held.type} of {held.subject}, number {held.seq}, only at the destination"
    if sent.seq != held.seq:
        return f"{sent.type} of {sent.subject}, number {sent.seq} sent and {held.seq} held"
    return f"{sent.type} of {sent.subject}, number {sent.seq}, with other content at each end"

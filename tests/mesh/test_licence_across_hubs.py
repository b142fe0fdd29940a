"""A licence of one hub, used by customs of both, while the link between them is cut and heals."""

from datetime import timedelta
from typing import Any

from deploy.scenario.hub_client import until
from shared.kernel.clock import SystemClock
from tests.builders.hubs import HUBS, Mesh
from tests.builders.permits import a_licence, a_line, an_actor, an_export, export_goods

HOME, ABROAD = HUBS
ALLOWED, PIECES, RELEASES = 128, 5, 20
"""Each hub's customs takes 100 pieces out: together more than the 128 that are allowed."""
LICENCE = a_licence("both", a_line(quantity=ALLOWED)).id


async def allow(mesh: Mesh) -> None:
    """Give the seller a licence at its own hub."""
    now = SystemClock().now()
    since = a_licence().history[0]
    licence = a_licence(
        "both",
        a_line(quantity=ALLOWED),
        issued_at=now,
        valid_until=now + timedelta(days=30),
        history=(type(since)(state=since.state, since=now),),
    )
    async with mesh.hubs[HOME].services["permits"].store.transaction() as tx:
        await tx.licences.add(licence, by=an_actor("siti"))


async def release(mesh: Mesh, hub: str, numbers: range) -> None:
    """Let a hub's customs let goods of the seller go."""
    for number in numbers:
        event = an_export(
            f"{hub} {number}",
            export_goods(quantity=PIECES),
            hub=hub,
            released_at=SystemClock().now(),
        )
        async with mesh.hubs[hub].services["customs"].store.transaction() as tx:
            await tx.emit(event, key=event.declaration_id)


async def line_and_told(mesh: Mesh) -> tuple[Any, int]:
    """Return the licence line as it stands, and how many refusals the seller can read of."""
    async with mesh.hubs[HOME].services["permits"].store.reading() as tx:
        licence = await tx.licences.get(LICENCE, lock=False)
        refused = await tx.write_offs.refused_page(holder_id=None, after=0, limit=100)
    [line] = licence.lines
    assert 0 <= line.used <= line.quantity
    return line, len(refused)


class TestLicenceAcrossHubs:
    async def test_is_never_overdrawn_and_both_hubs_learn_what_was_refused(
        self, mesh: Mesh
    ) -> None:
        await allow(mesh)
        for link in mesh.links.values():
            link.cut = link.disorderly = True
        await release(mesh, ABROAD, range(RELEASES))
        await release(mesh, HOME, range(RELEASES))

        async def home_is_written_off() -> bool | None:
            return (await line_and_told(mesh))[0].used == RELEASES * PIECES or None

        await until(home_is_written_off, what="the licence's own hub to go on alone")
        for link in mesh.links.values():
            link.cut = False

        async def everything_is_judged() -> tuple[Any, int] | None:
            line, told = await line_and_told(mesh)
            return (line, told) if line.used + told * PIECES == 2 * RELEASES * PIECES else None

        line, told = await until(everything_is_judged, what="the goods of both hubs to be judged")

        async def abroad_is_told() -> int | None:
            path = "/exchange/v1/replicas?type=permits.permit-use-refused.v1&limit=100"
            replicas = (await mesh.operators[ABROAD].get(path))["items"]
            return len(replicas) if len(replicas) == told else None

        await until(abroad_is_told, what="the refusals to reach the hub that let the goods go")
        assert (line.used, line.left, told) == (125, 3, 15)

"""The e-road between two whole hubs: whatever the link does, both end with the same data."""

import asyncio
from typing import Any

from deploy.scenario.hub_client import until
from deploy.verify import Ends, compare_ends
from tests.builders.hubs import Mesh

MEMBERS = 120


async def register(mesh: Mesh, hub: str, count: int, *, start: int = 0) -> None:
    """Let something happen at a hub that its peer is told of."""
    operator = mesh.operators[hub]
    for number in range(start, start + count):
        body = {"kind": "agent", "name": f"Agent {number} of {hub}", "country": "MY"}
        await operator.post("/members/v1/members", body)


async def member_streams(mesh: Mesh) -> list[Ends]:
    """Both ends of the streams that `register` fills; the hubs also send each other their packs."""
    ends = await compare_ends(mesh.operators)
    return [each for each in ends if each.stream.endswith("/members/0")]


async def equal(mesh: Mesh, events: int) -> list[Ends]:
    """Wait until both ends of both member streams hold the same, and at least this much."""

    async def look() -> list[Ends] | None:
        ends = await member_streams(mesh)
        whole = len(ends) == 2 and all(each.equal and each.events >= events for each in ends)
        return ends if whole else None

    return await until(look, what="equal projections")


async def streams(mesh: Mesh, hub: str) -> dict[str, dict[str, Any]]:
    """The streams that end at a hub, by name."""
    rows = (await mesh.operators[hub].get("/exchange/v1/streams"))["items"]
    return {row["stream"]: row for row in rows if row["role"] == "destination"}


class TestRoad:
    async def test_delivers_both_ways_and_proves_it(self, mesh: Mesh) -> None:
        await asyncio.gather(*(register(mesh, hub, 20) for hub in mesh.hubs))

        ends = await equal(mesh, events=20)

        assert [each.stream for each in ends] == [
            "cn-hgh/my-kul/members/0",
            "my-kul/cn-hgh/members/0",
        ]

    async def test_every_frame_twice_and_shuffled_changes_nothing(self, mesh: Mesh) -> None:
        for link in mesh.links.values():
            link.disorderly = True

        await asyncio.gather(*(register(mesh, hub, MEMBERS) for hub in mesh.hubs))
        await equal(mesh, events=MEMBERS)

        for hub in mesh.hubs:
            replicas = await mesh.operators[hub].get(
                "/exchange/v1/replicas?type=members.member-registered.v1&limit=100"
            )
            subjects = [row["subject"] for row in replicas["items"]]
            assert len(subjects) == len(set(subjects)) == 100

    async def test_a_cut_link_is_waited_for_and_caught_up(self, mesh: Mesh) -> None:
        await register(mesh, "my-kul", 5)
        await equal_one_way(mesh, events=5)
        for link in mesh.links.values():
            link.cut = True
        await register(mesh, "my-kul", 40, start=5)

        behind = await streams(mesh, "cn-hgh")
        for link in mesh.links.values():
            link.cut = False
        await equal_one_way(mesh, events=45)

        assert behind["my-kul/cn-hgh/members/0"]["seq"] < 45

    async def test_an_altered_byte_stops_the_stream_until_the_true_frame_comes(
        self, mesh: Mesh
    ) -> None:
        link = mesh.links["my-kul"]
        await equal_one_way(mesh, events=1)  # what the founding of the hub said
        before = (await streams(mesh, "cn-hgh"))["my-kul/cn-hgh/members/0"]["seq"]
        link.altered = True
        await register(mesh, "my-kul", 3)

        async def stopped() -> dict[str, Any] | None:
            row = (await streams(mesh, "cn-hgh")).get("my-kul/cn-hgh/members/0")
            return row if row is not None and row["stop_reason"] else None

        row = await until(stopped, what="the stream to stop")
        link.altered = False
        await equal_one_way(mesh, events=4)
        healed = (await streams(mesh, "cn-hgh"))["my-kul/cn-hgh/members/0"]

        assert row["stop_reason"] in {"malformed", "root-mismatch", "count-mismatch"}
        assert row["seq"] == before
        assert healed["stop_reason"] is None

    async def test_a_suspended_peer_gets_nothing_until_it_is_resumed(self, mesh: Mesh) -> None:
        operator = mesh.operators["my-kul"]
        await register(mesh, "my-kul", 2)
        await equal_one_way(mesh, events=2)
        await operator.post("/exchange/v1/peers/cn-hgh/suspend", {})
        asked = mesh.links["my-kul"].asked
        await register(mesh, "my-kul", 2, start=2)

        async def asked_again() -> bool | None:
            return True if mesh.links["my-kul"].asked > asked + 1 else None

        await until(asked_again, what="the peer to ask in vain")
        held = (await streams(mesh, "cn-hgh"))["my-kul/cn-hgh/members/0"]["seq"]

        await operator.post("/exchange/v1/peers/cn-hgh/resume", {})
        await equal_one_way(mesh, events=5)

        assert held == 3  # the hub's own operator was registered before the two


async def equal_one_way(mesh: Mesh, events: int) -> None:
    """Wait until cn-hgh holds all that my-kul said."""

    async def look() -> bool | None:
        ends = await member_streams(mesh)
        mine = [each for each in ends if each.stream.startswith("my-kul/")]
        return True if mine and all(e.equal and e.events >= events for e in mine) else None

    await until(look, what="cn-hgh to catch up")

"""`eroad verify` names the first record in which the two ends of a stream differ."""

from dataclasses import dataclass
from typing import Any

import httpx
from sqlalchemy import delete, update

from deploy.scenario.hub_client import HubClient
from deploy.verify import Ends, compare_ends
from services.exchange.store.tables import replica
from shared.web.pages import PAGE_MAX
from tests.component.exchange.hubs import ORDERS, Hub, cancelled, order_id, say_cancelled

LAST = PAGE_MAX + 20


@dataclass
class Operator(HubClient):
    """An operator of a hub of this test, where the exchange stands alone."""

    hub: Hub | None = None

    async def get(
        self, path: str, *, accept: tuple[int, ...] = (), language: str = ""
    ) -> dict[str, Any]:
        assert self.hub is not None
        reply = await self.hub.http.get(path.removeprefix("/exchange"))
        answer = reply.raise_for_status().json()
        return answer if isinstance(answer, dict) else {"items": answer}


async def seen(origin: Hub, dest: Hub) -> Ends:
    """What is told of the one stream there is."""
    nowhere = httpx.AsyncClient()
    both = {hub.name: Operator("", "", "", "", nowhere, hub=hub) for hub in (origin, dest)}
    [ends] = await compare_ends(both)
    assert ends.stream == ORDERS
    return ends


async def sorted_orders(origin: Hub, dest: Hub) -> list[str]:
    """The subjects of more records than one page shows, both ends being equal."""
    await say_cancelled(origin, *range(1, LAST + 1))
    await dest.pull()
    assert (await seen(origin, dest)).equal
    return sorted(order_id(number) for number in range(1, LAST + 1))


class TestVerify:
    async def test_names_an_altered_replica_on_a_later_page(self, origin: Hub, dest: Hub) -> None:
        orders = await sorted_orders(origin, dest)
        subject = orders[PAGE_MAX + 7]
        number = next(n for n in range(1, LAST + 1) if order_id(n) == subject)
        async with dest.store.transaction() as tx:
            await tx.connection.execute(
                update(replica)
                .where(replica.c.subject.in_([subject, orders[-1]]))
                .values(data=b'{"order_id":"another"}')
            )

        ends = await seen(origin, dest)

        assert not ends.equal
        assert ends.says == (
            f"{LAST} sent, {LAST} held; first to differ: {cancelled().wire_name} of {subject}, "
            f"number {number}, with other content at each end"
        )

    async def test_names_a_replica_that_is_gone(self, origin: Hub, dest: Hub) -> None:
        subject = (await sorted_orders(origin, dest))[0]
        async with dest.store.transaction() as tx:
            await tx.connection.execute(delete(replica).where(replica.c.subject == subject))

        says = (await seen(origin, dest)).says

        assert f"{cancelled().wire_name} of {subject}" in says
        assert says.endswith("only at the origin")

    async def test_names_a_record_that_has_not_come_yet(self, origin: Hub, dest: Hub) -> None:
        await say_cancelled(origin, 1)
        await dest.pull()
        await say_cancelled(origin, 1)

        says = (await seen(origin, dest)).says

        assert says.startswith("2 sent, 1 held")
        assert says.endswith(f"of {order_id(1)}, number 2 sent and 1 held")

    async def test_takes_a_replica_that_another_stream_made_newer_for_equal(
        self, origin: Hub, dest: Hub
    ) -> None:
        await say_cancelled(origin, 1, 2)
        await dest.pull()
        async with dest.store.transaction() as tx:
            await tx.connection.execute(
                update(replica)
                .where(replica.c.subject == order_id(1))
                .values(stream=ORDERS.removesuffix("0") + "1", data=b"{}")
            )

        assert (await seen(origin, dest)).equal

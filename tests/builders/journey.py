"""One small story on two hubs of this process, driven a stage at a time by its own actors."""

import itertools
from pathlib import Path
from typing import Any

from deploy.scenario.arrival import Inbound
from deploy.scenario.cast import Cast
from deploy.scenario.figures import Figures
from deploy.scenario.hub_client import HubClient, StoryBroken, until
from deploy.scenario.order import StoryOrder, orders_of
from deploy.scenario.stages import Outbound
from deploy.scenario.story import GoesWrong, Party, read_story
from tests.builders.hubs import Mesh

STORY = read_story(Path(__file__).parents[2] / "deploy" / "scenarios" / "first-parcels.yaml")
HOME, ABROAD = "my-kul", "cn-hgh"
_runs = itertools.count(1)


def tick() -> None:
    """A journey shows no progress."""


class Journey:
    """Coffee from Ipoh to Hangzhou: every order is one pack for 58.00, freight 12.00, tax 6.37."""

    def __init__(self, mesh: Mesh, *, name: str, orders: int = 1, waybill_wrong: bool = False):
        coffee = STORY.orders[0].model_copy(update={"count": orders})
        wrong = GoesWrong(order="A-001", what="waybill-phone-differs", code="C11")
        run = f"{name}-{next(_runs)}"
        self.mesh = mesh
        self.story = STORY.model_copy(
            update={"orders": (coffee,), "goes_wrong": (wrong,) if waybill_wrong else ()}
        )
        self.figures = Figures({})
        self.cast = Cast(self.story, mesh.plans, run=run, http=mesh.http)
        self.orders = orders_of(self.story, run=run)
        self.out = Outbound(self.story, self.cast, self.orders, self.figures)

    @property
    def order(self) -> StoryOrder:
        return self.orders[0]

    @property
    def money_path(self) -> str:
        return f"/payments/v1/orders/{self.order.order_id}/money"

    async def ordered_and_paid(self) -> None:
        """Everybody joins, the orders are placed, pre-cleared and paid into escrow."""
        await self.cast.register()
        await self.out.place_orders(tick)
        await self.out.pre_clear(tick)
        await self.out.pay(tick)

    async def departed(self) -> Inbound:
        """Paid, booked, pooled, sealed, released for export, gone."""
        await self.ordered_and_paid()
        await self.out.book(tick)
        await self.out.consolidate(tick)
        await self.out.depart(tick)
        return Inbound(self.out)

    async def officer(self) -> HubClient:
        """An officer of the buyer's customs."""
        _, client = await self.cast.join(ABROAD, "officer", Party(name="Hangzhou", country="CN"))
        return client

    async def declaration(self, status: int) -> dict[str, Any]:
        """The first parcel's import declaration, once it has this status."""
        page = await self.cast.marketplace.until(
            f"/customs/v1/declarations?logistics_no={self.order.logistics_no}",
            lambda reply: [one["status"] for one in reply["items"]] == [status],
            what=f"status {status}",
        )
        found: dict[str, Any] = page["items"][0]
        return found

    async def timeline(self, client: HubClient, *wanted: str) -> list[str]:
        """The kinds of what happened to the first order, once all that are wanted did."""
        path = f"/orders/v1/orders/{self.order.order_id}/timeline?limit=100"

        kinds: list[str] = []

        async def look() -> list[str] | None:
            reply = await client.get(path, accept=(404,))
            kinds[:] = [entry["kind"] for entry in reply.get("items", [])]
            return kinds if set(wanted) <= set(kinds) else None

        try:
            return await until(look, what=f"the timeline at {client.url}")
        except StoryBroken as broken:
            raise StoryBroken(f"{broken} lacks {set(wanted) - set(kinds)}") from None

    async def refunded(self, minor: int) -> dict[str, Any]:
        """The money of the first order at the buyer's hub, once so much went back to the buyer."""

        def back(reply: dict[str, Any]) -> bool:
            return minor == sum(int(each["refunded"]["amount_minor"]) for each in reply["payments"])

        return await self.cast.marketplace.until(self.money_path, back, what=f"{minor} refunded")

    async def available(self, minor: int, currency: str = "CNY") -> bool:
        """Wait until so much of the seller's money can be used at the seller's hub."""

        def there(reply: dict[str, Any]) -> bool:
            found = {row["currency"]: int(row["available"]) for row in reply["balances"]}
            return bool(found.get(currency) == minor)

        path = f"/payments/v1/accounts/seller:{self.cast.seller_id}:available"
        await self.cast.seller.until(path, there, what=f"{minor} {currency} for the seller")
        return True

    async def books_are_sound(self) -> dict[str, bool]:
        """Whether each hub's ledger sums to zero and passes its own check."""
        sound = {}
        for hub, operator in self.cast.operators.items():
            report = await operator.get("/payments/v1/ledger/check")
            zero = all(int(total) == 0 for total in report["sums"].values())
            sound[hub] = bool(zero and report["is_sound"])
        return sound

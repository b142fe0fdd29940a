"""The stages of a story, first half: from an order in Hangzhou to a departure from Malaysia."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from deploy.scenario.cast import Cast
from deploy.scenario.figures import Figures
from deploy.scenario.hub_client import StoryBroken, until
from deploy.scenario.order import StoryOrder
from deploy.scenario.story import Story, minor, written

AT_ONCE_MAX = 4
"""Requests in flight; a marketplace is one of many and behaves."""
BOOKING_WAITS_FOR = {
    "logistics.order-not-known",
    "logistics.not-paid",
    "logistics.not-pre-cleared",
}

Tick = Callable[[], None]


async def each(
    orders: Sequence[StoryOrder], do: Callable[[StoryOrder], Awaitable[None]], tick: Tick
) -> None:
    """Do something for every order, a few at once."""
    gate = asyncio.Semaphore(AT_ONCE_MAX)

    async def one(order: StoryOrder) -> None:
        async with gate:
            await do(order)
        tick()

    try:
        async with asyncio.TaskGroup() as group:
            for order in orders:
                group.create_task(one(order))
    except ExceptionGroup as several:
        broken = several.subgroup(StoryBroken)
        if broken is None:
            raise
        raise StoryBroken(str(broken.exceptions[0])) from several


class Outbound:
    """What happens until the unit has left."""

    def __init__(
        self, story: Story, cast: Cast, orders: Sequence[StoryOrder], figures: Figures
    ) -> None:
        self.story = story
        self.cast = cast
        self.orders = orders
        self.figures = figures
        self.consolidation_id = ""

    @property
    def going(self) -> list[StoryOrder]:
        return [order for order in self.orders if not order.refused]

    async def place_orders(self, tick: Tick) -> None:
        """The marketplace asks what an order costs and places it at the buyer's hub."""

        async def place(order: StoryOrder) -> None:
            order.tax_minor = await self._tax_of(order)
            reply = await self.cast.marketplace.post("/orders/v1/orders", self.order_body(order))
            order.order_id = reply["id"]

        await each(self.orders, place, tick)
        self.figures.saw("orders placed", sum(bool(order.order_id) for order in self.orders))

    async def pre_clear(self, tick: Tick) -> None:
        """The seller's hub runs the destination's rules before anything is packed."""

        async def ask(order: StoryOrder) -> None:
            verdict = await self.cast.seller.until(
                f"/customs/v1/pre-clearances/{order.order_id}",
                lambda reply: bool(reply["verdict"]),
                what=f"a verdict on {order.name}",
            )
            if order.refused:
                code = verdict["findings"][0]["code"] if verdict["findings"] else "accepted"
                self.figures.saw(f"{order.name} refused before packing", code)
                cancel = {"reason": "pre-clearance-refused"}
                path = f"/orders/v1/orders/{order.order_id}/cancel"
                await self.cast.marketplace.post(path, cancel)
            elif verdict["verdict"] != "accepted":
                raise StoryBroken(f"{order.name} was refused: {verdict['findings']}")

        await each(self.orders, ask, tick)

    async def pay(self, tick: Tick) -> None:
        """The buyers' money goes into an escrow account per order."""

        async def capture(order: StoryOrder) -> None:
            shop = self.cast.marketplace

            async def known() -> dict[str, Any] | None:
                reply = await shop.post(
                    "/payments/v1/payments", self._payment(order), accept=(404, 409)
                )
                return reply if reply["http_status"] < 300 else None

            payment = await until(known, what=f"payments to know {order.name}")
            await shop.post(f"/payments/v1/payments/{payment['id']}/capture", {})

        await each(self.going, capture, tick)
        paid = sum(order.paid_minor for order in self.going)
        tax = sum(order.tax_minor for order in self.going)
        self.figures.saw(f"paid into escrow {self.story.currency}", written(paid))
        self.figures.saw(f"import tax {self.story.currency}", written(tax))

    async def book(self, tick: Tick) -> None:
        """The seller packs and books; the marketplace sends the carrier's waybill abroad."""

        async def one(order: StoryOrder) -> None:
            length, width, height = order.group.size_mm
            body = {
                "order_id": order.order_id,
                "gross_weight_g": order.group.gross_weight_g,
                "length_mm": length,
                "width_mm": width,
                "height_mm": height,
            }

            async def booked() -> dict[str, Any] | None:
                reply = await self.cast.seller.post(
                    "/logistics/v1/parcels", body, accept=(404, 409, 422)
                )
                if reply["http_status"] < 300:
                    return reply
                if reply["code"] in BOOKING_WAITS_FOR:
                    return None
                raise StoryBroken(f"{order.name} can't be booked: {reply}")

            parcel = await until(booked, what=f"a booking for {order.name}")
            order.parcel_id, order.logistics_no = parcel["id"], parcel["logistics_no"]
            waybill = {"logistics_no": order.logistics_no, **order.waybill(self.story)}
            kept = await self.cast.marketplace.post("/logistics/v1/waybills", waybill)
            order.waybill_id = kept["id"]

        await each(self.going, one, tick)
        self.figures.saw("parcels booked", sum(bool(order.parcel_id) for order in self.going))

    async def consolidate(self, tick: Tick) -> None:
        """The forwarder pools the parcels into one unit, seals it and shares the freight."""
        lane, forwarder = self.story.lane, self.cast.forwarder
        opened = await forwarder.post("/logistics/v1/consolidations", self.unit_body())
        self.consolidation_id = opened["id"]
        path = f"/logistics/v1/consolidations/{self.consolidation_id}"
        ids = [order.parcel_id for order in self.going]
        pooled = await forwarder.post(f"{path}/parcels", {"parcel_ids": ids})
        left = [line for line in pooled["lines"] if not line["pooled"]]
        if left:
            raise StoryBroken(f"not pooled: {left}")
        tick()
        sealed = await forwarder.post(f"{path}/seal", {"seals": list(lane.seals)})
        freight = await forwarder.get(f"{path}/freight")
        tick()
        shares = sum(share["amount"]["amount_minor"] for share in freight["shares"])
        grams = sealed["chargeable_weight_g"]
        self.figures.saw("chargeable weight kg", f"{grams // 1000}.{grams % 1000 // 100}")
        money = lane.price_currency
        self.figures.saw(f"freight together {money}", written(freight["total"]["amount_minor"]))
        self.figures.saw(f"freight alone {money}", written(freight["alone"]["amount_minor"]))
        self.figures.saw(f"sum of freight shares {money}", written(shares))

    async def depart(self, tick: Tick) -> None:
        """Export customs releases the unit, and it leaves."""
        path = f"/logistics/v1/consolidations/{self.consolidation_id}"
        await self.cast.forwarder.until(
            path, lambda reply: bool(reply["export_declaration_id"]), what="the export release"
        )
        tick()
        await self.cast.forwarder.post(f"{path}/depart", {})
        tick()

    async def _tax_of(self, order: StoryOrder) -> int:
        quote = await self.cast.marketplace.post(
            "/customs/v1/landed-costs",
            {
                "destination": self.story.buyer_hub[:2].upper(),
                "channel": self.story.channel,
                "currency": order.currency,
                "freight_minor": order.freight_minor,
                "lines": [
                    {
                        "hs_code": order.sku.hs_code,
                        "origin": order.sku.origin,
                        "quantity": order.group.quantity,
                        "unit_price_minor": minor(order.sku.price),
                    }
                ],
            },
        )
        return 0 if quote["findings"] else int(quote["tax"]["amount_minor"])

    def order_body(self, order: StoryOrder) -> dict[str, Any]:
        """Return what the marketplace posts for an order."""
        return {
            "platform_code": self.story.marketplace.platform_code,
            "order_no": order.order_no,
            "channel": self.story.channel,
            "seller_id": self.cast.seller_id,
            "seller_hub": self.story.seller_hub,
            "buyer": order.buyer(),
            "goods": order.money(order.goods_minor),
            "freight": order.money(order.freight_minor),
            "tax": order.money(order.tax_minor),
            "discount": order.money(0),
            "paid": order.money(order.paid_minor),
            "lines": [order.line()],
        }

    def unit_body(self) -> dict[str, Any]:
        """Return what the forwarder posts to open the unit."""
        lane = self.story.lane
        return {
            "origin": lane.origin,
            "destination": lane.destination,
            "destination_hub": self.story.buyer_hub,
            "master_waybill": lane.master_waybill,
            "unit_no": lane.unit_no,
            "cut_off_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
            "price_per_kg": {
                "amount_minor": minor(lane.price_per_kg),
                "currency": lane.price_currency,
            },
        }

    def _payment(self, order: StoryOrder) -> dict[str, Any]:
        buyer = order.buyer()
        return {
            "order_id": order.order_id,
            "pay_transaction_id": f"P-{order.order_no}",
            "amount": order.money(order.paid_minor),
            "payer_id_number": buyer["id_number"],
            "payer_name": buyer["name"],
        }

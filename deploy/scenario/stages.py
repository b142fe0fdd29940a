"""The stages of a story, first half: from an order at the buyer's hub to the departure."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from deploy.scenario.cast import Cast
from deploy.scenario.each import Tick, each
from deploy.scenario.figures import Figures
from deploy.scenario.hub_client import StoryBroken, until
from deploy.scenario.order import StoryOrder
from deploy.scenario.returning import refunded
from deploy.scenario.story import Story, minor, written

BOOKING_WAITS_FOR = {
    "logistics.order-not-known",
    "logistics.not-paid",
    "logistics.not-pre-cleared",
}


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

    @property
    def paying(self) -> list[StoryOrder]:
        return [order for order in self.orders if order.charged]

    async def place_orders(self, tick: Tick) -> None:
        """The marketplace asks what an order costs and places it at the buyer's hub."""
        await self._record_allowances()

        async def place(order: StoryOrder) -> None:
            order.tax_minor = await self._tax_of(order)
            reply = await self.cast.marketplace.post("/orders/v1/orders", self.order_body(order))
            order.order_id = reply["id"]
            if order.name == self.story.sent_again:
                await self._send_again(order, reply)

        await each(self.orders, place, tick)
        self.figures.saw("orders placed", sum(bool(order.order_id) for order in self.orders))

    async def _record_allowances(self) -> None:
        """Customs abroad knows what one buyer has imported elsewhere this year."""
        for order in self.orders:
            if order.trouble == "allowance-used":
                body = {
                    "id_number": order.buyer()["id_number"],
                    "year": self.cast.now().year,
                    "used_minor": minor(self.story.allowance_used),
                    "currency": order.currency,
                }
                officer = self.cast.operators[self.story.buyer_hub]
                await officer.post("/customs/v1/allowances", body)

    async def _send_again(self, order: StoryOrder, first: dict[str, Any]) -> None:
        """The same key gives the same reply; a new key meets the order that is there."""
        shop, body = self.cast.marketplace, self.order_body(order)
        repeated = await shop.post("/orders/v1/orders", body)
        same = "the same reply" if repeated == first else "another reply"
        self.figures.saw(f"{order.name} sent again", same)
        fresh = await shop.post("/orders/v1/orders", body, accept=(409,), again="third")
        code = f"{fresh['http_status']} {fresh.get('code')} {fresh.get('customs_code')}"
        self.figures.saw(f"{order.name} under a new key", code)

    async def pre_clear(self, tick: Tick) -> None:
        """The seller's hub runs the destination's rules before anything is packed."""

        async def ask(order: StoryOrder) -> None:
            path = f"/customs/v1/pre-clearances/{order.order_id}"
            hoped = "refused" if order.refused else "accepted"
            verdict = await self.cast.seller.until(
                path,
                lambda reply: reply["verdict"] == hoped,
                what=f"{order.name} to be {hoped}",
            )
            if order.refused:
                code = verdict["findings"][0]["code"]
                self.figures.saw(f"{order.name} refused before packing", code)
                cancel = {"reason": "pre-clearance-refused"}
                path = f"/orders/v1/orders/{order.order_id}/cancel"
                await self.cast.marketplace.post(path, cancel)
                if order.charged:
                    await refunded(self.cast, order, self.figures)

        await each(self.orders, ask, tick)
        going = self.going
        self.figures.saw("parcels to pack", len(going))
        for name, amounts in (
            ("goods", [order.goods_minor for order in going]),
            ("paid", [order.paid_minor for order in going]),
            ("tax", [order.tax_minor for order in going]),
        ):
            self.figures.saw(f"{name} of the parcels {self.story.currency}", written(sum(amounts)))

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

        await each(self.paying, capture, tick)
        paid = sum(order.paid_minor for order in self.paying)
        self.figures.saw(f"paid into escrow {self.story.currency}", written(paid))

    async def book(self, tick: Tick) -> None:
        """The seller packs and books; the marketplace sends the carrier's waybill abroad."""

        async def one(order: StoryOrder) -> None:
            length, width, height = order.group.size_mm
            body: dict[str, Any] = {
                "order_id": order.order_id,
                "gross_weight_g": order.group.gross_weight_g,
                "length_mm": length,
                "width_mm": width,
                "height_mm": height,
            }
            if (insured := self.story.insured.get(order.name)) is not None:
                body["insured"] = order.money(minor(insured))

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
        await self._show_export()
        await self.cast.forwarder.post(f"{path}/depart", {})
        tick()

    async def _show_export(self) -> None:
        """What the export form says, as an officer of the seller's country reads it."""
        officer = self.cast.operators[self.story.seller_hub]
        unit = await self.cast.forwarder.get(
            f"/logistics/v1/consolidations/{self.consolidation_id}"
        )
        form = await officer.get(f"/customs/v1/export-declarations/{unit['export_declaration_id']}")
        lines = sorted(form["lines"], key=lambda line: str(line["hs_code"]))
        pieces = ", ".join(f"{line['hs_code'][:6]}: {line['quantity']}" for line in lines)
        self.figures.saw("export lines", pieces)
        for name in ("fob_total", "fob_local"):
            money = form[name]
            if money is None:  # no customs rate of that day's: the form says it in one currency
                continue
            self.figures.saw(f"FOB {money['currency']}", written(money["amount_minor"]))
        if self.story.drawback_duty is not None:
            today = self.cast.now().date().isoformat()
            answer = await self.cast.seller.post(
                "/customs/v1/drawback-checks",
                {
                    "scheme": "drawback.manufacture",
                    "duty_paid_minor": minor(self.story.drawback_duty),
                    "currency": self.story.home_currency,
                    "paid_on": today,
                    "exported_on": today,
                    "claimed_on": today,
                },
            )
            said = "granted" if answer["granted"] else f"refused: {answer['reason']}"
            self.figures.saw(f"drawback on {self.story.drawback_duty}", said)

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
                        "net_weight_g": order.net_weight_g or None,
                    }
                ],
            },
            accept=() if order.charged else (422,),  # for what can't pass there may be no rate
        )
        return 0 if quote.get("findings", True) else int(quote["tax"]["amount_minor"])

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
            "cut_off_at": (self.cast.now() + timedelta(hours=1)).isoformat(),
            "price_per_kg": {
                "amount_minor": minor(lane.price_per_kg),
                "currency": lane.price_currency,
            },
        }

    def _payment(self, order: StoryOrder) -> dict[str, Any]:
        payer = order.payer()
        return {
            "order_id": order.order_id,
            "pay_transaction_id": f"P-{order.order_no}",
            "amount": order.money(order.paid_minor),
            "payer_id_number": payer["id_number"],
            "payer_name": payer["name"],
        }

"""The stages of a story, second half: from the border in Hangzhou to the seller's account."""

from datetime import datetime
from typing import Any

from deploy.scenario.clocks import until_later
from deploy.scenario.each import Tick, each
from deploy.scenario.finance import paid_out
from deploy.scenario.hub_client import StoryBroken, until
from deploy.scenario.order import StoryOrder
from deploy.scenario.returning import refunded
from deploy.scenario.stages import Outbound
from deploy.scenario.story import minor, written
from deploy.verify import compare_ends

PROOF = "0" * 63 + "1"
RETURNED, INSPECTED, SENT_BACK, RELEASED = 100, 500, 700, 800
DELIVERY_WAITS_FOR = {"logistics.not-released"}
"""Customs has released the parcel, but its event has not reached logistics yet."""


class Inbound:
    """What happens once the unit has left."""

    def __init__(self, outbound: Outbound) -> None:
        self.story = outbound.story
        self.cast = outbound.cast
        self.orders = outbound.going
        self.figures = outbound.figures
        self.consolidation_id = outbound.consolidation_id
        self.outbound = outbound

    async def clear(self, tick: Tick) -> None:
        """Import customs matches the documents; what is returned is corrected and released."""

        async def cleared(order: StoryOrder) -> None:
            if order.trouble == "waybill-phone-differs":
                returned = await self._declaration(order, RETURNED)
                fields = [finding["field"] for finding in returned["findings"]]
                self.figures.saw(f"{order.name} returned for", ", ".join(fields))
                right = order.waybill(self.story) | {"consignee_phone": order.buyer()["phone"]}
                path = f"/logistics/v1/waybills/{order.waybill_id}"
                await self.cast.marketplace.put(path, right)
            if order.trouble in {"inspected", "sent-back"}:
                await self._inspect(order)
            if order.trouble == "sent-back":
                await self._declaration(order, SENT_BACK)
                await refunded(self.cast, order, self.figures)
                return
            released = await self._declaration(order, RELEASED)
            order.notes["tax"] = int(released["tax"]["amount_minor"])

        await each(self.orders, cleared, tick)
        self.figures.saw("parcels released", len(self._released))
        tax = sum(order.notes["tax"] for order in self._released)
        self.figures.saw(f"import tax {self.story.currency}", written(tax))

    @property
    def _released(self) -> list[StoryOrder]:
        return [order for order in self.orders if "tax" in order.notes]

    async def _inspect(self, order: StoryOrder) -> None:
        """Customs opens the parcel and lets it go, or sends it back."""
        held = await self._declaration(order, INSPECTED)
        self.figures.saw(f"{order.name} inspected", held["status"])
        deed = "send-back" if order.trouble == "sent-back" else "release"
        officer = self.cast.operators[self.story.buyer_hub]
        await officer.post(f"/customs/v1/declarations/{held['id']}/{deed}", {"reason": "looked-at"})

    async def deliver(self, tick: Tick) -> None:
        """The carrier takes the unit in, checks its seals, and brings every parcel to its buyer."""
        path = f"/logistics/v1/inbound-consolidations/{self.consolidation_id}"
        await self.cast.carrier.until(path, lambda reply: bool(reply["id"]), what="the unit")
        await self.cast.carrier.post(f"{path}/arrive", {"seals": list(self.story.lane.seals)})
        await self.cast.carrier.post(f"{path}/deconsolidate", {})

        async def one(order: StoryOrder) -> None:
            where = f"/logistics/v1/inbound-parcels/{order.logistics_no}"
            body = {"proof_sha256": PROOF}

            async def delivered() -> bool | None:
                reply = await self.cast.carrier.post(f"{where}/deliver", body, accept=(409,))
                if reply["http_status"] == 409 and reply["code"] not in DELIVERY_WAITS_FOR:
                    raise StoryBroken(f"{order.name} can't be delivered: {reply}")
                return True if reply["http_status"] < 300 else None

            await until(delivered, what=f"customs' release of {order.name} to reach the carrier")
            order.notes["delivered"] = True

        for order in self._released:
            if order.trouble == "lost":
                where = f"/logistics/v1/inbound-parcels/{order.logistics_no}"
                lost = await self.cast.carrier.post(f"{where}/track", {"state": "lost"})
                self.figures.saw(f"{order.name} tracked", lost["state"])
                if order.name in self.story.insured:
                    await self._show_insurance(order)
        await each([o for o in self._released if o.trouble != "lost"], one, tick)
        delivered = sum(1 for order in self.orders if order.notes.get("delivered"))
        self.figures.saw("parcels delivered", delivered)

    async def _show_insurance(self, order: StoryOrder) -> None:
        """The buyer of a lost parcel has everything back, and the insurer owes it with its tax."""
        await refunded(self.cast, order, self.figures)
        told = await self.cast.marketplace.get(f"/payments/v1/orders/{order.order_id}/money")
        owed = [
            int(account["balance"])
            for account in told["accounts"]
            if account["code"] == f"insurance_receivable:{order.order_id}"
        ]
        self.figures.saw(f"{order.name} insurer owes {order.currency}", written(sum(owed)))

    async def settle(self, tick: Tick) -> None:
        """The escrows are released, the proceeds cross to the seller's hub, and are exchanged."""
        seller, currency = self.cast.seller, self.story.currency
        wanted = minor(str(self.figures.expected[f"proceeds {currency}"]))
        account = f"/payments/v1/accounts/seller:{self.cast.seller_id}:available"
        arrived = await seller.until(
            account,
            lambda reply: _available(reply, currency) == wanted,
            what=f"{written(wanted)} {currency} for the seller",
        )
        proceeds = _available(arrived, currency)
        self.figures.saw(f"proceeds {currency}", written(proceeds))
        tick()
        quote = await self._exchange(proceeds)
        tick()
        home = self.story.home_currency
        self.figures.saw(f"exchanged to {home}", written(int(quote["target"]["amount_minor"])))
        self.figures.saw("exchange fee " + home, written(int(quote["fee"]["amount_minor"])))
        await self._pay_out(home)
        tick()

    async def _exchange(self, amount_minor: int) -> dict[str, Any]:
        """Take an offer for the whole amount: the first, or a second where the first lapses."""
        seller = self.cast.seller
        wish = {
            "seller_id": self.cast.seller_id,
            "amount": {"amount_minor": amount_minor, "currency": self.story.currency},
            "currency": self.story.home_currency,
        }
        quote = await seller.post("/payments/v1/quotes", wish)
        if self.story.first_quote_expires:
            await until_later(self.cast, datetime.fromisoformat(quote["expires_at"]))
            path = f"/payments/v1/quotes/{quote['id']}/accept"
            lapsed = await seller.post(path, {}, accept=(409,))
            self.figures.saw("first offer, taken too late", lapsed.get("code", "taken"))
            quote = await seller.post("/payments/v1/quotes", wish, again="second")
            self.figures.saw("better of two offers", quote["provider"])
        await seller.post(f"/payments/v1/quotes/{quote['id']}/accept", {})
        return quote

    async def _pay_out(self, currency: str) -> None:
        account = f"/payments/v1/accounts/seller:{self.cast.seller_id}:available"
        available = _available(await self.cast.seller.get(account), currency)
        if self.story.advance_share_bp is not None:
            self.figures.saw(f"left when the advance is repaid {currency}", written(available))
        payout = await paid_out(self.cast, available, currency)
        sent, withheld = payout["amount"], payout["withheld"]
        self.figures.saw(f"freight withheld {currency}", written(withheld["amount_minor"]))
        self.figures.saw(f"paid out to the seller {currency}", written(sent["amount_minor"]))

    async def prove(self, tick: Tick) -> None:
        """Both ledgers sum to zero, and both hubs hold the same data."""
        for hub in (self.story.seller_hub, self.story.buyer_hub):
            check = await self.cast.operators[hub].get("/payments/v1/ledger/check")
            zero = all(int(value) == 0 for value in check["sums"].values())
            sound = "yes" if zero and check["is_sound"] else f"no: {check['findings']}"
            self.figures.saw(f"ledger of {hub} sums to zero", sound)
            tick()

        async def equal() -> str | None:
            ends = await compare_ends(self.cast.operators)
            return "all" if ends and all(row.equal for row in ends) else None

        try:
            seen = await until(equal, what="equal projections")
        except StoryBroken:
            ends = await compare_ends(self.cast.operators)
            seen = "; ".join(f"{row.stream}: {row.says}" for row in ends if not row.equal)
        self.figures.saw("streams with equal projections", seen)
        tick()

    async def _declaration(self, order: StoryOrder, status: int) -> dict[str, Any]:
        page = await self.cast.marketplace.until(
            f"/customs/v1/declarations?logistics_no={order.logistics_no}",
            lambda reply: [one["status"] for one in reply["items"]] == [status],
            what=f"status {status} of {order.name}",
        )
        declaration: dict[str, Any] = page["items"][0]
        return declaration


def _available(account: dict[str, Any], currency: str) -> int:
    """Return what is free to use of an account in one currency, in minor units."""
    return sum(int(b["available"]) for b in account["balances"] if b["currency"] == currency)

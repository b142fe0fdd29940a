"""The stages of a story in which money goes to the seller early, and home between the hubs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from deploy.scenario.cast import Cast
from deploy.scenario.each import Tick, each
from deploy.scenario.figures import Figures
from deploy.scenario.hub_client import until
from deploy.scenario.order import StoryOrder
from deploy.scenario.story import Story, written

NOT_YET = (404, 409, 422)
"""The money of the buyers' hub has not reached the seller's hub, or not all of it."""
NOTHING_TO_CLOSE = (409, 422)
"""Nothing is owed yet, or the last window is not settled."""
A_YEAR = timedelta(days=365)

BENEFICIARY = "MBBEMYKL 114000000001"


async def paid_out(cast: Cast, amount_minor: int, currency: str) -> dict[str, Any]:
    """Pay the seller out, wait for the bank's word, and return the payout as it was asked for."""
    payout = await cast.seller.post(
        "/payments/v1/payouts",
        {
            "seller_id": cast.seller_id,
            "amount": {"amount_minor": amount_minor, "currency": currency},
            "beneficiary": BENEFICIARY,
        },
    )
    await cast.seller.until(
        f"/payments/v1/payouts/{payout['id']}",
        lambda reply: reply["state"] == "sent",
        what="the bank's word on the payout",
    )
    return payout


async def settle_until(story: Story, cast: Cast, is_home: Callable[[], Awaitable[bool]]) -> None:
    """Let the buyers' hub close windows of what it owes until the money is home."""
    debtor = cast.operators[story.buyer_hub]
    owed = {"peer": story.seller_hub, "currency": story.currency}
    times = 0

    async def settled() -> bool | None:
        nonlocal times
        times += 1
        await debtor.post(
            "/payments/v1/settlements", owed, accept=NOTHING_TO_CLOSE, again=str(times)
        )
        return True if await is_home() else None

    await until(settled, what="the proceeds of every exported order")


@dataclass
class Repatriation:
    """Every export's proceeds come home by a window that both hubs sign, in the law's time."""

    story: Story
    cast: Cast
    orders: list[StoryOrder]
    figures: Figures

    async def bring_home(self, tick: Tick) -> None:
        officer = self.cast.operators[self.story.seller_hub]
        far = (self.cast.now() + A_YEAR).date().isoformat()
        mine = {order.order_id for order in self.orders}

        async def is_home() -> bool:
            page = await officer.get(f"/payments/v1/repatriations?until={far}")
            return mine.isdisjoint(one["order_id"] for one in page["repatriations"])

        await settle_until(self.story, self.cast, is_home)
        proofs: list[dict[str, Any]] = []

        async def prove(order: StoryOrder) -> None:
            path = f"/payments/v1/repatriations/{order.order_id}"
            proofs.append(await self.cast.seller.get(path))

        await each(self.orders, prove, tick)
        came = [one for proof in proofs for one in proof["received"]]
        total = sum(int(one["amount"]["amount_minor"]) for one in came)
        for state, what in (("home", "home in time"), ("nothing-due", "given back to buyers")):
            count = sum(proof["state"] == state for proof in proofs)
            self.figures.saw(f"exports, proceeds {what}", count)
        self.figures.saw(f"proceeds home by signed sheets {self.story.currency}", written(total))


@dataclass
class Finance:
    """An advance on the orders that are on their way."""

    story: Story
    cast: Cast
    orders: list[StoryOrder]
    figures: Figures

    async def advance(self, tick: Tick) -> None:
        """Ask until everything in escrow is known at home, take the offer, show its price."""
        home, abroad = self.story.home_currency, self.story.currency
        in_escrow = sum(order.goods_minor for order in self.orders)
        wish = {
            "seller_id": self.cast.seller_id,
            "currency": home,
            "escrow_currency": abroad,
            "share_bp": self.story.advance_share_bp,
            "consents_to": "credit-scoring",
        }
        times = 0

        async def offered() -> dict[str, Any] | None:
            nonlocal times
            times += 1
            reply = await self.cast.seller.post(
                "/payments/v1/advances", wish, accept=NOT_YET, again=str(times)
            )
            if reply["http_status"] in NOT_YET:
                return None
            known = int(reply["escrowed_goods"]["amount_minor"])
            return reply if known == in_escrow else None

        offer = await until(offered, what=f"{written(in_escrow)} in escrow to be known at home")
        tick()
        taken = await self.cast.seller.post(f"/payments/v1/advances/{offer['id']}/accept", {})
        self.figures.saw(
            f"advance of the escrow {abroad}", written(taken["advanced"]["amount_minor"])
        )
        self.figures.saw(f"advance paid {home}", written(taken["principal"]["amount_minor"]))
        self.figures.saw(f"advance fee {home}", written(taken["fee"]["amount_minor"]))
        self.figures.saw("reasons for the advance", len(taken["reasons"]))
        payout = await paid_out(self.cast, int(taken["principal"]["amount_minor"]), home)
        sent = written(payout["amount"]["amount_minor"])
        self.figures.saw(f"advance at the seller's bank {home}", sent)
        tick()

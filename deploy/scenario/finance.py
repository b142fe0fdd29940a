"""The stage of a story in which the seller is paid a part of what buyers have in escrow."""

from typing import Any

from deploy.scenario.cast import Cast
from deploy.scenario.each import Tick
from deploy.scenario.figures import Figures
from deploy.scenario.hub_client import until
from deploy.scenario.order import StoryOrder
from deploy.scenario.story import Story, written

NOT_YET = (404, 409, 422)
"""The money of the buyers' hub has not reached the seller's hub, or not all of it."""


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


class Finance:
    """An advance on the orders that are on their way."""

    def __init__(
        self, story: Story, cast: Cast, orders: list[StoryOrder], figures: Figures
    ) -> None:
        self.story = story
        self.cast = cast
        self.orders = orders
        self.figures = figures

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

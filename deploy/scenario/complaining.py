"""The stage of a story in which a return comes too late, and its buyer complains."""

from typing import Any

from deploy.scenario.cast import Cast
from deploy.scenario.clocks import days_later
from deploy.scenario.each import Tick
from deploy.scenario.figures import Figures
from deploy.scenario.order import StoryOrder
from deploy.scenario.returning import refunded
from deploy.scenario.story import Complaint, minor


class Complaining:
    """After the country's window the tax stays paid; what the seller gives is goodwill."""

    def __init__(
        self, complaint: Complaint, cast: Cast, order: StoryOrder, figures: Figures
    ) -> None:
        self.complaint = complaint
        self.cast = cast
        self.order = order
        self.figures = figures

    async def complain(self, tick: Tick) -> None:
        """Weeks go by; the return is refused, the complaint is settled by an offer."""
        await days_later(self.cast, self.complaint.after_days)
        tick()
        await self._return_refused()
        tick()
        await self._offer_taken()
        await refunded(self.cast, self.order, self.figures)
        tick()

    async def _return_refused(self) -> None:
        """The rules no longer allow the return by themselves, and the seller says no."""
        name, days = self.order.name, self.complaint.after_days
        lines = [{"line_no": 1, "quantity": self.order.group.quantity}]
        words = {"order_id": self.order.order_id, "lines": lines, "reason": "changed-mind"}
        asked = await self.cast.marketplace.post("/orders/v1/returns", words)
        self.figures.saw(f"{name} asked back on day {days}", asked["state"])
        path = f"/orders/v1/returns/{asked['id']}"
        await self.cast.seller.until(path, lambda reply: True, what=f"{name}'s return at home")
        await self.cast.seller.post(f"{path}/answer", {"answer": "refuse"})
        ended = await self.cast.marketplace.until(
            path, lambda reply: reply["state"] == "rejected", what=f"the refusal of {name}"
        )
        tax = "none" if ended["tax_returned"] is None else "some"
        self.figures.saw(f"{name} tax given back", tax)

    async def _offer_taken(self) -> None:
        shop, seller, name = self.cast.marketplace, self.cast.seller, self.order.name
        claim = self.order.money(minor(self.complaint.goodwill))
        words = {"order_id": self.order.order_id, "about": "return-refused", "claimed": claim}
        opened = await shop.post("/orders/v1/complaints", words)
        path = f"/orders/v1/complaints/{opened['id']}"
        await seller.until(path, lambda reply: True, what=f"the complaint of {name} at home")
        await seller.post(f"{path}/answer", {"offered": claim})
        await shop.until(path, lambda reply: bool(reply["offered"]), what=f"an offer to {name}")
        await shop.post(f"{path}/accept", {})
        await seller.until(
            path, lambda reply: reply["state"] == "closed", what=f"{name}'s end at home"
        )
        abroad = await shop.get(path, language="zh-Hans")
        home = await seller.get(path, language="ms")
        self.figures.saw(f"complaint of {name}", f"{abroad['state']}: {abroad['outcome']}")
        self.figures.saw(f"complaint of {name} at both hubs", _compared(abroad, home))


def _compared(one: dict[str, Any], other: dict[str, Any]) -> str:
    """Say whether both hubs tell the same steps, each in its own language."""
    steps = [[(step["what"], step["amount"]) for step in side["steps"]] for side in (one, other)]
    sentences = [[step["sentence"] for step in side["steps"]] for side in (one, other)]
    if steps[0] != steps[1]:
        return f"differs: {steps[0]} and {steps[1]}"
    own = all(here != there for here, there in zip(*sentences, strict=True))
    return "the same steps, in two languages" if own else "the same steps, in one language"

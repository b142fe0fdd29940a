"""The stage of a story in which the seller's country gives the VAT on exported goods back."""

from dataclasses import dataclass

from deploy.scenario.cast import Cast
from deploy.scenario.clocks import days_later
from deploy.scenario.each import Tick, each
from deploy.scenario.figures import Figures
from deploy.scenario.finance import settle_until
from deploy.scenario.order import StoryOrder
from deploy.scenario.story import Story, minor, written

CASES_SHOWN_MAX = 100


@dataclass
class Rebating:
    """Each order's case waits for its evidence; what comes back repays its share first."""

    story: Story
    cast: Cast
    orders: list[StoryOrder]
    figures: Figures

    async def rebate(self, tick: Tick) -> None:
        """The seller files what it paid for the goods; months later a piece comes home."""
        assert self.story.rebate is not None, "only a story with a rebate tells of one"
        amounts: list[int] = []

        async def evidenced(order: StoryOrder) -> None:
            amounts.append(await self._evidenced(order))

        await each(self.orders, self._invoice, lambda: None)
        await settle_until(self.story, self.cast, self._is_money_home)
        await each(self.orders, evidenced, tick)
        currency = self.story.home_currency
        self.figures.saw("rebates evidenced", len(amounts))
        self.figures.saw(f"export rebate {currency}", written(sum(amounts)))
        [back] = [order for order in self.orders if order.name == self.story.rebate.comes_back]
        await days_later(self.cast, self.story.rebate.after_days)
        await self._take_back(back)
        tick()

    async def _is_money_home(self) -> bool:
        page = await self.cast.seller.get(f"/customs/v1/rebate-cases?limit={CASES_SHOWN_MAX}")
        home = {one["order_id"] for one in page["items"] if "proceeds" not in one["missing"]}
        return {order.order_id for order in self.orders} <= home

    async def _invoice(self, order: StoryOrder) -> None:
        """File what the seller paid for an order's goods."""
        assert self.story.rebate is not None, "asked by a story with a rebate"
        invoice = {
            "invoice_no": f"INV-{order.order_no}",
            "currency": self.story.home_currency,
            "lines": [{"line_no": 1, "net_minor": minor(self.story.rebate.purchase)}],
        }
        path = f"/customs/v1/rebate-cases/{order.order_id}"
        await self.cast.seller.post(f"{path}/invoices", invoice)

    async def _evidenced(self, order: StoryOrder) -> int:
        """Return what an order's rebate comes to once nothing is missing, in minor units."""
        path = f"/customs/v1/rebate-cases/{order.order_id}"
        case = await self.cast.seller.until(
            path, lambda reply: not reply["missing"], what=f"the evidence of {order.name}"
        )
        return int(case["amount"]["amount_minor"])

    async def _take_back(self, order: StoryOrder) -> None:
        words = {
            "order_id": order.order_id,
            "lines": [{"line_no": 1, "quantity": order.group.quantity}],
            "arrived_at": self.cast.now().isoformat(),
            "is_original": True,
        }
        officer = self.cast.operators[self.story.seller_hub]
        taken = await officer.post("/customs/v1/re-imports", words)
        repaid = written(int(taken["repaid"]["amount_minor"]))
        self.figures.saw(f"{order.name} back home, import tax", taken["import_tax"])
        self.figures.saw(f"{order.name} rebate repaid {self.story.home_currency}", repaid)

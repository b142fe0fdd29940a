"""The stage of a story in which goods come back, and money that goes back to buyers."""

from typing import Any

from deploy.scenario.cast import Cast
from deploy.scenario.each import Tick, each
from deploy.scenario.figures import Figures
from deploy.scenario.hub_client import until
from deploy.scenario.order import StoryOrder
from deploy.scenario.story import minor, written

CONFIRMED = {"customs-confirmed", "refunded"}
"""Customs has answered; the refund itself is payments' word."""


async def refunded(cast: Cast, order: StoryOrder, figures: Figures) -> None:
    """Wait until the order's timeline says that its buyer has the money back."""

    def amounts(page: dict[str, Any]) -> list[int]:
        kept = [entry for entry in page["items"] if entry["kind"] == "payment-refunded"]
        return [int(entry["detail"]["amount_minor"]) for entry in kept]

    page = await cast.marketplace.until(
        f"/orders/v1/orders/{order.order_id}/timeline",
        lambda reply: bool(amounts(reply)),
        what=f"the refund of {order.name}",
    )
    figures.saw(f"{order.name} refunded {order.currency}", written(sum(amounts(page))))


class Returns:
    """Returns in time, inspected as new: customs gives the tax and the allowance back."""

    def __init__(self, cast: Cast, orders: list[StoryOrder], figures: Figures) -> None:
        self.cast = cast
        self.orders = orders
        self.figures = figures

    async def take_back(self, tick: Tick) -> None:
        """The marketplace asks, the returns desk scans and grades, customs answers."""

        async def one(order: StoryOrder) -> None:
            lines = [{"line_no": 1, "quantity": order.group.quantity}]
            words = {"order_id": order.order_id, "lines": lines, "reason": "changed-mind"}

            async def known() -> dict[str, Any] | None:
                """The delivery has to reach the orders service first."""
                reply = await self.cast.marketplace.post("/orders/v1/returns", words, accept=(409,))
                return reply if reply["http_status"] < 300 else None

            asked = await until(known, what=f"{order.name} to be known as delivered")
            path = f"/orders/v1/returns/{asked['id']}"
            await self.cast.carrier.post(f"{path}/receive", {})
            graded = [{**lines[0], "grade": "as-new", "disposition": "restock"}]
            await self.cast.carrier.post(f"{path}/inspect", {"lines": graded})
            order.notes["return"] = await self.cast.marketplace.until(
                path,
                lambda reply: reply["state"] in CONFIRMED,
                what=f"customs' answer to the return of {order.name}",
            )

        await each(self.orders, one, tick)
        currency = self.orders[0].currency
        tax = sum(_minor(order, "tax_returned") for order in self.orders)
        goods = sum(_minor(order, "goods_refund") for order in self.orders)
        self.figures.saw(f"due for returns {currency}", written(goods + tax))
        self.figures.saw(f"tax given back {currency}", written(tax))
        stays = f"tax that stays {currency}"
        if stays in self.figures.expected:
            imported = minor(self.figures.seen[f"import tax {currency}"])
            self.figures.saw(stays, written(imported - tax))


def _minor(order: StoryOrder, name: str) -> int:
    money = order.notes["return"][name]
    return 0 if money is None else int(money["amount_minor"])

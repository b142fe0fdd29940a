"""A marketplace that sells one kind of coffee through a hub, in one file: start from here.

    EROAD_URL=http://127.0.0.1:8801 EROAD_CLIENT_ID=cli_... EROAD_CLIENT_SECRET=eroad_test_... \\
    python -m deploy.example_shop mbr_my-kul_... my-kul

It names an address for webhooks, places an order, follows it, and gives the goods back.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shared.client import AsyncHub, Hub, asks, read_webhook
from shared.contracts.event import MoneyWords
from shared.contracts.orders.api import BuyerWords, OrderView, PlaceOrder
from shared.contracts.orders.events import OrderLine, ReturnedLine
from shared.contracts.orders.returns import RequestReturn, ReturnView
from shared.contracts.orders.webhooks import OrderMessage

PLATFORM = "EXAMPLE001"
CHANNEL = "9610"
PRICE, FREIGHT, TAX = 5_800, 1_200, 637
"""In fen. Ask /customs/v1/landed-costs for the tax of goods of your own."""


def cny(minor: int) -> MoneyWords:
    return MoneyWords(amount_minor=minor, currency="CNY")


def coffee_order(number: str, *, seller_id: str, seller_hub: str, buyer: BuyerWords) -> PlaceOrder:
    """One packet of coffee, with every amount as charged."""
    return PlaceOrder(
        platform_code=PLATFORM,
        order_no=number,
        channel=CHANNEL,
        seller_id=seller_id,
        seller_hub=seller_hub,
        buyer=buyer,
        goods=cny(PRICE),
        freight=cny(FREIGHT),
        tax=cny(TAX),
        discount=cny(0),
        paid=cny(PRICE + FREIGHT + TAX),
        lines=(
            OrderLine(
                line_no=1,
                sku="COFFEE-15",
                description="instant white coffee, 15 sachets of 38 g",
                hs_code="2101120000",
                origin="MY",
                quantity=1,
                unit_price=cny(PRICE),
                total_price=cny(PRICE),
                net_weight_g=570,
            ),
        ),
    )


@dataclass
class Shop:
    """What a shop keeps: its orders as last heard, and the messages it has seen."""

    hub: AsyncHub
    key: str = ""
    states: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    async def open(self, webhook_url: str) -> None:
        """Ask to be told; from now on messages are checked with the endpoint's public key."""
        reply = await self.hub.do(asks.register_endpoint(webhook_url))
        self.key = reply.endpoint.public_key

    async def sell(self, order: PlaceOrder) -> OrderView:
        """Place the order; a lost reply is asked for again, never a second order."""
        placed = await self.hub.do(asks.place_order(order))
        self.states[placed.id] = placed.state
        return placed

    def on_webhook(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> bool:
        """Take a message in once; raises WebhookForged. True when it was news."""
        message = read_webhook(headers, body, key=self.key, now=now)
        message_id = headers["webhook-id"]
        if message_id in self.seen:
            return False
        self.seen.add(message_id)
        if isinstance(message, OrderMessage):
            self.states[message.data.order_id] = message.data.state
        return True

    async def take_back(self, order_id: str) -> ReturnView:
        """Ask for the return of the whole order; in time, the rules allow it at once."""
        order = await self.hub.do(asks.read_order(order_id))
        lines = tuple(ReturnedLine(line_no=x.line_no, quantity=x.quantity) for x in order.lines)
        words = RequestReturn(order_id=order_id, lines=lines, reason="changed-mind")
        return await self.hub.do(asks.request_return(words))


def main(seller_id: str, seller_hub: str) -> None:
    """Place one order and print its timeline, without awaiting anything."""
    buyer = BuyerWords(
        id_number="330106190001010017",
        name="Lin Shu",
        phone="13800000001",
        address="1 Example Road, Xihu District, Hangzhou",
    )
    credentials = os.environ["EROAD_CLIENT_ID"], os.environ["EROAD_CLIENT_SECRET"]
    with Hub(os.environ["EROAD_URL"], *credentials) as hub:
        number = f"EX-{os.getpid()}"
        words = coffee_order(number, seller_id=seller_id, seller_hub=seller_hub, buyer=buyer)
        order = hub.do(asks.place_order(words))
        sys.stdout.write(f"{order.order_no} is {order.state}: {order.id}\n")
        for entry in hub.each(asks.list_timeline(order.id)):
            sys.stdout.write(f"  {entry.occurred_at} {entry.hub} {entry.kind}\n")


if __name__ == "__main__":
    main(*sys.argv[1:3])

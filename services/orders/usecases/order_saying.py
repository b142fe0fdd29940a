"""An order in the words of its events, and who hears them."""

from typing import Any

from services.orders.domain.draft import Buyer, Line
from services.orders.domain.order import Order
from shared.contracts.event import MoneyWords
from shared.contracts.orders.events import OrderLine


def audience_of(order: Order) -> tuple[str, ...]:
    """Return the hubs that hear of an order: its seller's.

    A blank audience would mean every peer, so an order sold at home names its own hub.
    """
    return (order.seller_hub,)


def order_words(order: Order, buyer: Buyer) -> dict[str, Any]:
    """Return the fields that OrderPlaced and OrderAmended have in common."""
    amounts = order.amounts
    return {
        "order_id": order.id,
        "order_no": order.order_no,
        "platform_code": order.platform_code,
        "marketplace_id": order.marketplace_id,
        "seller_id": order.seller_id,
        "seller_hub": order.seller_hub,
        "buyer_hub": order.buyer_hub,
        "channel": order.channel,
        "buyer_id_number": buyer.id_number,
        "buyer_name": buyer.name,
        "buyer_phone": buyer.phone,
        "buyer_address": buyer.address,
        "goods": MoneyWords.of(amounts.goods),
        "freight": MoneyWords.of(amounts.freight),
        "tax": MoneyWords.of(amounts.tax),
        "discount": MoneyWords.of(amounts.discount),
        "paid": MoneyWords.of(amounts.paid),
        "lines": tuple(_line_words(line) for line in order.lines),
        "placed_at": order.placed_at,
    }


def _line_words(line: Line) -> OrderLine:
    return OrderLine(
        line_no=line.line_no,
        sku=line.sku,
        gtin=line.gtin,
        description=line.description,
        hs_code=line.hs_code,
        origin=line.origin,
        quantity=line.quantity,
        unit_price=MoneyWords.of(line.unit_price),
        total_price=MoneyWords.of(line.total_price),
        net_weight_g=line.net_weight_g,
    )

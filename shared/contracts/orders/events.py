"""What `orders` says: a buyer ordered, and what became of it.

The buyer's personal data never leaves the buyer's hub: peers get a token in place of the identity
number and nothing in place of name, phone and address.
"""

from typing import Annotated

from pydantic import Field

from shared.contracts.event import (
    CountryCode,
    Event,
    Grams,
    HsCode,
    HubName,
    Id,
    Moment,
    MoneyWords,
    Pii,
    Quantity,
    Residency,
    ShortText,
    Text,
    Words,
    personal,
)

LINES_MAX = 99
"""Lines of one order; the customs list message carries no more."""


class OrderLine(Words):
    """One kind of good in an order, ready for customs."""

    line_no: Annotated[int, Field(strict=True, ge=1, le=LINES_MAX)]
    sku: ShortText
    gtin: ShortText | None = None
    description: Text
    hs_code: HsCode
    origin: CountryCode
    quantity: Quantity
    unit_price: MoneyWords
    total_price: MoneyWords
    net_weight_g: Grams


class OrderPlaced(Event, wire_name="orders.order-placed.v1", leaves_hub=True):
    """A buyer ordered, at the buyer's hub. paid = goods + freight + tax - discount."""

    order_id: Id
    order_no: ShortText
    platform_code: ShortText
    marketplace_id: Id
    seller_id: Id
    seller_hub: HubName
    buyer_hub: HubName
    channel: ShortText
    buyer_id_number: Annotated[ShortText, personal(Pii.ID, Residency.HASHED)]
    buyer_name: Annotated[ShortText | None, personal(Pii.SUBJECT, Residency.LOCAL)] = None
    buyer_phone: Annotated[ShortText | None, personal(Pii.CONTACT, Residency.LOCAL)] = None
    buyer_address: Annotated[Text | None, personal(Pii.CONTACT, Residency.LOCAL)] = None
    goods: MoneyWords
    freight: MoneyWords
    tax: MoneyWords
    discount: MoneyWords
    paid: MoneyWords
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=LINES_MAX)]
    placed_at: Moment


class OrderCancelled(Event, wire_name="orders.order-cancelled.v1", leaves_hub=True):
    """An order will not be carried out; `reason` is a stable code."""

    order_id: Id
    order_no: ShortText
    reason: ShortText


EVENTS: tuple[type[Event], ...] = (OrderPlaced, OrderCancelled)

"""The catalogue of a member, and carts priced from it: what one may ask `orders` over HTTP."""

from typing import Annotated

from pydantic import Field

from shared.contracts.customs.landed_costs import LandedCostView
from shared.contracts.event import (
    CountryCode,
    Currency,
    Grams,
    HsCode,
    Id,
    Moment,
    MoneyWords,
    Quantity,
    ShortText,
    Text,
    Words,
)
from shared.contracts.orders.events import LINES_MAX, OrderLine
from shared.contracts.times import Day

COUNTRIES_MAX = 50
Codes = Annotated[dict[CountryCode, HsCode], Field(min_length=1, max_length=COUNTRIES_MAX)]


class RegisterItem(Words):
    """A good, classified once; `codes` holds the tariff code of each country it may go to.

    A second registration of the same `sku` is its next version: the one before ends where it
    begins. What was ordered under an earlier version stays as it was.
    """

    sku: ShortText
    gtin: ShortText | None = None
    description: Text
    codes: Codes
    origin: CountryCode
    unit_price: MoneyWords
    net_weight_g: Grams
    valid_from: Day | None = None


class ItemView(Words):
    """One version of an item, in force from `valid_from` until the day before `valid_until`."""

    id: Id
    sku: ShortText
    gtin: ShortText | None = None
    description: Text
    codes: Codes
    origin: CountryCode
    unit_price: MoneyWords
    net_weight_g: Grams
    valid_from: Day
    valid_until: Day | None = None
    registered_at: Moment


class CartLine(Words):
    """So many pieces of an item of the caller's catalogue."""

    sku: ShortText
    quantity: Quantity


class PriceCart(Words):
    """What would these goods cost the buyer, delivered to this hub's country by this channel?"""

    channel: ShortText
    currency: Currency
    lines: Annotated[tuple[CartLine, ...], Field(min_length=1, max_length=LINES_MAX)]
    freight_minor: Annotated[int, Field(strict=True, ge=0, le=10**15)] = 0
    discount_minor: Annotated[int, Field(strict=True, ge=0, le=10**15)] = 0


class CartView(Words):
    """A cart with its amounts, ready to be placed as an order, and customs' reasons for its tax.

    With findings in `landed_cost` nothing is charged, and the order would be refused.
    """

    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=LINES_MAX)]
    goods: MoneyWords
    freight: MoneyWords
    tax: MoneyWords
    discount: MoneyWords
    paid: MoneyWords
    landed_cost: LandedCostView

"""An order as a marketplace hands it in, before it is checked and placed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.kernel.money import Money


@dataclass(frozen=True, kw_only=True)
class Buyer:
    """The person who ordered. Never shown in a repr: reprs end in logs and tracebacks."""

    id_number: str = field(repr=False)
    name: str = field(repr=False)
    phone: str = field(repr=False)
    address: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One kind of good."""

    line_no: int
    sku: str
    gtin: str | None
    description: str
    hs_code: str
    origin: str
    quantity: int
    unit_price: Money
    total_price: Money
    net_weight_g: int


@dataclass(frozen=True, kw_only=True)
class Amounts:
    """What the order costs: paid = goods + freight + tax - discount."""

    goods: Money
    freight: Money
    tax: Money
    discount: Money
    paid: Money


@dataclass(frozen=True, kw_only=True)
class Draft:
    """Everything a marketplace says about one order; `platform_code` is its own at customs."""

    platform_code: str
    order_no: str
    channel: str
    seller_id: str
    seller_hub: str
    buyer: Buyer
    amounts: Amounts
    lines: Sequence[Line]

"""Orders as rows of a table, one for each line of goods, and back.

Rows of one order follow each other and begin alike. Amounts are written with the decimals of their
currency, as people write them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import groupby
from typing import Any

from pydantic import ValidationError

from services.orders.api.sheets import SheetMalformed
from services.orders.domain.draft import Buyer, Line
from services.orders.domain.order import Order
from shared.contracts.orders.api import PlaceOrder
from shared.kernel.errors import Rejected, field_at
from shared.kernel.money import Money
from shared.reference.currencies import CurrencyUnknown, digits_of

TOLD = ("order_id", "state", "placed_at")
"""Columns that an export adds; an import passes over them."""
BUYER = ("id_number", "name", "phone", "address")
AMOUNTS = ("goods", "freight", "tax", "discount", "paid")
ORDER = (
    *("platform_code", "order_no", "channel", "seller_id", "seller_hub"),
    *(f"buyer_{name}" for name in BUYER),
    "currency",
    *AMOUNTS,
)
PRICES = ("unit_price", "total_price")
COUNTS = ("line_no", "quantity", "net_weight_g")
LINE = ("line_no", "sku", "gtin", "description", "hs_code", "origin", "quantity", *PRICES)
COLUMNS = (*ORDER, *LINE, "net_weight_g")
HEADER = (*TOLD, *COLUMNS)
CELL_DIGITS_MAX = 30


class CellMalformed(Rejected):
    """A cell does not hold a number as its column needs one."""

    code = "orders.cell-malformed"


class SheetTooLong(SheetMalformed):
    """The file has more orders than are answered at once."""

    help = "Send it with `Prefer: respond-async`, or in parts."


class RowsDisagree(Rejected):
    """Rows of one order say different things about it."""

    code = "orders.rows-disagree"
    help = "Repeat the columns of the order in each of its rows, or leave them blank there."


class RowInvalid(Rejected):
    """A row lacks something that an order needs, or has it in a wrong shape."""

    code = "request-invalid"


@dataclass(frozen=True, kw_only=True)
class ReadOrder:
    """One order of a file, and the number of its first row as a spreadsheet counts it."""

    row: int
    order_no: str
    words: PlaceOrder | None = None
    refusal: Rejected | None = None


@dataclass(frozen=True)
class _Row:
    number: int
    cells: Mapping[str, str] = field(default_factory=dict)

    @property
    def order(self) -> tuple[str, str]:
        return self.cells["platform_code"], self.cells["order_no"]


def rows_of(order: Order, buyer: Buyer | None) -> Iterator[list[str]]:
    """Return the rows of an order, with its buyer only when one is passed."""
    told = [order.id, order.state.value, order.placed_at.isoformat()]
    names = [order.platform_code, order.order_no, order.channel, order.seller_id, order.seller_hub]
    person = ["" if buyer is None else str(getattr(buyer, name)) for name in BUYER]
    amounts = [_written(getattr(order.amounts, name)) for name in AMOUNTS]
    for line in order.lines:
        yield told + names + person + [order.amounts.paid.currency] + amounts + _line_cells(line)


def read_orders(rows: Sequence[Sequence[str]], *, orders_max: int) -> list[ReadOrder]:
    """Return the orders of a table, each readable or refused on its own.

    Raises SheetMalformed when the columns are not those of an order, or there are too many orders.
    """
    if not rows:
        raise SheetMalformed("is empty")
    header = [name.strip() for name in rows[0]]
    missing = [name for name in COLUMNS if header.count(name) != 1]
    unknown = [name for name in header if name not in HEADER]
    if missing or unknown:
        raise SheetMalformed(
            f"the first row needs each of: {', '.join(COLUMNS)}",
            missing=missing[:20],
            unknown=len(unknown),
        )
    found = [
        _Row(number, dict(zip(header, [*row, *[""] * len(header)], strict=False)))
        for number, row in enumerate(rows[1:], start=2)
        if any(row)
    ]
    orders = [_read_order(list(group)) for _, group in groupby(found, key=lambda row: row.order)]
    if len(orders) > orders_max:
        raise SheetTooLong(f"has more than {orders_max} orders")
    return orders


def _read_order(rows: Sequence[_Row]) -> ReadOrder:
    first = rows[0]
    order_no = first.cells["order_no"]
    try:
        for name in ORDER:
            if any(row.cells[name] not in ("", first.cells[name]) for row in rows):
                raise RowsDisagree("differs between the rows of one order", field=name)
        words = PlaceOrder.model_validate(_order_words(rows))
    except (CellMalformed, RowsDisagree, CurrencyUnknown) as refusal:
        return ReadOrder(row=first.number, order_no=order_no, refusal=refusal)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        invalid = RowInvalid(str(wrong["msg"])[:500], field=field_at(wrong["loc"])[:100] or None)
        return ReadOrder(row=first.number, order_no=order_no, refusal=invalid)
    return ReadOrder(row=first.number, order_no=order_no, words=words)


def _order_words(rows: Sequence[_Row]) -> dict[str, Any]:
    cells = rows[0].cells
    currency = cells["currency"]
    words: dict[str, Any] = {name: cells[name] for name in ORDER[:5]}
    words["buyer"] = {name: cells[f"buyer_{name}"] for name in BUYER}
    words |= {name: _money(cells[name], currency, name) for name in AMOUNTS}
    return words | {"lines": [_line_words(row.cells, currency) for row in rows]}


def _line_words(cells: Mapping[str, str], currency: str) -> dict[str, Any]:
    texts = {name: cells[name] for name in ("sku", "description", "hs_code", "origin")}
    counts = {name: _count(cells[name], name) for name in COUNTS}
    prices = {name: _money(cells[name], currency, name) for name in PRICES}
    return {**texts, **counts, **prices, "gtin": cells["gtin"] or None}


def _line_cells(line: Line) -> list[str]:
    return [
        str(line.line_no),
        line.sku,
        line.gtin or "",
        line.description,
        line.hs_code,
        line.origin,
        str(line.quantity),
        _written(line.unit_price),
        _written(line.total_price),
        str(line.net_weight_g),
    ]


def _written(amount: Money) -> str:
    return f"{Decimal(amount.minor).scaleb(-digits_of(amount.currency)):f}"


def _money(text: str, currency: str, name: str) -> dict[str, Any]:
    try:
        digits = digits_of(currency)
    except CurrencyUnknown as unknown:
        raise CurrencyUnknown(unknown.message, field="currency") from unknown
    minor = _number(text, name).scaleb(digits)
    if minor != minor.to_integral_value():
        raise CellMalformed(f"{currency} has {digits} decimals", field=name)
    return {"amount_minor": int(minor), "currency": currency}


def _count(text: str, name: str) -> int:
    number = _number(text, name)
    if number != number.to_integral_value():
        raise CellMalformed("is not a whole number", field=name)
    return int(number)


def _number(text: str, name: str) -> Decimal:
    plain = text.strip()
    try:
        if len(plain) > CELL_DIGITS_MAX or not set(plain) <= set("0123456789.-"):
            raise InvalidOperation
        return Decimal(plain)
    except InvalidOperation as error:
        raise CellMalformed("is not a number such as 76.37", field=name) from error

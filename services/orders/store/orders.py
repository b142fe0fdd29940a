"""How orders are kept: one row each, home orders and replicas alike; the person apart."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.orders.domain.draft import Amounts, Buyer, Line
from services.orders.domain.facts import Stage
from services.orders.domain.order import Order
from services.orders.domain.searching import Wanted, searched_text
from services.orders.store.tables import buyer, orders
from shared.db.conflicts import unless_there
from shared.kernel.errors import Conflict, NotFound
from shared.kernel.money import Money

CUSTOMS_DUPLICATE = "-301010"
"""What the customs system itself answers to an order number that it has seen."""


class OrderNotFound(NotFound):
    """There is no such order, or it is not yours to see."""

    code = "orders.order-not-found"


class OrderExists(Conflict):
    """The platform has placed an order with this number before."""

    code = "orders.order-exists"
    help = "To retry a request, repeat it under the same Idempotency-Key."


def order_exists() -> OrderExists:
    """Return the refusal of a number that its platform used before."""
    return OrderExists(
        "the platform has placed an order with this number before",
        field="order_no",
        customs_code=CUSTOMS_DUPLICATE,
    )


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """Whose orders may be seen: those a member sold or took in; None sees all."""

    member_id: str | None


class Orders:
    """The orders of this hub, and those of other hubs' buyers that were sold here."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, order_id: str) -> Order:
        """Return an order, or raise OrderNotFound."""
        found = await self.of([order_id])
        if order_id not in found:
            raise OrderNotFound(f"no order {order_id}")
        return found[order_id]

    async def of(self, order_ids: Collection[str]) -> dict[str, Order]:
        """Return those of these orders that are known here, by id."""
        rows = await self._connection.execute(select(orders).where(orders.c.id.in_(order_ids)))
        return {row.id: _order(row) for row in rows}

    async def add(self, new: Order) -> None:
        """Keep a new order, or raise OrderExists for a number that its platform used before."""
        if not await self.add_all([new]):
            raise order_exists()

    async def add_all(self, new: Sequence[Order]) -> set[str]:
        """Keep new orders whose numbers their platforms have not used before; return their ids."""
        if not new:
            return set()
        # In the order of numbers, so that two who send the same ones don't wait in a circle.
        ordered = sorted(new, key=lambda order: (order.platform_code, order.order_no))
        rows = await self._connection.execute(
            unless_there(orders, self._connection).returning(orders.c.id),
            [_values(order) for order in ordered],
        )
        return set(rows.scalars())

    async def save(self, changed: Sequence[Order]) -> None:
        """Keep how far these orders are; what was ordered is changed by `amend` alone."""
        if not changed:
            return
        moving = ("paid", "cancelled_for", "parcels", "state", "version", "search")
        rows = [_values(order) for order in changed]
        await self._connection.execute(
            update(orders)
            .where(orders.c.id == bindparam("of_id"))
            .values({name: bindparam(f"new_{name}") for name in moving}),
            [{"of_id": row["id"]} | {f"new_{name}": row[name] for name in moving} for row in rows],
        )

    async def amend(self, amended: Order) -> None:
        """Keep what an amendment left of an order."""
        kept = _values(amended)
        names = ("lines", "search", "amendment", "version")
        await self._connection.execute(
            update(orders)
            .where(orders.c.id == amended.id)
            .values({name: kept[name] for name in names})
        )

    async def page(
        self, *, tenant: Tenant, after: str, limit: int, wanted: Wanted = Wanted()
    ) -> list[Order]:
        """Return a tenant's orders that are as wanted, by id, those after `after`."""
        query = select(orders).where(orders.c.id > after)
        if tenant.member_id is not None:
            query = query.where(
                or_(
                    orders.c.marketplace_id == tenant.member_id,
                    orders.c.seller_id == tenant.member_id,
                )
            )
        query = query.where(*_conditions(wanted))
        rows = await self._connection.execute(query.order_by(orders.c.id).limit(limit))
        return [_order(row) for row in rows]

    async def sold_by(
        self,
        seller_id: str,
        *,
        placed_from: datetime,
        placed_until: datetime,
        buyer_hub: str,
        after: str,
        limit: int,
    ) -> list[Order]:
        """Return a seller's orders at one buyer's hub in a period, by id, those after `after`."""
        rows = await self._connection.execute(
            select(orders)
            .where(
                orders.c.seller_id == seller_id,
                orders.c.id > after,
                orders.c.buyer_hub == buyer_hub,
                orders.c.placed_at >= placed_from,
                orders.c.placed_at < placed_until,
            )
            .order_by(orders.c.id)
            .limit(limit)
        )
        return [_order(row) for row in rows]

    async def add_buyers(self, people: Mapping[str, Buyer]) -> None:
        """Keep who is behind new orders, by the orders' ids."""
        rows = [
            {
                "order_id": order_id,
                "id_number": person.id_number,
                "name": person.name,
                "phone": person.phone,
                "address": person.address,
            }
            for order_id, person in people.items()
        ]
        await self._connection.execute(insert(buyer), rows)

    async def save_buyer(self, order_id: str, person: Buyer) -> None:
        """Keep where the buyer of an order is now reached; who it is never changes."""
        await self._connection.execute(
            update(buyer)
            .where(buyer.c.order_id == order_id)
            .values(phone=person.phone, address=person.address)
        )

    async def buyers_of(self, order_ids: Collection[str]) -> dict[str, Buyer]:
        """Return the people behind these orders, where they are known here."""
        rows = await self._connection.execute(select(buyer).where(buyer.c.order_id.in_(order_ids)))
        return {
            row.order_id: Buyer(
                id_number=row.id_number, name=row.name, phone=row.phone, address=row.address
            )
            for row in rows
        }


def _conditions(wanted: Wanted) -> list[Any]:
    found: list[Any] = [orders.c.search.contains(word, autoescape=True) for word in wanted.words]
    if wanted.state is not None:
        found.append(orders.c.state == wanted.state.value)
    if wanted.order_no is not None:
        found.append(orders.c.order_no == wanted.order_no)
    if wanted.seller_id is not None:
        found.append(orders.c.seller_id == wanted.seller_id)
    if wanted.placed_from is not None:
        found.append(orders.c.placed_at >= wanted.placed_from)
    if wanted.placed_until is not None:
        found.append(orders.c.placed_at < wanted.placed_until)
    return found


def _values(order: Order) -> dict[str, Any]:
    amounts = order.amounts
    return {
        "id": order.id,
        "platform_code": order.platform_code,
        "order_no": order.order_no,
        "marketplace_id": order.marketplace_id,
        "seller_id": order.seller_id,
        "seller_hub": order.seller_hub,
        "buyer_hub": order.buyer_hub,
        "buyer_token": order.buyer_token,
        "channel": order.channel,
        "currency": amounts.paid.currency,
        "goods_minor": amounts.goods.minor,
        "freight_minor": amounts.freight.minor,
        "tax_minor": amounts.tax.minor,
        "discount_minor": amounts.discount.minor,
        "paid_minor": amounts.paid.minor,
        "lines": [_line_values(line) for line in order.lines],
        "placed_at": order.placed_at,
        "paid": order.paid,
        "cancelled_for": order.cancelled_for,
        "parcels": {number: stage.value for number, stage in order.parcels.items()},
        "state": order.state.value,
        "amendment": order.amendment,
        "version": order.version,
        "search": searched_text(order),
    }


def _line_values(line: Line) -> dict[str, Any]:
    return {
        "line_no": line.line_no,
        "sku": line.sku,
        "gtin": line.gtin,
        "description": line.description,
        "hs_code": line.hs_code,
        "origin": line.origin,
        "quantity": line.quantity,
        "unit_price_minor": line.unit_price.minor,
        "total_price_minor": line.total_price.minor,
        "net_weight_g": line.net_weight_g,
    }


def _order(row: Row[*tuple[object, ...]]) -> Order:
    currency = row.currency
    return Order(
        id=row.id,
        platform_code=row.platform_code,
        order_no=row.order_no,
        marketplace_id=row.marketplace_id,
        seller_id=row.seller_id,
        seller_hub=row.seller_hub,
        buyer_hub=row.buyer_hub,
        buyer_token=row.buyer_token,
        channel=row.channel,
        amounts=Amounts(
            goods=Money(row.goods_minor, currency),
            freight=Money(row.freight_minor, currency),
            tax=Money(row.tax_minor, currency),
            discount=Money(row.discount_minor, currency),
            paid=Money(row.paid_minor, currency),
        ),
        lines=tuple(_line(values, currency) for values in row.lines),
        placed_at=row.placed_at,
        paid=row.paid,
        cancelled_for=row.cancelled_for,
        parcels={number: Stage(stage) for number, stage in row.parcels.items()},
        amendment=row.amendment,
        version=row.version,
    )


def _line(values: Mapping[str, Any], currency: str) -> Line:
    rest = {name: value for name, value in values.items() if not name.endswith("_minor")}
    return Line(
        **rest,
        unit_price=Money(values["unit_price_minor"], currency),
        total_price=Money(values["total_price_minor"], currency),
    )

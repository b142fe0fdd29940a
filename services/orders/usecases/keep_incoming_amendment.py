"""Correct the replica of an order that its buyer's hub amended."""

from services.orders.domain.facts import Fact
from services.orders.domain.order import Order
from services.orders.store.tx import OrdersTx
from services.orders.usecases.keep_incoming_order import check_theirs, keep_incoming_order
from services.orders.usecases.record_facts import record_facts


async def keep_incoming_amendment(tx: OrdersTx, *, order: Order, said: Fact) -> None:
    """Give the replica the lines of this amendment, unless it has a later one.

    An amendment heard before its order tells the whole order, so it is kept. Raises NotTheirOrder.
    """
    check_theirs(order, said, hub=tx.hub)
    await tx.timelines.hold([order.id])
    known = (await tx.orders.of([order.id])).get(order.id)
    if known is None:
        await keep_incoming_order(tx, order=order, said=said)
        return
    if known.amendment < order.amendment:
        await tx.orders.amend(known.with_lines(order.lines, amendment=order.amendment))
    await record_facts(tx, [said])

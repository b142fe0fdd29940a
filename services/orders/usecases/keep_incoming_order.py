"""Keep a replica of an order that another hub's buyer placed with a seller here."""

from functools import reduce

from services.orders.domain.facts import Fact
from services.orders.domain.order import Order
from services.orders.store.timelines import EARLY_FACTS_MAX
from services.orders.store.tx import OrdersTx
from services.orders.usecases.record_facts import record_facts
from shared.kernel.errors import Forbidden
from shared.kernel.ids import parse_id


class NotTheirOrder(Forbidden):
    """A hub announces orders of its own buyers with sellers of this hub, and no others."""

    code = "orders.not-their-order"


async def keep_incoming_order(tx: OrdersTx, *, order: Order, said: Fact) -> None:
    """Keep the replica in the state that everything heard before it amounts to.

    An order kept already stays as it is. Raises NotTheirOrder.
    """
    check_theirs(order, said, hub=tx.hub)
    await tx.timelines.hold([order.id])
    if await tx.orders.of([order.id]):
        return
    early = await tx.timelines.page(order.id, after=0, limit=EARLY_FACTS_MAX)
    await tx.orders.add(reduce(Order.after, (entry.fact for entry in early), order))
    await record_facts(tx, [said])


def check_theirs(order: Order, said: Fact, *, hub: str) -> None:
    """Raise NotTheirOrder unless the buyer's hub speaks of an order with a seller of this one."""
    theirs = said.hub == order.buyer_hub == parse_id(order.id).hub
    if not theirs or order.seller_hub != hub:
        raise NotTheirOrder(f"{said.hub} can't announce this order here", order_id=order.id)

"""Write into the timelines what happened, move the orders known here, tell their marketplaces."""

from collections.abc import Sequence

from services.orders.domain.facts import Fact
from services.orders.domain.order import Order
from services.orders.store.orders import OrderNotFound
from services.orders.store.timelines import FORGOTTEN, Entry
from services.orders.store.tx import OrdersTx
from services.orders.usecases.announce_entries import News, announce_entries
from shared.kernel.ids import parse_id


async def record_facts(tx: OrdersTx, facts: Sequence[Fact]) -> Sequence[Fact]:
    """Record facts of any orders, of this hub or another; what comes before its order waits.

    Returns those recorded: what is said of an order that is forgotten here is passed over.
    Raises NotTheirFact when a hub speaks for the other party, OrderNotFound for an order that
    should have been placed here.
    """
    last = await tx.timelines.hold({fact.order_id for fact in facts})
    facts = [fact for fact in facts if last[fact.order_id] != FORGOTTEN]
    ids = {fact.order_id for fact in facts}
    before = await tx.orders.of(ids)
    orders = dict(before)
    entries, news = [], []
    for fact in facts:
        known = orders.get(fact.order_id)
        _check(fact, known, hub=tx.hub)
        last[fact.order_id] += 1
        entry = Entry(fact=fact, sequence=last[fact.order_id], recorded_at=tx.now)
        entries.append(entry)
        if known is not None:
            orders[fact.order_id] = known.after(fact)
            if known.buyer_hub == tx.hub:
                news.append(News(entry, orders[fact.order_id]))
    await tx.timelines.append(entries)
    await tx.orders.save([order for id_, order in orders.items() if order != before[id_]])
    await announce_entries(tx, news)
    return facts


def _check(fact: Fact, order: Order | None, *, hub: str) -> None:
    """An order not known yet can only be one that another hub's buyer placed with a seller here."""
    if order is not None:
        fact.check_speaker(buyer_hub=order.buyer_hub, seller_hub=order.seller_hub)
        return
    buyer_hub = parse_id(fact.order_id, field="order_id").hub
    if buyer_hub == hub:
        raise OrderNotFound(f"no order {fact.order_id}")
    fact.check_speaker(buyer_hub=buyer_hub, seller_hub=hub)

"""Take in what others tell of a return: customs, payments, and the orders service of a peer."""

from services.orders.domain.facts import Fact
from services.orders.domain.goods_return import OPEN, GoodsReturn
from services.orders.domain.return_facts import after_fact
from services.orders.store.timelines import EARLY_FACTS_MAX
from services.orders.store.tx import OrdersTx
from services.orders.usecases.record_facts import record_facts
from services.orders.usecases.return_saying import say_closed


async def follow_return(tx: OrdersTx, *, return_id: str, fact: Fact) -> None:
    """Record the fact, and move the return when it is known; else its request will find it."""
    await record_facts(tx, [fact])
    seen = await tx.returns.find(return_id)
    if seen is None or seen.order_id != fact.order_id:
        return
    at_home = seen.buyer_hub == tx.hub
    moved = after_fact(seen, fact, at_home=at_home)
    settled = moved.settled() if at_home else moved
    if settled != seen:
        await tx.returns.save(settled)
    if at_home and seen.state in OPEN and settled.outcome is not None:
        await say_closed(tx, settled)


async def keep_incoming_return(tx: OrdersTx, *, goods_return: GoodsReturn, said: Fact) -> None:
    """Keep a replica of a return that a buyer asks for at another hub, once."""
    await record_facts(tx, [said])
    if await tx.returns.find(goods_return.id) is not None:
        return
    replica = goods_return
    for entry in await tx.timelines.page(goods_return.order_id, after=0, limit=EARLY_FACTS_MAX):
        if entry.fact.detail.get("return_id") == replica.id:
            replica = after_fact(replica, entry.fact, at_home=False)
    await tx.returns.add(replica)

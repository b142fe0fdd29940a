"""Call goods back at the seller's hub, and tell the buyers at theirs, some orders at a time."""

from dataclasses import replace

from services.orders.domain.facts import Fact, FactKind
from services.orders.domain.recall import TOLD_PER_ROUND, Recall
from services.orders.store.tx import OrdersTx
from services.orders.usecases.record_facts import record_facts
from shared.contracts.orders.events import RecallNotified, RecallOrdered

RECALLS_MAX = 10
"""Recalls that one round of the timer carries on with."""


async def recall_goods(tx: OrdersTx, *, recall: Recall) -> Recall:
    """Return the recall, said to every hub, or raise RecallPeriodEmpty."""
    recall.check()
    await tx.recalls.add(recall)
    event = RecallOrdered.model_validate(
        {
            "recall_id": recall.id,
            "seller_id": recall.seller_id,
            "seller_hub": recall.seller_hub,
            "sku": recall.sku,
            "batch": recall.batch or None,
            "ordered_from": recall.ordered_from,
            "ordered_until": recall.ordered_until,
            "hazard": recall.hazard,
            "remedy": recall.remedy,
            "recalled_at": recall.recalled_at,
        }
    )
    await tx.emit(event, key=recall.id, sequence=1)
    return recall


async def hear_recall(tx: OrdersTx, *, recall: Recall) -> None:
    """Keep another hub's recall once; the timer tells the buyers."""
    if await tx.recalls.find(recall.id) is None:
        await tx.recalls.add(recall)


async def tell_recalls(tx: OrdersTx) -> None:
    """Write the recall into the timelines of the orders concerned: their marketplaces are told.

    When the last order was looked at, the seller's hub hears how many there were, and no more.
    """
    for recall in await tx.recalls.due(now=tx.now, limit=RECALLS_MAX):
        looked_at = await tx.orders.sold_by(
            recall.seller_id,
            placed_from=recall.ordered_from,
            placed_until=recall.ordered_until,
            buyer_hub=tx.hub,
            after=recall.cursor,
            limit=TOLD_PER_ROUND,
        )
        concerned = [order for order in looked_at if recall.concerns(order)]
        await record_facts(tx, [_notice(tx, recall, order.id) for order in concerned])
        told = recall.after_round(
            cursor=looked_at[-1].id if looked_at else recall.cursor,
            told=len(concerned),
            full=len(looked_at) == TOLD_PER_ROUND,
            now=tx.now,
        )
        if told.done_at is not None and told.seller_hub == tx.hub:
            told = replace(told, told_by_hub={**told.told_by_hub, tx.hub: told.told})
        await tx.recalls.save(told)
        if told.done_at is not None and told.seller_hub != tx.hub:
            event = RecallNotified(
                recall_id=told.id,
                seller_id=told.seller_id,
                orders_count=told.told,
                notified_at=tx.now,
            )
            await tx.emit(event, key=told.id, audience=(told.seller_hub,), sequence=2)


async def count_told(tx: OrdersTx, *, recall_id: str, hub: str, orders_count: int) -> None:
    """Keep at the seller's hub how many orders another hub has told."""
    recall = await tx.recalls.get(recall_id)
    by_hub = {**recall.told_by_hub, hub: orders_count}
    await tx.recalls.save(replace(recall, told_by_hub=by_hub))


def _notice(tx: OrdersTx, recall: Recall, order_id: str) -> Fact:
    return Fact(
        kind=FactKind.RECALL_NOTICED,
        order_id=order_id,
        hub=tx.hub,
        event_id=recall.id,
        occurred_at=recall.recalled_at,
        detail={
            "recall_id": recall.id,
            "sku": recall.sku,
            "batch": recall.batch,
            "hazard": recall.hazard,
            "remedy": recall.remedy,
        },
    )

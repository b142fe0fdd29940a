"""What the orders service of a peer tells of returns."""

from services.orders.consumers.heard import heard
from services.orders.domain.facts import FactKind
from services.orders.domain.goods_return import GoodsReturn
from services.orders.domain.return_terms import ReturnLine
from services.orders.store.tx import OrdersTx
from services.orders.usecases.follow_return import follow_return, keep_incoming_return
from services.orders.usecases.record_facts import record_facts
from shared.contracts.orders.events import (
    GoodwillGranted,
    ReturnAnswered,
    ReturnClosed,
    ReturnReceived,
    ReturnRequested,
)
from shared.messaging.consumer import on


async def on_return_requested(event: ReturnRequested, tx: OrdersTx) -> None:
    """Keep a replica; the marketplace stays unknown to it, for it is the order's to know."""
    goods_return = GoodsReturn(
        id=event.return_id,
        order_id=event.order_id,
        order_no=event.order_no,
        logistics_no=event.logistics_no,
        marketplace_id="",
        seller_id=event.seller_id,
        seller_hub=event.seller_hub,
        buyer_hub=event.buyer_hub,
        lines=tuple(
            ReturnLine(line_no=line.line_no, quantity=line.quantity) for line in event.lines
        ),
        reason=event.reason,
        requested_at=event.requested_at,
    )
    said = heard(
        tx,
        FactKind.RETURN_REQUESTED,
        event.order_id,
        logistics_no=event.logistics_no,
        occurred_at=event.requested_at,
        return_id=event.return_id,
        reason=event.reason,
    )
    await keep_incoming_return(tx, goods_return=goods_return, said=said)


async def on_return_answered(event: ReturnAnswered, tx: OrdersTx) -> None:
    fact = heard(
        tx,
        FactKind.RETURN_ANSWERED,
        event.order_id,
        occurred_at=event.answered_at,
        return_id=event.return_id,
        answer=event.answer,
        by=event.by,
    )
    await follow_return(tx, return_id=event.return_id, fact=fact)


async def on_return_received(event: ReturnReceived, tx: OrdersTx) -> None:
    refund = event.goods_refund
    fact = heard(
        tx,
        FactKind.RETURN_RECEIVED,
        event.order_id,
        logistics_no=event.logistics_no,
        occurred_at=event.received_at,
        return_id=event.return_id,
        condition=event.condition,
        refund_minor=None if refund is None else str(refund.amount_minor),
        currency=None if refund is None else refund.currency,
    )
    await follow_return(tx, return_id=event.return_id, fact=fact)


async def on_return_closed(event: ReturnClosed, tx: OrdersTx) -> None:
    fact = heard(
        tx,
        FactKind.RETURN_CLOSED,
        event.order_id,
        return_id=event.return_id,
        outcome=event.outcome,
        reason=event.reason,
    )
    await follow_return(tx, return_id=event.return_id, fact=fact)


async def on_goodwill_granted(event: GoodwillGranted, tx: OrdersTx) -> None:
    fact = heard(
        tx,
        FactKind.GOODWILL_GRANTED,
        event.order_id,
        occurred_at=event.granted_at,
        complaint_id=event.grant_id,
        amount_minor=str(event.amount.amount_minor),
        currency=event.amount.currency,
    )
    await record_facts(tx, [fact])


SUBSCRIPTIONS = [
    on(ReturnRequested, on_return_requested, source="peers"),
    on(ReturnAnswered, on_return_answered, source="peers"),
    on(ReturnReceived, on_return_received, source="peers"),
    on(ReturnClosed, on_return_closed, source="peers"),
    on(GoodwillGranted, on_goodwill_granted, source="peers"),
]

"""What the orders service of a buyer's hub tells the seller's hub."""

from services.orders.consumers.heard import heard
from services.orders.domain.facts import FactKind
from services.orders.domain.order import Order
from services.orders.store.tx import OrdersTx
from services.orders.usecases.drafting import amounts_of, line_of
from services.orders.usecases.keep_incoming_amendment import keep_incoming_amendment
from services.orders.usecases.keep_incoming_order import keep_incoming_order
from services.orders.usecases.record_facts import record_facts
from shared.contracts.orders.events import OrderAmended, OrderCancelled, OrderPlaced
from shared.messaging.consumer import on


async def on_order_placed(event: OrderPlaced, tx: OrdersTx) -> None:
    """Keep a replica: the token that came in place of the buyer's number, and nothing personal."""
    said = heard(tx, FactKind.ORDER_PLACED, event.order_id, occurred_at=event.placed_at)
    await keep_incoming_order(tx, order=_order(event), said=said)


async def on_order_amended(event: OrderAmended, tx: OrdersTx) -> None:
    """Correct the replica; the whole order comes again, as at first."""
    said = heard(
        tx,
        FactKind.ORDER_AMENDED,
        event.order_id,
        occurred_at=event.amended_at,
        amendment=str(event.amendment),
    )
    await keep_incoming_amendment(tx, order=_order(event, event.amendment), said=said)


async def on_order_cancelled(event: OrderCancelled, tx: OrdersTx) -> None:
    fact = heard(tx, FactKind.ORDER_CANCELLED, event.order_id, reason=event.reason)
    await record_facts(tx, [fact])


def _order(event: OrderPlaced, amendment: int = 0) -> Order:
    return Order(
        id=event.order_id,
        platform_code=event.platform_code,
        order_no=event.order_no,
        marketplace_id=event.marketplace_id,
        seller_id=event.seller_id,
        seller_hub=event.seller_hub,
        buyer_hub=event.buyer_hub,
        buyer_token=event.buyer_id_number,
        channel=event.channel,
        amounts=amounts_of(event),
        lines=tuple(map(line_of, event.lines)),
        placed_at=event.placed_at,
        amendment=amendment,
    )


SUBSCRIPTIONS = [
    on(OrderPlaced, on_order_placed, source="peers"),
    on(OrderAmended, on_order_amended, source="peers"),
    on(OrderCancelled, on_order_cancelled, source="peers"),
]

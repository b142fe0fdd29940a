"""Take an order of a marketplace's buyer; the seller's hub hears of it without the person."""

from services.orders.domain.draft import Draft
from services.orders.domain.facts import Fact, FactKind
from services.orders.domain.intake import IntakeRules, checked
from services.orders.domain.order import Order
from services.orders.store.tx import OrdersTx
from services.orders.usecases.order_saying import audience_of, order_words
from services.orders.usecases.record_facts import record_facts
from shared.contracts.orders.events import OrderPlaced


async def place_order(
    tx: OrdersTx, *, draft: Draft, marketplace_id: str, rules: IntakeRules
) -> Order:
    """Return the order as placed, or raise what is wrong with it; see `domain.intake`."""
    draft = checked(draft, rules)
    order = Order(
        id=tx.ids.new("ord"),
        platform_code=draft.platform_code,
        order_no=draft.order_no,
        marketplace_id=marketplace_id,
        seller_id=draft.seller_id,
        seller_hub=draft.seller_hub,
        buyer_hub=tx.hub,
        channel=draft.channel,
        amounts=draft.amounts,
        lines=draft.lines,
        placed_at=tx.now,
    )
    await tx.orders.add(order)
    await tx.orders.add_buyer(order.id, draft.buyer)
    said = await tx.emit(
        OrderPlaced(**order_words(order, draft.buyer)),
        key=order.id,
        audience=audience_of(order),
        sequence=order.version,
    )
    placed = Fact(
        kind=FactKind.ORDER_PLACED,
        order_id=order.id,
        hub=tx.hub,
        event_id=said.id,
        occurred_at=order.placed_at,
    )
    await record_facts(tx, [placed])
    return order

"""Take an order of a marketplace's buyer; the seller's hub hears of it without the person."""

from services.orders.domain.draft import Draft
from services.orders.domain.facts import Fact, FactKind
from services.orders.domain.intake import IntakeRules, checked
from services.orders.domain.order import Order
from services.orders.store.tx import OrdersTx
from services.orders.usecases.record_facts import record_facts
from shared.contracts.event import MoneyWords
from shared.contracts.orders.events import OrderLine, OrderPlaced


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
        _event(order, draft),
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


def audience_of(order: Order) -> tuple[str, ...]:
    """Return the hubs that hear of an order: its seller's.

    A blank audience would mean every peer, so an order sold at home names its own hub.
    """
    return (order.seller_hub,)


def _event(order: Order, draft: Draft) -> OrderPlaced:
    amounts = order.amounts
    return OrderPlaced(
        order_id=order.id,
        order_no=order.order_no,
        platform_code=order.platform_code,
        marketplace_id=order.marketplace_id,
        seller_id=order.seller_id,
        seller_hub=order.seller_hub,
        buyer_hub=order.buyer_hub,
        channel=order.channel,
        buyer_id_number=draft.buyer.id_number,
        buyer_name=draft.buyer.name,
        buyer_phone=draft.buyer.phone,
        buyer_address=draft.buyer.address,
        goods=MoneyWords.of(amounts.goods),
        freight=MoneyWords.of(amounts.freight),
        tax=MoneyWords.of(amounts.tax),
        discount=MoneyWords.of(amounts.discount),
        paid=MoneyWords.of(amounts.paid),
        lines=tuple(
            OrderLine(
                line_no=line.line_no,
                sku=line.sku,
                gtin=line.gtin,
                description=line.description,
                hs_code=line.hs_code,
                origin=line.origin,
                quantity=line.quantity,
                unit_price=MoneyWords.of(line.unit_price),
                total_price=MoneyWords.of(line.total_price),
                net_weight_g=line.net_weight_g,
            )
            for line in order.lines
        ),
        placed_at=order.placed_at,
    )

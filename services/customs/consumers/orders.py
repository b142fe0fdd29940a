"""What orders tell customs: an import to declare here, or a peer's order to answer early."""

from services.customs.consumers.translate import order_of
from services.customs.domain.documents import Withdrawal
from services.customs.store.documents import Filed
from services.customs.store.tx import CustomsTx
from services.customs.usecases.check_buyer import check_buyer
from services.customs.usecases.draw_up_export import lodge_waiting_exports
from services.customs.usecases.gather_dossiers import file_documents
from services.customs.usecases.pre_clear_order import pre_clear_order
from shared.contracts.orders.events import OrderCancelled, OrderPlaced
from shared.messaging.consumer import on


async def on_order_placed_here(event: OrderPlaced, tx: CustomsTx) -> None:
    """A buyer of this hub ordered from abroad: the first document of an import."""
    order = order_of(event)
    await file_documents(tx, [Filed(document=order, key=order.order_id, order_id=order.order_id)])
    await check_buyer(tx, order.order_id)


async def on_order_placed_there(event: OrderPlaced, tx: CustomsTx) -> None:
    """A peer's buyer ordered from a seller of this hub: answer before it is packed."""
    if event.seller_hub != tx.hub:
        return
    await pre_clear_order(tx, order_of(event))
    await lodge_waiting_exports(tx, event.order_id)


async def on_order_cancelled(event: OrderCancelled, tx: CustomsTx) -> None:
    withdrawal = Withdrawal(reason=event.reason)
    await file_documents(
        tx, [Filed(document=withdrawal, key=event.order_id, order_id=event.order_id)]
    )


SUBSCRIPTIONS = [
    on(OrderPlaced, on_order_placed_here, source="local"),
    on(OrderPlaced, on_order_placed_there, source="peers"),
    on(OrderCancelled, on_order_cancelled, source="local"),
]

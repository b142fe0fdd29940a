"""What orders tell customs: an import to declare here, or a peer's order to answer early."""

from typing import Any

from services.customs.consumers.translate import order_of
from services.customs.domain.documents import Withdrawal
from services.customs.domain.goods_return import Condition, GoodsReturn, ReturnedQuantity
from services.customs.store.documents import Filed
from services.customs.store.tx import CustomsTx
from services.customs.usecases.check_buyer import check_buyer
from services.customs.usecases.draw_up_export import lodge_waiting_exports
from services.customs.usecases.gather_dossiers import file_documents
from services.customs.usecases.pre_clear_order import pre_clear_order
from services.customs.usecases.take_back_goods import hear_return
from shared.contracts.orders.events import (
    OrderAmended,
    OrderCancelled,
    OrderPlaced,
    ReturnReceived,
    ReturnRequested,
)
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


async def on_order_amended_here(event: OrderAmended, tx: CustomsTx) -> None:
    """An order was corrected before it was packed: the first document is another one."""
    amended = Filed(
        document=order_of(event),
        key=event.order_id,
        rank=event.amendment,
        order_id=event.order_id,
    )
    await file_documents(tx, [amended])
    await check_buyer(tx, event.order_id)


async def on_order_amended_there(event: OrderAmended, tx: CustomsTx) -> None:
    """The same at the origin: the answer given before it is packed is given anew."""
    if event.seller_hub != tx.hub:
        return
    await pre_clear_order(tx, order_of(event), amendment=event.amendment)
    await lodge_waiting_exports(tx, event.order_id)


async def on_order_cancelled(event: OrderCancelled, tx: CustomsTx) -> None:
    withdrawal = Withdrawal(reason=event.reason)
    await file_documents(
        tx, [Filed(document=withdrawal, key=event.order_id, order_id=event.order_id)]
    )


async def on_return_requested(event: ReturnRequested, tx: CustomsTx) -> None:
    """A buyer applies to give goods back; whether in time is decided when they are here."""
    heard = GoodsReturn(**_return_names(event), applied_at=event.requested_at)
    await hear_return(tx, heard, lines=heard.lines)


async def on_return_received(event: ReturnReceived, tx: CustomsTx) -> None:
    """Goods are back at a supervised site, and somebody has looked at them."""
    heard = GoodsReturn(
        **_return_names(event),
        applied_at=event.requested_at,
        arrived_at=event.received_at,
        condition=Condition(event.condition),
    )
    await hear_return(tx, heard, lines=heard.lines)


def _return_names(event: ReturnRequested | ReturnReceived) -> dict[str, Any]:
    return {
        "return_id": event.return_id,
        "order_id": event.order_id,
        "order_no": event.order_no,
        "logistics_no": event.logistics_no,
        "lines": tuple(
            ReturnedQuantity(line_no=line.line_no, quantity=line.quantity) for line in event.lines
        ),
    }


SUBSCRIPTIONS = [
    on(ReturnRequested, on_return_requested, source="local"),
    on(ReturnReceived, on_return_received, source="local"),
    on(OrderPlaced, on_order_placed_here, source="local"),
    on(OrderPlaced, on_order_placed_there, source="peers"),
    on(OrderAmended, on_order_amended_here, source="local"),
    on(OrderAmended, on_order_amended_there, source="peers"),
    on(OrderCancelled, on_order_cancelled, source="local"),
]

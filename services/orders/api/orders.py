"""Orders over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Response

from services.orders.api.deps import (
    ExpectedVersion,
    OrderId,
    OrdersReading,
    OrdersTransaction,
    Rules,
    WantedOrders,
    WhoseOrders,
    etag,
)
from services.orders.api.words import order_view, result_of
from services.orders.usecases.amend_order import amend_order
from services.orders.usecases.announce_entries import entry_words
from services.orders.usecases.cancel_order import cancel_order
from services.orders.usecases.drafting import draft_of, line_of
from services.orders.usecases.place_orders import place_order, place_orders
from services.orders.usecases.queries import find_order, read_timeline
from shared.contracts.orders.api import (
    AmendOrder,
    BulkReply,
    CancelOrder,
    OrderView,
    PlaceOrder,
    PlaceOrders,
    TimelineEntry,
)
from shared.web.auth import Caller, requires
from shared.web.door import DoorRoute
from shared.web.pages import (
    PAGE_DEFAULT,
    Cursor,
    Limit,
    Page,
    after,
    cursor_for,
    number_after,
)

router = APIRouter(prefix="/v1/orders", tags=["orders"], route_class=DoorRoute)


@router.post("", status_code=201, dependencies=[Depends(requires("orders:write"))])
async def place(
    body: PlaceOrder, tx: OrdersTransaction, caller: Caller, rules: Rules, response: Response
) -> OrderView:
    """Place one order of the marketplace's buyer at this hub."""
    draft = draft_of(body)
    order = await place_order(tx, draft=draft, marketplace_id=caller.member_id, rules=rules)
    response.headers["Location"] = f"/v1/orders/{order.id}"
    response.headers["ETag"] = etag(order.version)
    return order_view(order, draft.buyer)


@router.post("/bulk", dependencies=[Depends(requires("orders:write"))])
async def place_many(
    body: PlaceOrders, tx: OrdersTransaction, caller: Caller, rules: Rules
) -> BulkReply:
    """Place up to 500 orders; each is taken or refused on its own, in the order sent."""
    outcomes = await place_orders(
        tx,
        drafts=[draft_of(words) for words in body.orders],
        marketplace_id=caller.member_id,
        rules=rules,
    )
    results = [result_of(index, outcome) for index, outcome in enumerate(outcomes)]
    return BulkReply(placed=sum(1 for o in outcomes if o.order is not None), results=results)


@router.get("/{order_id}", dependencies=[Depends(requires("orders:read"))])
async def read(
    order_id: OrderId,
    tx: OrdersReading,
    caller: Caller,
    whose: WhoseOrders,
    response: Response,
    if_none_match: Annotated[str | None, Header(max_length=20)] = None,
) -> OrderView:
    """Read one order; the buyer is shown to the marketplace that placed it and to nobody else."""
    order = await find_order(tx, order_id=order_id, tenant=whose)
    response.headers["ETag"] = etag(order.version)
    if if_none_match == etag(order.version):
        response.status_code = 304
    buyers = await tx.orders.buyers_of(
        [order.id] if order.marketplace_id == caller.member_id else []
    )
    return order_view(order, buyers.get(order.id))


@router.get("", dependencies=[Depends(requires("orders:read"))])
async def page(
    tx: OrdersReading,
    caller: Caller,
    whose: WhoseOrders,
    wanted: WantedOrders,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
) -> Page[OrderView]:
    """List or search the caller's orders by id: those it placed and those it sells."""
    found = await tx.orders.page(tenant=whose, after=after(cursor), limit=limit, wanted=wanted)
    own = [order.id for order in found if order.marketplace_id == caller.member_id]
    buyers = await tx.orders.buyers_of(own)
    return Page(
        items=[order_view(order, buyers.get(order.id)) for order in found],
        next_cursor=cursor_for([order.id for order in found], limit=limit),
    )


@router.post("/{order_id}/cancel", dependencies=[Depends(requires("orders:write"))])
async def cancel(
    order_id: OrderId,
    body: CancelOrder,
    tx: OrdersTransaction,
    whose: WhoseOrders,
    version: ExpectedVersion,
    response: Response,
) -> OrderView:
    """Call an order off before it is shipped; with If-Match only if it is still as read."""
    order = await cancel_order(
        tx, order_id=order_id, reason=body.reason, tenant=whose, version=version
    )
    response.headers["ETag"] = etag(order.version)
    return order_view(order, None)


@router.post("/{order_id}/amend", dependencies=[Depends(requires("orders:write"))])
async def amend(
    order_id: OrderId,
    body: AmendOrder,
    tx: OrdersTransaction,
    whose: WhoseOrders,
    rules: Rules,
    version: ExpectedVersion,
    response: Response,
) -> OrderView:
    """Correct goods or address before anybody packs; customs of both hubs answers anew."""
    order = await amend_order(
        tx,
        order_id=order_id,
        tenant=whose,
        rules=rules,
        lines=None if body.lines is None else tuple(line_of(line) for line in body.lines),
        phone=body.phone,
        address=body.address,
        version=version,
    )
    response.headers["ETag"] = etag(order.version)
    return order_view(order, None)


@router.get("/{order_id}/timeline", dependencies=[Depends(requires("orders:read"))])
async def timeline(
    order_id: OrderId,
    tx: OrdersReading,
    whose: WhoseOrders,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
) -> Page[TimelineEntry]:
    """What happened to the order at both hubs, in the order this hub heard of it."""
    entries = await read_timeline(
        tx, order_id=order_id, tenant=whose, after=number_after(cursor), limit=limit
    )
    return Page(
        items=[entry_words(entry) for entry in entries],
        next_cursor=cursor_for([str(entry.sequence) for entry in entries], limit=limit),
    )

"""Orders as files over HTTP: out to a spreadsheet, and in from one."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response

from services.orders.api.deps import (
    OrdersReading,
    OrdersTransaction,
    Rules,
    WantedOrders,
    WhoseOrders,
)
from services.orders.api.order_rows import HEADER, ReadOrder, read_orders, rows_of
from services.orders.api.sheets import SheetFormat, read_sheet, write_sheet
from services.orders.usecases.drafting import draft_of, problem_of
from services.orders.usecases.import_orders import IMPORT
from services.orders.usecases.place_orders import Outcome, place_orders
from shared.contracts.operations import LINES_PER_OPERATION_MAX
from shared.contracts.orders.api import ORDERS_PER_BULK_MAX, ImportReply, ImportResult
from shared.db.operations import Asked
from shared.web.auth import Caller, requires
from shared.web.door import DoorRoute
from shared.web.limits import BULK_BODY_BYTES_MAX
from shared.web.operations import ACCEPTED, PrefersAsync, accepted
from shared.web.pages import Cursor, after, cursor_for

router = APIRouter(prefix="/v1/orders", tags=["orders"], route_class=DoorRoute)

EXPORT_ORDERS_MAX = 1_000
"""Orders of one exported file."""
NEXT_CURSOR = "Next-Cursor"
_FILE = {
    kind.media_type: {
        "schema": {"type": "string", "format": "binary", "maxLength": BULK_BODY_BYTES_MAX}
    }
    for kind in SheetFormat
}


@router.get(
    "/export",
    dependencies=[Depends(requires("orders:read"))],
    response_class=Response,
    responses={200: {"description": "A row for each line of each order", "content": _FILE}},
)
async def export(
    tx: OrdersReading,
    caller: Caller,
    whose: WhoseOrders,
    wanted: WantedOrders,
    format: Annotated[SheetFormat, Query()] = SheetFormat.CSV,
    limit: Annotated[int, Query(ge=1, le=EXPORT_ORDERS_MAX)] = EXPORT_ORDERS_MAX,
    cursor: Cursor = None,
) -> Response:
    """Download the caller's orders; buyers only of those it placed. `Next-Cursor` leads on."""
    found = await tx.orders.page(tenant=whose, after=after(cursor), limit=limit, wanted=wanted)
    own = [order.id for order in found if order.marketplace_id == caller.member_id]
    buyers = await tx.orders.buyers_of(own)
    rows = [list(HEADER)]
    for order in found:
        rows.extend(rows_of(order, buyers.get(order.id)))
    content = await asyncio.to_thread(write_sheet, format, rows)
    response = Response(content, media_type=format.media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="orders.{format.value}"'
    following = cursor_for([order.id for order in found], limit=limit)
    if following is not None:
        response.headers[NEXT_CURSOR] = following
    return response


@router.post(
    "/import",
    dependencies=[Depends(requires("orders:write"))],
    openapi_extra={"requestBody": {"required": True, "content": _FILE}},
    responses=ACCEPTED,
    response_model=ImportReply,
)
async def import_(
    request: Request,
    tx: OrdersTransaction,
    caller: Caller,
    rules: Rules,
    is_async: PrefersAsync,
) -> ImportReply | Response:
    """Place the orders of a file; each is taken or refused on its own, by its row.

    Up to 500 are answered at once; with `Prefer: respond-async` the answer to any number is 202.
    """
    kind, content = _format_of(request), await request.body()
    if is_async:
        read = await asyncio.to_thread(_read, kind, content, LINES_PER_OPERATION_MAX)
        asked = [_asked(one) for one in read]
        return await accepted(tx, tx.operations, tenant=caller.member_id, kind=IMPORT, asked=asked)
    read = await asyncio.to_thread(_read, kind, content, ORDERS_PER_BULK_MAX)
    readable = [one for one in read if one.words is not None]
    outcomes = await place_orders(
        tx,
        drafts=[draft_of(one.words) for one in readable if one.words is not None],
        marketplace_id=caller.member_id,
        rules=rules,
    )
    placed = dict(zip([one.row for one in readable], outcomes, strict=True))
    results = [_result(one, placed.get(one.row)) for one in read]
    return ImportReply(placed=sum(1 for o in outcomes if o.order is not None), results=results)


def _read(kind: SheetFormat, content: bytes, orders_max: int) -> list[ReadOrder]:
    return read_orders(read_sheet(kind, content), orders_max=orders_max)


def _asked(one: ReadOrder) -> Asked:
    """Return an order of a file as the worker will find it; what can't be read is refused now."""
    if one.words is not None:
        return Asked(line=one.row, ask=one.words.model_dump(mode="json"))
    assert one.refusal is not None, "what is not readable is refused"
    problem = problem_of(one.refusal).model_dump(exclude_none=True)
    return Asked(
        line=one.row, ask=None, result={"name": one.order_no[:100] or None, "problem": problem}
    )


def _format_of(request: Request) -> SheetFormat:
    said = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    for kind in SheetFormat:
        if said == kind.media_type:
            return kind
    known = " or ".join(kind.media_type for kind in SheetFormat)
    raise HTTPException(415, f"send {known}")


def _result(one: ReadOrder, outcome: Outcome | None) -> ImportResult:
    refusal: Any = one.refusal if outcome is None else outcome.refusal
    order = None if outcome is None else outcome.order
    return ImportResult(
        row=one.row,
        order_no=one.order_no[:100] or None,
        order_id=None if order is None else order.id,
        problem=None if refusal is None else problem_of(refusal),
    )

"""Returns over HTTP: the marketplace asks, the seller may answer, the returns desk inspects."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from services.orders.api.deps import (
    CaseId,
    IntakeRulebook,
    OrdersReading,
    OrdersTransaction,
    ReturnAddress,
    WhoseOrders,
)
from services.orders.api.return_words import graded_of, return_view
from services.orders.domain.goods_return import ReturnState
from services.orders.domain.return_label import zpl_of
from services.orders.domain.return_terms import ReturnLine
from services.orders.usecases.answer_return import answer_return
from services.orders.usecases.move_return import (
    inspect_return,
    receive_return,
    send_return,
    withdraw_return,
)
from services.orders.usecases.request_return import request_return
from shared.contracts.orders.returns import (
    AnswerReturn,
    InspectReturn,
    LabelView,
    RequestReturn,
    ReturnView,
    SendReturn,
)
from shared.kernel.ids import ID_PATTERN
from shared.web.auth import requires
from shared.web.door import DoorRoute
from shared.web.pages import PAGE_DEFAULT, Cursor, Limit, Page, after, cursor_for

router = APIRouter(prefix="/v1/returns", tags=["returns"], route_class=DoorRoute)

READS = [Depends(requires("orders:read"))]
WRITES = [Depends(requires("orders:write"))]
ANSWERS = [Depends(requires("orders:answer"))]
CARRIES = [Depends(requires("logistics:carry"))]


@router.post("", status_code=201, dependencies=WRITES)
async def request(
    body: RequestReturn,
    tx: OrdersTransaction,
    whose: WhoseOrders,
    rulebook: IntakeRulebook,
    response: Response,
) -> ReturnView:
    """Ask to give goods back; asked in time, the country's rules allow it at once."""
    order = await tx.orders.get(body.order_id)
    goods_return = await request_return(
        tx,
        order_id=body.order_id,
        lines=[ReturnLine(line_no=line.line_no, quantity=line.quantity) for line in body.lines],
        reason=body.reason,
        logistics_no=body.logistics_no,
        rules=rulebook.return_rules_at(tx.now, channel=order.channel),
        tenant=whose,
    )
    response.headers["Location"] = f"/v1/returns/{goods_return.id}"
    return return_view(goods_return)


@router.get("/{case_id}", dependencies=READS)
async def read(case_id: CaseId, tx: OrdersReading, whose: WhoseOrders) -> ReturnView:
    """Read one return."""
    return return_view(await tx.returns.get(case_id, tenant=whose))


@router.get("", dependencies=READS)
async def page(
    tx: OrdersReading,
    whose: WhoseOrders,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
    order_id: Annotated[str | None, Query(pattern=ID_PATTERN)] = None,
    state: Annotated[ReturnState | None, Query()] = None,
) -> Page[ReturnView]:
    """List the caller's returns."""
    found = await tx.returns.page(
        tenant=whose, after=after(cursor), limit=limit, order_id=order_id, state=state
    )
    return Page(
        items=[return_view(it) for it in found],
        next_cursor=cursor_for([it.id for it in found], limit=limit),
    )


@router.get("/{case_id}/label", dependencies=READS)
async def label(
    case_id: CaseId, tx: OrdersReading, whose: WhoseOrders, address: ReturnAddress
) -> LabelView:
    """The label for the parcel, while the goods may come."""
    it = await tx.returns.get(case_id, tenant=whose)
    it.check(ReturnState.APPROVED, ReturnState.IN_TRANSIT)
    return LabelView(
        return_id=it.id,
        address=address,
        valid_until=it.terms and it.terms.arrive_by,
        zpl=zpl_of(return_id=it.id, order_no=it.order_no, address=address),
    )


@router.post("/{case_id}/answer", dependencies=ANSWERS)
async def answer(
    case_id: CaseId, body: AnswerReturn, tx: OrdersTransaction, whose: WhoseOrders
) -> ReturnView:
    """The seller allows or refuses a late return, at its own hub."""
    approved = body.answer == "approve"
    return return_view(await answer_return(tx, return_id=case_id, approved=approved, tenant=whose))


@router.post("/{case_id}/send", dependencies=WRITES)
async def send(
    case_id: CaseId, body: SendReturn, tx: OrdersTransaction, whose: WhoseOrders
) -> ReturnView:
    """The buyer handed the goods to a carrier."""
    return return_view(
        await send_return(tx, return_id=case_id, tracking_no=body.tracking_no, tenant=whose)
    )


@router.post("/{case_id}/withdraw", dependencies=WRITES)
async def withdraw(case_id: CaseId, tx: OrdersTransaction, whose: WhoseOrders) -> ReturnView:
    """The buyer keeps the goods after all; the label is void."""
    return return_view(await withdraw_return(tx, return_id=case_id, tenant=whose))


@router.post("/{case_id}/receive", dependencies=CARRIES)
async def receive(case_id: CaseId, tx: OrdersTransaction) -> ReturnView:
    """The returns desk scanned the label; customs counts from now."""
    return return_view(await receive_return(tx, return_id=case_id))


@router.post("/{case_id}/inspect", dependencies=CARRIES)
async def inspect(case_id: CaseId, body: InspectReturn, tx: OrdersTransaction) -> ReturnView:
    """The returns desk opened the parcel: what each piece is like, and what becomes of it."""
    return return_view(await inspect_return(tx, return_id=case_id, graded=graded_of(body.lines)))

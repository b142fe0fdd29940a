"""Recalls over HTTP: a seller calls goods back and sees how many orders were told, never whose."""

from fastapi import APIRouter, Depends, Response

from services.orders.api.deps import CaseId, OrdersReading, OrdersTransaction, WhoseOrders
from services.orders.api.return_words import recall_view
from services.orders.domain.recall import Recall
from services.orders.usecases.recall_goods import recall_goods
from shared.contracts.orders.returns import RecallGoods, RecallView
from shared.web.auth import Caller, requires
from shared.web.door import DoorRoute
from shared.web.pages import PAGE_DEFAULT, Cursor, Limit, Page, after, cursor_for

router = APIRouter(prefix="/v1/recalls", tags=["recalls"], route_class=DoorRoute)


@router.post("", status_code=201, dependencies=[Depends(requires("orders:answer"))])
async def recall(
    body: RecallGoods, tx: OrdersTransaction, caller: Caller, response: Response
) -> RecallView:
    """Call a seller's own goods back; every hub tells the buyers it has."""
    new = Recall(
        id=tx.ids.new("rcl"),
        seller_id=caller.member_id,
        seller_hub=tx.hub,
        sku=body.sku,
        batch=body.batch or "",
        ordered_from=body.ordered_from,
        ordered_until=body.ordered_until,
        hazard=body.hazard,
        remedy=body.remedy,
        recalled_at=tx.now,
    )
    await recall_goods(tx, recall=new)
    response.headers["Location"] = f"/v1/recalls/{new.id}"
    return recall_view(new)


@router.get("/{case_id}", dependencies=[Depends(requires("orders:read"))])
async def read(case_id: CaseId, tx: OrdersReading, whose: WhoseOrders) -> RecallView:
    """Read one recall and how far it is."""
    return recall_view(await tx.recalls.get(case_id, tenant=whose))


@router.get("", dependencies=[Depends(requires("orders:read"))])
async def page(
    tx: OrdersReading, whose: WhoseOrders, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None
) -> Page[RecallView]:
    """List the caller's recalls."""
    found = await tx.recalls.page(tenant=whose, after=after(cursor), limit=limit)
    return Page(
        items=[recall_view(it) for it in found],
        next_cursor=cursor_for([it.id for it in found], limit=limit),
    )

"""Pre-clearances over HTTP: ask before an order exists, or read what was answered for one."""

from datetime import datetime

from fastapi import APIRouter, Depends

from services.customs.api.deps import OrderId, OwnReading, may_see
from services.customs.api.views import money_view, pre_clearance_view
from services.customs.domain.documents import OrderDocument, OrderedGoods, Person
from services.customs.store.answers import PreClearanceNotFound
from services.customs.usecases.announce import finding_words
from services.customs.usecases.queries import ask_pre_clearance
from shared.contracts.customs.api import AskPreClearance, PreClearanceView
from shared.kernel.money import Money, total
from shared.web.auth import Caller, requires
from shared.web.door import DoorRoute

router = APIRouter(prefix="/v1/pre-clearances", tags=["pre-clearances"], route_class=DoorRoute)


@router.post("", dependencies=[Depends(requires("customs:read"))])
async def ask(body: AskPreClearance, tx: OwnReading) -> PreClearanceView:
    """Ask what the destination would say of an order; nothing is kept."""
    used = body.annual_used_minor
    answer = ask_pre_clearance(
        tx,
        _order(body, now=tx.now),
        destination=body.destination,
        annual_used=None if used is None else Money(used, body.currency),
    )
    return PreClearanceView(
        order_id=None,
        order_no=body.order_no,
        verdict="refused" if answer.findings else "accepted",
        findings=finding_words(answer.findings),
        unchecked=answer.unchecked,
        tax=money_view(None if answer.cost is None else answer.cost.tax),
        pack_hash=answer.pack_digest,
        version=0,
        answered_at=tx.now,
    )


@router.get("/{order_id}", dependencies=[Depends(requires("customs:read"))])
async def read(order_id: OrderId, tx: OwnReading, caller: Caller) -> PreClearanceView:
    """Read the standing answer for an order."""
    answer = await tx.pre_clearances.get(order_id)
    if not may_see(caller, answer.seller_id, answer.marketplace_id):
        raise PreClearanceNotFound(f"no pre-clearance of order {order_id}")
    return pre_clearance_view(answer)


def _order(body: AskPreClearance, *, now: datetime) -> OrderDocument:
    def money(minor: int) -> Money:
        return Money(minor, body.currency)

    lines = tuple(
        OrderedGoods(
            line_no=number,
            sku=line.hs_code,
            description=line.description,
            hs_code=line.hs_code,
            origin=line.origin,
            quantity=line.quantity,
            unit_price=money(line.unit_price_minor),
            total_price=money(line.unit_price_minor) * line.quantity,
            net_weight_g=line.net_weight_g,
        )
        for number, line in enumerate(body.lines, start=1)
    )
    return OrderDocument(
        order_id="",
        order_no=body.order_no,
        platform_code="",
        marketplace_id="",
        seller_id="",
        seller_hub="",
        buyer_hub="",
        channel=body.channel,
        goods=total([line.total_price for line in lines], body.currency),
        freight=money(body.freight_minor),
        tax=money(body.tax_minor),
        discount=money(body.discount_minor),
        paid=money(body.paid_minor),
        lines=lines,
        orderer=Person(id_number=""),
        placed_at=now,
    )

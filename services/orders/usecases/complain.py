"""Open a complaint: the seller answers first, unless money is overdue that the hub must find."""

from collections.abc import Sequence

from services.orders.domain.complaint import (
    ClaimTooHigh,
    Complaint,
    ComplaintState,
    Evidence,
    Stage,
    Step,
)
from services.orders.domain.goods_return import GoodsReturn
from services.orders.store.orders import OrderNotFound, Tenant
from services.orders.store.tx import OrdersTx
from services.orders.usecases.complaint_saying import say_opened
from services.orders.usecases.country_rules import Intake
from shared.kernel.errors import Conflict
from shared.kernel.money import Money

COMPLAINTS_PER_ORDER_MAX = 10


class ComplaintOpenAlready(Conflict):
    """An order has one open complaint at a time, and ten in all."""

    code = "orders.complaint-open-already"


async def open_complaint(
    tx: OrdersTx,
    *,
    order_id: str,
    about: str,
    claimed: Money,
    text: str,
    evidence: Sequence[Evidence],
    intake: Intake,
    tenant: Tenant,
) -> Complaint:
    """Return the new complaint, or raise OrderNotFound, ClaimTooHigh or ComplaintOpenAlready."""
    await tx.timelines.hold([order_id])
    order = await tx.orders.get(order_id)
    if order.buyer_hub != tx.hub or tenant.member_id not in (None, order.marketplace_id):
        raise OrderNotFound(f"no order {order_id}")
    if not Money(0, order.amounts.paid.currency) <= claimed <= order.amounts.paid:
        raise ClaimTooHigh("no more than was paid can be claimed", field="claimed")
    await _check_room(tx, order_id)
    ladder = intake.ladder_at(tx.now)
    complaint = Complaint(
        id=tx.ids.new("cmp"),
        order_id=order.id,
        order_no=order.order_no,
        marketplace_id=order.marketplace_id,
        seller_id=order.seller_id,
        seller_hub=order.seller_hub,
        buyer_hub=order.buyer_hub,
        about=about,
        claimed=claimed,
        opened_at=tx.now,
        due_at=tx.now + ladder.seller,
        text=text,
        evidence=tuple(evidence),
        steps=(Step(what="opened", by="buyer", at=tx.now, amount=claimed),),
    )
    await tx.complaints.add(complaint)
    await say_opened(tx, complaint)
    return complaint


async def complain_of_return(
    tx: OrdersTx, *, goods_return: GoodsReturn, intake: Intake
) -> Complaint | None:
    """Put a return whose money is overdue before the hub; None when it is there already."""
    try:
        await _check_room(tx, goods_return.order_id)
    except ComplaintOpenAlready:
        return None
    order = await tx.orders.get(goods_return.order_id)
    found = goods_return.inspection
    claimed = None if found is None else found.goods_refund
    complaint = Complaint(
        id=tx.ids.new("cmp"),
        order_id=order.id,
        order_no=order.order_no,
        marketplace_id=order.marketplace_id,
        seller_id=order.seller_id,
        seller_hub=order.seller_hub,
        buyer_hub=order.buyer_hub,
        about="refund-overdue",
        claimed=claimed or Money(0, order.amounts.paid.currency),
        opened_at=tx.now,
        state=ComplaintState.MEDIATION,
        stage=Stage.HUB,
        due_at=tx.now + intake.ladder_at(tx.now).hub,
        steps=(Step(what="raised-to-hub", by="hub", at=tx.now),),
    )
    await tx.complaints.add(complaint)
    await say_opened(tx, complaint)
    return complaint


async def _check_room(tx: OrdersTx, order_id: str) -> None:
    earlier = await tx.complaints.of_order(order_id)
    is_open = any(one.state is not ComplaintState.CLOSED for one in earlier)
    if is_open or len(earlier) >= COMPLAINTS_PER_ORDER_MAX:
        raise ComplaintOpenAlready(f"{len(earlier)} complaints about this order")

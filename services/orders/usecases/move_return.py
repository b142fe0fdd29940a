"""Move a return on: sent, withdrawn, arrived, inspected; each is a deed of one party."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from services.orders.domain.goods_return import GoodsReturn, Inspection, ReturnState
from services.orders.domain.return_terms import GradedLine, condition_of, goods_refund
from services.orders.store.cases import CaseNotFound
from services.orders.store.orders import Tenant
from services.orders.store.tx import OrdersTx
from services.orders.usecases.return_saying import say_closed, say_received

REFUND_WITHIN = timedelta(days=10)
"""Customs and payments have so long after the inspection; then the hub has to look."""


async def hold_return(tx: OrdersTx, return_id: str, *, tenant: Tenant) -> GoodsReturn:
    """Return a return of the tenant with its order held, or raise CaseNotFound."""
    seen = await tx.returns.get(return_id, tenant=tenant)
    await tx.timelines.hold([seen.order_id])
    return await tx.returns.get(return_id, tenant=tenant)


async def send_return(
    tx: OrdersTx, *, return_id: str, tracking_no: str, tenant: Tenant
) -> GoodsReturn:
    """Return it handed to a carrier, or raise ReturnNotThere."""
    return await _moved(tx, return_id, tenant, lambda it: it.sent(tracking_no, at=tx.now))


async def receive_return(tx: OrdersTx, *, return_id: str) -> GoodsReturn:
    """Return it at the hub's returns desk, or raise ReturnNotThere."""
    everybody = Tenant(member_id=None)
    return await _moved(tx, return_id, everybody, lambda it: it.arrived(at=tx.now))


async def withdraw_return(tx: OrdersTx, *, return_id: str, tenant: Tenant) -> GoodsReturn:
    """Return it called off by the buyer; the label is void from now on."""
    closed = await _moved(tx, return_id, tenant, lambda it: it.withdrawn("buyer-request"))
    await say_closed(tx, closed)
    return closed


async def inspect_return(
    tx: OrdersTx, *, return_id: str, graded: Sequence[GradedLine]
) -> GoodsReturn:
    """Return it graded; customs and payments hear what came and what the buyer gets for it.

    Raises InspectionIncomplete, RefundTooHigh or ReturnNotThere.
    """
    seen = await hold_return(tx, return_id, tenant=Tenant(member_id=None))
    order = await tx.orders.get(seen.order_id)
    seen.check(ReturnState.RECEIVED)
    found = Inspection(
        lines=tuple(graded),
        condition=condition_of(graded),
        goods_refund=goods_refund(graded, seen.lines, order.lines),
        at=tx.now,
    )
    inspected = seen.inspected(found, due_at=tx.now + REFUND_WITHIN)
    await tx.returns.save(inspected)
    await say_received(tx, inspected)
    return inspected


async def _moved(
    tx: OrdersTx, return_id: str, tenant: Tenant, move: Callable[[GoodsReturn], GoodsReturn]
) -> GoodsReturn:
    seen = await hold_return(tx, return_id, tenant=tenant)
    if seen.buyer_hub != tx.hub or tenant.member_id not in (None, seen.marketplace_id):
        raise CaseNotFound(f"no return {return_id}")
    moved = move(seen)
    await tx.returns.save(moved)
    return moved

"""Ask to give goods back: within the country's window the rules allow it, later the seller may."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from services.orders.domain.facts import FactKind, Stage
from services.orders.domain.goods_return import OPEN, Answer, GoodsReturn, ReturnState
from services.orders.domain.order import Order
from services.orders.domain.return_terms import ReturnLine, ReturnRules, check_lines, terms_from
from services.orders.store.orders import OrderNotFound, Tenant
from services.orders.store.tx import OrdersTx
from services.orders.usecases.order_saying import audience_of
from services.orders.usecases.return_saying import say_answer
from services.orders.usecases.say import say
from shared.contracts.orders.events import ReturnedLine, ReturnRequested
from shared.kernel.errors import Conflict

GRACE = timedelta(days=1)
"""A parcel scanned the morning after its last day was handed in on time; customs judges itself."""


class NothingToReturn(Conflict):
    """Only what was delivered can come back; name the parcel if the order has several."""

    code = "orders.nothing-to-return"


async def request_return(
    tx: OrdersTx,
    *,
    order_id: str,
    lines: Sequence[ReturnLine],
    reason: str,
    logistics_no: str | None,
    rules: ReturnRules,
    tenant: Tenant,
) -> GoodsReturn:
    """Return the new return, allowed already when it is asked for in time.

    Raises OrderNotFound, NothingToReturn, ReturnLineUnknown or ReturnTooMuch. Only the marketplace
    that placed the order can ask, at the buyer's hub.
    """
    await tx.timelines.hold([order_id])
    order = await tx.orders.get(order_id)
    if order.buyer_hub != tx.hub or tenant.member_id not in (None, order.marketplace_id):
        raise OrderNotFound(f"no order {order_id}")
    parcel = _delivered_parcel(order, logistics_no)
    released_at = await tx.timelines.last_of(
        order.id, kind=FactKind.DECLARATION_RELEASED, logistics_no=parcel
    )
    check_lines(lines, order.lines, returning=await _returning(tx, order.id))
    goods_return = GoodsReturn(
        id=tx.ids.new("ret"),
        order_id=order.id,
        order_no=order.order_no,
        logistics_no=parcel,
        marketplace_id=order.marketplace_id,
        seller_id=order.seller_id,
        seller_hub=order.seller_hub,
        buyer_hub=order.buyer_hub,
        lines=tuple(lines),
        reason=reason,
        requested_at=tx.now,
        terms=terms_from(rules, released_at=released_at or order.placed_at),
        due_at=tx.now + rules.seller_answers_within,
    )
    await tx.returns.add(goods_return)
    await _say_requested(tx, goods_return)
    return await _allowed_by_rules(tx, goods_return, now=tx.now)


async def _allowed_by_rules(
    tx: OrdersTx, goods_return: GoodsReturn, *, now: datetime
) -> GoodsReturn:
    assert goods_return.terms is not None, "a return at the buyer's hub has its terms"
    if goods_return.terms.is_late(now):
        return goods_return
    answer = Answer(approved=True, by="rules", at=now)
    allowed = goods_return.answered(answer, due_at=goods_return.terms.arrive_by + GRACE)
    await tx.returns.save(allowed)
    await say_answer(tx, allowed)
    return allowed


def _delivered_parcel(order: Order, logistics_no: str | None) -> str:
    delivered = sorted(no for no, stage in order.parcels.items() if stage is Stage.DELIVERED)
    if logistics_no is not None:
        delivered = [no for no in delivered if no == logistics_no]
    if len(delivered) != 1:
        raise NothingToReturn(
            f"{len(delivered)} delivered parcels fit", field="logistics_no", state=order.state.value
        )
    return delivered[0]


async def _returning(tx: OrdersTx, order_id: str) -> Counter[int]:
    """Count the pieces of each line that are on their way back or are back already."""
    counted: Counter[int] = Counter()
    for goods_return in await tx.returns.of_order(order_id):
        if goods_return.state in OPEN or goods_return.state is ReturnState.REFUNDED:
            for line in goods_return.lines:
                counted[line.line_no] += line.quantity
    return counted


async def _say_requested(tx: OrdersTx, goods_return: GoodsReturn) -> None:
    event = ReturnRequested(
        return_id=goods_return.id,
        order_id=goods_return.order_id,
        order_no=goods_return.order_no,
        logistics_no=goods_return.logistics_no,
        seller_id=goods_return.seller_id,
        seller_hub=goods_return.seller_hub,
        buyer_hub=goods_return.buyer_hub,
        lines=tuple(
            ReturnedLine(line_no=line.line_no, quantity=line.quantity)
            for line in goods_return.lines
        ),
        reason=goods_return.reason,
        requested_at=goods_return.requested_at,
    )
    order = await tx.orders.get(goods_return.order_id)
    await say(
        tx,
        event,
        FactKind.RETURN_REQUESTED,
        order_id=order.id,
        audience=audience_of(order),
        sequence=goods_return.version,
        logistics_no=goods_return.logistics_no,
        return_id=goods_return.id,
        reason=goods_return.reason,
    )

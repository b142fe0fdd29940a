"""Let silence decide about returns: a seller that does not answer, a buyer that does not send."""

from services.orders.domain.goods_return import Answer, GoodsReturn, Outcome, ReturnState
from services.orders.store.tx import OrdersTx
from services.orders.usecases.complain import complain_of_return
from services.orders.usecases.country_rules import Intake
from services.orders.usecases.return_saying import say_answer, say_closed

DUE_MAX = 200
"""Returns looked at in one transaction; the timer comes again."""


async def expire_returns(tx: OrdersTx, *, intake: Intake) -> None:
    """Move every return whose deadline has passed; none stays open without one.

    A seller that is silent refuses, for the rules no longer speak for the buyer. Goods that never
    came end the return. Money that customs or payments owe the buyer becomes a complaint before
    the hub, so that somebody looks.
    """
    for due in await tx.returns.due(now=tx.now, limit=DUE_MAX, hub=tx.hub):
        await tx.timelines.hold([due.order_id])
        seen = await tx.returns.get(due.id)
        if seen.due_at is not None and seen.due_at <= tx.now:
            await _expire(tx, seen, intake=intake)


async def _expire(tx: OrdersTx, seen: GoodsReturn, *, intake: Intake) -> None:
    match seen.state:
        case ReturnState.REQUESTED:
            answer = Answer(approved=False, by="silence", at=tx.now)
            moved = seen.answered(answer, due_at=None)
            await tx.returns.save(moved)
            await say_answer(tx, moved)
            await say_closed(tx, moved)
        case ReturnState.APPROVED | ReturnState.IN_TRANSIT:
            moved = seen.closed(Outcome.REJECTED, "not-arrived")
            await tx.returns.save(moved)
            await say_closed(tx, moved)
        case _:
            await tx.returns.save(seen.looked_at())
            await complain_of_return(tx, goods_return=seen, intake=intake)

"""The seller allows or refuses a return that was asked for too late, at its own hub."""

from services.orders.domain.goods_return import Answer, GoodsReturn
from services.orders.store.cases import CaseNotFound
from services.orders.store.orders import Tenant
from services.orders.store.tx import OrdersTx
from services.orders.usecases.move_return import hold_return
from services.orders.usecases.return_saying import say_answer, say_closed


async def answer_return(
    tx: OrdersTx, *, return_id: str, approved: bool, tenant: Tenant
) -> GoodsReturn:
    """Return it answered, or raise ReturnNotThere when the rules or silence were first.

    At the seller's hub the replica is answered; the buyer's hub hears of it and goes on.
    """
    seen = await hold_return(tx, return_id, tenant=tenant)
    if seen.seller_hub != tx.hub or tenant.member_id not in (None, seen.seller_id):
        raise CaseNotFound(f"no return {return_id}")
    answered = seen.answered(Answer(approved=approved, by="seller", at=tx.now), due_at=None)
    await tx.returns.save(answered)
    await say_answer(tx, answered)
    if answered.outcome is not None and answered.buyer_hub == tx.hub:
        await say_closed(tx, answered)
    return answered

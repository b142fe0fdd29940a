"""What is said of a return once it exists: the answer, what came, and its end."""

from services.orders.domain.facts import FactKind
from services.orders.domain.goods_return import GoodsReturn
from services.orders.store.tx import OrdersTx
from services.orders.usecases.say import say
from shared.contracts.event import Event, MoneyWords
from shared.contracts.orders.events import (
    ReturnAnswered,
    ReturnClosed,
    ReturnedLine,
    ReturnReceived,
)


async def say_answer(tx: OrdersTx, goods_return: GoodsReturn) -> None:
    answer = goods_return.answer
    assert answer is not None, "an answered return has its answer"
    word = "approved" if answer.approved else "refused"
    event = ReturnAnswered.model_validate(
        {
            "return_id": goods_return.id,
            "order_id": goods_return.order_id,
            "order_no": goods_return.order_no,
            "answer": word,
            "by": answer.by,
            "answered_at": answer.at,
        }
    )
    await _say(tx, event, FactKind.RETURN_ANSWERED, goods_return, answer=word, by=answer.by)


async def say_received(tx: OrdersTx, goods_return: GoodsReturn) -> None:
    found = goods_return.inspection
    assert found is not None, "an inspected return has its inspection"
    assert goods_return.received_at is not None, "what was inspected was received"
    refund = found.goods_refund
    event = ReturnReceived.model_validate(
        {
            "return_id": goods_return.id,
            "order_id": goods_return.order_id,
            "order_no": goods_return.order_no,
            "logistics_no": goods_return.logistics_no,
            "lines": [
                ReturnedLine(line_no=line.line_no, quantity=line.quantity)
                for line in goods_return.lines
            ],
            "condition": found.condition,
            "received_at": goods_return.received_at,
            "requested_at": goods_return.requested_at,
            "goods_refund": None if refund is None else MoneyWords.of(refund),
        }
    )
    amount = {} if refund is None else {"refund_minor": str(refund.minor)}
    currency = {} if refund is None else {"currency": refund.currency}
    await _say(
        tx,
        event,
        FactKind.RETURN_RECEIVED,
        goods_return,
        condition=found.condition,
        **amount,
        **currency,
    )


async def say_closed(tx: OrdersTx, goods_return: GoodsReturn) -> None:
    outcome = goods_return.outcome
    assert outcome is not None, "a closed return has its outcome"
    event = ReturnClosed.model_validate(
        {
            "return_id": goods_return.id,
            "order_id": goods_return.order_id,
            "order_no": goods_return.order_no,
            "outcome": outcome.value,
            "reason": goods_return.outcome_reason,
        }
    )
    await _say(
        tx,
        event,
        FactKind.RETURN_CLOSED,
        goods_return,
        outcome=outcome.value,
        reason=goods_return.outcome_reason,
    )


async def _say(
    tx: OrdersTx, event: Event, kind: FactKind, goods_return: GoodsReturn, **detail: str
) -> None:
    """Say it to the other hub: the seller's, or from there the buyer's."""
    ends = {goods_return.seller_hub, goods_return.buyer_hub}
    others = tuple(sorted(ends - {tx.hub})) or (tx.hub,)
    await say(
        tx,
        event,
        kind,
        order_id=goods_return.order_id,
        audience=others,
        sequence=goods_return.version,
        logistics_no=goods_return.logistics_no,
        return_id=goods_return.id,
        **detail,
    )

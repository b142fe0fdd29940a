"""What a heard fact means for a return: at either hub, in any order, told twice or once."""

from dataclasses import replace
from datetime import timedelta

from services.orders.domain.facts import Fact, FactKind
from services.orders.domain.goods_return import (
    OPEN,
    Answer,
    GoodsReturn,
    Inspection,
    Outcome,
    ReturnState,
    TaxAnswer,
)
from shared.kernel.money import Money

SENDING_TAKES = timedelta(days=30)
"""A buyer whom the seller allowed to return late has so long to hand the goods in."""


def after_fact(seen: GoodsReturn, fact: Fact, *, at_home: bool) -> GoodsReturn:
    """Return the return once the fact is known.

    The replica takes what the buyer's hub says as it is. At home only customs, payments and the
    seller bring news, and what comes after the end changes nothing but the money.
    """
    match fact.kind:
        case FactKind.RETURN_ANSWERED:
            return _answered(seen, fact, at_home=at_home)
        case FactKind.RETURN_TAX_ACCEPTED:
            return seen.taxed(
                TaxAnswer(returned=_money(fact, "tax_minor"), reason="", at=fact.occurred_at)
            )
        case FactKind.RETURN_TAX_REFUSED:
            reason = fact.detail["reason"]
            return seen.taxed(TaxAnswer(returned=None, reason=reason, at=fact.occurred_at))
        case FactKind.PAYMENT_REFUNDED:
            amount = _money(fact, "amount_minor")
            return seen if amount is None else seen.paid(amount)
        case FactKind.RETURN_RECEIVED:
            return _inspected(seen, fact)
        case FactKind.RETURN_CLOSED if seen.outcome is None:
            outcome = Outcome(fact.detail["outcome"])
            return seen.closed(outcome, fact.detail["reason"])
    return seen


def _answered(seen: GoodsReturn, fact: Fact, *, at_home: bool) -> GoodsReturn:
    """A seller's answer that comes after the rules, silence or a withdrawal is too late."""
    if seen.answer is not None or seen.state is not ReturnState.REQUESTED:
        return seen
    approved = fact.detail["answer"] == "approved"
    answer = Answer(approved=approved, by=fact.detail["by"], at=fact.occurred_at)
    if not at_home and not approved:
        return replace(seen, answer=answer, version=seen.version + 1)
    due_at = fact.occurred_at + SENDING_TAKES if at_home and approved else None
    return seen.answered(answer, due_at=due_at)


def _inspected(seen: GoodsReturn, fact: Fact) -> GoodsReturn:
    if seen.inspection is not None or seen.state not in OPEN:
        return seen
    found = Inspection(
        condition=fact.detail["condition"],
        goods_refund=_money(fact, "refund_minor"),
        at=fact.occurred_at,
    )
    return replace(seen, inspection=found, received_at=fact.occurred_at, version=seen.version + 1)


def _money(fact: Fact, name: str) -> Money | None:
    if name not in fact.detail:
        return None
    return Money(int(fact.detail[name]), fact.detail["currency"])

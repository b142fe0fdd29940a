"""Returns and complaints in each of their states, and the events that move them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.orders.domain.complaint import Complaint, Ladder, Step
from services.orders.domain.goods_return import Answer, GoodsReturn, Inspection, TaxAnswer
from services.orders.domain.return_terms import (
    Disposition,
    Grade,
    GradedLine,
    ReturnLine,
    ReturnRules,
    terms_from,
)
from shared.contracts.customs.events import ReturnAccepted, ReturnRefused
from shared.contracts.event import MoneyWords
from shared.contracts.payments.events import PaymentRefunded
from shared.kernel.ids import derived_id
from tests.builders.orders import CN, MARKETPLACE, MY, NOON, SELLER, an_order, cny

PARCEL = "KV26090100001"
RULES = ReturnRules(
    apply_within=timedelta(days=30),
    arrive_within=timedelta(days=45),
    seller_answers_within=timedelta(days=3),
    timezone=ZoneInfo("Asia/Shanghai"),
)
LADDER = Ladder(
    seller=timedelta(days=3),
    buyer=timedelta(days=7),
    hub=timedelta(days=7),
    ombudsman=timedelta(days=14),
)
LATER = NOON + timedelta(days=1)


def a_return(**changes: Any) -> GoodsReturn:
    """One coffee of the order A001 that somebody wants to give back."""
    order = an_order()
    goods_return = GoodsReturn(
        id=derived_id("ret", CN, "1"),
        order_id=order.id,
        order_no=order.order_no,
        logistics_no=PARCEL,
        marketplace_id=MARKETPLACE,
        seller_id=SELLER,
        seller_hub=MY,
        buyer_hub=CN,
        lines=(ReturnLine(line_no=1, quantity=1),),
        reason="changed-mind",
        requested_at=NOON,
        terms=terms_from(RULES, released_at=NOON),
        due_at=LATER,
    )
    return replace(goods_return, **changes)


def graded(grade: Grade = Grade.AS_NEW, **changes: Any) -> GradedLine:
    line = GradedLine(line_no=1, quantity=1, grade=grade, disposition=Disposition.RESTOCK)
    return replace(line, **changes)


def found(condition: str = "original", refund: int | None = 5_800) -> Inspection:
    money = None if refund is None else cny(refund)
    return Inspection(condition=condition, goods_refund=money, at=LATER, lines=(graded(),))


ALLOWED = Answer(approved=True, by="rules", at=NOON)
TAX_BACK = TaxAnswer(returned=cny(637), reason="", at=LATER)
TAX_STAYS = TaxAnswer(returned=None, reason="applied-late", at=LATER)


def a_complaint(**changes: Any) -> Complaint:
    order = an_order()
    complaint = Complaint(
        id=derived_id("cmp", CN, "1"),
        order_id=order.id,
        order_no=order.order_no,
        marketplace_id=MARKETPLACE,
        seller_id=SELLER,
        seller_hub=MY,
        buyer_hub=CN,
        about="late-return",
        claimed=cny(5_800),
        opened_at=NOON,
        due_at=NOON + LADDER.seller,
        steps=(Step(what="opened", by="buyer", at=NOON, amount=cny(5_800)),),
    )
    return replace(complaint, **changes)


def tax_returned(goods_return: dict[str, Any], minor: int = 637) -> ReturnAccepted:
    money = MoneyWords(amount_minor=minor, currency="CNY")
    return ReturnAccepted(
        **_named(goods_return), tax_returned=money, allowance_returned=money, decided_at=LATER
    )


def tax_kept(goods_return: dict[str, Any], reason: str = "applied-late") -> ReturnRefused:
    return ReturnRefused.model_validate(
        {**_named(goods_return), "reason": reason, "rule": "C13", "decided_at": LATER}
    )


def refund_paid(goods_return: dict[str, Any], minor: int) -> PaymentRefunded:
    return PaymentRefunded(
        payment_id=derived_id("pay", CN, "1"),
        order_id=goods_return["order_id"],
        order_no=goods_return["order_no"],
        amount=MoneyWords(amount_minor=minor, currency="CNY"),
        reason="return",
        return_id=goods_return["id"],
    )


def _named(goods_return: dict[str, Any]) -> dict[str, Any]:
    return {
        "return_id": goods_return["id"],
        "order_id": goods_return["order_id"],
        "order_no": goods_return["order_no"],
        "logistics_no": goods_return["logistics_no"],
    }

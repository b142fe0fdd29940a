"""The whole story of an order's money over HTTP."""

from typing import Any

from fastapi import APIRouter

from services.payments.api.books import READ, account_view
from services.payments.api.deps import PathId, PaymentsReading, member_of
from services.payments.domain.answers import (
    bill_answer,
    dispute_answer,
    money,
    payment_answer,
    refund_answer,
)
from services.payments.domain.order import OrderMoney
from services.payments.domain.rejections import OrderNotKnown
from services.payments.domain.transfers import Purpose
from services.payments.store.stories import Story
from shared.contracts.payments.order_money import OrderMoneyView
from shared.web.auth import Caller
from shared.web.door import DoorRoute

router = APIRouter(prefix="/v1", tags=["books"], route_class=DoorRoute)
OPEN = "open"


@router.get("/orders/{order_id}/money", dependencies=READ)
async def order_money(order_id: PathId, tx: PaymentsReading, caller: Caller) -> OrderMoneyView:
    """Tell the whole story of an order's money: every posting, what caused it, what came of it."""
    order = await tx.orders.find(order_id)
    member = member_of(caller)
    if order is None or member not in (None, order.marketplace_id, order.seller_id):
        raise OrderNotKnown("the order is not known here")
    story = await tx.stories.of_order(order_id)
    return OrderMoneyView.model_validate({**_order(order, story), **_told(story)})


def _order(order: OrderMoney, story: Story) -> dict[str, Any]:
    held = sum(a.balance for a in story.accounts if a.key.code == f"escrow:{order.id}")
    return {
        "order_id": order.id,
        "order_no": order.order_no,
        "seller_id": order.seller_id,
        "seller_hub": order.seller_hub,
        "buyer_hub": order.buyer_hub,
        "goods": money(order.goods_minor, order.currency),
        "tax": money(order.tax_minor, order.currency),
        "paid": money(order.paid_minor, order.currency),
        "escrow": money(held, order.currency),
        "cancelled_reason": order.cancelled_reason or None,
        "is_released": order.is_released,
        "lines": [
            {
                "line_no": line.no,
                "goods": money(line.goods_minor, order.currency),
                "share": money(share, order.currency),
                "refunded": money(line.refunded_minor, order.currency),
                "state": line.end,
            }
            for line, (_, share) in zip(order.lines, order.shares(), strict=True)
        ],
    }


def _told(story: Story) -> dict[str, Any]:
    return {
        "payments": [payment_answer(each) for each in story.payments],
        "commands": [
            {
                name: getattr(row, name)
                for name in ("id", "name", "outcome", "cause", "cause_id", "at")
            }
            for row in story.commands
        ],
        "postings": [
            {
                "id": row.id,
                "command_id": row.command_id,
                "debit": row.debit,
                "credit": row.credit,
                "amount": money(row.amount, row.currency),
                "purpose": Purpose(row.purpose).wire_name,
                "kind": row.kind,
            }
            for row in story.postings
        ],
        "accounts": [account_view(each) for each in story.accounts],
        "refunds": [refund_answer(each) for each in story.refunds],
        "disputes": [dispute_answer(each) for each in story.disputes],
        "tax_bills": [bill_answer(each) for each in story.tax_bills],
        "advances": [
            {
                "id": each.id,
                "state": each.state.value,
                "principal": money(each.principal_minor, each.currency),
                "fee": money(each.fee_minor, each.currency),
                "repaid": money(each.repaid_minor, each.currency),
            }
            for each in story.advances
        ],
        "obligations": [
            {
                "no": row.no,
                "debtor": row.debtor,
                "creditor": row.creditor,
                "amount": money(row.amount_minor, row.currency),
                "window_id": row.window_id,
                "state": row.state or OPEN,
                "settled_at": row.settled_at,
            }
            for row in story.windows
        ],
        "is_complete": story.is_complete,
    }

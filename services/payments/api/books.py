"""Reading the books over HTTP: accounts, an order's whole story, and the ledger's own check."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from services.payments.api.deps import PathId, PaymentsReading, member_of
from services.payments.domain.account_statement import AccountNotFound
from services.payments.domain.accounts import Account, escrow
from services.payments.domain.answers import money, payment_answer
from services.payments.domain.rejections import OrderNotKnown
from services.payments.domain.transfers import Purpose
from services.payments.usecases.check_ledger import check_ledger
from services.payments.usecases.tell_statement import may_read
from shared.contracts.payments.api import (
    AccountBalances,
    AccountView,
    CommandView,
    FindingView,
    LedgerReport,
    OrderMoneyView,
    PaymentView,
    Posting,
)
from shared.web.auth import Caller, requires
from shared.web.door import DoorRoute

router = APIRouter(prefix="/v1", tags=["books"], route_class=DoorRoute)
READ = [Depends(requires("payments:read"))]
Code = Annotated[str, Path(pattern=r"^[a-z_]+(:[A-Za-z0-9_-]+){0,2}$", max_length=160)]


@router.get("/accounts/{code}", dependencies=READ)
async def account(code: Code, tx: PaymentsReading, caller: Caller) -> AccountBalances:
    """Read an account in all its currencies; a seller sees its own."""
    found = await tx.books.accounts(code) if may_read(code, member=member_of(caller)) else []
    if not found:
        raise AccountNotFound("there is no such account")
    return AccountBalances(code=code, balances=tuple(_account(each) for each in found))


@router.get("/orders/{order_id}/money", dependencies=READ)
async def order_money(order_id: PathId, tx: PaymentsReading, caller: Caller) -> OrderMoneyView:
    """Tell the whole story of an order's money: every posting and what caused it."""
    order = await tx.orders.find(order_id)
    member = member_of(caller)
    if order is None or member not in (None, order.marketplace_id, order.seller_id):
        raise OrderNotKnown("the order is not known here")
    told = await tx.books.story(order_id)
    held = await tx.books.accounts(escrow(order_id, order.currency).code)
    return OrderMoneyView.model_validate(
        {
            "order_id": order.id,
            "order_no": order.order_no,
            "seller_id": order.seller_id,
            "seller_hub": order.seller_hub,
            "buyer_hub": order.buyer_hub,
            "goods": money(order.goods_minor, order.currency),
            "tax": money(order.tax_minor, order.currency),
            "paid": money(order.paid_minor, order.currency),
            "escrow": money(sum(each.balance for each in held), order.currency),
            "cancelled_reason": order.cancelled_reason or None,
            "is_released": order.is_released,
            "payments": [
                PaymentView.model_validate(payment_answer(payment))
                for payment in await tx.payments.of_order(order_id)
            ],
            "commands": [
                CommandView(
                    id=row.id,
                    name=row.name,
                    outcome=row.outcome,
                    cause=row.cause,
                    cause_id=row.cause_id,
                    at=row.at,
                )
                for row in told.commands
            ],
            "postings": [
                Posting.model_validate(
                    {
                        "id": row.id,
                        "command_id": row.command_id,
                        "debit": row.debit,
                        "credit": row.credit,
                        "amount": money(row.amount, row.currency),
                        "purpose": Purpose(row.purpose).wire_name,
                        "kind": row.kind,
                    }
                )
                for row in told.postings
            ],
        }
    )


@router.get("/ledger/check", dependencies=[Depends(requires("hub:operate"))])
async def ledger_check(tx: PaymentsReading) -> LedgerReport:
    """Replay every transfer and compare: sums, counters, holds, floors and the chain."""
    check = await check_ledger(tx)
    return LedgerReport(
        is_sound=check.is_sound,
        transfers=check.transfers,
        batches=check.batches,
        accounts=check.accounts,
        sums=check.sums,
        findings=tuple(
            FindingView(check=f.check, subject=f.subject, detail=f.detail) for f in check.findings
        ),
    )


def _account(account: Account) -> AccountView:
    return AccountView(
        code=account.key.code,
        currency=account.key.currency,
        kind=account.kind.value,
        floor=account.floor,
        balance=account.balance,
        available=account.available,
        debits=account.debits,
        credits=account.credits,
        debits_pending=account.debits_pending,
        credits_pending=account.credits_pending,
    )

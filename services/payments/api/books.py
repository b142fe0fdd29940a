"""Reading the books over HTTP: accounts, and the ledger's own check."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from services.payments.api.deps import PaymentsReading, member_of
from services.payments.domain.account_statement import AccountNotFound
from services.payments.domain.accounts import Account
from services.payments.usecases.check_ledger import check_ledger
from services.payments.usecases.tell_statement import may_read
from shared.contracts.payments.api import (
    AccountBalances,
    AccountView,
    FindingView,
    LedgerReport,
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
    return AccountBalances(code=code, balances=tuple(account_view(each) for each in found))


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


def account_view(account: Account) -> AccountView:
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

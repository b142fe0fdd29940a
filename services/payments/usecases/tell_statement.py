"""Tell a member, or an operator, what happened on an account in a period."""

from datetime import datetime

from services.payments.domain.account_statement import (
    AccountNotFound,
    AccountStatement,
    Place,
    check_period,
)
from services.payments.domain.accounts import AccountKey
from services.payments.store.tx import PaymentsTx
from shared.web.pages import CursorMalformed

SELLERS_OWN = ("seller:{}:", "seller_receivable:{}")
"""How the codes of accounts begin that a seller may read."""


def may_read(code: str, *, member: str | None) -> bool:
    """Say whether an account is the member's own; None is an operator, who reads all."""
    return member is None or code.startswith(tuple(own.format(member) for own in SELLERS_OWN))


async def tell_statement(
    tx: PaymentsTx,
    *,
    account: AccountKey,
    from_at: datetime,
    until_at: datetime,
    after: Place | None,
    limit: int,
    member: str | None,
) -> AccountStatement:
    """Return the page that follows the place `after`, the first one when there is none.

    Raises PeriodWrong, AccountNotFound or CursorMalformed.
    """
    check_period(from_at, until_at, now=tx.now)
    found = await tx.statements.account(account) if may_read(account.code, member=member) else None
    if found is None:
        raise AccountNotFound("there is no such account")
    point = None
    if after is not None:
        moment = await tx.statements.moment(after)
        if moment is None or not from_at <= moment < until_at:
            raise CursorMalformed("not a cursor of this statement", field="cursor")
        point = moment, after
    return await tx.statements.page(
        found, from_at=from_at, until_at=until_at, after=point, limit=limit
    )

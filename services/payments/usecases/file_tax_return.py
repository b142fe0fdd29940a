"""A period's tax return: its bills, and the ledger beside them. They agree, or nothing is paid."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from services.payments.domain import accounts
from services.payments.domain.tax import RemitTax, due_by
from services.payments.domain.tax_bill import TaxBill
from services.payments.store.tx import PaymentsTx
from shared.kernel.ids import derived_id


class TaxReturn(NamedTuple):
    """What a period owes its authority, twice: by its bills and by the ledger, in minor units.

    `remitted_minor` was paid; `owed_back_minor` is tax returned to buyers after that.
    """

    authority: str
    period: str
    currency: str
    bills: Sequence[TaxBill]
    bills_minor: int
    payable_minor: int
    remitted_minor: int
    owed_back_minor: int
    due_by: datetime

    @property
    def ledger_minor(self) -> int:
        return self.payable_minor + self.remitted_minor - self.owed_back_minor

    @property
    def is_equal(self) -> bool:
        return self.bills_minor == self.ledger_minor


async def tax_returns(tx: PaymentsTx, *, authority: str, period: str) -> list[TaxReturn]:
    """Return the period's return in each of its currencies."""
    bills = await tx.taxes.bills(authority=authority, period=period)
    payable = await _accounts(tx, accounts.tax_payable(authority, period, ""))
    receivable = await _accounts(tx, accounts.tax_refund_receivable(authority, period, ""))
    returns = []
    for currency in sorted({bill.currency for bill in bills} | payable.keys()):
        mine = [bill for bill in bills if bill.currency == currency]
        paid = await tx.books.answers(
            return_id(tx.hub, authority, period, currency), name=RemitTax.NAME
        )
        returns.append(
            TaxReturn(
                authority=authority,
                period=period,
                currency=currency,
                bills=mine,
                bills_minor=sum(bill.left_minor for bill in mine),
                payable_minor=payable[currency].balance if currency in payable else 0,
                remitted_minor=sum(int(answer["remitted_minor"]) for answer in paid),
                owed_back_minor=receivable[currency].debits if currency in receivable else 0,
                due_by=due_by(period, tx.now),
            )
        )
    return returns


def return_id(hub: str, authority: str, period: str, currency: str) -> str:
    return derived_id("txr", hub, authority, period, currency)


async def _accounts(tx: PaymentsTx, key: accounts.AccountKey) -> dict[str, accounts.Account]:
    return {each.key.currency: each for each in await tx.books.accounts(key.code)}


async def prepare_remittance(
    tx: PaymentsTx,
    *,
    command_id: str,
    authority: str,
    period: str,
    currency: str,
    bank_account: str,
) -> RemitTax:
    """Return the command that pays a period; what was paid of it before is left out."""
    found = await tax_returns(tx, authority=authority, period=period)
    mine = [each for each in found if each.currency == currency]
    owed = sum(each.bills_minor - each.remitted_minor + each.owed_back_minor for each in mine)
    return RemitTax(
        id=command_id,
        return_id=return_id(tx.hub, authority, period, currency),
        authority=authority,
        period=period,
        currency=currency,
        bills_minor=owed,
        bank_account=bank_account,
    )

"""Tax money: a bill is payable the moment customs releases a parcel, and may come back later.

Until its bill arrives an order's tax waits in the order's own escrow. The bill moves it to
`tax_payable:{authority}:{period}`; a tax return is a list of bills that equals that account. What
customs gives back on a return comes out of the same account, or is owed by the authority once the
period was paid.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, NamedTuple

from services.payments.domain import accounts
from services.payments.domain.accounts import AccountKey
from services.payments.domain.commands import Command, Touches
from services.payments.domain.facts import Fact, TaxDue, TaxRemitted
from services.payments.domain.proceeds import TAX_SHORT, Seller, charge_seller, reclaimed
from services.payments.domain.rejections import (
    NothingToRemit,
    OrderNotKnown,
    Rejection,
    TaxReturnDiffers,
    not_yet,
    refuse,
)
from services.payments.domain.state import Context, Decision, State, decided
from services.payments.domain.tax_bill import TaxBill
from services.payments.domain.transfers import Purpose, Transfer, transfer_id


class TaxPlace(NamedTuple):
    """Where an amount of tax is booked: whose it is, and in which of its periods."""

    authority: str
    period: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BookTax(Command):
    """Customs released a parcel: its tax bill is due, whoever has to pay it."""

    NAME: ClassVar[str] = "book-tax"
    ABOUT: ClassVar[str] = "order_id"

    bill_id: str
    bill_no: str
    order_id: str
    logistics_no: str
    seller_id: str
    seller_hub: str
    currency: str
    amount_minor: int
    authority: str
    period: str

    def touches(self) -> Touches:
        return Touches(orders=(self.order_id,), tax_bills=(self.bill_id,))

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return (
            accounts.escrow(self.order_id, self.currency),
            accounts.tax_payable(self.authority, self.period, self.currency),
            *Seller(self.seller_id, self.seller_hub).accounts(hub, self.currency),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RemitTax(Command):
    """Pay a period's return to its authority: exactly what its bills add up to."""

    NAME: ClassVar[str] = "remit-tax"
    ABOUT: ClassVar[str] = "return_id"

    return_id: str
    authority: str
    period: str
    currency: str
    bills_minor: int
    bank_account: str

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return (
            accounts.tax_payable(self.authority, self.period, self.currency),
            accounts.bank(self.bank_account, self.currency),
        )


def book_tax(state: State, command: BookTax, context: Context) -> Decision | Rejection:
    order = state.orders.get(command.order_id)
    if order is None:
        return not_yet(OrderNotKnown, "the order is not known here", field="order_id")
    escrow, payable, *_ = command.accounts(context.hub)
    held = min(command.amount_minor, state.accounts[escrow].available)
    short = command.amount_minor - held
    transfers = []
    if held:
        transfers.append(Transfer(escrow, payable, held, Purpose.TAX, order.id))
    short_at = len(transfers)
    seller = Seller(command.seller_id, command.seller_hub)
    transfers += charge_seller(
        state, seller, context.hub, target=payable, amount=short, ref=order.id
    )
    booked = replace(
        order,
        tax_booked_minor=order.tax_booked_minor + command.amount_minor,
        version=order.version + 1,
    )
    facts: list[Fact] = [_due(command, booked.version)]
    if short and command.seller_hub != context.hub:
        booked = replace(booked, version=booked.version + 1)
        transfer = transfer_id(context.hub, command.id, short_at)
        facts.append(reclaimed(booked, amount=short, reason=TAX_SHORT, transfer=transfer))
    bill = TaxBill(
        id=command.bill_id,
        bill_no=command.bill_no,
        order_id=order.id,
        logistics_no=command.logistics_no,
        authority=command.authority,
        period=command.period,
        currency=command.currency,
        amount_minor=command.amount_minor,
        booked_at=context.now,
    )
    return decided(
        state,
        transfers,
        answer={"bill_id": bill.id, "amount_minor": bill.amount_minor},
        changed=(booked, bill),
        facts=facts,
    )


def remit_tax(state: State, command: RemitTax, context: Context) -> Decision | Rejection:
    payable, bank = command.accounts(context.hub)
    owed = state.accounts[payable].available
    if owed == 0:
        return refuse(NothingToRemit, "nothing is payable for this period", field="period")
    if owed != command.bills_minor:
        return refuse(
            TaxReturnDiffers,
            f"the bills add up to {command.bills_minor}, the ledger says {owed}",
            field="period",
        )
    fact = TaxRemitted(
        return_id=command.return_id,
        authority=command.authority,
        period=command.period,
        currency=command.currency,
        amount=owed,
        remitted_at=context.now,
    )
    return decided(
        state,
        (Transfer(payable, bank, owed, Purpose.TAX_REMITTED, command.return_id),),
        answer={"return_id": command.return_id, "remitted_minor": owed},
        facts=(fact,),
    )


class TaxShare(NamedTuple):
    """What of a refund is tax that one bill gives back."""

    bill_id: str
    authority: str
    period: str
    amount_minor: int


def return_tax(
    state: State, shares: Sequence[TaxShare], *, target: AccountKey, ref: str
) -> tuple[list[Transfer], list[TaxBill]]:
    """Return the transfers that give tax back, and the bills as they are afterwards.

    A period that was paid already has nothing left: then the authority owes it to us.
    """
    transfers: list[Transfer] = []
    bills = []
    left: dict[AccountKey, int] = {}
    for share in shares:
        payable = accounts.tax_payable(share.authority, share.period, target.currency)
        owed = accounts.tax_refund_receivable(share.authority, share.period, target.currency)
        there = left.setdefault(payable, state.accounts[payable].available)
        part = min(share.amount_minor, there)
        left[payable] = there - part
        for source, amount in ((payable, part), (owed, share.amount_minor - part)):
            if amount:
                transfers.append(Transfer(source, target, amount, Purpose.TAX_RETURNED, ref))
        bill = state.tax_bills[share.bill_id]
        bills.append(replace(bill, returned_minor=bill.returned_minor + share.amount_minor))
    return transfers, bills


def tax_accounts(shares: Sequence[TaxShare], currency: str) -> tuple[AccountKey, ...]:
    """Return every account that giving these shares back may move."""
    return tuple(
        account
        for share in shares
        for account in (
            accounts.tax_payable(share.authority, share.period, currency),
            accounts.tax_refund_receivable(share.authority, share.period, currency),
        )
    )


def _due(command: BookTax, version: int) -> TaxDue:
    return TaxDue(
        order_id=command.order_id,
        logistics_no=command.logistics_no,
        bill_no=command.bill_no,
        authority=command.authority,
        period=command.period,
        currency=command.currency,
        amount=command.amount_minor,
        version=version,
    )


def period_end(period: str) -> tuple[int, int]:
    """Return the year and month in which a period ends: September for 2026-09 and for 2026-Q3."""
    year, part = period.split("-")
    return int(year), int(part[1:]) * 3 if part.startswith("Q") else int(part)


def due_by(period: str, now: datetime) -> datetime:
    """Return when the month after a period is over: before that its return must be paid."""
    year, month = period_end(period)
    months = year * 12 + month + 1
    return now.replace(
        year=months // 12, month=months % 12 + 1, day=1, hour=0, minute=0, second=0, microsecond=0
    )

"""A seller's money leaves: available -> in transit -> our bank, once the bank confirms.

What the seller owes in that currency is withheld first: nobody is paid who has not paid.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

from services.payments.domain import accounts
from services.payments.domain.accounts import AccountKey
from services.payments.domain.answers import payout_answer
from services.payments.domain.commands import Command, Touches
from services.payments.domain.debts import collect_debts, debt_accounts
from services.payments.domain.facts import PaidOut, PayoutReturned
from services.payments.domain.payout import Payout, PayoutState
from services.payments.domain.rejections import (
    AlreadySettled,
    OwedFirst,
    PayoutNotKnown,
    Rejection,
    not_yet,
    refuse,
)
from services.payments.domain.state import Context, Decision, State, decided
from services.payments.domain.transfers import Purpose, Transfer


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPayout(Command):
    """Send a seller's available money to its bank account."""

    NAME: ClassVar[str] = "request-payout"
    ABOUT: ClassVar[str] = "payout_id"

    payout_id: str
    seller_id: str
    currency: str
    amount_minor: int
    beneficiary: str

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return (
            accounts.seller_available(self.seller_id, self.currency),
            accounts.transit(self.payout_id, self.currency),
            *debt_accounts(self.seller_id, self.currency),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlePayout(Command):
    """The bank's answer: sent under `bank_reference`, or returned for `return_reason`."""

    NAME: ClassVar[str] = "settle-payout"
    ABOUT: ClassVar[str] = "payout_id"

    payout_id: str
    seller_id: str
    currency: str
    bank_account: str
    bank_reference: str = ""
    return_reason: str = ""

    def touches(self) -> Touches:
        return Touches(payouts=(self.payout_id,))

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return (
            accounts.transit(self.payout_id, self.currency),
            accounts.bank(self.bank_account, self.currency),
            accounts.seller_available(self.seller_id, self.currency),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReversePayout(Command):
    """A payout that the bank had confirmed is in our account after all."""

    NAME: ClassVar[str] = "reverse-payout"
    ABOUT: ClassVar[str] = "payout_id"

    payout_id: str
    seller_id: str
    currency: str
    bank_account: str
    return_reason: str

    def touches(self) -> Touches:
        return Touches(payouts=(self.payout_id,))

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return (
            accounts.bank(self.bank_account, self.currency),
            accounts.seller_available(self.seller_id, self.currency),
        )


def request_payout(state: State, command: RequestPayout, context: Context) -> Decision | Rejection:
    available, transit, *_ = command.accounts(context.hub)
    debts = collect_debts(state, command.seller_id, command.currency, out_of=command.amount_minor)
    withheld = sum(debt.amount for debt in debts)
    if withheld == command.amount_minor:
        return refuse(OwedFirst, "the seller owes at least as much", field="amount")
    payout = Payout(
        id=command.payout_id,
        seller_id=command.seller_id,
        currency=command.currency,
        amount_minor=command.amount_minor - withheld,
        withheld_minor=withheld,
        beneficiary=command.beneficiary,
        state=PayoutState.REQUESTED,
        requested_at=context.now,
    )
    return decided(
        state,
        (*debts, Transfer(available, transit, payout.amount_minor, Purpose.PAYOUT, payout.id)),
        answer=payout_answer(payout),
        changed=(payout,),
    )


def settle_payout(state: State, command: SettlePayout, context: Context) -> Decision | Rejection:
    payout = state.payouts.get(command.payout_id)
    if payout is None:
        return not_yet(PayoutNotKnown, "there is no such payout", field="payout_id")
    if payout.state is not PayoutState.REQUESTED:
        return refuse(AlreadySettled, f"the payout is {payout.state}", payout_id=payout.id)
    transit, bank, _ = command.accounts(context.hub)
    if command.return_reason:
        return _returned(state, command, context, payout)
    sent = replace(
        payout,
        state=PayoutState.SENT,
        settled_at=context.now,
        bank_reference=command.bank_reference,
    )
    fact = PaidOut(
        payout_id=payout.id,
        seller_id=payout.seller_id,
        currency=payout.currency,
        amount=payout.amount_minor,
        bank_reference=command.bank_reference,
        sent_at=context.now,
    )
    return decided(
        state,
        (Transfer(transit, bank, payout.amount_minor, Purpose.PAYOUT_SENT, payout.id),),
        answer=payout_answer(sent),
        changed=(sent,),
        facts=(fact,),
    )


def reverse_payout(state: State, command: ReversePayout, context: Context) -> Decision | Rejection:
    payout = state.payouts.get(command.payout_id)
    if payout is None:
        return not_yet(PayoutNotKnown, "there is no such payout", field="payout_id")
    if payout.state is not PayoutState.SENT:
        return refuse(AlreadySettled, f"the payout is {payout.state}", payout_id=payout.id)
    bank, available = command.accounts(context.hub)
    back = Transfer(bank, available, payout.amount_minor, Purpose.PAYOUT_REVERSED, payout.id)
    return _come_back(state, context, payout, back, reason=command.return_reason)


def _returned(
    state: State, command: SettlePayout, context: Context, payout: Payout
) -> Decision | Rejection:
    transit, _, available = command.accounts(context.hub)
    back = Transfer(transit, available, payout.amount_minor, Purpose.PAYOUT_RETURNED, payout.id)
    return _come_back(state, context, payout, back, reason=command.return_reason)


def _come_back(
    state: State, context: Context, payout: Payout, back: Transfer, *, reason: str
) -> Decision | Rejection:
    returned = replace(
        payout, state=PayoutState.RETURNED, settled_at=context.now, return_reason=reason
    )
    fact = PayoutReturned(
        payout_id=payout.id,
        seller_id=payout.seller_id,
        currency=payout.currency,
        amount=payout.amount_minor,
        reason=reason,
    )
    return decided(
        state,
        (back,),
        answer=payout_answer(returned),
        changed=(returned,),
        facts=(fact,),
    )

"""Advances to sellers: what an order may be financed for, paying out, taking back, setting aside.

No order is financed twice: `financeable:{order}` is credited once, when its buyer's money is in
escrow, and every advance draws on it. What a seller owes in all is `exposure:{seller}`, locked with
each payout of an advance, so two hundred requests at one moment can't pass the limit together.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from services.payments.domain import accounts
from services.payments.domain.accounts import AccountKey, account_key
from services.payments.domain.advance import (
    TERM,
    Advance,
    AdvanceState,
    Pledge,
    expected_loss,
)
from services.payments.domain.commands import Command, Touches
from services.payments.domain.facts import Disbursed
from services.payments.domain.finance_answers import advance_answer
from services.payments.domain.rejections import (
    AdvanceNotKnown,
    AdvanceStateWrong,
    AlreadyFinanced,
    CapExceeded,
    QuoteExpired,
    Rejection,
    not_yet,
    refuse,
)
from services.payments.domain.state import Context, Decision, State, decided
from services.payments.domain.transfers import Purpose, Transfer


def financeable(order_id: str, currency: str) -> AccountKey:
    return accounts.of_one("financeable", order_id, currency)


def exposure(seller_id: str, currency: str) -> AccountKey:
    return accounts.of_one("exposure", seller_id, currency)


def advance_account(advance_id: str, currency: str) -> AccountKey:
    return accounts.of_one("advance", advance_id, currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustPledge(Command):
    """An order's escrow grew or shrank at its buyer's hub; so does what may be financed on it."""

    NAME: ClassVar[str] = "adjust-pledge"
    ABOUT: ClassVar[str] = "order_id"

    order_id: str
    currency: str
    change_minor: int

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return (financeable(self.order_id, self.currency), accounts.caps_issued(self.currency))


@dataclass(frozen=True, slots=True, kw_only=True)
class DisburseAdvance(Command):
    """Accept an offer: the seller has the money at once."""

    NAME: ClassVar[str] = "disburse-advance"
    ABOUT: ClassVar[str] = "advance_id"

    advance_id: str
    seller_id: str
    currency: str
    collateral_currency: str
    pledges: tuple[Pledge, ...]

    def touches(self) -> Touches:
        return Touches(advances=(self.advance_id,))

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return (
            advance_account(self.advance_id, self.currency),
            accounts.seller_available(self.seller_id, self.currency),
            accounts.fees(self.currency),
            exposure(self.seller_id, self.currency),
            accounts.caps_issued(self.currency),
            accounts.caps_issued(self.collateral_currency),
            *(financeable(pledge.order_id, self.collateral_currency) for pledge in self.pledges),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EaseAdvance(Command):
    """Hardship: take only a share of what arrives, until a day."""

    NAME: ClassVar[str] = "ease-advance"
    ABOUT: ClassVar[str] = "advance_id"

    advance_id: str
    until: datetime

    def touches(self) -> Touches:
        return Touches(advances=(self.advance_id,))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionAdvance(Command):
    """Set aside what is expected to be lost, more or less than before."""

    NAME: ClassVar[str] = "provision-advance"
    ABOUT: ClassVar[str] = "advance_id"

    advance_id: str
    currency: str

    def touches(self) -> Touches:
        return Touches(advances=(self.advance_id,))

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return (
            account_key("credit_loss", self.currency),
            accounts.of_one("provision", self.advance_id, self.currency),
        )


def adjust_pledge(state: State, command: AdjustPledge, context: Context) -> Decision | Rejection:
    cap, issued = command.accounts(context.hub)
    change = command.change_minor
    if change < 0:
        # What was financed already can't be taken off again: it is owed.
        change = -min(-change, state.accounts[cap].available)
    source, target = (issued, cap) if change > 0 else (cap, issued)
    moved = Transfer(source, target, abs(change), Purpose.FINANCE_CAP, command.order_id)
    answer = {"order_id": command.order_id, "change_minor": change}
    return decided(state, (moved,) if change else (), answer=answer)


def disburse_advance(
    state: State, command: DisburseAdvance, context: Context
) -> Decision | Rejection:
    advance = state.advances.get(command.advance_id)
    if advance is None:
        return not_yet(AdvanceNotKnown, "there is no such advance", field="advance_id")
    if advance.state is not AdvanceState.OFFERED:
        return refuse(AdvanceStateWrong, f"the advance is {advance.state}", state=advance.state)
    if context.now >= advance.expires_at:
        return refuse(QuoteExpired, "the offer has expired", expired_at=str(advance.expires_at))
    loan, available, fees, used, issued, pledged_issued, *caps = command.accounts(context.hub)
    for pledge, cap in zip(command.pledges, caps, strict=True):
        if state.accounts[cap].available < pledge.minor:
            return refuse(AlreadyFinanced, "an order is financed already", order_id=pledge.order_id)
    owed = advance.principal_minor + advance.fee_minor
    if state.accounts[used].balance + owed > advance.limit_minor:
        return refuse(CapExceeded, "the seller's advances would pass its limit", field="limit")
    ref = advance.id
    transfers = [
        Transfer(cap, pledged_issued, pledge.minor, Purpose.FINANCE_CAP, ref)
        for pledge, cap in zip(command.pledges, caps, strict=True)
    ]
    transfers += [
        Transfer(issued, used, owed, Purpose.FINANCE_CAP, ref),
        Transfer(loan, available, advance.principal_minor, Purpose.ADVANCE, ref),
        Transfer(loan, fees, advance.fee_minor, Purpose.ADVANCE_FEE, ref),
    ]
    paid = replace(
        advance,
        state=AdvanceState.DISBURSED,
        disbursed_at=context.now,
        due_at=context.now + TERM,
    )
    fact = Disbursed(
        advance_id=paid.id,
        seller_id=paid.seller_id,
        currency=paid.currency,
        amount=paid.principal_minor,
        fee=paid.fee_minor,
        at=context.now,
    )
    return decided(state, transfers, answer=advance_answer(paid), changed=(paid,), facts=(fact,))


def ease_advance(state: State, command: EaseAdvance, context: Context) -> Decision | Rejection:
    advance = _open(state, command.advance_id)
    if isinstance(advance, Rejection):
        return advance
    eased = replace(advance, eased_until=command.until)
    return decided(state, (), answer=advance_answer(eased), changed=(eased,))


def provision_advance(
    state: State, command: ProvisionAdvance, context: Context
) -> Decision | Rejection:
    advance = state.advances.get(command.advance_id)
    if advance is None or advance.due_at is None:
        return not_yet(AdvanceNotKnown, "there is no such advance", field="advance_id")
    loss, provision = command.accounts(context.hub)
    target = expected_loss(advance, context.now)
    change = target - state.accounts[provision].balance
    source, kept = (loss, provision) if change > 0 else (provision, loss)
    moved = Transfer(source, kept, abs(change), Purpose.PROVISION, advance.id)
    return decided(
        state,
        (moved,) if change else (),
        answer={"advance_id": advance.id, "provision_minor": target},
        changed=(replace(advance, provision_minor=target),),
    )


def _open(state: State, advance_id: str) -> Advance | Rejection:
    advance = state.advances.get(advance_id)
    if advance is None:
        return not_yet(AdvanceNotKnown, "there is no such advance", field="advance_id")
    if advance.state is not AdvanceState.DISBURSED:
        return refuse(AdvanceStateWrong, f"the advance is {advance.state}", state=advance.state)
    return advance

"""The money of rebates and drawbacks: claimed before its day, paid to the seller, clawed back."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar

from services.payments.domain import accounts
from services.payments.domain.accounts import AccountKey
from services.payments.domain.answers import Answer, moment, money
from services.payments.domain.commands import LOOKED_UP, Command, Touches
from services.payments.domain.facts import RebateMoved, RebateStep
from services.payments.domain.finance import financeable
from services.payments.domain.proceeds import Seller, charge_seller
from services.payments.domain.rebate import RebateCase, RebateState
from services.payments.domain.rejections import (
    ClaimTooLate,
    RebateNotKnown,
    RebateStateWrong,
    RefundExceedsCapture,
    Rejection,
    not_yet,
    refuse,
)
from services.payments.domain.repayment import repay, repayment_accounts
from services.payments.domain.state import Context, Decision, State, decided
from services.payments.domain.transfers import Purpose, Transfer


@dataclass(frozen=True, slots=True, kw_only=True)
class _RebateCommand(Command):
    """What every command about a rebate case names."""

    ABOUT: ClassVar[str] = "case_id"

    case_id: str
    seller_id: str
    currency: str

    def touches(self) -> Touches:
        return Touches(rebates=(self.case_id,))


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRebate(_RebateCommand):
    """Customs says that the evidence is complete."""

    NAME: ClassVar[str] = "open-rebate"

    scheme: str
    order_id: str
    declaration_id: str
    amount_minor: int
    evidence: tuple[str, ...]
    claim_by: datetime

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return _caps(self.case_id, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRebate(_RebateCommand):
    """Claim all that the evidence carries; from then on it may be financed."""

    NAME: ClassVar[str] = "claim-rebate"

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return _caps(self.case_id, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleClaim(_RebateCommand):
    """The authority's answer: paid into our bank account, or refused."""

    NAME: ClassVar[str] = "settle-claim"

    bank_account: str
    is_refused: bool = False
    advances: tuple[str, ...] = field(default=(), metadata=LOOKED_UP)

    def touches(self) -> Touches:
        return Touches(rebates=(self.case_id,), advances=self.advances)

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return (
            *_caps(self.case_id, self.currency),
            accounts.bank(self.bank_account, self.currency),
            accounts.seller_available(self.seller_id, self.currency),
            *repayment_accounts(self.seller_id, self.currency, self.advances),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClawBackRebate(_RebateCommand):
    """Goods came back: so much of the rebate must be repaid, by the seller."""

    NAME: ClassVar[str] = "claw-back-rebate"

    amount_minor: int

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return (
            *_caps(self.case_id, self.currency),
            accounts.of_one("rebate_clawback", self.case_id, self.currency),
            *Seller(self.seller_id, hub).accounts(hub, self.currency),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RepayRebate(_RebateCommand):
    """Send to the authority what was clawed back: goods re-enter free only after that."""

    NAME: ClassVar[str] = "repay-rebate"

    bank_account: str

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return (
            accounts.of_one("rebate_clawback", self.case_id, self.currency),
            accounts.bank(self.bank_account, self.currency),
        )


def _caps(case_id: str, currency: str) -> tuple[AccountKey, ...]:
    return (
        accounts.of_one("claimable", case_id, currency),
        accounts.caps_issued(currency),
        financeable(case_id, currency),
    )


def open_rebate(state: State, command: OpenRebate, context: Context) -> Decision | Rejection:
    if command.case_id in state.rebates:
        return refuse(RebateStateWrong, "the case is known already", case_id=command.case_id)
    claimable, issued, _ = command.accounts(context.hub)
    case = RebateCase(
        id=command.case_id,
        scheme=command.scheme,
        seller_id=command.seller_id,
        order_id=command.order_id,
        declaration_id=command.declaration_id,
        currency=command.currency,
        amount_minor=command.amount_minor,
        evidence=command.evidence,
        claim_by=command.claim_by,
        state=RebateState.ELIGIBLE,
        evidenced_at=context.now,
    )
    credited = Transfer(issued, claimable, case.amount_minor, Purpose.FINANCE_CAP, case.id)
    return decided(state, (credited,), answer=rebate_answer(case), changed=(case,))


def claim_rebate(state: State, command: ClaimRebate, context: Context) -> Decision | Rejection:
    case = _in(state, command, RebateState.ELIGIBLE)
    if isinstance(case, Rejection):
        return case
    if context.now > case.claim_by:
        return refuse(ClaimTooLate, "the claim's last day is over", claim_by=str(case.claim_by))
    claimable, issued, cap = command.accounts(context.hub)
    amount = state.accounts[claimable].available
    if amount == 0:
        return refuse(RebateStateWrong, "nothing is left to claim", case_id=case.id)
    claimed = replace(case, state=RebateState.CLAIMED, claimed_at=context.now)
    transfers = (
        Transfer(claimable, issued, amount, Purpose.REBATE_CLAIMED, case.id),
        Transfer(issued, cap, amount, Purpose.FINANCE_CAP, case.id),
    )
    return decided(
        state,
        transfers,
        answer=rebate_answer(claimed),
        changed=(claimed,),
        facts=(_moved(claimed, RebateStep.CLAIMED, amount, context.now),),
    )


def settle_claim(state: State, command: SettleClaim, context: Context) -> Decision | Rejection:
    case = _in(state, command, RebateState.CLAIMED)
    if isinstance(case, Rejection):
        return case
    _, issued, cap, bank, available, *_ = command.accounts(context.hub)
    transfers = []
    left = state.accounts[cap].available
    if left:
        transfers.append(Transfer(cap, issued, left, Purpose.FINANCE_CAP, case.id))
    if command.is_refused or case.left_minor == 0:
        refused = replace(case, state=RebateState.REFUSED)
        return decided(state, transfers, answer=rebate_answer(refused), changed=(refused,))
    amount = case.left_minor
    transfers.append(Transfer(bank, available, amount, Purpose.REBATE_PAID, case.id))
    repaid = repay(
        state,
        context,
        seller_id=case.seller_id,
        currency=case.currency,
        advances=command.advances,
        out_of=amount,
    )
    paid = replace(case, state=RebateState.PAID, paid_at=context.now)
    return decided(
        state,
        [*transfers, *repaid.transfers],
        answer=rebate_answer(paid),
        changed=(paid, *repaid.changed),
        facts=(_moved(paid, RebateStep.PAID, amount, context.now), *repaid.facts),
    )


def claw_back_rebate(
    state: State, command: ClawBackRebate, context: Context
) -> Decision | Rejection:
    case = state.rebates.get(command.case_id)
    if case is None:
        return not_yet(RebateNotKnown, "there is no such case", field="case_id")
    if command.amount_minor > case.left_minor:
        return refuse(
            RefundExceedsCapture, "more is clawed back than was given", field="amount_minor"
        )
    claimable, issued, cap, clawback, *_ = command.accounts(context.hub)
    after = replace(case, clawed_back_minor=case.clawed_back_minor + command.amount_minor)
    ref = case.id
    transfers: list[Transfer] = []
    if case.state is RebateState.PAID:
        seller = Seller(case.seller_id, context.hub)
        transfers = charge_seller(
            state, seller, context.hub, target=clawback, amount=command.amount_minor, ref=ref
        )
    else:
        # Not paid yet: less is claimed or will be paid, and nobody owes anything.
        after = replace(after, repaid_minor=after.clawed_back_minor)
        for account in (claimable, cap):
            amount = min(command.amount_minor, state.accounts[account].available)
            if amount:
                transfers.append(Transfer(account, issued, amount, Purpose.REBATE_CLAWBACK, ref))
    return decided(state, transfers, answer=rebate_answer(after), changed=(after,))


def repay_rebate(state: State, command: RepayRebate, context: Context) -> Decision | Rejection:
    case = _in(state, command, RebateState.PAID)
    if isinstance(case, Rejection):
        return case
    clawback, bank = command.accounts(context.hub)
    amount = state.accounts[clawback].available
    if amount == 0:
        return refuse(RebateStateWrong, "nothing is owed back", case_id=case.id)
    after = replace(case, repaid_minor=case.repaid_minor + amount)
    return decided(
        state,
        (Transfer(clawback, bank, amount, Purpose.REBATE_REPAID, case.id),),
        answer=rebate_answer(after),
        changed=(after,),
        facts=(_moved(after, RebateStep.REPAID, amount, context.now),),
    )


def rebate_answer(case: RebateCase) -> Answer:
    return {
        "case_id": case.id,
        "scheme": case.scheme,
        "seller_id": case.seller_id,
        "order_id": case.order_id or None,
        "declaration_id": case.declaration_id,
        "amount": money(case.amount_minor, case.currency),
        "clawed_back": money(case.clawed_back_minor, case.currency),
        "owed_back": money(case.owed_back_minor, case.currency),
        "evidence": list(case.evidence),
        "state": case.state.value,
        "claim_by": case.claim_by.isoformat(),
        "claimed_at": moment(case.claimed_at),
        "paid_at": moment(case.paid_at),
    }


def _in(state: State, command: Any, wanted: RebateState) -> RebateCase | Rejection:
    case = state.rebates.get(command.case_id)
    if case is None:
        return not_yet(RebateNotKnown, "there is no such case", field="case_id")
    if case.state is not wanted:
        return refuse(RebateStateWrong, f"the case is {case.state}", case_id=case.id)
    return case


def _moved(case: RebateCase, step: RebateStep, amount: int, now: datetime) -> RebateMoved:
    return RebateMoved(
        step=step,
        case_id=case.id,
        seller_id=case.seller_id,
        currency=case.currency,
        amount=amount,
        at=now,
    )

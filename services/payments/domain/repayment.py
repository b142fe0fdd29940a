"""Taking an advance back out of money that arrives for its seller, in the advance's currency."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from services.payments.domain import accounts
from services.payments.domain.accounts import AccountKey
from services.payments.domain.advance import HARDSHIP_SHARE_BP, Advance, AdvanceState
from services.payments.domain.facts import Fact, Repaid
from services.payments.domain.finance import advance_account, exposure
from services.payments.domain.state import Context, State
from services.payments.domain.transfers import Purpose, Transfer


class Repayment(NamedTuple):
    """What repaying does beside the arrival itself."""

    transfers: Sequence[Transfer] = ()
    changed: Sequence[Advance] = ()
    facts: Sequence[Fact] = ()

    @property
    def amount(self) -> int:
        return sum(t.amount for t in self.transfers if t.purpose is Purpose.ADVANCE_REPAID)


def repayment_accounts(
    seller_id: str, currency: str, advances: Sequence[str]
) -> tuple[AccountKey, ...]:
    """Return every account that repaying these advances may move, beside the seller's money."""
    if not advances:
        return ()
    loans = (advance_account(each, currency) for each in advances)
    return (exposure(seller_id, currency), accounts.caps_issued(currency), *loans)


def repay(
    state: State,
    context: Context,
    *,
    seller_id: str,
    currency: str,
    advances: Sequence[str],
    out_of: int,
) -> Repayment:
    """Repay the oldest advance first, out of what has just arrived for the seller."""
    available = accounts.seller_available(seller_id, currency)
    transfers: list[Transfer] = []
    changed = []
    facts: list[Fact] = []
    left = out_of
    for advance in (state.advances.get(each) for each in advances):
        if advance is None or advance.state is not AdvanceState.DISBURSED:
            continue
        amount = min(left, advance.owed_minor)
        if advance.eased_until is not None and context.now < advance.eased_until:
            amount = min(amount, out_of * HARDSHIP_SHARE_BP // 10_000)
        if amount <= 0:
            continue
        left -= amount
        loan = advance_account(advance.id, currency)
        cap = (exposure(seller_id, currency), accounts.caps_issued(currency))
        transfers += [
            Transfer(available, loan, amount, Purpose.ADVANCE_REPAID, advance.id),
            Transfer(*cap, amount, Purpose.FINANCE_CAP, advance.id),
        ]
        after = replace(advance, repaid_minor=advance.repaid_minor + amount)
        if after.owed_minor == 0:
            after = replace(after, state=AdvanceState.REPAID)
        changed.append(after)
        facts.append(
            Repaid(
                advance_id=advance.id,
                seller_id=seller_id,
                currency=currency,
                amount=amount,
                left=after.owed_minor,
                at=context.now,
            )
        )
    return Repayment(transfers, changed, facts)

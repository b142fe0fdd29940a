"""Taking a quote: four accounts, and spread and fee each a transfer of their own.

Both currencies sum to zero by themselves: `fx_position` is the hub's open position in each.
"""

from dataclasses import dataclass, field, replace
from typing import ClassVar

from services.payments.domain import accounts
from services.payments.domain.accounts import AccountKey
from services.payments.domain.answers import quote_answer
from services.payments.domain.commands import LOOKED_UP, Command, Touches
from services.payments.domain.facts import Exchanged
from services.payments.domain.quote import QuoteState
from services.payments.domain.rejections import (
    PositionLimit,
    QuoteExpired,
    QuoteNotKnown,
    QuoteUsed,
    Rejection,
    not_yet,
    refuse,
)
from services.payments.domain.repayment import repay, repayment_accounts
from services.payments.domain.state import Context, Decision, State, decided
from services.payments.domain.transfers import Purpose, Transfer


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeQuote(Command):
    """Exchange a seller's available money at a locked quote."""

    NAME: ClassVar[str] = "take-quote"
    ABOUT: ClassVar[str] = "quote_id"

    quote_id: str
    seller_id: str
    source_currency: str
    target_currency: str
    advances: tuple[str, ...] = field(default=(), metadata=LOOKED_UP)
    """The seller's open advances in the target currency: repaid out of what arrives."""

    def touches(self) -> Touches:
        return Touches(quotes=(self.quote_id,), advances=self.advances)

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return (
            accounts.seller_available(self.seller_id, self.source_currency),
            accounts.fx_position(self.source_currency),
            accounts.fx_position(self.target_currency),
            accounts.seller_available(self.seller_id, self.target_currency),
            accounts.fx_spread(self.target_currency),
            accounts.fees(self.target_currency),
            *repayment_accounts(self.seller_id, self.target_currency, self.advances),
        )


def take_quote(state: State, command: TakeQuote, context: Context) -> Decision | Rejection:
    """Consume an open quote; one second too late is too late."""
    quote = state.quotes.get(command.quote_id)
    if quote is None:
        return not_yet(QuoteNotKnown, "there is no such quote", field="quote_id")
    if quote.state is QuoteState.TAKEN:
        return refuse(QuoteUsed, "the quote was taken before", quote_id=quote.id)
    if quote.state is QuoteState.EXPIRED or context.now >= quote.expires_at:
        return refuse(
            QuoteExpired, "the quote has expired", expired_at=quote.expires_at.isoformat()
        )
    source, position_in, position_out, target, spread, fee, *_ = command.accounts(context.hub)
    amounts = quote.amounts
    transfers = [
        Transfer(source, position_in, amounts.source, Purpose.EXCHANGE_SOURCE, quote.id),
        Transfer(position_out, target, amounts.at_mid, Purpose.EXCHANGE_TARGET, quote.id),
    ]
    if amounts.at_mid > amounts.target:
        earned = amounts.at_mid - amounts.target
        transfers.append(Transfer(target, spread, earned, Purpose.EXCHANGE_SPREAD, quote.id))
    transfers.append(Transfer(target, fee, amounts.fee, Purpose.EXCHANGE_FEE, quote.id))
    if _over_limit(state, context, position_in, amounts.source):
        return refuse(PositionLimit, "the hub holds too much of it", currency=position_in.currency)
    if _over_limit(state, context, position_out, -amounts.at_mid):
        return refuse(PositionLimit, "the hub owes too much of it", currency=position_out.currency)
    repaid = repay(
        state,
        context,
        seller_id=quote.seller_id,
        currency=quote.target_currency,
        advances=command.advances,
        out_of=amounts.net,
    )
    taken = replace(quote, state=QuoteState.TAKEN)
    fact = Exchanged(
        quote_id=quote.id,
        seller_id=quote.seller_id,
        source_currency=quote.source_currency,
        source=amounts.source,
        target_currency=quote.target_currency,
        target=amounts.target,
        fee=amounts.fee,
        rate=quote.rate,
        provider=quote.provider,
    )
    return decided(
        state,
        [*transfers, *repaid.transfers],
        answer=quote_answer(taken),
        changed=(taken, *repaid.changed),
        facts=(fact, *repaid.facts),
    )


def _over_limit(state: State, context: Context, position: AccountKey, change: int) -> bool:
    """Say whether a change takes the open position of a currency further out than it may go.

    The account is locked with the command, so quotes taken at one moment can't pass it together.
    """
    limit = context.rules.position_limits.get(position.currency)
    before = state.accounts[position].balance
    after = before + change
    return limit is not None and abs(after) > limit and abs(after) > abs(before)

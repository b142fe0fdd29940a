"""What the ledger decided, in the words that other services and hubs read."""

from typing import NamedTuple

from services.payments.domain.facts import (
    Captured,
    Disbursed,
    Exchanged,
    Fact,
    PaidOut,
    PayoutReturned,
    RebateMoved,
    RebateStep,
    Reclaimed,
    Refunded,
    Released,
    Repaid,
    TaxDue,
    TaxRemitted,
    WindowPaid,
)
from services.payments.store.tx import PaymentsTx
from shared.contracts.event import Event, MoneyWords
from shared.contracts.payments import events


class Said(NamedTuple):
    """An event, the aggregate it is about, the hubs that may hear it, and its place in line."""

    event: Event
    key: str
    audience: tuple[str, ...] = ()
    sequence: int = 1


async def say(tx: PaymentsTx, fact: Fact) -> None:
    """Emit the event that tells this fact."""
    if isinstance(fact, Released | Reclaimed):
        fact = await _numbered(tx, fact)
    said = words_for(fact)
    await tx.emit(said.event, key=said.key, audience=said.audience, sequence=said.sequence)


async def _numbered(tx: PaymentsTx, fact: Released | Reclaimed) -> Released | Reclaimed:
    """Give what a peer hub is owed, or must give back, the next number of our obligations to it.

    The peer's account is locked with the command, so numbers have no gaps and no doubles.
    """
    peer = fact.creditor_hub if isinstance(fact, Released) else fact.debtor_hub
    if peer == tx.hub or fact.amount == 0:
        return fact
    no = await tx.windows.number(
        tx.hub,
        peer,
        fact.currency,
        transfer_id=fact.transfer_id,
        order_id=fact.order_id,
        order_no=fact.order_no,
        seller_id=fact.seller_id,
        amount_minor=fact.amount if isinstance(fact, Released) else -fact.amount,
    )
    return fact._replace(obligation_no=no)


def words_for(fact: Fact) -> Said:
    """Return the event that tells a fact; an order's money events are numbered in one line."""
    match fact:
        case Captured():
            return Said(_captured(fact), fact.order_id, (fact.seller_hub,), fact.version)
        case Refunded():
            return Said(_refunded(fact), fact.order_id, (fact.seller_hub,), fact.version)
        case Released():
            return Said(_released(fact), fact.order_id, (fact.creditor_hub,), fact.version)
        case Reclaimed():
            return Said(_reclaimed(fact), fact.order_id, (fact.debtor_hub,), fact.version)
        case Exchanged():
            return Said(_exchanged(fact), fact.quote_id)
        case PaidOut():
            return Said(_paid_out(fact), fact.payout_id)
        case PayoutReturned():
            return Said(_payout_returned(fact), fact.payout_id)
        case TaxDue():
            return Said(_tax_due(fact), fact.order_id, (), fact.version)
        case TaxRemitted():
            return Said(_tax_remitted(fact), fact.return_id)
        case Disbursed():
            return Said(_disbursed(fact), fact.advance_id)
        case WindowPaid():
            return Said(_window_settled(fact), fact.window_id, (fact.creditor,))
        case RebateMoved():
            return Said(_rebate(fact), fact.case_id)
        case Repaid():
            return Said(_repaid(fact), fact.advance_id)


def _captured(fact: Captured) -> Event:
    return events.PaymentCaptured(
        payment_id=fact.payment_id,
        pay_transaction_id=fact.pay_transaction_id,
        order_id=fact.order_id,
        order_no=fact.order_no,
        amount=_money(fact.amount, fact.currency),
        payer_id_number=fact.payer_id_number,
        payer_name=fact.payer_name,
        captured_at=fact.captured_at,
    )


def _refunded(fact: Refunded) -> Event:
    return events.PaymentRefunded(
        payment_id=fact.payment_id,
        order_id=fact.order_id,
        order_no=fact.order_no,
        amount=_money(fact.amount, fact.currency),
        reason=fact.reason,
        return_id=fact.return_id or None,
    )


def _released(fact: Released) -> Event:
    return events.ProceedsReleased(
        order_id=fact.order_id,
        order_no=fact.order_no,
        seller_id=fact.seller_id,
        creditor_hub=fact.creditor_hub,
        amount=_money(fact.amount, fact.currency),
        commission=_money(fact.commission, fact.currency),
        tax=_money(fact.tax, fact.currency),
        transfer_id=fact.transfer_id,
        obligation_no=fact.obligation_no,
        lines=fact.lines or None,
    )


def _reclaimed(fact: Reclaimed) -> Event:
    return events.ProceedsReclaimed(
        order_id=fact.order_id,
        order_no=fact.order_no,
        seller_id=fact.seller_id,
        debtor_hub=fact.debtor_hub,
        amount=_money(fact.amount, fact.currency),
        reason=fact.reason,
        transfer_id=fact.transfer_id,
        obligation_no=fact.obligation_no,
    )


def _exchanged(fact: Exchanged) -> Event:
    return events.QuoteTaken(
        quote_id=fact.quote_id,
        seller_id=fact.seller_id,
        source=_money(fact.source, fact.source_currency),
        target=_money(fact.target, fact.target_currency),
        fee=_money(fact.fee, fact.target_currency),
        rate=fact.rate,
        provider=fact.provider,
    )


def _paid_out(fact: PaidOut) -> Event:
    return events.PayoutSent(
        payout_id=fact.payout_id,
        seller_id=fact.seller_id,
        amount=_money(fact.amount, fact.currency),
        bank_reference=fact.bank_reference,
        sent_at=fact.sent_at,
    )


def _payout_returned(fact: PayoutReturned) -> Event:
    return events.PayoutReturned(
        payout_id=fact.payout_id,
        seller_id=fact.seller_id,
        amount=_money(fact.amount, fact.currency),
        reason=fact.reason,
    )


def _tax_due(fact: TaxDue) -> Event:
    return events.TaxDue(
        order_id=fact.order_id,
        logistics_no=fact.logistics_no,
        bill_no=fact.bill_no,
        authority=fact.authority,
        period=fact.period,
        amount=_money(fact.amount, fact.currency),
    )


def _tax_remitted(fact: TaxRemitted) -> Event:
    return events.TaxRemitted(
        return_id=fact.return_id,
        authority=fact.authority,
        period=fact.period,
        amount=_money(fact.amount, fact.currency),
        remitted_at=fact.remitted_at,
    )


def _disbursed(fact: Disbursed) -> Event:
    return events.AdvanceDisbursed(
        advance_id=fact.advance_id,
        seller_id=fact.seller_id,
        amount=_money(fact.amount, fact.currency),
        fee=_money(fact.fee, fact.currency),
        at=fact.at,
    )


def _repaid(fact: Repaid) -> Event:
    return events.AdvanceRepaid(
        advance_id=fact.advance_id,
        seller_id=fact.seller_id,
        amount=_money(fact.amount, fact.currency),
        left=_money(fact.left, fact.currency),
        at=fact.at,
    )


def _window_settled(fact: WindowPaid) -> Event:
    return events.WindowSettled(
        window_id=fact.window_id,
        debtor=fact.debtor,
        creditor=fact.creditor,
        window_no=fact.window_no,
        net=_money(fact.net, fact.currency),
        sheet_sha256=fact.sheet_sha256,
        settled_at=fact.settled_at,
    )


REBATES = {
    RebateStep.CLAIMED: events.RebateClaimed,
    RebateStep.PAID: events.RebatePaid,
    RebateStep.REPAID: events.RebateRepaid,
}


def _rebate(fact: RebateMoved) -> Event:
    return REBATES[fact.step](
        case_id=fact.case_id,
        seller_id=fact.seller_id,
        amount=_money(fact.amount, fact.currency),
        at=fact.at,
    )


def _money(minor: int, currency: str) -> MoneyWords:
    return MoneyWords(amount_minor=minor, currency=currency)

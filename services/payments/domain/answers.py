"""What callers are told about payments, refunds, quotes and payouts: plain values, no secrets.

These answers are kept with their commands for ever, so the payer's name and number are not in
them.
"""

from datetime import datetime
from typing import Any

from services.payments.domain.dispute import Dispute
from services.payments.domain.payment import Payment
from services.payments.domain.payout import Payout
from services.payments.domain.quote import Quote
from services.payments.domain.refund import Refund
from services.payments.domain.tax_bill import TaxBill

Answer = dict[str, Any]


def money(minor: int, currency: str) -> Answer:
    return {"amount_minor": minor, "currency": currency}


def payment_answer(payment: Payment) -> Answer:
    return {
        "id": payment.id,
        "order_id": payment.order_id,
        "order_no": payment.order_no,
        "provider": payment.provider,
        "pay_transaction_id": payment.pay_transaction_id,
        "state": payment.state.value,
        "authorised": money(payment.authorised_minor, payment.currency),
        "captured": money(payment.captured_minor, payment.currency),
        "refunded": money(payment.refunded_minor, payment.currency),
        "charged_back": money(payment.charged_back_minor, payment.currency),
        "expires_at": payment.expires_at.isoformat(),
        "captured_at": moment(payment.captured_at),
    }


def refund_answer(refund: Refund) -> Answer:
    return {
        "id": refund.id,
        "payment_id": refund.payment_id,
        "order_id": refund.order_id,
        "amount": money(refund.amount_minor, refund.currency),
        "reason": refund.reason,
        "state": refund.state.value,
        "requested_at": refund.requested_at.isoformat(),
        "confirmed_at": moment(refund.confirmed_at),
        "return_id": refund.return_id or None,
    }


def dispute_answer(dispute: Dispute) -> Answer:
    return {
        "id": dispute.id,
        "payment_id": dispute.payment_id,
        "order_id": dispute.order_id,
        "kind": dispute.kind.value,
        "amount": money(dispute.amount_minor, dispute.currency),
        "reason": dispute.reason,
        "state": dispute.state.value,
        "opened_at": dispute.opened_at.isoformat(),
        "due_at": dispute.due_at.isoformat(),
        "ended_at": moment(dispute.ended_at),
    }


def bill_answer(bill: TaxBill) -> Answer:
    return {
        "bill_no": bill.bill_no,
        "order_id": bill.order_id,
        "logistics_no": bill.logistics_no,
        "amount": money(bill.amount_minor, bill.currency),
        "returned": money(bill.returned_minor, bill.currency),
        "booked_at": bill.booked_at.isoformat(),
    }


def quote_answer(quote: Quote) -> Answer:
    amounts = quote.amounts
    return {
        "id": quote.id,
        "seller_id": quote.seller_id,
        "provider": quote.provider,
        "is_simulated": quote.is_simulated,
        "fix": quote.fix.value,
        "source": money(amounts.source, quote.source_currency),
        "target": money(amounts.target, quote.target_currency),
        "fee": money(amounts.fee, quote.target_currency),
        "net": money(amounts.net, quote.target_currency),
        "rate": quote.rate,
        "spread_bp": quote.spread_bp,
        "rounding": quote.rounding.value,
        "mids": [
            {
                "base": mid.base,
                "counter": mid.counter,
                "unit": mid.unit,
                "rate": str(mid.rate),
                "source": mid.source,
                "at": mid.at.isoformat(),
            }
            for mid in quote.legs
        ],
        "state": quote.state.value,
        "expires_at": quote.expires_at.isoformat(),
    }


def payout_answer(payout: Payout) -> Answer:
    return {
        "id": payout.id,
        "seller_id": payout.seller_id,
        "amount": money(payout.amount_minor, payout.currency),
        "beneficiary": payout.beneficiary,
        "state": payout.state.value,
        "requested_at": payout.requested_at.isoformat(),
        "settled_at": moment(payout.settled_at),
        "withheld": money(payout.withheld_minor, payout.currency),
        "bank_reference": payout.bank_reference or None,
        "return_reason": payout.return_reason or None,
    }


def moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()

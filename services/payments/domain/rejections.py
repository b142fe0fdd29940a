"""Refusals by value: the ledger says no without raising, and the no is kept like a yes.

A final rejection is stored as the command's outcome and given again for ever. One that is not
final (the thing is not known here yet) leaves nothing behind, so the same id may be tried again.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from services.payments.domain.bank_rejections import (
    CurrencyDiffers,
    LinkExceedsCapture,
    LinkExceedsReceipt,
    ReceiptNotDue,
    ReceiptNotKnown,
    ReceiptStateWrong,
)
from shared.kernel.errors import Conflict, EroadError, Forbidden, NotFound, Rejected, Unavailable


class InsufficientFunds(Rejected):
    """An account would fall below its floor."""

    code = "payments.insufficient-funds"
    help = "Look at the account's balance; move less, or wait until more has arrived."


class RefundExceedsCapture(Rejected):
    """All refunds of a payment together may not pass what was captured."""

    code = "payments.refund-exceeds-capture"
    help = "Look at the payment: `refunded` says how much went or is going back already."


class PaymentStateWrong(Conflict):
    """The payment is not in a state that allows this."""

    code = "payments.payment-state"


class PaymentNotKnown(NotFound):
    """There is no such payment, or not for this caller."""

    code = "payments.payment-not-known"


class OrderNotKnown(NotFound):
    """The order has not reached payments yet; the same request may be tried again."""

    code = "payments.order-not-known"
    help = "Orders arrive within seconds of being placed. Repeat the request as it is."


class OrderElsewhere(Rejected):
    """The buyer's hub takes the buyer's money; this is not it."""

    code = "payments.order-elsewhere"


class OrderAlreadyPaid(Conflict):
    """The order has a payment that is authorised, captured or settled."""

    code = "payments.order-already-paid"


class OrderCancelled(Conflict):
    """The order will not be carried out, so no money is taken for it."""

    code = "payments.order-cancelled"


class RefundExceedsLine(Rejected):
    """No line of an order gets more back than its share of what was paid."""

    code = "payments.refund-exceeds-line"


class OrderAlreadyReleased(Conflict):
    """The order's escrow was released before."""

    code = "payments.order-already-released"


class AmountDiffers(Rejected):
    """The payment must be the order's total, in the order's currency."""

    code = "payments.amount-differs"


class CaptureExceedsHold(Rejected):
    """No more can be captured than was authorised."""

    code = "payments.capture-exceeds-hold"


class HoldExpired(Conflict):
    """The authorisation's time is over; authorise again."""

    code = "payments.hold-expired"


class QuoteNotKnown(NotFound):
    """There is no such quote, or not for this caller."""

    code = "payments.quote-not-known"


class QuoteExpired(Conflict):
    """The quote's time is over; there is no grace. Ask for a new one."""

    code = "payments.quote-expired"
    help = "Ask for a new quote; its amounts are locked until its `expires_at`."


class QuoteUsed(Conflict):
    """A quote is taken once."""

    code = "payments.quote-used"


class RefundNotKnown(NotFound):
    """There is no such refund, or not for this caller."""

    code = "payments.refund-not-known"


class PayoutNotKnown(NotFound):
    """There is no such payout, or not for this caller."""

    code = "payments.payout-not-known"


class AlreadySettled(Conflict):
    """The refund or payout has its final answer already."""

    code = "payments.already-settled"


class AmountTooSmall(Rejected):
    """After rounding and fees nothing would be left."""

    code = "payments.amount-too-small"


class RateMissing(Rejected):
    """No source gives a rate between these currencies."""

    code = "payments.rate-missing"


class RateStale(Conflict):
    """The newest mid rate is too old to lock an amount on."""

    code = "payments.rate-stale"


class RateMoved(Conflict):
    """The mid rate moved further since the last quote than the hub allows unseen."""

    code = "payments.rate-moved"


class DisputeNotKnown(NotFound):
    """There is no such dispute, or not for this caller."""

    code = "payments.dispute-not-known"


class DisputeOpen(Conflict):
    """The order's payment is in dispute; its money waits for the ruling."""

    code = "payments.dispute-open"


class CapExceeded(Conflict):
    """The hub owes a peer, or has advanced a seller, as much as it may."""

    code = "payments.cap-exceeded"
    help = "It goes on by itself once the peer's window is settled or the advance repaid."


class OwedFirst(Conflict):
    """What the seller owes would take the whole payout."""

    code = "payments.owed-first"
    help = "Ask for more than is owed, or wait for more proceeds; the debt is taken first."


class ReserveNotDue(Conflict):
    """A seller's reserve is kept until its moment."""

    code = "payments.reserve-not-due"


class PositionLimit(Conflict):
    """The hub's open exchange position in this currency would go too far."""

    code = "payments.position-limit"


class AdvanceNotKnown(NotFound):
    """There is no such advance, or not for this caller."""

    code = "payments.advance-not-known"


class AdvanceStateWrong(Conflict):
    """The advance is not in a state that allows this."""

    code = "payments.advance-state"


class AdvanceDeclined(Rejected):
    """No advance is offered now; the reasons say what would change it."""

    code = "payments.advance-declined"
    help = "Read the reasons: each names the value that would bring more. A person may be asked."


class AlreadyFinanced(Conflict):
    """An order is financed once, and only while its money waits in escrow."""

    code = "payments.already-financed"


class RebateNotKnown(NotFound):
    """There is no such rebate case, or not for this caller."""

    code = "payments.rebate-not-known"


class RebateStateWrong(Conflict):
    """The rebate case is not in a state that allows this."""

    code = "payments.rebate-state"


class ClaimTooLate(Rejected):
    """A rebate is claimed by its last day, or never."""

    code = "payments.claim-too-late"


class WindowNotKnown(NotFound):
    """There is no such settlement window."""

    code = "payments.window-not-known"


class WindowStateWrong(Conflict):
    """The settlement window is not in a state that allows this."""

    code = "payments.window-state"


class WindowIncomplete(Conflict):
    """A leg of the window has not arrived; its sheet can't be computed yet."""

    code = "payments.window-incomplete"


class NothingToSettle(Conflict):
    """Nothing is owed to this peer since the last window."""

    code = "payments.nothing-to-settle"


class SheetForged(Forbidden):
    """A sheet is signed by one of its two hubs, with that hub's own key."""

    code = "payments.sheet-forged"


class NoSigningKey(Unavailable):
    """Settlement between hubs needs this hub's signing key."""

    code = "payments.no-signing-key"


class NothingToRemit(Conflict):
    """No tax is payable to this authority for this period."""

    code = "payments.nothing-to-remit"


class TaxReturnDiffers(Conflict):
    """The tax return and the ledger do not agree, so nothing is paid."""

    code = "payments.tax-return-differs"


class EntryMixed(Rejected):
    """A posting goes from one account to another, and never between a cap and real money."""

    code = "payments.entry-mixed"


class IdReused(Rejected):
    """The same id came before with another content."""

    code = "payments.id-reused"
    help = "Use a new Idempotency-Key for a new request."


ERRORS: Mapping[str, type[EroadError]] = {
    error.code: error
    for error in (
        InsufficientFunds,
        RefundExceedsCapture,
        RefundExceedsLine,
        PaymentStateWrong,
        PaymentNotKnown,
        OrderNotKnown,
        OrderElsewhere,
        OrderAlreadyPaid,
        OrderCancelled,
        OrderAlreadyReleased,
        AmountDiffers,
        CaptureExceedsHold,
        HoldExpired,
        QuoteNotKnown,
        QuoteExpired,
        QuoteUsed,
        RefundNotKnown,
        PayoutNotKnown,
        AlreadySettled,
        AmountTooSmall,
        RateMissing,
        RateStale,
        RateMoved,
        EntryMixed,
        IdReused,
        DisputeNotKnown,
        DisputeOpen,
        CapExceeded,
        OwedFirst,
        ReserveNotDue,
        PositionLimit,
        AdvanceNotKnown,
        AdvanceStateWrong,
        AdvanceDeclined,
        AlreadyFinanced,
        RebateNotKnown,
        RebateStateWrong,
        ClaimTooLate,
        WindowNotKnown,
        WindowStateWrong,
        NothingToRemit,
        TaxReturnDiffers,
        ReceiptNotKnown,
        ReceiptStateWrong,
        ReceiptNotDue,
        LinkExceedsReceipt,
        LinkExceedsCapture,
        CurrencyDiffers,
    )
}


class Rejection(NamedTuple):
    """One refusal, as a value that can be stored and raised later."""

    error: type[EroadError]
    message: str
    details: Mapping[str, Any]
    is_final: bool

    def raised(self) -> EroadError:
        """Return the exception that says the same."""
        return self.error(self.message, **self.details)


def refuse(error: type[EroadError], message: str, **details: Any) -> Rejection:
    """Refuse for good: the same command gets this answer for ever."""
    return Rejection(error, message, details, True)


def not_yet(error: type[EroadError], message: str, **details: Any) -> Rejection:
    """Refuse for now: nothing is kept, the same command may succeed later."""
    return Rejection(error, message, details, False)

"""Refusals about what banks say: receipts, their links, and breaks."""

from shared.kernel.errors import Conflict, NotFound, Rejected


class ReceiptNotKnown(NotFound):
    """There is no such receipt."""

    code = "payments.receipt-not-known"


class ReceiptStateWrong(Conflict):
    """The receipt was given to orders or sent back already."""

    code = "payments.receipt-state"


class ReceiptNotDue(Conflict):
    """Money nobody can explain goes back only when its time is over."""

    code = "payments.receipt-not-due"


class LinkExceedsReceipt(Rejected):
    """No more can be given to orders than was received."""

    code = "payments.link-exceeds-receipt"
    help = "Look at the receipt: `left` says how much no order has yet."


class LinkExceedsCapture(Rejected):
    """An order gets no more from receipts than was captured for it."""

    code = "payments.link-exceeds-capture"


class CurrencyDiffers(Rejected):
    """Receipt and payment must be in one currency."""

    code = "payments.currency-differs"


class BreakNotKnown(NotFound):
    """There is no such break."""

    code = "payments.break-not-known"


class BreakStateWrong(Conflict):
    """The break is explained already."""

    code = "payments.break-state"


class ResolutionUnfit(Rejected):
    """This break can't be explained like that."""

    code = "payments.resolution-unfit"
    help = (
        "bank-fee is for money the bank has less of, unexplained for money it has more of, "
        "not-sent for a payout that is not on the statement."
    )

"""Money that waits for an explanation: linked by a person, sent back by time; breaks explained."""

from services.payments.domain.accounts import is_providers
from services.payments.domain.bank_fee import BookBankFee
from services.payments.domain.bank_rejections import (
    BreakNotKnown,
    BreakStateWrong,
    ReceiptNotKnown,
    ReceiptStateWrong,
    ResolutionUnfit,
)
from services.payments.domain.matching import Reason
from services.payments.domain.outcome import Cause, Instruction
from services.payments.domain.payouts import ReversePayout
from services.payments.domain.receipt import ReceiptState
from services.payments.domain.receipts import BookReceipt, LinkReceipt, SendBackReceipt
from services.payments.domain.rejections import OrderNotKnown, PaymentNotKnown
from services.payments.domain.transfers import transfer_id
from services.payments.store.banking import AnyRow
from services.payments.store.tx import PaymentsTx
from services.payments.usecases.commit import commit, post
from services.payments.usecases.reconcile import close_break
from shared.kernel.ids import derived_id
from shared.kernel.money import CurrencyMismatch, Money

PER_PASS_MAX = 200
TIME = Cause("time", "unmatched")


async def prepare_link(
    tx: PaymentsTx, *, command_id: str, receipt_id: str, order_id: str, amount: Money
) -> LinkReceipt:
    """Return the link of a receipt to the captured payment of an order."""
    receipt = await tx.banking.find_receipt(receipt_id)
    if receipt is None:
        raise ReceiptNotKnown("there is no such receipt", field="receipt_id")
    if is_providers(receipt.account):
        raise ReceiptStateWrong("the provider holds it; it has not come to us", field="receipt_id")
    order = await tx.orders.find(order_id)
    if order is None:
        raise OrderNotKnown("the order is not known here", field="order_id")
    payment = None if not order.payment_id else await tx.payments.find(order.payment_id)
    if payment is None:
        raise PaymentNotKnown("nobody paid for this order", field="order_id")
    if amount.currency != receipt.currency:
        raise CurrencyMismatch(f"the receipt is in {receipt.currency}", field="amount.currency")
    return LinkReceipt(
        id=command_id,
        receipt_id=receipt.id,
        account=receipt.account,
        currency=receipt.currency,
        order_id=order.id,
        payment_id=payment.id,
        provider=payment.provider,
        amount_minor=amount.minor,
    )


async def send_back_unmatched(tx: PaymentsTx) -> None:
    """Send back what nobody explained in time."""
    due = await tx.banking.receipts(state=ReceiptState.WAITING, due=tx.now, limit=PER_PASS_MAX)
    instructions = [
        Instruction(
            SendBackReceipt(
                id=derived_id("cmd", tx.hub, SendBackReceipt.NAME, receipt.id),
                receipt_id=receipt.id,
                account=receipt.account,
                currency=receipt.currency,
            ),
            TIME,
        )
        for receipt in due
    ]
    if instructions:
        await commit(tx, instructions)


async def resolve_break(tx: PaymentsTx, *, break_id: str, resolution: str) -> AnyRow:
    """Explain a break by posting what it is; raises ResolutionUnfit if that can't be it."""
    await tx.take_turn()
    row = await tx.banking.find_break(break_id)
    if row is None:
        raise BreakNotKnown("there is no such break", field="break_id")
    if row.closed_at is not None:
        raise BreakStateWrong(f"it was explained as {row.resolution}", break_id=row.id)
    is_missing = row.reason == Reason.NOT_ON_STATEMENT.value
    match resolution:
        case "bank-fee" if row.amount_minor < 0 and not is_missing:
            await _book_fee(tx, row)
        case "unexplained" if row.amount_minor > 0 and not is_missing:
            await _book_receipt(tx, row)
        case "not-sent" if is_missing:
            await _reverse(tx, row)
        case _:
            raise ResolutionUnfit(
                f"a break of {row.amount_minor} for {row.reason} is not {resolution}",
                field="resolution",
            )
    await close_break(tx, row, resolution)
    found = await tx.banking.find_break(break_id)
    assert found is not None, "it was there a moment ago"
    return found


async def _book_fee(tx: PaymentsTx, row: AnyRow) -> None:
    command = BookBankFee(
        id=derived_id("cmd", tx.hub, BookBankFee.NAME, row.id),
        break_id=row.id,
        account=row.account,
        currency=row.currency,
        amount_minor=-row.amount_minor,
    )
    (await post(tx, command)).answered()
    await tx.banking.consume(transfer_id(tx.hub, command.id, 0), "break", break_id=row.id)


async def _book_receipt(tx: PaymentsTx, row: AnyRow) -> None:
    command = BookReceipt(
        id=derived_id("cmd", tx.hub, BookReceipt.NAME, row.id),
        receipt_id=derived_id("rcp", tx.hub, row.id),
        account=row.account,
        currency=row.currency,
        amount_minor=row.amount_minor,
        party="",
        party_account="",
        text=row.reason,
        received_at=tx.now,
    )
    (await post(tx, command)).answered()
    await tx.banking.consume(transfer_id(tx.hub, command.id, 0), "break", break_id=row.id)


async def _reverse(tx: PaymentsTx, row: AnyRow) -> None:
    """The bank never sent a payout that it had confirmed: the seller has the money again."""
    payout = await tx.payments.find_payout(row.ref)
    if payout is None:
        raise ResolutionUnfit("only a payout can be given back", field="resolution")
    command = ReversePayout(
        id=derived_id("cmd", tx.hub, ReversePayout.NAME, row.id),
        payout_id=payout.id,
        seller_id=payout.seller_id,
        currency=payout.currency,
        bank_account=row.account,
        return_reason="not-sent",
    )
    (await post(tx, command)).answered()
    for booking in (row.transfer_id, transfer_id(tx.hub, command.id, 0)):
        await tx.banking.consume(booking, "undone", break_id=row.id)

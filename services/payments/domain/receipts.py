"""Money nobody can explain: it waits in `unmatched`, is given to orders, or goes back.

A receipt may be linked to many orders and an order to many receipts: it is what a payment
provider sends for captured payments. `received_minor` of a payment counts what has arrived, so
no order gets more than was captured for it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from services.payments.domain import accounts
from services.payments.domain.accounts import AccountKey
from services.payments.domain.answers import Answer, money
from services.payments.domain.bank_rejections import (
    CurrencyDiffers,
    LinkExceedsCapture,
    LinkExceedsReceipt,
    ReceiptNotDue,
    ReceiptNotKnown,
    ReceiptStateWrong,
)
from services.payments.domain.commands import Command, Touches
from services.payments.domain.receipt import Receipt, ReceiptState
from services.payments.domain.rejections import PaymentNotKnown, Rejection, not_yet, refuse
from services.payments.domain.state import Context, Decision, State, decided
from services.payments.domain.transfers import Purpose, Transfer

UNMATCHED_LIFETIME = timedelta(days=14)
"""How long money may wait for an explanation; then it goes back where it came from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _ReceiptCommand(Command):
    """What every command about a receipt names."""

    ABOUT: ClassVar[str] = "receipt_id"

    receipt_id: str
    account: str
    currency: str

    def touches(self) -> Touches:
        return Touches(receipts=(self.receipt_id,))

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return (
            accounts.told(self.account, self.currency),
            accounts.of_one("unmatched", self.receipt_id, self.currency),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BookReceipt(_ReceiptCommand):
    """The bank received money that nobody announced."""

    NAME: ClassVar[str] = "book-receipt"

    amount_minor: int
    party: str
    party_account: str
    text: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkReceipt(_ReceiptCommand):
    """Somebody says: so much of it is the provider's settlement of this order's payment."""

    NAME: ClassVar[str] = "link-receipt"

    order_id: str
    payment_id: str
    provider: str
    amount_minor: int

    def touches(self) -> Touches:
        return Touches(receipts=(self.receipt_id,), payments=(self.payment_id,))

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return (
            accounts.psp(self.provider, self.currency),
            accounts.of_one("unmatched", self.receipt_id, self.currency),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SendBackReceipt(_ReceiptCommand):
    """Nobody explained the rest in time: it goes back where it came from."""

    NAME: ClassVar[str] = "send-back-receipt"


def receipt_answer(receipt: Receipt) -> Answer:
    return {
        "id": receipt.id,
        "account": receipt.account,
        "amount": money(receipt.amount_minor, receipt.currency),
        "left": money(receipt.left_minor, receipt.currency),
        "sent_back": money(receipt.sent_back_minor, receipt.currency),
        "state": receipt.state.value,
        "party": receipt.party or None,
        "text": receipt.text or None,
        "received_at": receipt.received_at.isoformat(),
        "back_at": receipt.back_at.isoformat(),
    }


def book_receipt(state: State, command: BookReceipt, context: Context) -> Decision | Rejection:
    bank, unmatched = command.accounts(context.hub)
    receipt = Receipt(
        id=command.receipt_id,
        account=command.account,
        currency=command.currency,
        amount_minor=command.amount_minor,
        left_minor=command.amount_minor,
        party=command.party,
        party_account=command.party_account,
        text=command.text,
        state=ReceiptState.WAITING,
        received_at=command.received_at,
        back_at=context.now + UNMATCHED_LIFETIME,
    )
    moved = Transfer(bank, unmatched, command.amount_minor, Purpose.RECEIPT, receipt.id)
    return decided(state, (moved,), answer=receipt_answer(receipt), changed=(receipt,))


def link_receipt(state: State, command: LinkReceipt, context: Context) -> Decision | Rejection:
    receipt = _waiting(state, command)
    if isinstance(receipt, Rejection):
        return receipt
    payment = state.payments.get(command.payment_id)
    if payment is None or payment.order_id != command.order_id:
        return not_yet(PaymentNotKnown, "there is no such payment", field="order_id")
    if payment.currency != receipt.currency:
        return refuse(CurrencyDiffers, f"the payment is in {payment.currency}", field="amount")
    if command.amount_minor > receipt.left_minor:
        return refuse(
            LinkExceedsReceipt, "so much is not left", field="amount", left=receipt.left_minor
        )
    room = payment.captured_minor - payment.received_minor
    if command.amount_minor > room:
        return refuse(
            LinkExceedsCapture, "the order has no use for so much", field="amount", left=room
        )
    psp, unmatched = command.accounts(context.hub)
    left = receipt.left_minor - command.amount_minor
    linked = replace(
        receipt,
        left_minor=left,
        state=ReceiptState.WAITING if left else ReceiptState.LINKED,
    )
    received = replace(payment, received_minor=payment.received_minor + command.amount_minor)
    moved = Transfer(unmatched, psp, command.amount_minor, Purpose.RECEIPT_LINKED, command.order_id)
    return decided(state, (moved,), answer=receipt_answer(linked), changed=(linked, received))


def send_back_receipt(
    state: State, command: SendBackReceipt, context: Context
) -> Decision | Rejection:
    receipt = _waiting(state, command)
    if isinstance(receipt, Rejection):
        return receipt
    if context.now < receipt.back_at:
        return not_yet(ReceiptNotDue, "there is time left to explain it", receipt_id=receipt.id)
    bank, unmatched = command.accounts(context.hub)
    gone = replace(
        receipt,
        left_minor=0,
        sent_back_minor=receipt.left_minor,
        state=ReceiptState.SENT_BACK,
    )
    moved = Transfer(unmatched, bank, receipt.left_minor, Purpose.RECEIPT_SENT_BACK, receipt.id)
    return decided(state, (moved,), answer=receipt_answer(gone), changed=(gone,))


def _waiting(state: State, command: LinkReceipt | SendBackReceipt) -> Receipt | Rejection:
    receipt = state.receipts.get(command.receipt_id)
    if receipt is None:
        return not_yet(ReceiptNotKnown, "there is no such receipt", field="receipt_id")
    if receipt.state is not ReceiptState.WAITING:
        return refuse(ReceiptStateWrong, f"the receipt is {receipt.state}", receipt_id=receipt.id)
    return receipt

"""Transfers: one debit, one credit, one amount, one currency; balanced by construction.

A transfer is never changed. A hold reserves without posting and is resolved exactly once: captured
(the rest goes back), voided, or expired. A correction is a new transfer.
"""

from collections.abc import Iterable, Mapping
from enum import IntEnum, StrEnum
from typing import NamedTuple

from services.payments.domain.accounts import Account, AccountKey
from services.payments.domain.rejections import InsufficientFunds, Rejection, refuse
from shared.kernel.ids import derived_id
from shared.kernel.money import AMOUNT_MINOR_MAX

TRANSFERS_PER_COMMAND_MAX = 3_000
"""Two per parcel of the largest consolidation."""


class TransferKind(StrEnum):
    """How a transfer moves the counters."""

    POST = "post"
    HOLD = "hold"
    CAPTURE = "capture"
    VOID = "void"
    EXPIRE = "expire"


class Purpose(IntEnum):
    """Why money moved; stored as a small number, append only."""

    AUTHORISATION = 1
    CAPTURE = 2
    REFUND_CAP = 3
    REFUND = 4
    REFUND_PAID = 5
    TAX = 6
    COMMISSION = 7
    PROCEEDS = 8
    PROCEEDS_RECLAIMED = 9
    RECEIVABLE_REPAID = 10
    FREIGHT = 11
    EXCHANGE_SOURCE = 12
    EXCHANGE_TARGET = 13
    EXCHANGE_SPREAD = 14
    EXCHANGE_FEE = 15
    PAYOUT = 16
    PAYOUT_SENT = 17
    PAYOUT_RETURNED = 18
    CORRECTION = 19
    TAX_RETURNED = 20
    COMMISSION_RETURNED = 21
    INSURANCE_CLAIM = 22
    INSURANCE_PAID = 23
    CHARGEBACK = 24
    REFUND_VOIDED = 25
    RESERVE = 26
    RESERVE_RELEASED = 27
    FREIGHT_COLLECTED = 28
    ADVANCE = 29
    ADVANCE_FEE = 30
    ADVANCE_REPAID = 31
    FINANCE_CAP = 32
    PROVISION = 33
    TAX_REMITTED = 34
    RECEIPT = 35
    RECEIPT_LINKED = 36
    RECEIPT_SENT_BACK = 37
    HUB_SETTLED = 38
    REBATE_CLAIMED = 39
    REBATE_PAID = 40
    REBATE_CLAWBACK = 41
    REBATE_REPAID = 42
    CARRIER_PAID = 43
    BANK_FEE = 44
    PAYOUT_REVERSED = 45

    @property
    def wire_name(self) -> str:
        return self.name.lower().replace("_", "-")


class Transfer(NamedTuple):
    """One movement. `ref` is the order, payout, ... that it is about; `held` is what the hold
    `pending_id` reserved, when this transfer resolves one."""

    debit: AccountKey
    credit: AccountKey
    amount: int
    purpose: Purpose
    ref: str
    kind: TransferKind = TransferKind.POST
    pending_id: str = ""
    held: int = 0


class Movement:
    """What a command adds to the counters of one account."""

    __slots__ = ("credits", "credits_pending", "debits", "debits_pending")

    def __init__(self) -> None:
        self.debits = 0
        self.credits = 0
        self.debits_pending = 0
        self.credits_pending = 0


Movements = dict[AccountKey, Movement]


def transfer_id(hub: str, command_id: str, position: int) -> str:
    """Return the id of a command's n-th transfer: the same however often it is computed."""
    return derived_id("trf", hub, command_id, str(position))


def movements_of(transfers: Iterable[Transfer]) -> Movements:
    """Return what these transfers add to each account they touch."""
    moved: Movements = {}
    for transfer in transfers:
        debit, credit, amount, _, _, kind, _, held = transfer
        assert 0 < amount <= AMOUNT_MINOR_MAX, "a transfer moves a positive, bounded amount"
        assert debit.currency == credit.currency, "a transfer has one currency"
        assert debit != credit, "a transfer has two accounts"
        left = moved.get(debit)
        if left is None:
            left = moved[debit] = Movement()
        right = moved.get(credit)
        if right is None:
            right = moved[credit] = Movement()
        if kind is TransferKind.POST:
            left.debits += amount
            right.credits += amount
        elif kind is TransferKind.HOLD:
            left.debits_pending += amount
            right.credits_pending += amount
        else:
            assert amount <= held, "a hold gives at most what it reserved"
            left.debits_pending -= held
            right.credits_pending -= held
            if kind is TransferKind.CAPTURE:
                left.debits += amount
                right.credits += amount
    return moved


def floor_broken(accounts: Mapping[AccountKey, Account], moved: Movements) -> Rejection | None:
    """Return the refusal if these movements take an account below its floor."""
    for key, movement in moved.items():
        account = accounts[key]
        if account.floor is None:
            continue
        if account.is_debit_normal:
            change = movement.debits - movement.credits - movement.credits_pending
        else:
            change = movement.credits - movement.debits - movement.debits_pending
        if account.available + change < account.floor:
            return refuse(
                InsufficientFunds,
                "an account does not hold enough for this",
                account=key.code,
                currency=key.currency,
            )
    return None


def move(accounts: Mapping[AccountKey, Account], moved: Movements) -> None:
    """Add the movements to the counters."""
    for key, movement in moved.items():
        account = accounts[key]
        account.debits += movement.debits
        account.credits += movement.credits
        account.debits_pending += movement.debits_pending
        account.credits_pending += movement.credits_pending

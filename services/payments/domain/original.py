"""The original data of a payment: what the provider was asked and what it answered, word for word.

Customs may ask for it (C12): who paid whom how much for what, under which number, through which
clearing house, and when. It names the payer, so it is kept for a time that has an end and then
forgotten; the ledger does without it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class VerifiedBy(StrEnum):
    """Which clearing house the provider says the payment went through."""

    UNIONPAY = "unionpay"
    NETSUNION = "netsunion"
    OTHER = "other"


class PaidItem(NamedTuple):
    """What was paid for, and where the buyer saw it."""

    name: str
    link: str


class Payee(NamedTuple):
    """Whose account took the money."""

    name: str
    code: str
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderAnswer:
    """What a provider says about one payment, with both messages as they were."""

    is_approved: bool
    asked: str
    answered: str
    verified_by: VerifiedBy
    payee: Payee
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentOriginal:
    """The original data of one payment; `id` is the payment's."""

    id: str
    asked: str
    answered: str
    verified_by: VerifiedBy
    payee: Payee
    answered_at: datetime
    items: tuple[PaidItem, ...]
    keep_until: datetime

    @property
    def missing(self) -> Sequence[str]:
        """Return what customs may ask for and nobody told us."""
        parts = {"items": self.items, "payee": self.payee.account, "answer": self.answered}
        return [name for name, value in parts.items() if not value]

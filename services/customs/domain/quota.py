"""Tariff-rate quotas: so much of a kind of good a period enters at a lower rate, and no more.

A line enters within a quota as a whole or not at all, and only where that is the cheapest tariff
it may take. The balance is kept by the hub whose country's quota it is; it is drawn when a
declaration is accepted and given back when that is withdrawn.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from services.customs.domain.basis import Basis
from services.customs.domain.duty import GRAMS_PER_KILOGRAM
from shared.kernel.errors import Conflict
from shared.kernel.money import Money

KILOGRAM = "KGM"


class QuotaOverdrawn(Conflict):
    """The quota has less left than is drawn on it; what was worked out by it no longer holds."""

    code = "customs.quota-overdrawn"


@dataclass(frozen=True, kw_only=True)
class Quota:
    """One quota of one period [opens, closes): `volume` is in grams (KGM) or pieces (C62)."""

    order_number: str
    opens: date
    closes: date
    unit: str
    volume: int
    critical_share: Decimal
    rate: Decimal
    basis: Basis

    def measured(self, *, quantity: int, net_weight_g: int | None) -> int | None:
        """Return how much of the quota goods take, in its own measure; None without a weight."""
        return net_weight_g if self.unit == KILOGRAM else quantity


def grams_of(kilograms: int) -> int:
    return kilograms * GRAMS_PER_KILOGRAM


class QuotaState(StrEnum):
    """How much of a quota is left."""

    OPEN = "open"
    CRITICAL = "critical"
    EXHAUSTED = "exhausted"


@dataclass(frozen=True, kw_only=True)
class QuotaBalance:
    """What is drawn on a quota; `version` counts its changes, `changed_at` is the last one."""

    quota: Quota
    drawn: int = 0
    version: int = 0
    changed_at: datetime | None = None

    @property
    def left(self) -> int:
        return self.quota.volume - self.drawn

    @property
    def state(self) -> QuotaState:
        """Critical from where only the share that the pack names is left."""
        if self.left == 0:
            return QuotaState.EXHAUSTED
        if self.left <= self.quota.volume * self.quota.critical_share:
            return QuotaState.CRITICAL
        return QuotaState.OPEN


@dataclass(frozen=True, kw_only=True)
class QuotaOffer:
    """A quota that a line may enter within; `left` is None where another hub keeps the balance."""

    quota: Quota
    left: int | None
    as_of: datetime


class QuotaOutcome(StrEnum):
    """Why a line enters within a quota or not."""

    APPLIED = "applied"
    NOT_CHEAPER = "not-cheaper"
    TOO_LITTLE_LEFT = "too-little-left"
    WEIGHT_UNKNOWN = "weight-unknown"
    BALANCE_ELSEWHERE = "balance-kept-elsewhere"


@dataclass(frozen=True, kw_only=True)
class QuotaUse:
    """What became of a quota on one line: how much it takes, of what balance, at which moment."""

    line_no: int
    offer: QuotaOffer
    quantity: int
    outcome: QuotaOutcome
    duty: Money

    @property
    def is_applied(self) -> bool:
        return self.outcome is QuotaOutcome.APPLIED

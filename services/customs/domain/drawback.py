"""Duty given back when imported goods leave again (rule M8)."""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal

from services.customs.domain.basis import Basis
from shared.kernel.money import Money, Rounding


@dataclass(frozen=True, kw_only=True)
class DrawbackRules:
    """One scheme of one day. Months count from payment to export, and from export to claim.

    Where `needs_notice`, the export form must have said that drawback will be claimed.
    """

    law: str
    share: Decimal
    export_within_months: int
    claim_within_months: int
    minimum: Money
    needs_notice: bool
    rounding: Rounding
    basis: Basis


@dataclass(frozen=True, kw_only=True)
class DrawbackDecision:
    """What the claim comes to, and why it is refused if it is."""

    amount: Money
    reason: str | None
    basis: Basis

    @property
    def is_granted(self) -> bool:
        return self.reason is None


def decide_drawback(
    duty_paid: Money,
    *,
    paid_on: date,
    exported_on: date,
    claimed_on: date,
    has_notice: bool,
    rules: DrawbackRules,
) -> DrawbackDecision:
    """Decide a claim; the first failing test gives the reason."""
    amount = duty_paid.times_rate(rules.share, rules.rounding)
    reason = None
    if months_after(paid_on, rules.export_within_months) < exported_on:
        reason = "exported-late"
    elif months_after(exported_on, rules.claim_within_months) < claimed_on:
        reason = "claimed-late"
    elif rules.needs_notice and not has_notice:
        reason = "notice-missing"
    elif amount < rules.minimum:
        reason = "below-minimum"
    return DrawbackDecision(amount=amount, reason=reason, basis=rules.basis)


def months_after(day: date, months: int) -> date:
    """Return the same day some months later, or the last of a month that is too short."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def end_of(day: date) -> datetime:
    """Return the last moment of a day that a deadline names, in UTC."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=UTC)

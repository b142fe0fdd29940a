"""Which tariff a line bears: the general one, or that of an agreement it can prove to fall under.

An agreement's tariff may be taken when the goods come from one of its countries, the agreement
names the goods, and a proof of origin is held that is valid on the day; a small consignment need
only claim it. Of those that may be taken the one that comes to the least duty is, and the general
tariff where none comes to less.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from services.customs.domain.basis import Basis
from services.customs.domain.consignment import GoodsLine, TaxRate
from services.customs.domain.drawback import months_after
from services.customs.domain.quota import QuotaOutcome, QuotaUse
from shared.kernel.money import Money, Rounding

PREFERENCE = "preferential-duty"
"""The measure that an agreement's tariff is; a line's rates name it with its agreement."""


def preference_of(scheme: str) -> str:
    """Return the name under which a line keeps its rate of an agreement."""
    return f"{PREFERENCE}.{scheme}"


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """A trade agreement as the destination's law has it: its countries, how long a proof holds.

    Goods of no more than `waived_to` need no proof; None where customs has no rate for the amount.
    """

    scheme: str
    partners: frozenset[str]
    valid_months: int
    waived_to: Money | None = None
    basis: Basis


class Outcome(StrEnum):
    """Why an agreement's tariff is taken or not."""

    APPLIED = "applied"
    NOT_CHEAPER = "not-cheaper"
    NO_PROOF = "no-proof"
    PROOF_EXPIRED = "proof-expired"
    PROOF_OF_LATER_DAY = "proof-of-later-day"
    ORIGIN_NOT_COVERED = "origin-not-covered"
    GOODS_NOT_COVERED = "goods-not-covered"


@dataclass(frozen=True, kw_only=True)
class Preference:
    """What became of one agreement on one line; `duty` is what its tariff comes to, if any."""

    line_no: int
    scheme: str
    outcome: Outcome
    duty: Money | None
    basis: Basis


@dataclass(frozen=True, kw_only=True)
class Tariff:
    """The rate that a line bears, what it comes to, and every agreement that was looked at."""

    rate: TaxRate
    duty: Money
    basis: tuple[Basis, ...]
    scheme: str | None = None
    quota: QuotaUse | None = None
    preferences: tuple[Preference, ...] = ()


def tariff_of(
    line: GoodsLine,
    value: Money,
    agreements: Sequence[Agreement],
    *,
    goods: Money,
    on: date,
    rounding: Rounding,
    drawn: int = 0,
) -> Tariff:
    """Choose a line's tariff; raises RateMissing without a general one, and WeightMissing.

    An agreement is looked at when it is claimed, or when a proof would open its tariff. `goods` is
    what all goods of the consignment are worth, without freight. `drawn` is what other lines of the
    same goods take of the line's quota.
    """
    general = line.rate("customs-duty")
    best = Tariff(rate=general, duty=line.duty_on(value, general, rounding), basis=(general.basis,))
    seen = []
    for agreement in sorted(agreements, key=lambda one: one.scheme):
        rate = line.rates.get(preference_of(agreement.scheme))
        obstacle = _obstacle(line, agreement, rate, goods, on)
        duty = None if rate is None else line.duty_on(value, rate, rounding)
        would_help = duty is not None and line.origin in agreement.partners
        if obstacle is not Outcome.NO_PROOF or would_help:
            seen.append(
                Preference(
                    line_no=line.line_no,
                    scheme=agreement.scheme,
                    outcome=obstacle or Outcome.NOT_CHEAPER,
                    duty=duty,
                    basis=agreement.basis,
                )
            )
        if obstacle is None and rate is not None and duty is not None and duty < best.duty:
            basis = (rate.basis, agreement.basis)
            best = Tariff(rate=rate, duty=duty, basis=basis, scheme=agreement.scheme)
    preferences = tuple(
        replace(one, outcome=Outcome.APPLIED) if one.scheme == best.scheme else one for one in seen
    )
    return _within_quota(replace(best, preferences=preferences), line, value, rounding, drawn)


def _within_quota(
    best: Tariff, line: GoodsLine, value: Money, rounding: Rounding, drawn: int
) -> Tariff:
    """Let a line enter within its quota where that is cheaper still and all of it fits."""
    offer = line.quota
    if offer is None:
        return best
    rate = TaxRate(rate=offer.quota.rate, basis=offer.quota.basis)
    duty = line.duty_on(value, rate, rounding)
    quantity = offer.quota.measured(quantity=line.quantity, net_weight_g=line.net_weight_g)
    if offer.left is None:
        outcome = QuotaOutcome.BALANCE_ELSEWHERE
    elif quantity is None:
        outcome = QuotaOutcome.WEIGHT_UNKNOWN
    elif not duty < best.duty:
        outcome = QuotaOutcome.NOT_CHEAPER
    elif drawn + quantity > offer.left:
        outcome = QuotaOutcome.TOO_LITTLE_LEFT
    else:
        outcome = QuotaOutcome.APPLIED
    use = QuotaUse(
        line_no=line.line_no, offer=offer, quantity=quantity or 0, outcome=outcome, duty=duty
    )
    if not use.is_applied:
        return replace(best, quota=use)
    beaten = tuple(
        replace(one, outcome=Outcome.NOT_CHEAPER) if one.outcome is Outcome.APPLIED else one
        for one in best.preferences
    )
    return Tariff(rate=rate, duty=duty, basis=(rate.basis,), quota=use, preferences=beaten)


def _obstacle(
    line: GoodsLine, agreement: Agreement, rate: TaxRate | None, goods: Money, on: date
) -> Outcome | None:
    """Return what stands between a line and an agreement's tariff; the first in order of law."""
    claims = [proof.issued_on for proof in line.proofs if proof.scheme == agreement.scheme]
    if not claims:
        return Outcome.NO_PROOF
    if line.origin not in agreement.partners:
        return Outcome.ORIGIN_NOT_COVERED
    if rate is None:
        return Outcome.GOODS_NOT_COVERED
    if agreement.waived_to is not None and not agreement.waived_to < goods:
        return None
    days = [day for day in claims if day is not None]
    if not days:
        return Outcome.NO_PROOF
    begun = [day for day in days if day <= on]
    if not begun:
        return Outcome.PROOF_OF_LATER_DAY
    if months_after(max(begun), agreement.valid_months) < on:
        return Outcome.PROOF_EXPIRED
    return None

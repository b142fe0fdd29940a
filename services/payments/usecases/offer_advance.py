"""Offer a seller an advance on its escrowed orders: scored, explained, priced, for a day."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from services.payments.domain.advance import (
    OFFER_LIFETIME,
    Advance,
    AdvanceState,
    Pledge,
)
from services.payments.domain.finance import (
    DisburseAdvance,
    EaseAdvance,
    ProvisionAdvance,
)
from services.payments.domain.outcome import Cause, Instruction
from services.payments.domain.rates import Mid, check_age, cross_rate, in_minor_units
from services.payments.domain.rejections import AdvanceDeclined, AdvanceNotKnown
from services.payments.domain.rules import round_ratio
from services.payments.domain.scorecard import Reason, score
from services.payments.store.tx import PaymentsTx
from services.payments.usecases.commit import commit
from shared.kernel.ids import derived_id
from shared.reference.currencies import digits_of

PER_PASS_MAX = 200
SAME_RATE = "1"


class Wish(NamedTuple):
    """What a seller asks for: an advance in `currency` on what is escrowed in `escrow_currency`.

    `share_bp` may ask for less than the band gives.
    """

    seller_id: str
    currency: str
    escrow_currency: str
    share_bp: int | None
    consented_at: datetime


async def offer_advance(tx: PaymentsTx, wish: Wish, *, mids: Sequence[Mid]) -> Advance:
    """Return the offer, or raise AdvanceDeclined with the reasons."""
    scored = score(await tx.finance.trade(wish.seller_id, now=tx.now))
    reasons = scored.reasons
    if scored.band is None:
        raise AdvanceDeclined(
            "the score is too low", score=scored.points, model=scored.model, reasons=_shown(reasons)
        )
    pledges = await tx.finance.pledges(wish.seller_id, currency=wish.escrow_currency)
    share = min(scored.band.share_bp, wish.share_bp or scored.band.share_bp)
    rate, ratio = _rate(tx, wish, mids)
    collateral = sum(pledge.minor for pledge in pledges)
    worth = collateral * share // 10_000 * ratio
    principal = round_ratio(worth.numerator, worth.denominator, tx.rules.advance_fee.rounding)
    if principal == 0:
        raise AdvanceDeclined("none of the seller's orders waits in escrow", reasons=[])
    advance = Advance(
        id=tx.ids.new("adv"),
        seller_id=wish.seller_id,
        state=AdvanceState.OFFERED,
        currency=wish.currency,
        principal_minor=principal,
        fee_minor=tx.rules.advance_fee.of(principal),
        collateral_currency=wish.escrow_currency,
        collateral_minor=collateral,
        share_bp=share,
        limit_minor=scored.band.limit_minor,
        rate=rate,
        pledges=tuple(pledges),
        model=scored.model,
        score=scored.points,
        reasons=reasons,
        consented_at=wish.consented_at,
        offered_at=tx.now,
        expires_at=tx.now + OFFER_LIFETIME,
    )
    await tx.finance.add(advance)
    return advance


async def prepare_disbursement(
    tx: PaymentsTx, *, command_id: str, advance_id: str, member: str | None
) -> DisburseAdvance:
    advance = await visible_advance(tx, advance_id, member)
    return DisburseAdvance(
        id=command_id,
        advance_id=advance.id,
        seller_id=advance.seller_id,
        currency=advance.currency,
        collateral_currency=advance.collateral_currency,
        pledges=tuple(Pledge(*pledge) for pledge in advance.pledges),
    )


async def prepare_easing(
    tx: PaymentsTx, *, command_id: str, advance_id: str, until: datetime, member: str | None
) -> EaseAdvance:
    advance = await visible_advance(tx, advance_id, member)
    return EaseAdvance(id=command_id, advance_id=advance.id, until=until)


async def visible_advance(tx: PaymentsTx, advance_id: str, member: str | None) -> Advance:
    """Return an advance if `member` may see it, or raise AdvanceNotKnown."""
    advance = await tx.finance.find(advance_id)
    if advance is None or member not in (None, advance.seller_id):
        raise AdvanceNotKnown("there is no such advance", field="advance_id")
    return advance


async def provision_advances(tx: PaymentsTx) -> None:
    """Once a day for each advance: set aside what is expected to be lost; let old offers lapse."""
    await tx.finance.lapse(now=tx.now)
    day = tx.now.date().isoformat()
    instructions = [
        Instruction(
            ProvisionAdvance(
                id=derived_id("cmd", tx.hub, ProvisionAdvance.NAME, advance.id, day),
                advance_id=advance.id,
                currency=advance.currency,
            ),
            Cause("time", day),
        )
        for advance in await tx.finance.unprovisioned(limit=PER_PASS_MAX)
    ]
    if instructions:
        await commit(tx, instructions)


def _rate(tx: PaymentsTx, wish: Wish, mids: Sequence[Mid]) -> tuple[str, Fraction]:
    """Return the mid rate as text, and minor units of the advance per minor unit of escrow."""
    source, target = wish.escrow_currency, wish.currency
    if source == target:
        return SAME_RATE, Fraction(Decimal(SAME_RATE))
    cross = cross_rate(mids, source=source, target=target)
    check_age(cross, now=tx.now, age_max=tx.rules.rate_age_max)
    digits = {currency: digits_of(currency) for currency in (source, target)}
    return cross.shown(), in_minor_units(cross, source=source, target=target, digits=digits)


def _shown(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    return [reason._asdict() for reason in reasons]

"""Offer a line the quota it may enter within, draw on it, and give back what was drawn."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from services.customs.domain.quota import Quota, QuotaBalance, QuotaOffer, QuotaState, QuotaUse
from services.customs.domain.rulebook import Goods
from services.customs.store.quotas import QuotaDraw
from services.customs.store.tx import CustomsTx
from shared.contracts.customs.events import QuotaBalanceChanged, QuotaCritical, QuotaExhausted


async def offer_quotas(
    tx: CustomsTx, goods: Sequence[Goods], *, country: str, on: date, holds: bool = False
) -> Mapping[int, QuotaOffer]:
    """Return the quotas of lines on a day by number, with what is left of them at this moment.

    `holds` keeps others off these balances until the transaction ends: whoever means to draw.
    """
    found = {line.line_no: tx.rulebook.quota(country, line, on=on) for line in goods}
    quotas = {line_no: quota for line_no, quota in found.items() if quota is not None}
    if not quotas:
        return {}
    if country != tx.country:
        return {
            line_no: QuotaOffer(quota=quota, left=None, as_of=tx.now)
            for line_no, quota in quotas.items()
        }
    if holds:
        await tx.locks.hold({quota.order_number for quota in quotas.values()})
    left = {quota: (await tx.quotas.balance(quota)).left for quota in set(quotas.values())}
    return {
        line_no: QuotaOffer(quota=quota, left=left[quota], as_of=tx.now)
        for line_no, quota in quotas.items()
    }


async def draw_quotas(tx: CustomsTx, subject_id: str, uses: Iterable[QuotaUse]) -> None:
    """Draw what the lines of an accepted declaration take, or raise QuotaOverdrawn.

    A declaration draws once: the caller has given back what an earlier edition drew.
    """
    taken: dict[tuple[str, str], list[QuotaUse]] = {}
    for use in uses:
        if use.is_applied:
            quota = use.offer.quota
            taken.setdefault((quota.order_number, quota.opens.isoformat()), []).append(use)
    for _, some in sorted(taken.items()):
        quota = some[0].offer.quota
        await tx.locks.hold([quota.order_number])
        before = await tx.quotas.balance(quota)
        quantity = sum(use.quantity for use in some)
        after = await tx.quotas.draw(before, subject_id, quantity, at=tx.now)
        await _say(tx, before, after)


async def give_back_quotas(tx: CustomsTx, subject_id: str) -> None:
    """Give back whatever a declaration drew; nothing where it drew nothing or gave back before."""
    draws = await tx.quotas.draws_of(subject_id)
    await tx.locks.hold({draw.order_number for draw in draws})
    # Read again: whoever held the balances before may have given this one back.
    for draw in await tx.quotas.draws_of(subject_id):
        before = await tx.quotas.balance(_quota_of(tx, draw))
        after = await tx.quotas.give_back(before, draw, at=tx.now)
        await _say(tx, before, after)


def _quota_of(tx: CustomsTx, draw: QuotaDraw) -> Quota:
    quotas = tx.rulebook.quotas(tx.country, on=draw.opens)
    return next(quota for quota in quotas if quota.order_number == draw.order_number)


async def _say(tx: CustomsTx, before: QuotaBalance, after: QuotaBalance) -> None:
    quota = after.quota
    words = {
        "order_number": quota.order_number,
        "country": tx.country,
        "opens": quota.opens,
        "closes": quota.closes,
        "unit": quota.unit,
        "volume": quota.volume,
        "left": after.left,
        "version": after.version,
        "at": tx.now,
    }
    kinds: list[type[QuotaBalanceChanged | QuotaCritical | QuotaExhausted]] = [QuotaBalanceChanged]
    if after.state is not before.state:
        if after.state is QuotaState.CRITICAL:
            kinds.append(QuotaCritical)
        elif after.state is QuotaState.EXHAUSTED:
            kinds.append(QuotaExhausted)
    for kind in kinds:
        await tx.emit(kind(**words), key=quota.order_number, sequence=after.version)

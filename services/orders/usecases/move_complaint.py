"""Move a complaint on: the seller answers, the buyer takes or raises it, the hub decides."""

from collections.abc import Callable, Sequence

from services.orders.domain.complaint import Complaint, Evidence
from services.orders.store.cases import CaseNotFound
from services.orders.store.orders import Tenant
from services.orders.store.tx import OrdersTx
from services.orders.usecases.complaint_saying import say_answered, say_moved
from services.orders.usecases.country_rules import Intake
from shared.kernel.money import Money

DUE_MAX = 200
"""Complaints looked at in one transaction; the timer comes again."""


async def hold_complaint(tx: OrdersTx, complaint_id: str, *, tenant: Tenant) -> Complaint:
    """Return a complaint of the tenant with its order held, or raise CaseNotFound."""
    seen = await tx.complaints.get(complaint_id, tenant=tenant)
    await tx.timelines.hold([seen.order_id])
    return await tx.complaints.get(complaint_id, tenant=tenant)


async def accept_offer(tx: OrdersTx, *, complaint_id: str, tenant: Tenant) -> Complaint:
    """Return it closed with the seller's offer, or raise ComplaintNotThere."""
    return await _by_buyer(tx, complaint_id, tenant, lambda it: it.accepted(at=tx.now))


async def raise_complaint(
    tx: OrdersTx, *, complaint_id: str, tenant: Tenant, intake: Intake
) -> Complaint:
    """Return it one rung higher, or raise ComplaintNotThere."""
    ladder = intake.ladder_at(tx.now)
    return await _by_buyer(
        tx, complaint_id, tenant, lambda it: it.raised(by="buyer", at=tx.now, ladder=ladder)
    )


async def withdraw_complaint(tx: OrdersTx, *, complaint_id: str, tenant: Tenant) -> Complaint:
    """Return it called off by the buyer, or raise ComplaintNotThere."""
    return await _by_buyer(tx, complaint_id, tenant, lambda it: it.withdrawn(at=tx.now))


async def add_evidence(
    tx: OrdersTx, *, complaint_id: str, evidence: Sequence[Evidence], tenant: Tenant
) -> Complaint:
    """Return it with the buyer's evidence; the same hash again changes nothing."""
    return await _by_buyer(tx, complaint_id, tenant, lambda it: it.with_evidence(evidence))


async def decide_complaint(
    tx: OrdersTx, *, complaint_id: str, granted: Money, intake: Intake
) -> Complaint:
    """Return it decided, by the hub or by the ombudsman, or raise what is wrong.

    Who may decide on which rung is the door's to know.
    """
    seen = await hold_complaint(tx, complaint_id, tenant=Tenant(member_id=None))
    if seen.buyer_hub != tx.hub:
        raise CaseNotFound(f"no complaint {complaint_id}")
    ladder = intake.ladder_at(tx.now)
    return await keep_move(tx, seen, seen.decided(granted, at=tx.now, ladder=ladder))


async def answer_complaint(
    tx: OrdersTx,
    *,
    complaint_id: str,
    offered: Money | None,
    evidence: Sequence[Evidence],
    intake: Intake,
    tenant: Tenant,
) -> Complaint:
    """Return it with the seller's answer; at the seller's hub the buyer's hub hears of it."""
    seen = await hold_complaint(tx, complaint_id, tenant=tenant)
    if seen.seller_hub != tx.hub or tenant.member_id not in (None, seen.seller_id):
        raise CaseNotFound(f"no complaint {complaint_id}")
    ladder = intake.ladder_of(seen.buyer_hub, tx.now)
    answered = seen.with_evidence(evidence).answered(offered, at=tx.now, ladder=ladder)
    await tx.complaints.save(answered)
    if seen.buyer_hub == tx.hub:
        await say_moved(tx, answered)
    else:
        await say_answered(tx, answered)
    return answered


async def expire_complaints(tx: OrdersTx, *, intake: Intake) -> None:
    """Move every complaint whose deadline has passed by what silence means."""
    for due in await tx.complaints.due(now=tx.now, limit=DUE_MAX, hub=tx.hub):
        seen = await hold_complaint(tx, due.id, tenant=Tenant(member_id=None))
        if seen.due_at is not None and seen.due_at <= tx.now:
            ladder = intake.ladder_at(tx.now)
            await keep_move(tx, seen, seen.after_silence(at=tx.now, ladder=ladder))


async def keep_move(tx: OrdersTx, seen: Complaint, moved: Complaint) -> Complaint:
    """Keep what changed and say it; nothing changed says nothing."""
    if moved != seen:
        await tx.complaints.save(moved)
        await say_moved(tx, moved)
    return moved


async def _by_buyer(
    tx: OrdersTx, complaint_id: str, tenant: Tenant, move: Callable[[Complaint], Complaint]
) -> Complaint:
    seen = await hold_complaint(tx, complaint_id, tenant=tenant)
    if seen.buyer_hub != tx.hub or tenant.member_id not in (None, seen.marketplace_id):
        raise CaseNotFound(f"no complaint {complaint_id}")
    return await keep_move(tx, seen, move(seen))

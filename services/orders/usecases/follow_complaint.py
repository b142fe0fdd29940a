"""Take in what the other hub tells of a complaint."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.orders.domain.complaint import C, Complaint, Evidence, Stage, Step
from services.orders.domain.facts import Fact
from services.orders.store.tx import OrdersTx
from services.orders.usecases.country_rules import Intake
from services.orders.usecases.move_complaint import keep_move
from services.orders.usecases.record_facts import record_facts
from shared.kernel.money import Money

STATE_AFTER = {
    "seller-offered": C.SELLER_REPLY,
    "seller-rejected": C.SELLER_REPLY,
    "raised-to-hub": C.MEDIATION,
    "hub-granted": C.DECIDED,
    "hub-dismissed": C.DECIDED,
    "raised-to-ombudsman": C.APPEALED,
}
"""Where a step puts a replica; other steps leave it where it is."""


async def keep_incoming_complaint(tx: OrdersTx, *, complaint: Complaint, said: Fact) -> None:
    """Keep a replica of a complaint about a seller here, once."""
    await record_facts(tx, [said])
    if await tx.complaints.find(complaint.id) is None:
        await tx.complaints.add(complaint)


async def hear_answer(
    tx: OrdersTx,
    *,
    complaint_id: str,
    offered: Money | None,
    evidence: Sequence[Evidence],
    intake: Intake,
    said: Fact,
) -> None:
    """Take the seller's answer in at the buyer's hub; one that comes too late is only noted."""
    if not await record_facts(tx, [said]):
        return
    seen = await tx.complaints.get(complaint_id)
    if seen.state is not C.OPENED or seen.order_id != said.order_id:
        return
    ladder = intake.ladder_at(tx.now)
    answered = seen.with_evidence(evidence).answered(offered, at=said.occurred_at, ladder=ladder)
    await keep_move(tx, seen, answered)


async def follow_move(
    tx: OrdersTx,
    *,
    complaint_id: str,
    what: str,
    stage: Stage,
    amount: Money | None,
    due_at: datetime | None,
    evidence: Sequence[Evidence],
    said: Fact,
) -> None:
    """Move the replica as the buyer's hub says; what the seller itself did is there already."""
    await record_facts(tx, [said])
    seen = await tx.complaints.get(complaint_id)
    known = {piece.sha256 for piece in seen.evidence}
    new = tuple(piece for piece in evidence if piece.sha256 not in known)
    seen = replace(seen, evidence=(*seen.evidence, *new))
    if seen.steps[-1].what == what:
        await tx.complaints.save(replace(seen, due_at=due_at))
        return
    step = Step(what=what, by=said.hub, at=said.occurred_at, amount=amount)
    moved = replace(
        seen,
        state=STATE_AFTER.get(what, seen.state),
        stage=stage,
        due_at=due_at,
        steps=(*seen.steps, step),
        version=seen.version + 1,
    )
    await tx.complaints.save(moved)


async def follow_close(
    tx: OrdersTx, *, complaint_id: str, outcome: str, granted: Money | None, said: Fact
) -> None:
    """Close the replica."""
    await record_facts(tx, [said])
    seen = await tx.complaints.get(complaint_id)
    step = Step(what=outcome, by=said.hub, at=said.occurred_at, amount=granted)
    closed = replace(
        seen,
        state=C.CLOSED,
        outcome=outcome,
        granted=granted,
        due_at=None,
        steps=(*seen.steps, step),
        version=seen.version + 1,
    )
    await tx.complaints.save(closed)

"""Complaints over HTTP: the ladder from the seller to the hub to the ombudsman."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from services.orders.api.deps import (
    CaseId,
    IntakeRulebook,
    Language,
    OrdersReading,
    OrdersTransaction,
    WhoseOrders,
)
from services.orders.api.return_words import complaint_view, evidence_of
from services.orders.domain.complaint import ComplaintState, Stage
from services.orders.usecases.complain import open_complaint
from services.orders.usecases.move_complaint import (
    accept_offer,
    add_evidence,
    answer_complaint,
    decide_complaint,
    raise_complaint,
    withdraw_complaint,
)
from shared.contracts.orders.returns import (
    AddEvidence,
    AnswerComplaint,
    ComplaintView,
    DecideComplaint,
    OpenComplaint,
)
from shared.kernel.errors import Forbidden
from shared.kernel.ids import ID_PATTERN
from shared.web.auth import Caller, requires
from shared.web.door import DoorRoute
from shared.web.pages import PAGE_DEFAULT, Cursor, Limit, Page, after, cursor_for

router = APIRouter(prefix="/v1/complaints", tags=["complaints"], route_class=DoorRoute)

READS = [Depends(requires("orders:read"))]
WRITES = [Depends(requires("orders:write"))]
ANSWERS = [Depends(requires("orders:answer"))]

DECIDES = {Stage.HUB: "hub:operate", Stage.OMBUDSMAN: "orders:arbitrate"}
"""Who decides on which rung: nobody judges an appeal against itself."""


class NotTheirRung(Forbidden):
    """This rung of the ladder is decided by somebody else."""

    code = "orders.not-their-rung"


@router.post("", status_code=201, dependencies=WRITES)
async def open_(
    body: OpenComplaint,
    tx: OrdersTransaction,
    whose: WhoseOrders,
    rulebook: IntakeRulebook,
    language: Language,
    response: Response,
) -> ComplaintView:
    """Complain about an order; the seller answers first."""
    complaint = await open_complaint(
        tx,
        order_id=body.order_id,
        about=body.about,
        claimed=body.claimed.money(),
        text=body.text,
        evidence=evidence_of(body.evidence, by="buyer", at=tx.now),
        intake=rulebook,
        tenant=whose,
    )
    response.headers["Location"] = f"/v1/complaints/{complaint.id}"
    return complaint_view(complaint, language)


@router.get("/{case_id}", dependencies=READS)
async def read(
    case_id: CaseId, tx: OrdersReading, whose: WhoseOrders, language: Language
) -> ComplaintView:
    """Read a complaint; its sentences follow Accept-Language (en, ms, zh-Hans)."""
    return complaint_view(await tx.complaints.get(case_id, tenant=whose), language)


@router.get("", dependencies=READS)
async def page(
    tx: OrdersReading,
    whose: WhoseOrders,
    language: Language,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
    order_id: Annotated[str | None, Query(pattern=ID_PATTERN)] = None,
    state: Annotated[ComplaintState | None, Query()] = None,
) -> Page[ComplaintView]:
    """List the caller's complaints."""
    found = await tx.complaints.page(
        tenant=whose, after=after(cursor), limit=limit, order_id=order_id, state=state
    )
    return Page(
        items=[complaint_view(it, language) for it in found],
        next_cursor=cursor_for([it.id for it in found], limit=limit),
    )


@router.post("/{case_id}/answer", dependencies=ANSWERS)
async def answer(
    case_id: CaseId,
    body: AnswerComplaint,
    tx: OrdersTransaction,
    whose: WhoseOrders,
    rulebook: IntakeRulebook,
    language: Language,
) -> ComplaintView:
    """The seller answers at its own hub: an offer, or none."""
    complaint = await answer_complaint(
        tx,
        complaint_id=case_id,
        offered=None if body.offered is None else body.offered.money(),
        evidence=evidence_of(body.evidence, by="seller", at=tx.now),
        intake=rulebook,
        tenant=whose,
    )
    return complaint_view(complaint, language)


@router.post("/{case_id}/accept", dependencies=WRITES)
async def accept(
    case_id: CaseId, tx: OrdersTransaction, whose: WhoseOrders, language: Language
) -> ComplaintView:
    """The buyer takes what the seller offers; the money follows."""
    complaint = await accept_offer(tx, complaint_id=case_id, tenant=whose)
    return complaint_view(complaint, language)


@router.post("/{case_id}/raise", dependencies=WRITES)
async def raise_(
    case_id: CaseId,
    tx: OrdersTransaction,
    whose: WhoseOrders,
    rulebook: IntakeRulebook,
    language: Language,
) -> ComplaintView:
    """The buyer goes one rung higher: to the hub, and after its decision to the ombudsman."""
    complaint = await raise_complaint(tx, complaint_id=case_id, tenant=whose, intake=rulebook)
    return complaint_view(complaint, language)


@router.post("/{case_id}/evidence", dependencies=WRITES)
async def evidence(
    case_id: CaseId,
    body: AddEvidence,
    tx: OrdersTransaction,
    whose: WhoseOrders,
    language: Language,
) -> ComplaintView:
    """The buyer adds evidence by its hash."""
    complaint = await add_evidence(
        tx,
        complaint_id=case_id,
        evidence=evidence_of(body.evidence, by="buyer", at=tx.now),
        tenant=whose,
    )
    return complaint_view(complaint, language)


@router.post("/{case_id}/withdraw", dependencies=WRITES)
async def withdraw(
    case_id: CaseId, tx: OrdersTransaction, whose: WhoseOrders, language: Language
) -> ComplaintView:
    """The buyer calls the complaint off."""
    complaint = await withdraw_complaint(tx, complaint_id=case_id, tenant=whose)
    return complaint_view(complaint, language)


@router.post("/{case_id}/decide")
async def decide(
    case_id: CaseId,
    body: DecideComplaint,
    tx: OrdersTransaction,
    caller: Caller,
    rulebook: IntakeRulebook,
    language: Language,
) -> ComplaintView:
    """The hub decides, and on appeal the ombudsman; zero dismisses the complaint."""
    seen = await tx.complaints.get(case_id)
    scope = DECIDES.get(seen.stage)
    if scope is None or not caller.may(scope):
        raise NotTheirRung(f"the complaint is before the {seen.stage}", stage=seen.stage.value)
    complaint = await decide_complaint(
        tx, complaint_id=case_id, granted=body.granted.money(), intake=rulebook
    )
    return complaint_view(complaint, language)

"""Between the words of the API and the domain, for returns and complaints."""

from collections.abc import Sequence
from datetime import datetime

from services.orders.api.sentences import sentence_of
from services.orders.domain.complaint import Complaint, Evidence
from services.orders.domain.goods_return import GoodsReturn
from services.orders.domain.recall import Recall
from services.orders.domain.return_terms import Disposition, Grade, GradedLine
from shared.contracts.event import MoneyWords
from shared.contracts.orders import returns as words
from shared.contracts.orders.events import ReturnedLine
from shared.kernel.money import Money


def graded_of(lines: Sequence[words.GradedLineWords]) -> list[GradedLine]:
    return [
        GradedLine(
            line_no=line.line_no,
            quantity=line.quantity,
            grade=Grade(line.grade),
            disposition=Disposition(line.disposition),
            refund=None if line.refund is None else line.refund.money(),
        )
        for line in lines
    ]


def evidence_of(
    pieces: Sequence[words.EvidenceWords], *, by: str, at: datetime
) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(sha256=piece.sha256, by=by, media_type=piece.media_type, at=at) for piece in pieces
    )


def return_view(it: GoodsReturn) -> words.ReturnView:
    found, tax = it.inspection, it.tax
    grades = [
        {
            "line_no": line.line_no,
            "quantity": line.quantity,
            "grade": line.grade.value,
            "disposition": line.disposition.value,
            "refund": money(line.refund),
        }
        for line in (found.lines if found else ())
    ]
    return words.ReturnView.model_validate(
        {
            "id": it.id,
            "order_id": it.order_id,
            "order_no": it.order_no,
            "logistics_no": it.logistics_no,
            "seller_id": it.seller_id,
            "state": it.state.value,
            "lines": [ReturnedLine(line_no=r.line_no, quantity=r.quantity) for r in it.lines],
            "reason": it.reason,
            "requested_at": it.requested_at,
            "apply_by": it.terms and it.terms.apply_by,
            "arrive_by": it.terms and it.terms.arrive_by,
            "answered_by": it.answer and it.answer.by,
            "tracking_no": it.tracking_no or None,
            "condition": found and found.condition,
            "grades": grades,
            "goods_refund": money(found.goods_refund if found else None),
            "tax_returned": money(tax.returned if tax else None),
            "tax_refused_for": (tax.reason if tax else "") or None,
            "refunded": money(it.refunded),
            "outcome_reason": it.outcome_reason or None,
            "version": it.version,
        }
    )


def complaint_view(it: Complaint, language: str) -> words.ComplaintView:
    """Show a complaint with its steps in a language, and without the buyer's own words."""
    steps = [
        {
            "what": step.what,
            "by": step.by,
            "at": step.at,
            "amount": money(step.amount),
            "sentence": sentence_of(step, language),
        }
        for step in it.steps
    ]
    evidence = [
        {"sha256": piece.sha256, "media_type": piece.media_type, "by": piece.by, "at": piece.at}
        for piece in it.evidence
    ]
    return words.ComplaintView.model_validate(
        {
            "id": it.id,
            "order_id": it.order_id,
            "order_no": it.order_no,
            "seller_id": it.seller_id,
            "state": it.state.value,
            "stage": it.stage.value,
            "about": it.about,
            "claimed": MoneyWords.of(it.claimed),
            "offered": money(it.offered),
            "granted": money(it.granted),
            "outcome": it.outcome or None,
            "due_at": it.due_at,
            "evidence": evidence,
            "steps": steps,
            "version": it.version,
        }
    )


def recall_view(it: Recall) -> words.RecallView:
    told = [
        words.HubToldWords(hub=hub, orders_count=count)
        for hub, count in sorted(it.told_by_hub.items())
    ]
    return words.RecallView(
        id=it.id,
        seller_id=it.seller_id,
        sku=it.sku,
        batch=it.batch or None,
        ordered_from=it.ordered_from,
        ordered_until=it.ordered_until,
        hazard=it.hazard,
        remedy=it.remedy,
        told=tuple(told),
    )


def money(amount: Money | None) -> MoneyWords | None:
    return None if amount is None else MoneyWords.of(amount)

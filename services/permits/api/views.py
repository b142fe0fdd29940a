"""From the truth to the words: how applications and licences are shown."""

from collections.abc import Iterable

from services.permits.domain import application as domain
from services.permits.domain.consultation import Advice
from services.permits.domain.licence import Licence
from services.permits.domain.permit_type import PermitType
from services.permits.domain.trail import Change, LicenceStep, Step
from services.permits.domain.units import measured
from services.permits.store.agencies import Officer
from services.permits.store.write_offs import DatedRefusal, DatedUse
from services.permits.usecases.queries import QueuedCase
from shared.contracts.event import MoneyWords
from shared.contracts.permits.api import (
    AdviceView,
    ApplicationView,
    DecisionView,
    FindingView,
    LicenceLineView,
    LicenceStateView,
    LicenceView,
    PermitTypeView,
    QuestionView,
    RefusedUseView,
    UseView,
    WantedLine,
    Wish,
)
from shared.contracts.permits.office import (
    ChangeView,
    LicenceStepView,
    OfficerView,
    QueueItem,
    StepView,
)


def wish_of(words: Wish) -> domain.Wish:
    """Read what is applied for; a unit that customs does not report raises UnitNotMeasured."""
    for number, line in enumerate(words.lines, start=1):
        measured(line.quantity, line.unit, field=f"lines[{number}].unit")
    return domain.Wish(
        destination=words.destination,
        lines=tuple(
            domain.WantedLine(
                line_no=number,
                hs_code=line.hs_code,
                description=line.description,
                quantity=line.quantity,
                unit=line.unit,
                value=None if line.value is None else line.value.money(),
            )
            for number, line in enumerate(words.lines, start=1)
        ),
        consignee=words.consignee,
        end_use=words.end_use,
        facts=dict(words.facts),
    )


def application_view(one: domain.Application) -> ApplicationView:
    return ApplicationView.model_validate(
        {
            "id": one.id,
            "permit_type": one.permit_type,
            "agency": one.agency,
            "applicant_id": one.applicant_id,
            "state": one.state.value,
            "version": one.version,
            "wish": _wish_view(one.wish),
            "created_at": one.created_at,
            "submitted_at": one.submitted_at,
            "question": _question_view(one.question),
            "proposal": _decision_view(one.proposal),
            "decision": _decision_view(one.decision),
            "countersigned_by": one.countersigned_by.member_id if one.countersigned_by else None,
            "licence_id": one.licence_id,
            "supersedes": one.supersedes,
            "pack_hash": one.pack_hash,
            "advice": tuple(_advice_view(each) for each in one.advice),
            "desks": one.desks,
            "assigned": dict(one.assigned),
        }
    )


def _advice_view(one: Advice) -> AdviceView:
    return AdviceView(
        agency=one.agency,
        asked_at=one.asked_at,
        opinion=one.opinion,
        reason=one.reason,
        conditions=one.conditions,
        officer_id=one.officer.member_id if one.officer else None,
        given_at=one.given_at,
    )


def _wish_view(wish: domain.Wish) -> Wish:
    return Wish(
        destination=wish.destination,
        lines=tuple(
            WantedLine(
                hs_code=line.hs_code,
                description=line.description,
                quantity=line.quantity,
                unit=line.unit,
                value=None if line.value is None else MoneyWords.of(line.value),
            )
            for line in wish.lines
        ),
        consignee=wish.consignee,
        end_use=wish.end_use,
        facts=dict(wish.facts),
    )


def _question_view(question: domain.Question | None) -> QuestionView | None:
    if question is None:
        return None
    return QuestionView(
        text=question.text,
        findings=tuple(
            FindingView(code=each.code, field=each.field, detail=each.detail)
            for each in question.findings
        ),
        asked_by=question.asked_by.member_id if question.asked_by else None,
        asked_at=question.asked_at,
    )


def _decision_view(decision: domain.Decision | None) -> DecisionView | None:
    if decision is None:
        return None
    return DecisionView(
        outcome=decision.outcome,
        reason=decision.reason,
        officer_id=decision.officer.member_id,
        at=decision.at,
        conditions=decision.conditions,
    )


def licence_view(one: Licence) -> LicenceView:
    return LicenceView.model_validate(
        {
            "id": one.id,
            "permit_no": one.permit_no,
            "permit_type": one.permit_type,
            "document_code": one.document_code,
            "agency": one.agency,
            "application_id": one.application_id,
            "holder_id": one.holder_id,
            "destination": one.destination,
            "state": one.state.value,
            "version": one.version,
            "lines": tuple(
                LicenceLineView(
                    line_no=line.line_no,
                    hs_code=line.hs_code,
                    quantity=line.quantity,
                    unit=line.unit,
                    used=line.used,
                    left=line.left,
                )
                for line in one.lines
            ),
            "issued_at": one.issued_at,
            "valid_until": one.valid_until,
            "history": tuple(
                LicenceStateView.model_validate(
                    {"state": entry.state.value, "since": entry.since, "reason": entry.reason}
                )
                for entry in one.history
            ),
            "conditions": one.conditions,
        }
    )


def permit_type_view(one: PermitType) -> PermitTypeView:
    return PermitTypeView(
        permit_type=one.key,
        names=dict(one.names),
        document_code=one.document_code,
        agency=one.agency,
        goods=one.goods,
        facts=tuple(fact.name for fact in one.facts),
        decide_within_working_days=one.decide_within,
        valid_days=one.valid_days,
        rule_id=one.rule_id,
        pack_hash=one.pack_hash,
    )


def use_view(one: DatedUse) -> UseView:
    return UseView(
        declaration_id=one.declaration_id,
        line_no=one.use.line_no,
        quantity=one.use.quantity,
        released_at=one.released_at,
    )


def refused_use_view(one: DatedRefusal) -> RefusedUseView:
    return RefusedUseView(
        declaration_id=one.declaration_id,
        holder_id=one.refused.holder_id,
        permit_type=one.refused.permit_type,
        hs_code=one.refused.hs_code,
        quantity=one.refused.quantity,
        left=one.refused.left,
        unit=one.refused.unit,
        reason=one.refused.reason,
        released_at=one.released_at,
    )


def step_view(one: Step) -> StepView:
    return StepView(
        version=one.version,
        deed=one.deed.value,
        member_id=one.actor.member_id if one.actor else None,
        client_id=one.actor.client_id if one.actor else None,
        at=one.at,
        changes=_change_views(one.changes),
    )


def licence_step_view(one: LicenceStep) -> LicenceStepView:
    return LicenceStepView(
        version=one.version,
        deed=one.deed.value,
        member_id=one.actor.member_id if one.actor else None,
        client_id=one.actor.client_id if one.actor else None,
        cause=one.cause,
        at=one.at,
        changes=_change_views(one.changes),
    )


def _change_views(changes: Iterable[Change]) -> tuple[ChangeView, ...]:
    return tuple(
        ChangeView(field=each.field, before=each.before, after=each.after) for each in changes
    )


def officer_view(one: Officer) -> OfficerView:
    return OfficerView(member_id=one.member_id, given_at=one.given_at, given_by=one.given_by)


def queue_item(one: QueuedCase) -> QueueItem:
    case = one.on.application
    assert case.submitted_at is not None, "what waits for an officer was submitted"
    return QueueItem.model_validate(
        {
            "application_id": case.id,
            "permit_type": case.permit_type,
            "agency": case.agency,
            "state": case.state.value,
            "version": case.version,
            "applicant_id": case.applicant_id,
            "case_officer_id": case.case_officer.member_id if case.case_officer else None,
            "submitted_at": case.submitted_at,
            "days_spent": one.promise.days_spent,
            "days_left": one.promise.days_left,
            "due_on": one.promise.due_on,
            "risk": one.promise.risk.value,
            "is_certain": one.promise.is_certain,
            "desk": one.on.agency,
            "officer_id": one.on.officer_id,
        }
    )

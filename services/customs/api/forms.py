"""The gate of Malaysia over HTTP: its forms as data, drawn up, filed, amended and decided."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from services.customs.api.deps import CustomsReading, CustomsTransaction, sees_everything
from services.customs.api.views import AUTHORITY
from services.customs.domain.forms.box import BOXES
from services.customs.domain.forms.catalogue import FORMS, SOURCE, Form, form_called
from services.customs.domain.forms.dossier import FormText, write_form
from services.customs.domain.forms.filing import Filing, FilingState
from services.customs.store.forms import FilingNotFound
from services.customs.store.tx import CustomsTx
from services.customs.usecases.announce import finding_words
from services.customs.usecases.draw_form import Subject, SubjectUnknown, draw_form, subject_of
from services.customs.usecases.file_form import (
    FormRequest,
    amend_form,
    cancel_form,
    decide_form,
    file_form,
    served_by,
)
from services.customs.usecases.form_bills import form_bill_no
from services.customs.usecases.permit_refusals import resolve_form
from shared.contracts.customs.api import Decide
from shared.contracts.customs.forms import (
    AmendForm,
    BoxView,
    DraftView,
    FileForm,
    FilingStepView,
    FilingView,
    FormList,
    FormView,
)
from shared.kernel.errors import NotFound
from shared.kernel.ids import ID_PATTERN
from shared.web.auth import Caller, Principal, requires
from shared.web.door import DoorRoute
from shared.web.pages import PAGE_DEFAULT, Cursor, Limit, Page, after, cursor_for

GATE_COUNTRY = "MY"
router = APIRouter(prefix="/v1/gates/my", tags=["gate of Malaysia"], route_class=DoorRoute)
READS = [Depends(requires("customs:read"))]
WRITES = [Depends(requires("customs:write"))]
DECIDES = [Depends(requires("customs:decide"))]
Number = Annotated[str, Path(pattern=ID_PATTERN)]
FormNamed = Annotated[str, Path(pattern=r"^K[0-9]{1,2}[A-Z]?$")]
About = Annotated[str, Query(pattern=ID_PATTERN, description="what the form is about")]


class FormsElsewhere(NotFound):
    """This hub's customs have other forms."""

    code = "customs.forms-elsewhere"


@router.get("/form-list", dependencies=READS)
async def form_list(tx: CustomsReading) -> FormList:
    """Every form with its boxes, for software that fills them."""
    _check_country(tx)
    return FormList(forms=tuple(_form_view(form) for form in FORMS.values()))


@router.get("/drafts/{form}", dependencies=READS)
async def draft(form: FormNamed, about: About, tx: CustomsReading, caller: Caller) -> DraftView:
    """Draw up a form from what the hub knows of a unit, a parcel or another form."""
    _check_country(tx)
    wanted = form_called(form)
    subject = await _seen(tx, about, caller)
    text = write_form(
        wanted,
        await draw_form(tx, wanted, subject),
        digits=tx.rulebook.money_digits(tx.country),
    )
    return DraftView(
        form=wanted.name,
        about=about,
        boxes=dict(text.boxes),
        lines=tuple(dict(line) for line in text.lines),
        missing=tuple(name for name in wanted.needs if name not in text.boxes),
        authority=AUTHORITY,
    )


@router.post("/forms", status_code=201, dependencies=WRITES)
async def file(body: FileForm, tx: CustomsTransaction, caller: Caller) -> FilingView:
    """File a form; the reply says whether it is accepted, or returned with what is wrong."""
    _check_country(tx)
    if body.about is not None:
        await _seen(tx, body.about, caller)
    request = FormRequest(
        form=body.form,
        member_id=body.member_id,
        reference=body.reference,
        about=body.about or "",
        text=FormText(boxes=body.boxes, lines=body.lines),
    )
    return _view(await file_form(tx, request, by=caller.member_id))


@router.get("/forms", dependencies=READS)
async def page(
    tx: CustomsReading, caller: Caller, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None
) -> Page[FilingView]:
    """List filed forms by number; everybody but an officer sees those of members they serve."""
    members = None if sees_everything(caller) else await served_by(tx, caller.member_id)
    found = await tx.filings.page(after=after(cursor), limit=limit, members=members)
    return Page(
        items=[_view(one) for one in found],
        next_cursor=cursor_for([one.number for one in found], limit=limit),
    )


@router.get("/forms/{number}", dependencies=READS)
async def read(number: Number, tx: CustomsReading, caller: Caller) -> FilingView:
    """Read one filed form."""
    return _view(await _own(tx, number, caller))


@router.post("/forms/{number}/amendments", status_code=201, dependencies=WRITES)
async def amend(
    number: Number, body: AmendForm, tx: CustomsTransaction, caller: Caller
) -> FilingView:
    """Change a form that is returned or whose papers are read; it keeps its number."""
    await _own(tx, number, caller)
    change = FormText(boxes=body.boxes, lines=body.lines)
    return _view(await amend_form(tx, number, change, by=caller.member_id))


@router.post("/forms/{number}/cancel", dependencies=WRITES)
async def cancel(
    number: Number, body: Decide, tx: CustomsTransaction, caller: Caller
) -> FilingView:
    """Withdraw a form; filed again under its reference, it has the same number."""
    await _own(tx, number, caller)
    is_officer = caller.may("customs:decide")
    cancelled = await cancel_form(
        tx, number, by=caller.member_id, reason=body.reason, is_officer=is_officer
    )
    return _view(cancelled)


@router.post("/forms/{number}/inspect", dependencies=DECIDES)
async def inspect(
    number: Number, body: Decide, tx: CustomsTransaction, caller: Caller
) -> FilingView:
    """Have the goods of a form looked at; from here on it can't be amended."""
    return await _decided(tx, number, FilingState.PHYSICAL_CHECK, body, caller)


@router.post("/forms/{number}/release", dependencies=DECIDES)
async def release(
    number: Number, body: Decide, tx: CustomsTransaction, caller: Caller
) -> FilingView:
    """Let the goods of a form move."""
    return await _decided(tx, number, FilingState.RELEASED, body, caller)


@router.post("/forms/{number}/resolve", dependencies=DECIDES)
async def resolve(
    number: Number, body: Decide, tx: CustomsTransaction, caller: Caller
) -> FilingView:
    """Let a form go on that was held because a permit refused it."""
    return _view(await resolve_form(tx, number, by=caller.member_id, reason=body.reason))


@router.post("/forms/{number}/complete", dependencies=DECIDES)
async def complete(
    number: Number, body: Decide, tx: CustomsTransaction, caller: Caller
) -> FilingView:
    """Note that the goods arrived where the form says, or that they were handed over."""
    return await _decided(tx, number, FilingState.COMPLETED, body, caller)


async def _decided(
    tx: CustomsTx, number: str, to: FilingState, body: Decide, caller: Principal
) -> FilingView:
    return _view(await decide_form(tx, number, to, by=caller.member_id, reason=body.reason))


async def _own(tx: CustomsTx, number: str, caller: Principal) -> Filing:
    found = await tx.filings.get(number)
    if not sees_everything(caller) and found.member_id not in await served_by(tx, caller.member_id):
        raise FilingNotFound(f"no form {number}")
    return found


async def _seen(tx: CustomsTx, about: str, caller: Principal) -> Subject:
    """Return a form's subject if the caller may see it; otherwise there is none."""
    unknown = SubjectUnknown(f"{about} is nothing that a form can be about", field="about")
    try:
        subject = await subject_of(tx, about)
    except NotFound as error:
        raise unknown from error
    served = await served_by(tx, caller.member_id)
    if not sees_everything(caller) and not subject.may_be_seen_by(served):
        raise unknown
    return subject


def _check_country(tx: CustomsTx) -> None:
    if tx.country != GATE_COUNTRY:
        raise FormsElsewhere(f"customs of {tx.country} have other forms")


def _form_view(form: Form) -> FormView:
    return FormView(
        form=form.name,
        title=form.title,
        drawn_up=form.is_drawn_up,
        after=form.after,
        boxes=_box_views(form.needs, form.may),
        line_boxes=_box_views(form.line_needs, form.line_may),
        source=SOURCE,
    )


def _box_views(needs: tuple[str, ...], may: tuple[str, ...]) -> tuple[BoxView, ...]:
    return tuple(
        BoxView(
            name=name,
            label=BOXES[name].label,
            kind=BOXES[name].kind.value,
            choices=BOXES[name].choices,
            needed=name in needs,
        )
        for name in (*needs, *may)
    )


def _bill_no(one: Filing) -> str | None:
    """Return the bill of what counts, and of what should have arrived."""
    is_drawn = one.counts or one.state is FilingState.UNDISCHARGED
    return form_bill_no(one) if is_drawn and form_called(one.form).is_billed else None


def _view(one: Filing) -> FilingView:
    return FilingView(
        number=one.number,
        tax_bill_no=_bill_no(one),
        deadline=one.deadline,
        form=one.form,
        member_id=one.member_id,
        reference=one.reference,
        about=one.about or None,
        state=one.state.value,
        edition=one.edition,
        version=one.version,
        lane=None if one.lane is None else one.lane.value,
        boxes=dict(one.text.boxes),
        lines=tuple(dict(line) for line in one.text.lines),
        findings=finding_words(one.findings),
        history=tuple(
            FilingStepView(state=step.state.value, at=step.at, by=step.by, reason=step.reason)
            for step in one.history
        ),
        authority=AUTHORITY,
    )

"""File a form at the gate of Malaysia, amend it, cancel it, and take the simulated answer."""

from dataclasses import dataclass, replace

from services.customs.domain.authority import SIMULATOR
from services.customs.domain.basis import Finding
from services.customs.domain.forms.catalogue import Form, form_called
from services.customs.domain.forms.dossier import FormDossier, FormText, read_form, write_form
from services.customs.domain.forms.examination import Tariff, faults, goods_of, taxed, worked_out
from services.customs.domain.forms.filing import (
    BY_OFFICERS_ONLY,
    NUMBER_PREFIX,
    Filing,
    FilingState,
    FilingStep,
    FilingStepNotAllowed,
    is_form_number,
)
from services.customs.domain.forms.succession import (
    PREVIOUS,
    quantities,
    succession_faults,
    value_declaration_faults,
)
from services.customs.domain.general_trade import GeneralTradeRules
from services.customs.domain.quota import QuotaUse
from services.customs.store.tx import CustomsTx
from services.customs.usecases.check_permits import form_permit_findings
from services.customs.usecases.draw_form import customs_rates, subject_of
from services.customs.usecases.draw_quotas import draw_quotas, give_back_quotas, offer_quotas
from services.customs.usecases.form_bills import (
    demand_form_bill,
    draw_form_bill,
    form_guarantee_findings,
    void_form_bill,
)
from services.customs.usecases.show_permits import names_permits, show_permits
from shared.kernel.errors import Conflict, Forbidden, Rejected
from shared.kernel.ids import derived_id
from shared.kernel.money import Money

SCOPE = "customs:write"
GENERAL_TRADE = "0110"
"""Forms declare general trade; parcels of small value are declared by their own dossiers."""
ENDED_AT_ONCE_MAX = 100


class FiledForStranger(Forbidden):
    """Only a member itself, or whom it delegated customs:write to, files for it."""

    code = "customs.form-for-stranger"


class FiledAlready(Conflict):
    """A form with this reference is filed; amend it, it keeps its number."""

    code = "customs.form-filed-already"
    help = "Amend the form that is filed under this reference."


class FormDrawnUp(Rejected):
    """The hub draws this form up by itself for every sealed unit; it is filed for other goods."""

    code = "customs.form-drawn-up"


@dataclass(frozen=True, kw_only=True)
class FormRequest:
    """What somebody files: for whom, under which reference of theirs, about what, what it says."""

    form: str
    member_id: str
    reference: str
    text: FormText
    about: str = ""


async def served_by(tx: CustomsTx, caller_id: str) -> set[str]:
    """Return the members for whom a caller may file: itself, and who delegated it to them."""
    return {caller_id} | await tx.filers.acted_for(caller_id, scope=SCOPE, at=tx.now)


async def file_form(tx: CustomsTx, request: FormRequest, *, by: str) -> Filing:
    """File a form; one reference of a member has one number, also after it was cancelled."""
    form = form_called(request.form)
    if form.is_drawn_up and request.about and not is_form_number(request.about):
        raise FormDrawnUp(f"{form.name} is drawn up for each sealed unit", field="about")
    if request.member_id not in await served_by(tx, by):
        raise FiledForStranger(f"you may not file for {request.member_id}", field="member_id")
    stated = FormText().amended(request.text)
    number = derived_id(NUMBER_PREFIX, tx.hub, form.name, request.member_id, request.reference)
    await tx.locks.hold([number])
    before = await tx.filings.find(number)
    if before is None:
        lodged = Filing(
            number=number,
            form=form.name,
            member_id=request.member_id,
            reference=request.reference,
            about=request.about,
            stated=stated,
            history=(FilingStep(state=FilingState.LODGED, at=tx.now, by=by),),
        )
    elif before.state is FilingState.CANCELLED:
        again = before.filed_again(stated, at=tx.now, by=by)
        lodged = replace(again, about=request.about)
    else:
        raise FiledAlready(f"it is {before.state.value}", field="reference", number=number)
    return await _examined(tx, form, lodged)


async def amend_form(tx: CustomsTx, number: str, change: FormText, *, by: str) -> Filing:
    """Change boxes of a form that is returned or whose papers are read; it keeps its number."""
    before = await _held(tx, number)
    if before.state is FilingState.CANCELLED:
        raise FilingStepNotAllowed("it is cancelled: file it again", current=before.state.value)
    lodged = before.filed_again(before.stated.amended(change), at=tx.now, by=by)
    return await _examined(tx, form_called(before.form), lodged)


async def cancel_form(
    tx: CustomsTx, number: str, *, by: str, reason: str, is_officer: bool
) -> Filing:
    """Withdraw a form; once goods are looked at or released only an officer can."""
    before = await _held(tx, number)
    if before.state in BY_OFFICERS_ONLY and not is_officer:
        raise FilingStepNotAllowed(
            f"a form that is {before.state.value} is cancelled by an officer",
            current=before.state.value,
        )
    after = before.moved(FilingState.CANCELLED, at=tx.now, by=by, reason=reason)
    await give_back_quotas(tx, number)
    await void_form_bill(tx, before)
    await show_permits(tx, after, _said(tx, after), named_before=names_permits(before))
    await tx.filings.save(after)
    return after


async def decide_form(
    tx: CustomsTx, number: str, to: FilingState, *, by: str, reason: str
) -> Filing:
    """An officer looks at the goods of a form, releases it, or notes that it is carried out."""
    after = _timed(tx, (await _held(tx, number)).moved(to, at=tx.now, by=by, reason=reason))
    if to is FilingState.COMPLETED and form_called(after.form).secures_tax:
        await void_form_bill(tx, after)
    await tx.filings.save(after)
    return after


async def end_overdue_forms(tx: CustomsTx) -> None:
    """End the forms whose deadline has passed: nobody answered, or the goods never arrived.

    What these secured falls due.
    """
    for number in await tx.filings.overdue(at=tx.now, limit=ENDED_AT_ONCE_MAX):
        held = await _held(tx, number)
        if not held.is_overdue(tx.now):
            continue  # somebody moved it before we held it
        after = held.ended(at=tx.now, by=SIMULATOR)
        if after.state is FilingState.UNDISCHARGED:
            await demand_form_bill(tx, after)
        await tx.filings.save(after)


def _timed(tx: CustomsTx, filing: Filing) -> Filing:
    """Set by when the form must move on from the state that it just took."""
    today = tx.rulebook.day_of(tx.country, tx.now)
    terms = tx.rulebook.form_terms(tx.country, on=today)
    return replace(filing, deadline=terms.deadline(filing, today=today))


async def _held(tx: CustomsTx, number: str) -> Filing:
    await tx.locks.hold([number])
    return await tx.filings.get(number)


async def _examined(tx: CustomsTx, form: Form, lodged: Filing) -> Filing:
    """Take the authority's answer to a lodged form, and keep it."""
    digits = tx.rulebook.money_digits(tx.country)
    dossier = read_form(form, lodged.stated, digits=digits)
    if lodged.about:
        source = (await subject_of(tx, lodged.about)).dossier
        dossier = dossier.filled_from(source, form)
    dossier = worked_out(form, dossier, customs_rates(tx))
    lodged = replace(lodged, previous=str(dossier.header.get(PREVIOUS, "")))
    findings = await _findings(tx, form, lodged, dossier)
    uses: tuple[QuotaUse, ...] = ()
    if form.is_billed:
        await give_back_quotas(tx, lodged.number)
        if lodged.edition > 1:
            await void_form_bill(tx, replace(lodged, edition=lodged.edition - 1))
    if not findings and form.is_billed:
        dossier, findings, uses = await _taxed(tx, form, dossier)
        findings = findings or await form_guarantee_findings(tx, form, lodged, dossier)
    text = write_form(form, dossier, digits=digits)
    if findings:
        after = lodged.returned(text, findings, at=tx.now, by=SIMULATOR)
    else:
        lane = tx.rulebook.lane(
            tx.country,
            "import" if form.is_taxed else "export",
            subject=lodged.number,
            order_no=lodged.reference,
            on=tx.rulebook.day_of(tx.country, tx.now),
        )
        after = lodged.accepted(text, lane, at=tx.now, by=SIMULATOR)
        await draw_quotas(tx, lodged.number, uses)
        if form.is_billed:
            await draw_form_bill(tx, form, after, dossier)
    after = _timed(tx, after)
    await show_permits(tx, after, dossier, named_before=names_permits(lodged))
    await tx.filings.save(after)
    if after.counts:
        await _look_again_at_what_waited(tx, after)
    return after


async def _findings(
    tx: CustomsTx, form: Form, lodged: Filing, dossier: FormDossier
) -> tuple[Finding, ...]:
    rules = tx.rulebook.import_rules(tx.country, on=tx.rulebook.day_of(tx.country, tx.now))
    return (
        *faults(form, dossier, customs_rates(tx), hs_digits=rules.hs_digits),
        *await form_permit_findings(
            tx, form, dossier, number=lodged.number, member_id=lodged.member_id
        ),
        *await _value_findings(tx, form, lodged, dossier),
        *await _succession_findings(tx, form, lodged, dossier),
    )


async def _value_findings(
    tx: CustomsTx, form: Form, lodged: Filing, dossier: FormDossier
) -> tuple[Finding, ...]:
    """Goods of great value declare it on a form of its own; the pack says from where on."""
    value = dossier.header.get("customs_value_amount")
    if form.name != "K1" or not isinstance(value, Money):
        return ()
    on = tx.rulebook.day_of(tx.country, tx.now)
    needed = tx.rulebook.forms(tx.country, "import", value, on=on)
    companions = await tx.filings.following(lodged.number)
    return value_declaration_faults(form, forms_needed=needed, companions=companions)


async def _succession_findings(
    tx: CustomsTx, form: Form, lodged: Filing, dossier: FormDossier
) -> tuple[Finding, ...]:
    if not form.after or not lodged.previous:
        return ()
    # Whoever takes goods out of one form's stock does so one after the other.
    await tx.locks.hold([lodged.previous])
    previous = await tx.filings.find(lodged.previous)
    if previous is not None and previous.member_id != lodged.member_id:
        previous = None
    said = FormDossier() if previous is None else _said(tx, previous)
    moved: dict[str, int] = {}
    for other in await tx.filings.following(lodged.previous):
        if other.number != lodged.number and other.form == form.name and other.counts:
            for code, quantity in quantities(_said(tx, other)).items():
                moved[code] = moved.get(code, 0) + quantity
    return succession_faults(form, dossier, previous=previous, said_before=said, moved=moved)


def _said(tx: CustomsTx, filing: Filing) -> FormDossier:
    digits = tx.rulebook.money_digits(tx.country)
    return read_form(form_called(filing.form), filing.text, digits=digits)


async def _taxed(
    tx: CustomsTx, form: Form, dossier: FormDossier
) -> tuple[FormDossier, tuple[Finding, ...], tuple[QuotaUse, ...]]:
    on = tx.rulebook.day_of(tx.country, tx.now)
    rules = tx.rulebook.import_rules(tx.country, on=on).taxations[GENERAL_TRADE]
    assert isinstance(rules, GeneralTradeRules), "the pack taxes general trade in full"
    goods = goods_of(dossier)
    tariff = Tariff(
        rates=tx.rulebook.rates(tx.country, goods, on=on),
        rules=rules,
        quotas=await offer_quotas(tx, goods, country=tx.country, on=on, holds=True)
        if form.is_taxed
        else {},
    )
    return taxed(form, dossier, customs_rates(tx), tariff)


async def _look_again_at_what_waited(tx: CustomsTx, accepted: Filing) -> None:
    """An accepted declaration of value lets its K1 go on, if that waited for nothing else."""
    if accepted.form != "K1A":
        return
    waiting = await tx.filings.get(accepted.previous)
    if waiting.state is not FilingState.RETURNED:
        return
    lodged = waiting.looked_at_again(at=tx.now, by=SIMULATOR, reason="value declared")
    await _examined(tx, form_called(waiting.form), lodged)

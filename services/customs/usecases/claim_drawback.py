"""Claim duty back on imported goods that left again: granted, it is evidence for payments."""

from dataclasses import dataclass
from datetime import date, datetime

from services.customs.domain.drawback import DrawbackDecision, decide_drawback, end_of, months_after
from services.customs.domain.export import ExportDeclaration, ExportState
from services.customs.domain.forms.box import BOXES
from services.customs.domain.forms.filing import Filing, FilingState, is_form_number
from services.customs.domain.rebate import Scheme
from services.customs.store.exports import ExportDeclarationNotFound
from services.customs.store.tx import CustomsTx
from shared.contracts.customs.events import RebateEvidenced
from shared.contracts.event import MoneyWords
from shared.kernel.errors import Conflict, Rejected
from shared.kernel.ids import derived_id
from shared.kernel.money import Money

EXPORT_FORM = "K2"
"""The form of goods that leave; a sealed unit's is drawn up, that of other goods is filed."""
SCHEMES = {"drawback.as-is": Scheme.MY_AS_IS, "drawback.manufacture": Scheme.MY_MANUFACTURE}


class NotDeparted(Conflict):
    """Drawback is for goods that have left."""

    code = "customs.not-departed"


class DrawbackExportDiffers(Rejected):
    """A claim says another day of export than the form by which the goods left."""

    code = "customs.drawback-export-differs"


class NoticeTooLate(Conflict):
    """Notice of a drawback stands on the export form: once its goods have left it says no more."""

    code = "customs.drawback-notice-too-late"


class DutyReceiptUnknown(Rejected):
    """A claim names a form as its receipt that is not the claimant's, or bore no duty yet."""

    code = "customs.duty-receipt-unknown"


class DutyReceiptDiffers(Rejected):
    """A claim says something else of its receipt than the form: more duty, or another day."""

    code = "customs.duty-receipt-differs"


@dataclass(frozen=True, kw_only=True)
class DrawbackClaim:
    """What the claimant says: which duty was paid when, and by which export the goods left."""

    scheme: str
    seller_id: str
    declaration_id: str
    receipt_no: str
    duty_paid: Money
    paid_on: date
    exported_on: date


async def give_notice(tx: CustomsTx, declaration_id: str, seller_id: str) -> datetime:
    """Note on an export declaration, or a filed K2, that a seller will claim drawback.

    Returns since when. Raises ExportDeclarationNotFound where nothing of it is the seller's, and
    NoticeTooLate.
    """
    if is_form_number(declaration_id):
        await tx.locks.hold([declaration_id])
        form = await _export_form(tx, declaration_id, seller_id)
        if form.state in {FilingState.COMPLETED, FilingState.CANCELLED}:
            raise NoticeTooLate(f"{form.form} {form.number} is {form.state.value}")
        return await tx.rebates.note_notice(declaration_id, seller_id, at=tx.now)
    consolidation_id = (await tx.exports.get(declaration_id)).unit.consolidation_id
    await tx.locks.hold([consolidation_id])
    export = await _export_of(tx, declaration_id, seller_id)
    if export.state in {ExportState.DEPARTED, ExportState.CANCELLED}:
        raise NoticeTooLate(f"export declaration {export.id} is {export.state.value}")
    return await tx.rebates.note_notice(declaration_id, seller_id, at=tx.now)


async def claim_drawback(tx: CustomsTx, claim: DrawbackClaim) -> tuple[DrawbackDecision, str]:
    """Decide a claim by the rules of the day of export; a granted one is said once."""
    form = await _departed_by(tx, claim)
    today = tx.rulebook.day_of(tx.country, tx.now)
    rules = tx.rulebook.drawback(tx.country, claim.scheme, on=claim.exported_on)
    decision = decide_drawback(
        claim.duty_paid,
        paid_on=claim.paid_on,
        exported_on=claim.exported_on,
        claimed_on=today,
        has_notice=await tx.rebates.notice_of(claim.declaration_id, claim.seller_id) is not None,
        rules=rules,
    )
    name = f"{claim.declaration_id}/{claim.seller_id}/{claim.receipt_no}"
    case_id = derived_id("dbk", tx.hub, name)
    await tx.locks.hold([claim.receipt_no])
    await _check_receipt(tx, claim, case_id)
    if decision.is_granted and await tx.rebates.note_claim(
        case_id,
        seller_id=claim.seller_id,
        receipt_no=claim.receipt_no,
        duty_minor=claim.duty_paid.minor,
    ):
        event = RebateEvidenced(
            case_id=case_id,
            scheme=SCHEMES[claim.scheme].value,
            seller_id=claim.seller_id,
            declaration_id=claim.declaration_id,
            amount=MoneyWords.of(decision.amount),
            evidence=(
                f"{form} {claim.declaration_id}",
                f"duty receipt {claim.receipt_no}"[:100],
            ),
            claim_by=end_of(months_after(claim.exported_on, rules.claim_within_months)),
            evidenced_at=tx.now,
        )
        await tx.emit(event, key=case_id)
    return decision, case_id


async def _departed_by(tx: CustomsTx, claim: DrawbackClaim) -> str:
    """Return by which form the claimed goods left.

    Raises ExportDeclarationNotFound, NotDeparted, and DrawbackExportDiffers.
    """
    if not is_form_number(claim.declaration_id):
        export = await _export_of(tx, claim.declaration_id, claim.seller_id)
        if export.state is not ExportState.DEPARTED:
            raise NotDeparted(f"export declaration {export.id} is {export.state.value}")
        return export.forms[0]
    form = await _export_form(tx, claim.declaration_id, claim.seller_id)
    if form.state is not FilingState.COMPLETED:
        raise NotDeparted(f"{form.form} {form.number} is {form.state.value}")
    left_at = next(step.at for step in form.history if step.state is FilingState.COMPLETED)
    left_on = tx.rulebook.day_of(tx.country, left_at).isoformat()
    if claim.exported_on.isoformat() != form.text.boxes.get("departure_date", left_on):
        raise DrawbackExportDiffers("the form's goods left on another day", field="exported_on")
    return form.form


async def _export_of(tx: CustomsTx, declaration_id: str, seller_id: str) -> ExportDeclaration:
    """Return a sealed unit's export in which goods of a seller are, or raise
    ExportDeclarationNotFound: what others sent gives nobody else their duty back."""
    export = await tx.exports.get(declaration_id)
    parcels = await tx.exports.unit_parcels(export.unit.consolidation_id)
    if seller_id not in {parcel.seller_id for parcel in parcels}:
        raise ExportDeclarationNotFound(f"no export declaration {declaration_id} of yours")
    return export


async def _export_form(tx: CustomsTx, number: str, seller_id: str) -> Filing:
    """Return a seller's own K2, or raise ExportDeclarationNotFound."""
    form = await tx.filings.find(number)
    if form is None or form.member_id != seller_id or form.form != EXPORT_FORM:
        raise ExportDeclarationNotFound(f"no {EXPORT_FORM} {number} of yours")
    return form


async def _check_receipt(tx: CustomsTx, claim: DrawbackClaim, case_id: str) -> None:
    """Hold a claim against the form by which its duty was paid; a paper receipt is believed.

    What other claims took of the duty can't be taken again.
    """
    if not is_form_number(claim.receipt_no):
        return
    form = await tx.filings.find(claim.receipt_no)
    duty_text = None if form is None else form.text.boxes.get("duty_amount")
    if form is None or duty_text is None or form.member_id != claim.seller_id:
        raise DutyReceiptUnknown("no form of yours with duty has this number", field="receipt_no")
    if form.released_at is None:
        raise DutyReceiptUnknown(f"the form is {form.state.value}", field="receipt_no")
    duty = BOXES["duty_amount"].read(duty_text, tx.rulebook.money_digits(tx.country))
    assert isinstance(duty, Money), "duty is an amount"
    claimed = await tx.rebates.claimed_of(claim.receipt_no, besides=case_id)
    if duty < claim.duty_paid + Money(claimed, duty.currency):
        raise DutyReceiptDiffers(
            "the form bears less duty than is claimed", field="duty_paid_minor"
        )
    if claim.paid_on != tx.rulebook.day_of(tx.country, form.released_at):
        raise DutyReceiptDiffers("the form was released on another day", field="paid_on")

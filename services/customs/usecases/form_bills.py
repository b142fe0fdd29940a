"""The tax bill of an accepted form: drawn on its importer's account, void with the form.

That of a K8 is security until the goods arrive. Every edition has a bill of its own, because the
one before may be in a payment order already.
"""

from services.customs.domain.basis import Finding
from services.customs.domain.forms.catalogue import Form
from services.customs.domain.forms.dossier import FormDossier
from services.customs.domain.forms.examination import fault
from services.customs.domain.forms.filing import Filing
from services.customs.domain.tax_bill import GUARANTEE_EXHAUSTED, BillStatus, DrawnBill
from services.customs.store.tx import CustomsTx
from services.customs.usecases.tax_bills import shortfall_of
from shared.kernel.ids import derived_id
from shared.kernel.money import Money

EDITION_MARK = "/"


def bill_subject(filing: Filing) -> str:
    """Return what an edition's bill is about."""
    return f"{filing.number}{EDITION_MARK}{filing.edition}"


def form_of_bill(bill: DrawnBill) -> str:
    """Return the number of the form, or of the declaration, that a bill is about."""
    return bill.declaration_id.split(EDITION_MARK)[0]


def form_bill_no(filing: Filing) -> str:
    return derived_id("bill", filing.number.split("_")[1], bill_subject(filing))


async def form_guarantee_findings(
    tx: CustomsTx, form: Form, filing: Filing, dossier: FormDossier
) -> tuple[Finding, ...]:
    """Say when the importer's account does not cover duty and tax; no account, no limit."""
    duty, tax = _taxes(dossier)
    remedy = "The guarantee account is used up: top it up, or have its bills paid."
    return tuple(
        fault(form, GUARANTEE_EXHAUSTED, "boxes.importer_id", remedy)
        for _ in await shortfall_of(tx, filing.member_id, duty + tax)
    )


async def draw_form_bill(tx: CustomsTx, form: Form, filing: Filing, dossier: FormDossier) -> None:
    """Draw an accepted form's duty and sales tax on its importer's account, or secure them."""
    duty, tax = _taxes(dossier)
    zero = Money(0, duty.currency)
    bill = DrawnBill(
        number=form_bill_no(filing),
        declaration_id=bill_subject(filing),
        guarantor=filing.member_id,
        duty=duty,
        vat=zero,
        consumption=zero,
        other=tax,
        voided=zero,
        drawn_on=tx.rulebook.day_of(tx.country, tx.now),
        status=BillStatus.SECURED if form.secures_tax else BillStatus.GENERATED,
    )
    await tx.tax_bills.save(bill)


async def void_form_bill(tx: CustomsTx, filing: Filing) -> None:
    """Void what the form's edition drew; nothing where it drew nothing."""
    await tx.tax_bills.drop(bill_subject(filing))


async def demand_form_bill(tx: CustomsTx, filing: Filing) -> None:
    """Have paid what a form's edition secured, because its goods did not arrive."""
    bill = await tx.tax_bills.get(form_bill_no(filing))
    await tx.tax_bills.save(bill.fallen_due())


def _taxes(dossier: FormDossier) -> tuple[Money, Money]:
    duty, tax = dossier.header["duty_amount"], dossier.header["sales_tax_amount"]
    assert isinstance(duty, Money), "a taxed form has its duty"
    assert isinstance(tax, Money), "a taxed form has its sales tax"
    return duty, tax

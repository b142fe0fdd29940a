"""Declare one parcel whose dossier is complete, and take the simulated authority's answer."""

from dataclasses import replace

from services.customs.domain.admission import Admission, admit
from services.customs.domain.authority import SIMULATOR
from services.customs.domain.basis import Finding
from services.customs.domain.cbec import CbecRules
from services.customs.domain.declaration import Declaration
from services.customs.domain.documents import CompleteDossier, OrderDocument
from services.customs.domain.import_rules import ImportRules
from services.customs.domain.matching import match
from services.customs.domain.status import Status
from services.customs.store.tx import CustomsTx
from services.customs.usecases.announce import announce
from shared.kernel.ids import derived_id


async def declare_parcel(
    tx: CustomsTx, declaration: Declaration, dossier: CompleteDossier, *, is_only_one: bool
) -> Declaration:
    """Return the declaration after the authority's answer: 100 with findings, or 120 and on.

    A returned declaration with nothing new to say is left as it is.
    """
    on = tx.rulebook.day_of(tx.country, tx.now)
    rules = tx.rulebook.import_rules(tx.country, on=on)
    order = declaration.applied_to(dossier.order)
    admission = await _admission(tx, declaration, order, dossier, rules)
    findings = (*admission.findings, *match(replace(dossier, order=order), rules))
    if not is_only_one:
        findings = (*findings, _DECLARED_TWICE)
    if findings:
        return await _returned(tx, declaration, findings, rules)
    await _count_to_the_year(tx, declaration, order, admission, rules)
    return await _accepted(tx, declaration, admission, rules)


async def _admission(
    tx: CustomsTx,
    declaration: Declaration,
    order: OrderDocument,
    dossier: CompleteDossier,
    rules: ImportRules,
) -> Admission:
    on = tx.rulebook.day_of(tx.country, tx.now)
    person = order.orderer.id_number
    await tx.locks.hold([person])
    used = await tx.allowances.used(
        person, on.year, currency=rules.arithmetic.currency, besides=[declaration.id]
    )
    return admit(
        order,
        rules,
        tx.rulebook.rates(tx.country, order.lines, on=on),
        insurance=dossier.waybill.insured,
        annual_used=used,
    )


async def _returned(
    tx: CustomsTx, declaration: Declaration, findings: tuple[Finding, ...], rules: ImportRules
) -> Declaration:
    if declaration.status is Status.RETURNED and declaration.findings == findings:
        return declaration
    returned = declaration.sent(at=tx.now, by=SIMULATOR).returned(
        findings, at=tx.now, by=SIMULATOR, pack_digest=rules.pack_digest
    )
    await announce(tx, returned)
    return returned


async def _accepted(
    tx: CustomsTx, declaration: Declaration, admission: Admission, rules: ImportRules
) -> Declaration:
    assert admission.cost is not None, "an order without findings has its landed cost"
    lane = tx.rulebook.lane(
        tx.country,
        "import",
        subject=declaration.logistics_no,
        order_no=declaration.order_no,
        on=tx.rulebook.day_of(tx.country, tx.now),
    )
    accepted = declaration.sent(at=tx.now, by=SIMULATOR).accepted(
        tax=admission.cost.tax,
        lane=lane,
        at=tx.now,
        by=SIMULATOR,
        pack_digest=rules.pack_digest,
    )
    await announce(tx, accepted)
    routed = accepted.routed(bill_no=tax_bill_no(accepted), at=tx.now, by=SIMULATOR)
    await announce(tx, routed)
    return routed


async def _count_to_the_year(
    tx: CustomsTx,
    declaration: Declaration,
    order: OrderDocument,
    admission: Admission,
    rules: ImportRules,
) -> None:
    if not isinstance(rules.taxations[order.channel], CbecRules):
        return
    assert admission.cost is not None, "an order without findings has its landed cost"
    await tx.allowances.enter(
        declaration.id,
        person=order.orderer.id_number,
        year=tx.rulebook.day_of(tx.country, tx.now).year,
        amount=admission.cost.assessment.dutiable,
    )


def tax_bill_no(declaration: Declaration) -> str:
    """Return the number of a declaration's tax bill: one declaration, one bill."""
    hub = declaration.id.split("_")[1]
    return derived_id("bill", hub, declaration.id)


_DECLARED_TWICE = Finding(
    code="order-declared-twice",
    field="order_no",
    documents=("order", "booking"),
    remedy="This order is declared under another parcel: cancel one of the two parcels.",
)

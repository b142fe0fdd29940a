"""Declare one parcel whose dossier is complete, and take the simulated authority's answer."""

from dataclasses import replace

from services.customs.domain.admission import NO_QUOTAS, Admission, admit
from services.customs.domain.assessment import Tax
from services.customs.domain.authority import SIMULATOR
from services.customs.domain.basis import Finding
from services.customs.domain.cbec import CbecRules
from services.customs.domain.declaration import Declaration
from services.customs.domain.documents import CompleteDossier, OrderDocument
from services.customs.domain.general_trade import GeneralTradeRules
from services.customs.domain.goods_return import AssessedLine
from services.customs.domain.import_rules import ImportRules
from services.customs.domain.landed_cost import LandedCost, Taxation
from services.customs.domain.lanes import Lane, RiskFacts
from services.customs.domain.listing import ListedDossier, named_for_lists
from services.customs.domain.low_value import is_low_value
from services.customs.domain.matching import match
from services.customs.domain.status import Status
from services.customs.store.tx import CustomsTx
from services.customs.usecases.announce import announce
from services.customs.usecases.draw_quotas import draw_quotas, offer_quotas
from services.customs.usecases.low_value_goods import note_released
from services.customs.usecases.tax_bills import guarantee_findings, note_bill
from shared.kernel.ids import derived_id
from shared.kernel.money import Money, total


async def declare_listed(
    tx: CustomsTx, declaration: Declaration, listed: ListedDossier, *, is_only_one: bool
) -> Declaration:
    """Declare a parcel by its list; what the list says differently is wrong too."""
    return await declare_parcel(
        tx, declaration, listed.dossier, is_only_one=is_only_one, differences=listed.findings
    )


async def declare_parcel(
    tx: CustomsTx,
    declaration: Declaration,
    dossier: CompleteDossier,
    *,
    is_only_one: bool,
    differences: tuple[Finding, ...] | None = None,
) -> Declaration:
    """Return the declaration after the authority's answer: 100 with findings, or 120 and on.

    A returned declaration with nothing new to say is left as it is. `differences` are those of a
    list; None says that no list stands in for what the origin says.
    """
    on = tx.rulebook.day_of(tx.country, tx.now)
    if declaration.status is Status.STORED and tx.rulebook.fails_to_send(declaration.order_no):
        deadline = tx.rulebook.answer_by(tx.country, on=on)
        return declaration.not_sent(at=tx.now, by=SIMULATOR, deadline=deadline)
    rules = tx.rulebook.import_rules(tx.country, on=on)
    order = declaration.applied_to(dossier.order)
    admission = await _admission(tx, declaration, order, dossier, rules)
    findings = (*admission.findings, *match(replace(dossier, order=order), rules))
    if differences is not None:
        findings = (*(named_for_lists(finding) for finding in findings), *differences)
    if not is_only_one:
        findings = (*findings, _DECLARED_TWICE)
    if admission.cost is not None and not findings:
        findings = await guarantee_findings(tx, declaration, admission.cost.tax)
    if findings:
        return await _returned(tx, declaration, findings, rules)
    await _count_to_the_year(tx, declaration, order, admission, rules)
    return await _accepted(tx, declaration, admission, rules, order=order)


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
    bears_tariff = isinstance(rules.taxations.get(order.channel), GeneralTradeRules)
    return admit(
        order,
        rules,
        tx.rulebook.rates(tx.country, order.lines, on=on),
        insurance=dossier.waybill.insured,
        annual_used=used,
        quotas=await offer_quotas(tx, order.lines, country=tx.country, on=on, holds=True)
        if bears_tariff
        else NO_QUOTAS,
    )


async def _returned(
    tx: CustomsTx, declaration: Declaration, findings: tuple[Finding, ...], rules: ImportRules
) -> Declaration:
    if declaration.status is Status.RETURNED and declaration.findings == findings:
        return declaration
    on = tx.rulebook.day_of(tx.country, tx.now)
    returned = declaration.sent(at=tx.now, by=SIMULATOR).returned(
        findings,
        at=tx.now,
        by=SIMULATOR,
        pack_digest=rules.pack_digest,
        deadline=tx.rulebook.answer_by(tx.country, on=on),
    )
    await announce(tx, returned)
    return returned


async def _accepted(
    tx: CustomsTx,
    declaration: Declaration,
    admission: Admission,
    rules: ImportRules,
    *,
    order: OrderDocument,
) -> Declaration:
    assert admission.cost is not None, "an order without findings has its landed cost"
    lane = tx.rulebook.lane(
        tx.country,
        "import",
        subject=declaration.logistics_no,
        order_no=declaration.order_no,
        on=tx.rulebook.day_of(tx.country, tx.now),
        facts=RiskFacts(
            hs_codes=tuple(line.hs_code for line in order.lines),
            origins=tuple(line.origin for line in order.lines),
            value=order.goods,
        ),
    )
    accepted = declaration.sent(at=tx.now, by=SIMULATOR).accepted(
        tax=admission.cost.tax,
        assessed=_assessed(admission.cost, rules.taxations[order.channel]),
        lane=Lane.RED if _is_denied(tx, order) else lane,
        at=tx.now,
        by=SIMULATOR,
        pack_digest=rules.pack_digest,
    )
    bill_no = tax_bill_no(accepted)
    await note_bill(tx, accepted, admission.cost, number=bill_no)
    await draw_quotas(tx, accepted.id, admission.cost.assessment.quotas)
    await announce(tx, accepted)
    routed = accepted.routed(bill_no=bill_no, at=tx.now, by=SIMULATOR)
    await announce(tx, routed)
    note_released(tx, routed)
    return routed


def _is_denied(tx: CustomsTx, order: OrderDocument) -> bool:
    """Say whether somebody named in the order resembles a denied party: a person looks at it.

    The history says lane red and no more, because the seller's hub reads it.
    """
    names = [order.orderer.name, None if order.consignee is None else order.consignee.name]
    return any(tx.rulebook.screening.matches(name) for name in names if name)


def _assessed(cost: LandedCost, taxation: Taxation) -> tuple[AssessedLine, ...]:
    """Return what each line bears and counts, for the day that goods of it go back."""
    zero = Money(0, cost.consignment.currency)
    values = (
        cost.consignment.line_values(taxation.parts)
        if isinstance(taxation, CbecRules)
        else [zero] * len(cost.consignment.lines)
    )

    def borne(line_no: int, *kinds: Tax) -> Money:
        amounts = [c.amount for c in cost.charges if c.line_no == line_no and c.tax in kinds]
        return total(amounts, zero.currency)

    low_value = [charge for charge in cost.charges if is_low_value(charge)]
    return tuple(
        AssessedLine(
            line_no=line.line_no,
            quantity=line.quantity,
            tax=borne(line.line_no, *Tax),
            dutiable=value,
            hs_code=line.hs_code,
            duty=borne(line.line_no, Tax.DUTY),
            vat=borne(line.line_no, Tax.VAT),
            consumption=borne(line.line_no, Tax.CONSUMPTION),
            low_value=total(
                [c.amount for c in low_value if c.line_no == line.line_no], zero.currency
            ),
            low_value_sales=total(
                [c.base for c in low_value if c.line_no == line.line_no], zero.currency
            ),
        )
        for line, value in zip(cost.consignment.lines, values, strict=True)
    )


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

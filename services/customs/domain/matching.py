"""Three documents and the origin's proof, compared field by field.

A finding names the field and the documents that disagree, never what they say.
"""

import unicodedata

from services.customs.domain.basis import Finding
from services.customs.domain.documents import CompleteDossier, Consignee, Person
from services.customs.domain.import_rules import Arithmetic, IdentityRule, ImportRules
from shared.kernel.codes import CodeInvalid, check_cn_resident_id

ID_SCHEMES = {"cn-resident-id": check_cn_resident_id}
"""How identity numbers are checked, by the name a pack gives the scheme; others are not."""

_PHONE_FILLING = str.maketrans("", "", " -()")


def match(dossier: CompleteDossier, rules: ImportRules) -> tuple[Finding, ...]:
    """Return everything in which the documents of a parcel disagree; empty when they agree."""
    return (
        *_number_findings(dossier),
        *_money_findings(dossier, rules.arithmetic),
        *_identity_findings(dossier, rules.identity),
        *_parcel_findings(dossier),
    )


def consignee_findings(
    ordered: Consignee | None, carried: Consignee, rule: IdentityRule
) -> list[Finding]:
    """Compare who ordered the parcel to where with whom the carrier delivers to (C11)."""
    findings = []
    for name in rule.consignee_fields:
        wanted = None if ordered is None else plain(name, getattr(ordered, name))
        if wanted != plain(name, getattr(carried, name)):
            findings.append(
                Finding(
                    code=rule.basis.rule,
                    field=f"consignee.{name}",
                    documents=("order", "waybill"),
                    remedy=f"Correct the consignee's {name} on the waybill or on the order.",
                )
            )
    return findings


def payer_findings(orderer: Person, payer: Person | None, rule: IdentityRule) -> list[Finding]:
    """Check that the orderer paid, where the rule asks for it (C11)."""
    if not rule.payer_is_orderer:
        return []
    if payer is None or payer.id_number != orderer.id_number:
        return [_payer_differs("payer.id_number", rule)]
    if payer.name is None or orderer.name is None:
        return []
    if plain("name", payer.name) != plain("name", orderer.name):
        return [_payer_differs("payer.name", rule)]
    return []


def _number_findings(dossier: CompleteDossier) -> list[Finding]:
    """Every document must speak of the same order, parcel and consolidation."""
    waybill, booking, export = dossier.waybill, dossier.booking, dossier.export
    pairs = [
        ("order_no", dossier.order.order_no, dossier.payment.order_no, ("order", "payment")),
        ("order_no", dossier.order.order_no, waybill.order_no, ("order", "waybill")),
        ("order_no", dossier.order.order_no, booking.order_no, ("order", "booking")),
        ("logistics_no", booking.logistics_no, waybill.logistics_no, ("booking", "waybill")),
        (
            "master_waybill",
            export.master_waybill,
            dossier.departure.master_waybill,
            ("export", "departure"),
        ),
    ]
    if waybill.master_waybill is not None:
        pairs.append(
            (
                "master_waybill",
                waybill.master_waybill,
                export.master_waybill,
                ("waybill", "export"),
            )
        )
    return [
        Finding(
            code="number-mismatch",
            field=field,
            documents=documents,
            remedy=f"Correct the {field.replace('_', ' ')} so that both documents name the same.",
        )
        for field, one, other, documents in pairs
        if one != other
    ]


def _money_findings(dossier: CompleteDossier, arithmetic: Arithmetic) -> list[Finding]:
    findings = []
    if dossier.payment.amount != dossier.order.paid:
        findings.append(
            Finding(
                code=arithmetic.basis.rule,
                field="paid",
                documents=("order", "payment"),
                remedy="Make the payment equal to what the order says was paid.",
            )
        )
    if dossier.waybill.freight != dossier.order.freight:
        findings.append(
            Finding(
                code=arithmetic.basis.rule,
                field="freight",
                documents=("order", "waybill"),
                remedy="Make the waybill's freight equal to the order's.",
            )
        )
    return findings


def _identity_findings(dossier: CompleteDossier, rule: IdentityRule) -> list[Finding]:
    order, payment = dossier.order, dossier.payment
    findings = consignee_findings(order.consignee, dossier.waybill.consignee, rule)
    findings += payer_findings(order.orderer, payment.payer, rule)
    check = ID_SCHEMES.get(rule.id_scheme)
    if check is not None:
        try:
            check(order.orderer.id_number)
        except CodeInvalid:
            findings.append(
                Finding(
                    code=rule.basis.rule,
                    field="orderer.id_number",
                    documents=("order",),
                    remedy="Ask the buyer for the identity number again; its check digit is wrong.",
                )
            )
    return findings


def _parcel_findings(dossier: CompleteDossier) -> list[Finding]:
    """Weights and packages must agree between the two ends, and net may not exceed gross."""
    waybill, booking, export = dossier.waybill, dossier.booking, dossier.export
    checks = [
        (
            "gross_weight_g",
            waybill.gross_weight_g == booking.gross_weight_g,
            ("waybill", "booking"),
        ),
        ("gross_weight_g", booking.gross_weight_g == export.gross_weight_g, ("booking", "export")),
        ("packages", waybill.packages == booking.packages, ("waybill", "booking")),
        ("net_weight_g", dossier.order.net_weight_g == export.net_weight_g, ("order", "export")),
        (
            "net_weight_g",
            dossier.order.net_weight_g <= waybill.gross_weight_g,
            ("order", "waybill"),
        ),
        ("goods", dossier.order.goods == export.fob, ("order", "export")),
    ]
    return [
        Finding(
            code="parcel-mismatch",
            field=field,
            documents=documents,
            remedy=f"Weigh, count or value the parcel again and correct {documents[0]} or "
            f"{documents[1]}.",
        )
        for field, agrees, documents in checks
        if not agrees
    ]


def _payer_differs(field: str, rule: IdentityRule) -> Finding:
    return Finding(
        code=rule.basis.rule,
        field=field,
        documents=("order", "payment"),
        remedy="Have the person who ordered pay, or place the order in the payer's name.",
    )


def plain(field: str, text: str) -> str:
    """Return text as it is compared: one form of each character, single blanks, bare phones."""
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    return plain.translate(_PHONE_FILLING) if field == "phone" else plain

"""What the destination's rules say about an order alone, before anything else is known of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from services.customs.domain.basis import Finding
from services.customs.domain.consignment import Consignment, GoodsLine, RateMissing, TaxRate
from services.customs.domain.documents import OrderDocument, OrderedGoods
from services.customs.domain.import_rules import Arithmetic, ImportRules
from services.customs.domain.landed_cost import LandedCost, landed_cost
from services.customs.domain.quota import QuotaOffer
from shared.kernel.codes import CodeInvalid, check_hs
from shared.kernel.money import Money, total

ORDER = ("order",)
Rates = Mapping[int, Mapping[str, TaxRate]]
"""The rates that apply to each line of an order, by line number and measure."""
NO_QUOTAS: Mapping[int, QuotaOffer] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Admission:
    """What is wrong with an order, and its landed cost where it could be worked out."""

    findings: tuple[Finding, ...]
    cost: LandedCost | None


def admit(
    order: OrderDocument,
    rules: ImportRules,
    rates: Rates,
    *,
    insurance: Money | None = None,
    annual_used: Money | None = None,
    quotas: Mapping[int, QuotaOffer] = NO_QUOTAS,
) -> Admission:
    """Apply the destination's rules to an order.

    `insurance` is the carrier's fee when the waybill is known; `annual_used` what the buyer
    imported this year before, where that is known; `quotas` those of lines by number.
    Nothing is raised: what can't be worked out is a finding.
    """
    wrong_codes = _code_findings(order, rules)
    findings = [
        *_form_findings(order, rules),
        *wrong_codes,
        *_sum_findings(order, rules.arithmetic),
    ]
    taxation = rules.taxations.get(order.channel)
    is_taxable = not wrong_codes and _is_in_currency(order, rules.arithmetic.currency)
    if taxation is None or not is_taxable:
        return Admission(findings=tuple(findings), cost=None)
    consignment = consignment_of(order, rates, insurance=insurance, quotas=quotas)
    try:
        cost = landed_cost(consignment, taxation, annual_used=annual_used)
    except RateMissing as missing:
        findings.append(_no_rate(missing))
        return Admission(findings=tuple(findings), cost=None)
    findings.extend(cost.findings)
    if not cost.findings and cost.tax != order.tax:
        findings.append(_wrong_tax(cost))
    return Admission(findings=tuple(findings), cost=cost)


def consignment_of(
    order: OrderDocument,
    rates: Rates,
    *,
    insurance: Money | None = None,
    quotas: Mapping[int, QuotaOffer] = NO_QUOTAS,
) -> Consignment:
    """Return the order as something to be taxed."""
    return Consignment(
        lines=tuple(_goods_line(line, rates, quotas) for line in order.lines),
        freight=order.freight,
        insurance=insurance or Money(0, order.freight.currency),
        discount=order.discount,
    )


def paid_of(arithmetic: Arithmetic, parts: Mapping[str, Money]) -> Money:
    """Return what must have been paid for these parts (goods, freight, tax, discount)."""
    plus = total([parts[part] for part in arithmetic.plus], arithmetic.currency)
    minus = total([parts[part] for part in arithmetic.minus], arithmetic.currency)
    return plus - minus


def _goods_line(line: OrderedGoods, rates: Rates, quotas: Mapping[int, QuotaOffer]) -> GoodsLine:
    return GoodsLine(
        line_no=line.line_no,
        hs_code=line.hs_code,
        origin=line.origin,
        quantity=line.quantity,
        unit_price=line.unit_price,
        rates=rates[line.line_no],
        # An order of the gate states no weight: nothing is not a weight.
        net_weight_g=line.net_weight_g or None,
        quota=quotas.get(line.line_no),
    )


def _form_findings(order: OrderDocument, rules: ImportRules) -> list[Finding]:
    findings = []
    if order.channel not in rules.taxations:
        remedy = "Name a channel by which this country imports: " + ", ".join(
            sorted(rules.taxations)
        )
        findings.append(
            Finding(code=rules.channel_basis.rule, field="channel", documents=ORDER, remedy=remedy)
        )
    limits = rules.limits
    if len(order.order_no) > limits.order_no_length_max:
        remedy = f"Use an order number of at most {limits.order_no_length_max} characters."
        findings.append(
            Finding(code=limits.basis.rule, field="order_no", documents=ORDER, remedy=remedy)
        )
    if len(order.lines) > limits.lines_max:
        remedy = f"Split the order: a document has at most {limits.lines_max} lines."
        findings.append(
            Finding(code=limits.basis.rule, field="lines", documents=ORDER, remedy=remedy)
        )
    return findings


def _code_findings(order: OrderDocument, rules: ImportRules) -> list[Finding]:
    findings = []
    for line in order.lines:
        try:
            check_hs(line.hs_code, digits=rules.hs_digits)
        except CodeInvalid:
            remedy = f"Give the national goods code of {rules.hs_digits} digits; it is not padded."
            field = f"lines[{line.line_no}].hs_code"
            findings.append(
                Finding(code=rules.hs_basis.rule, field=field, documents=ORDER, remedy=remedy)
            )
    return findings


def _sum_findings(order: OrderDocument, arithmetic: Arithmetic) -> list[Finding]:
    """Check currency, price times quantity, the sum of the lines, and what was paid (C10)."""

    def wrong(field: str, remedy: str) -> Finding:
        return Finding(code=arithmetic.basis.rule, field=field, documents=ORDER, remedy=remedy)

    if not _is_in_currency(order, arithmetic.currency):
        return [wrong("currency", f"State every amount in {arithmetic.currency}.")]
    findings = [
        wrong(f"lines[{line.line_no}].total_price", "Make the total price times quantity.")
        for line in order.lines
        if line.unit_price * line.quantity != line.total_price
    ]
    if total([line.total_price for line in order.lines], arithmetic.currency) != order.goods:
        findings.append(wrong("goods", "Make the goods value the sum of the lines."))
    parts = {
        "goods": order.goods,
        "freight": order.freight,
        "tax": order.tax,
        "discount": order.discount,
    }
    if paid_of(arithmetic, parts) != order.paid:
        sum_text = " + ".join(arithmetic.plus) + "".join(f" - {part}" for part in arithmetic.minus)
        findings.append(wrong("paid", f"Make what was paid {sum_text}."))
    return findings


def _is_in_currency(order: OrderDocument, currency: str) -> bool:
    amounts = [order.goods, order.freight, order.tax, order.discount, order.paid]
    amounts += [line.unit_price for line in order.lines]
    amounts += [line.total_price for line in order.lines]
    return all(amount.currency == currency for amount in amounts)


def _no_rate(missing: RateMissing) -> Finding:
    return Finding(
        code=missing.code,
        field=f"lines[{missing.details['line_no']}].hs_code",
        documents=ORDER,
        remedy=f"This goods code has no {missing.details['measure']} rate in the country's pack: "
        "check the code, or ask the hub to add its rate.",
    )


def _wrong_tax(cost: LandedCost) -> Finding:
    rules = sorted({basis.rule for basis in cost.assessment.basis})
    return Finding(
        code=cost.assessment.basis[0].rule,
        field="tax",
        documents=ORDER,
        remedy=f"Ask for a landed-cost quote and charge its tax (rules {', '.join(rules)}).",
    )

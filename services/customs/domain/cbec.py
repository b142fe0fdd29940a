"""China's tax on cross-border e-commerce retail imports (rules C1 to C5).

Within the limits the tariff is zero and the taxes are levied at a share of their composite rate
(CT + VAT) / (1 - CT). One single item over the single limit pays everything in full. Whatever is
imported counts to the buyer's year, and over the year nothing may enter this way.
"""

from dataclasses import dataclass
from decimal import Decimal

from services.customs.domain.assessment import Assessment, Charge, Tax
from services.customs.domain.basis import Basis, Finding
from services.customs.domain.consignment import Consignment, GoodsLine
from shared.kernel.money import Money, Rounding, split

_WEIGHT_SCALE = 10**8


ANNUAL_USED = "buyer.annual_used"
"""The field that a finding about a buyer's year names."""


@dataclass(frozen=True, kw_only=True)
class Limit:
    """An amount not to be exceeded, and the code the authority answers with."""

    amount: Money
    code: str
    basis: Basis


@dataclass(frozen=True, kw_only=True)
class Relief:
    """The shares of tariff and taxes that are levied, for at most `items_max` items."""

    tariff: Decimal
    taxes: Decimal
    items_max: int | None
    basis: Basis


@dataclass(frozen=True, kw_only=True)
class CbecRules:
    """The rules of one day; `composite` is the formula's own rule, with its rounding."""

    parts: tuple[str, ...]
    parts_basis: Basis
    single_limit: Limit
    annual_limit: Limit
    within_limits: Relief
    single_item: Relief
    composite: Basis
    rounding: Rounding


def composite_rate(*, consumption: Decimal, vat: Decimal, share: Decimal) -> Decimal:
    """Return the exact composite rate of consumption tax and VAT (C4), `share` of it levied."""
    return (consumption + vat) / (1 - consumption) * share


def assess_cbec(
    consignment: Consignment, rules: CbecRules, *, annual_used: Money | None
) -> Assessment:
    """Tax a retail import, or say which limit forbids it.

    `annual_used` is what the buyer has imported this year before; None when it is not known here.
    Raises RateMissing when the pack lacks a rate that counts.
    """
    dutiable = consignment.value_of(rules.parts)
    relief = _relief(consignment, dutiable, rules)
    findings = []
    if relief is None:
        findings.append(_over_single(rules.single_limit))
    if annual_used is not None:
        findings.extend(annual_findings(dutiable, rules.annual_limit, annual_used=annual_used))
    limits = (rules.single_limit.basis, rules.annual_limit.basis, rules.parts_basis)
    if relief is None or findings:
        return Assessment(dutiable=dutiable, regime=None, basis=limits, findings=tuple(findings))
    values = consignment.line_values(rules.parts)
    charges = tuple(
        charge
        for line, value in zip(consignment.lines, values, strict=True)
        for charge in _charges(line, value, relief, rules)
    )
    return Assessment(
        dutiable=dutiable,
        regime=relief.basis.key,
        basis=(relief.basis, *limits),
        charges=charges,
    )


def annual_findings(dutiable: Money, limit: Limit, *, annual_used: Money) -> list[Finding]:
    """Say whether a buyer's year still covers an import; exactly the limit is covered."""
    if annual_used + dutiable <= limit.amount:
        return []
    return [
        Finding(
            code=limit.code,
            field=ANNUAL_USED,
            documents=("order",),
            remedy="The buyer's allowance of this year does not cover it: wait for the next year, "
            "or ship it as general trade.",
        )
    ]


def _relief(consignment: Consignment, dutiable: Money, rules: CbecRules) -> Relief | None:
    if dutiable <= rules.single_limit.amount:
        return rules.within_limits
    items_max = rules.single_item.items_max
    few_enough = items_max is None or consignment.items <= items_max
    return rules.single_item if few_enough else None


def _charges(line: GoodsLine, value: Money, relief: Relief, rules: CbecRules) -> list[Charge]:
    charges = []
    base = value
    if relief.tariff:
        duty = _duty(line, value, relief, rules)
        charges.append(duty)
        base = value + duty.amount
    return charges + _taxes(line, base, relief, rules)


def _duty(line: GoodsLine, value: Money, relief: Relief, rules: CbecRules) -> Charge:
    tariff = line.rate("customs-duty")
    rate = tariff.rate * relief.tariff
    return Charge(
        line_no=line.line_no,
        tax=Tax.DUTY,
        base=value,
        rate=rate,
        rounding=rules.rounding,
        amount=line.duty_on(value, tariff, rules.rounding, share=relief.tariff),
        basis=(tariff.basis, relief.basis, rules.parts_basis),
    )


def _taxes(line: GoodsLine, base: Money, relief: Relief, rules: CbecRules) -> list[Charge]:
    """Round the composite tax once, then share it between its two taxes so that they sum to it."""
    vat = line.rate("vat")
    consumption = line.consumption
    ct_rate = consumption.rate if consumption else Decimal(0)
    whole = base.times_rate(
        composite_rate(consumption=ct_rate, vat=vat.rate, share=relief.taxes), rules.rounding
    )
    parts = [(Tax.VAT, vat)]
    if consumption:
        parts.append((Tax.CONSUMPTION, consumption))
    weights = [int(tax_rate.rate * _WEIGHT_SCALE) for _, tax_rate in parts]
    amounts = split(whole, weights if any(weights) else [1] * len(parts))
    return [
        Charge(
            line_no=line.line_no,
            tax=tax,
            base=base,
            rate=tax_rate.rate / (1 - ct_rate) * relief.taxes,
            rounding=rules.rounding,
            amount=amount,
            basis=(tax_rate.basis, rules.composite, relief.basis, rules.parts_basis),
        )
        for (tax, tax_rate), amount in zip(parts, amounts, strict=True)
    ]


def _over_single(limit: Limit) -> Finding:
    return Finding(
        code=limit.code,
        field="dutiable",
        documents=("order",),
        remedy="Split the order so that each stays within the limit per transaction, or ship it "
        "as general trade.",
    )

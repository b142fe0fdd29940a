"""Imports as general trade: tariff, consumption tax and VAT (or sales tax) in full.

A preferential tariff takes the general one's place where a certificate of origin is shown.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from services.customs.domain.assessment import Assessment, Charge, Tax
from services.customs.domain.basis import Basis
from services.customs.domain.cbec import composite_rate
from services.customs.domain.consignment import Consignment, GoodsLine
from shared.kernel.money import Money, Rounding


@dataclass(frozen=True, kw_only=True)
class GeneralTradeRules:
    """The rules of one day; `preference` names the measure that replaces the general tariff."""

    parts: tuple[str, ...]
    parts_basis: Basis
    rounding: Rounding
    basis: Basis
    preference: str = ""

    def preferring(self, measure: str) -> "GeneralTradeRules":
        return replace(self, preference=measure)


def assess_general_trade(consignment: Consignment, rules: GeneralTradeRules) -> Assessment:
    """Tax an import in full. Raises RateMissing when the pack lacks a rate that counts."""
    values = consignment.line_values(rules.parts)
    charges = tuple(
        charge
        for line, value in zip(consignment.lines, values, strict=True)
        for charge in _charges(line, value, rules)
    )
    return Assessment(
        dutiable=consignment.value_of(rules.parts),
        regime=rules.basis.key,
        basis=(rules.basis, rules.parts_basis),
        charges=charges,
    )


def _charges(line: GoodsLine, value: Money, rules: GeneralTradeRules) -> list[Charge]:
    measure = rules.preference if rules.preference in line.rates else "customs-duty"
    tariff = line.rate(measure)
    duty = Charge(
        line_no=line.line_no,
        tax=Tax.DUTY,
        base=value,
        rate=tariff.rate,
        rounding=rules.rounding,
        amount=line.duty_on(value, tariff, rules.rounding),
        basis=(tariff.basis, rules.parts_basis),
    )
    return [duty, *_inland_taxes(line, value + duty.amount, rules)]


def _inland_taxes(line: GoodsLine, base: Money, rules: GeneralTradeRules) -> list[Charge]:
    """Consumption tax is in its own base, VAT is levied on both; sales tax stands alone."""
    if "vat" not in line.rates:
        return [_charge(line, Tax.SALES, "sales-tax", base, line.rate("sales-tax").rate, rules)]
    vat = line.rate("vat").rate
    consumption = line.rates["consumption-tax"].rate if "consumption-tax" in line.rates else None
    if consumption is None:
        return [_charge(line, Tax.VAT, "vat", base, vat, rules)]
    whole = base.times_rate(
        composite_rate(consumption=consumption, vat=vat, share=Decimal(1)), rules.rounding
    )
    own = _charge(
        line, Tax.CONSUMPTION, "consumption-tax", base, consumption / (1 - consumption), rules
    )
    rest = _charge(line, Tax.VAT, "vat", base, vat / (1 - consumption), rules)
    return [own, replace(rest, amount=whole - own.amount)]


def _charge(
    line: GoodsLine, tax: Tax, measure: str, base: Money, rate: Decimal, rules: GeneralTradeRules
) -> Charge:
    return Charge(
        line_no=line.line_no,
        tax=tax,
        base=base,
        rate=rate,
        rounding=rules.rounding,
        amount=base.times_rate(rate, rules.rounding),
        basis=(line.rate(measure).basis, rules.basis),
    )

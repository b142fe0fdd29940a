"""Malaysia's tax on small consignments (rules M1 and M2).

Sales tax on low-value goods is charged on the price of each item up to the item limit, freight
left out. Import duty and the sales tax on imports are not levied on consignments up to the
consignment limit in the channels that have one; goods that bore the first tax never bear the
second.
"""

from dataclasses import dataclass

from services.customs.domain.assessment import Assessment, Charge, Tax
from services.customs.domain.basis import Basis
from services.customs.domain.consignment import Consignment, GoodsLine, TaxRate
from shared.kernel.money import Money, Rounding

ITEM_RULE = "low-value.item"
"""The rule that only the tax on low-value goods rests on."""


@dataclass(frozen=True, kw_only=True)
class LowValueRules:
    """The rules of one day and channel; `duty_free` is None where no such limit applies."""

    parts: tuple[str, ...]
    parts_basis: Basis
    line_rounding: Rounding
    duty_free: Money | None
    duty_free_basis: Basis
    item_limit: Money
    item_rounding: Rounding
    item_basis: Basis


def assess_low_value(consignment: Consignment, rules: LowValueRules) -> Assessment:
    """Tax a small import. Raises RateMissing when the pack lacks a rate that counts."""
    dutiable = consignment.value_of(rules.parts)
    is_duty_free = rules.duty_free is not None and dutiable <= rules.duty_free
    values = consignment.line_values(rules.parts)
    charges: list[Charge] = []
    for line, value in zip(consignment.lines, values, strict=True):
        low_value = _low_value_tax(line, rules)
        if low_value:
            charges.append(low_value)
        if not is_duty_free:
            duty = _duty(line, value, rules)
            charges.append(duty)
            if not low_value:
                charges.append(_import_sales_tax(line, value + duty.amount, rules))
    return Assessment(
        dutiable=dutiable,
        regime=rules.duty_free_basis.key if is_duty_free else rules.item_basis.key,
        basis=(rules.duty_free_basis, rules.item_basis, rules.parts_basis),
        charges=tuple(charges),
    )


def is_low_value(charge: Charge) -> bool:
    """Say whether a charge is the tax on low-value goods, and not what other imports bear."""
    return any(basis.key == ITEM_RULE for basis in charge.basis)


def _low_value_tax(line: GoodsLine, rules: LowValueRules) -> Charge | None:
    """The tax is rounded per item, because it is part of each item's price tag."""
    low_value = line.rates.get("low-value-tax")
    if low_value is None or rules.item_limit < line.unit_price:
        return None
    per_item = line.unit_price.times_rate(low_value.rate, rules.item_rounding)
    return Charge(
        line_no=line.line_no,
        tax=Tax.SALES,
        base=line.value,
        rate=low_value.rate,
        rounding=rules.item_rounding,
        amount=per_item * line.quantity,
        basis=(low_value.basis, rules.item_basis),
    )


def _duty(line: GoodsLine, value: Money, rules: LowValueRules) -> Charge:
    duty = line.rate("customs-duty")
    return _on_line(line, Tax.DUTY, value, duty, rules)


def _import_sales_tax(line: GoodsLine, base: Money, rules: LowValueRules) -> Charge:
    return _on_line(line, Tax.SALES, base, line.rate("sales-tax"), rules)


def _on_line(
    line: GoodsLine, tax: Tax, base: Money, tax_rate: TaxRate, rules: LowValueRules
) -> Charge:
    return Charge(
        line_no=line.line_no,
        tax=tax,
        base=base,
        rate=tax_rate.rate,
        rounding=rules.line_rounding,
        amount=line.duty_on(base, tax_rate, rules.line_rounding),
        basis=(tax_rate.basis, rules.parts_basis),
    )

"""China's tax on personal parcels by post (rule C15): one rate per kind, small sums waived."""

from dataclasses import dataclass, replace

from services.customs.domain.assessment import Assessment, Charge, Tax
from services.customs.domain.basis import Basis, Finding
from services.customs.domain.consignment import Consignment, GoodsLine
from shared.kernel.money import Money, Rounding, total


@dataclass(frozen=True, kw_only=True)
class PersonalParcelRules:
    """The rules of one day; parcels from `near` places have a limit of their own."""

    limit: Money
    limit_near: Money
    near: frozenset[str]
    waived_to: Money
    rounding: Rounding
    basis: Basis


def assess_personal_parcel(consignment: Consignment, rules: PersonalParcelRules) -> Assessment:
    """Tax a postal parcel on the price of its goods, or refuse it as too valuable.

    Raises RateMissing when the pack lacks the rate of a line.
    """
    value = consignment.goods
    near = all(line.origin in rules.near for line in consignment.lines)
    limit = rules.limit_near if near else rules.limit
    if limit < value and consignment.items > 1:
        finding = _over_limit(rules)
        return Assessment(dutiable=value, regime=None, basis=(rules.basis,), findings=(finding,))
    charges = tuple(_charge(line, rules) for line in consignment.lines)
    tax = total([charge.amount for charge in charges], consignment.currency)
    if tax <= rules.waived_to:
        charges = tuple(_waived(charge) for charge in charges)
    return Assessment(dutiable=value, regime=rules.basis.key, basis=(rules.basis,), charges=charges)


def _charge(line: GoodsLine, rules: PersonalParcelRules) -> Charge:
    parcel_tax = line.parcel_tax
    return Charge(
        line_no=line.line_no,
        tax=Tax.PARCEL,
        base=line.value,
        rate=parcel_tax.rate,
        rounding=rules.rounding,
        amount=line.value.times_rate(parcel_tax.rate, rules.rounding),
        basis=(parcel_tax.basis, rules.basis),
    )


def _waived(charge: Charge) -> Charge:
    return replace(charge, rate=charge.rate * 0, amount=Money(0, charge.amount.currency))


def _over_limit(rules: PersonalParcelRules) -> Finding:
    return Finding(
        code=rules.basis.rule,
        field="goods",
        documents=("order",),
        remedy="A personal parcel over the limit may hold one indivisible item only: split the "
        "order, or ship it by another channel.",
    )

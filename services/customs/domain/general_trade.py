"""Imports as general trade: tariff, consumption tax and VAT (or sales tax) in full.

An agreement's tariff takes the general one's place where its proof of origin is held.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from services.customs.domain.assessment import Assessment, Charge, Tax
from services.customs.domain.basis import Basis
from services.customs.domain.cbec import composite_rate
from services.customs.domain.consignment import Consignment, GoodsLine
from services.customs.domain.preference import Agreement, Tariff, tariff_of
from shared.kernel.money import Money, Rounding


@dataclass(frozen=True, kw_only=True)
class GeneralTradeRules:
    """The rules of one day, `on`, with the agreements in force on it."""

    parts: tuple[str, ...]
    parts_basis: Basis
    rounding: Rounding
    basis: Basis
    on: date
    agreements: tuple[Agreement, ...] = ()


def assess_general_trade(consignment: Consignment, rules: GeneralTradeRules) -> Assessment:
    """Tax an import in full. Raises RateMissing when the pack lacks a rate that counts."""
    values = consignment.line_values(rules.parts)
    tariffs = _tariffs(consignment, values, rules)
    charges = tuple(
        charge
        for line, value, tariff in zip(consignment.lines, values, tariffs, strict=True)
        for charge in _charges(line, value, tariff, rules)
    )
    return Assessment(
        dutiable=consignment.value_of(rules.parts),
        regime=rules.basis.key,
        basis=(rules.basis, rules.parts_basis),
        charges=charges,
        preferences=tuple(one for tariff in tariffs for one in tariff.preferences),
        quotas=tuple(tariff.quota for tariff in tariffs if tariff.quota is not None),
    )


def _tariffs(
    consignment: Consignment, values: Sequence[Money], rules: GeneralTradeRules
) -> list[Tariff]:
    """Choose the tariffs of lines in turn: what one takes of a quota the next can't."""
    drawn: dict[str, int] = {}
    tariffs = []
    goods = consignment.goods
    for line, value in zip(consignment.lines, values, strict=True):
        number = "" if line.quota is None else line.quota.quota.order_number
        tariff = tariff_of(
            line,
            value,
            rules.agreements,
            goods=goods,
            on=rules.on,
            rounding=rules.rounding,
            drawn=drawn.get(number, 0),
        )
        if tariff.quota is not None and tariff.quota.is_applied:
            drawn[number] = drawn.get(number, 0) + tariff.quota.quantity
        tariffs.append(tariff)
    return tariffs


def _charges(
    line: GoodsLine, value: Money, tariff: Tariff, rules: GeneralTradeRules
) -> list[Charge]:
    duty = Charge(
        line_no=line.line_no,
        tax=Tax.DUTY,
        base=value,
        rate=tariff.rate.rate,
        rounding=rules.rounding,
        amount=tariff.duty,
        basis=(*tariff.basis, rules.parts_basis),
    )
    return [duty, *_inland_taxes(line, value + duty.amount, rules)]


def _inland_taxes(line: GoodsLine, base: Money, rules: GeneralTradeRules) -> list[Charge]:
    """Consumption tax is in its own base, VAT is levied on both; sales tax stands alone."""
    if "vat" not in line.rates:
        return [_charge(line, Tax.SALES, "sales-tax", base, line.rate("sales-tax").rate, rules)]
    vat = line.rate("vat").rate
    consumption = None if line.consumption is None else line.consumption.rate
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

"""What customs finds in a form by itself: blanks, sums that differ, values, duty and tax.

Whatever can be worked out need not be written; what is written all the same must be right.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from services.customs.domain.assessment import Charge, Tax
from services.customs.domain.basis import Finding
from services.customs.domain.consignment import (
    Consignment,
    GoodsLine,
    Proof,
    RateMissing,
    TaxRate,
)
from services.customs.domain.forms.box import Value
from services.customs.domain.forms.catalogue import Form
from services.customs.domain.forms.dossier import FormDossier
from services.customs.domain.general_trade import GeneralTradeRules, assess_general_trade
from services.customs.domain.preference import Outcome, Preference
from services.customs.domain.quota import QuotaOffer, QuotaUse
from services.customs.domain.rulebook import CustomsRates
from shared.kernel.money import Money, total

SCHEME, PROOF_DATE = "preference_scheme", "origin_proof_date"
PROOF = {"origin_proof_id", PROOF_DATE}
"""The boxes of a line that name a proof of origin: both or, within the waiver, none."""
PREFERENCE = frozenset({SCHEME, *PROOF})
GRANTED = frozenset({Outcome.APPLIED, Outcome.NOT_CHEAPER})
COSTS = ("freight_amount", "insurance_amount")


@dataclass(frozen=True, kw_only=True)
class Tariff:
    """What a form's goods are taxed by: rates and quotas of each line by number, and the method."""

    rates: Mapping[int, Mapping[str, TaxRate]]
    rules: GeneralTradeRules
    quotas: Mapping[int, QuotaOffer]


@dataclass(frozen=True, kw_only=True)
class FormGoods:
    """A line's goods, as the rulebook wants to know them."""

    line_no: int
    hs_code: str
    origin: str


def goods_of(dossier: FormDossier) -> list[FormGoods]:
    """Return the goods whose code and origin are stated, numbered from one."""
    return [
        FormGoods(
            line_no=number,
            hs_code=str(line["classification_id"]),
            origin=str(line["origin_country_id"]),
        )
        for number, line in enumerate(dossier.lines, start=1)
        if {"classification_id", "origin_country_id"} <= line.keys()
    ]


def worked_out(form: Form, dossier: FormDossier, rates: CustomsRates) -> FormDossier:
    """Return the dossier with its value and its value for customs, where these are left blank."""
    header = dict(dossier.header)
    if "invoice_amount" in form.boxes:
        _settle(header, "invoice_amount", _sum_of_lines(dossier))
    if "customs_value_amount" in form.boxes:
        _settle(header, "customs_value_amount", _customs_value(form, header, rates))
    return replace(dossier, header=header)


def faults(
    form: Form, dossier: FormDossier, rates: CustomsRates, *, hs_digits: int
) -> tuple[Finding, ...]:
    """Return what is wrong with a worked-out form, by itself."""
    return (
        *_blanks(form, dossier),
        *_codes(form, dossier, hs_digits),
        *_sums(form, dossier, rates),
    )


def taxed(
    form: Form, dossier: FormDossier, rates: CustomsRates, tariff: Tariff
) -> tuple[FormDossier, tuple[Finding, ...], tuple[QuotaUse, ...]]:
    """Return a faultless form with its duty and sales tax, or why they can't be worked out.

    The third part is what the form takes of quotas.
    """
    lines = tuple(
        _goods_line(number, line, rates, tariff) for number, line in enumerate(dossier.lines, 1)
    )
    zero = Money(0, rates.currency)
    costs = {name: _local(dossier.header.get(name), rates) or zero for name in COSTS}
    consignment = Consignment(
        lines=lines,
        freight=costs["freight_amount"],
        insurance=costs["insurance_amount"],
        discount=zero,
    )
    try:
        assessed = assess_general_trade(consignment, tariff.rules)
    except RateMissing as missing:
        at = f"lines[{missing.details['line_no'] - 1}].classification_id"
        remedy = "No rate is known for this tariff code: check it against the Customs Duties Order."
        return dossier, (fault(form, "rate-missing", at, remedy),), ()
    refused = tuple(_refused_claims(form, dossier, assessed.preferences, tariff.rules))
    if refused:
        return dossier, refused, ()
    charges = assessed.charges
    after = FormDossier(
        header={**dossier.header, **_taxes(charges)},
        lines=tuple(
            {**line, **_taxes(charge for charge in charges if charge.line_no == number)}
            for number, line in enumerate(dossier.lines, 1)
        ),
    )
    return after, tuple(_tax_faults(form, dossier, after)), assessed.quotas


def _refused_claims(
    form: Form,
    dossier: FormDossier,
    preferences: Iterable[Preference],
    rules: GeneralTradeRules,
) -> Iterable[Finding]:
    """Find claims of an agreement's tariff that it does not grant, or that name half a proof."""
    known = {agreement.scheme for agreement in rules.agreements}
    became = {(one.line_no, one.scheme): one.outcome for one in preferences}
    for number, line in enumerate(dossier.lines):
        if PREFERENCE.isdisjoint(line):
            continue
        scheme, proof = line.get(SCHEME), PROOF & line.keys()
        code = ""
        if scheme is None or proof not in (set(), PROOF):
            code = "proof-incomplete"
        elif scheme not in known:
            code = "agreement-unknown"
        elif (outcome := became[number + 1, str(scheme)]) not in GRANTED:
            code = outcome.value
        if code:
            remedy = "Name the agreement with number and date of a proof that covers these goods."
            yield fault(form, code, f"lines[{number}].{SCHEME}", remedy)


def _tax_faults(form: Form, stated: FormDossier, right: FormDossier) -> Iterable[Finding]:
    remedy = "Leave duty and sales tax blank: they are worked out by the rates of the day."
    rows = [("boxes", stated.header, right.header)]
    lines = zip(stated.lines, right.lines, strict=True)
    rows += [(f"lines[{number}]", one, other) for number, (one, other) in enumerate(lines)]
    for at, one, other in rows:
        for name in ("duty_amount", "sales_tax_amount"):
            if name in one and one[name] != other[name]:
                yield fault(form, "tax-differs", f"{at}.{name}", remedy)


def fault(form: Form, code: str, field: str, remedy: str) -> Finding:
    return Finding(code=code, field=field, documents=(form.name,), remedy=remedy)


@dataclass(frozen=True, kw_only=True)
class _DeclaredLine(GoodsLine):
    """Goods whose value is declared for the line, in ringgit, not for a piece."""

    declared: Money

    @property
    def value(self) -> Money:
        return self.declared


def _goods_line(
    number: int, line: Mapping[str, Value], rates: CustomsRates, tariff: Tariff
) -> GoodsLine:
    declared = _local(line["item_amount"], rates)
    assert declared is not None, "a faultless form is in currencies that customs values"
    quantity, net_weight_g = line["item_quantity"], line["net_mass"]
    assert isinstance(quantity, int), "quantities are whole"
    assert isinstance(net_weight_g, int), "weights are whole grams"
    proved_on = line.get(PROOF_DATE)
    assert proved_on is None or isinstance(proved_on, date), "a box of a day holds one"
    return _DeclaredLine(
        line_no=number,
        hs_code=str(line["classification_id"]),
        origin=str(line["origin_country_id"]),
        quantity=quantity,
        unit_price=declared,
        rates=tariff.rates.get(number, {}),
        net_weight_g=net_weight_g,
        quota=tariff.quotas.get(number),
        proofs=(Proof(scheme=str(line[SCHEME]), issued_on=proved_on),) if SCHEME in line else (),
        declared=declared,
    )


def _taxes(charges: Iterable[Charge]) -> dict[str, Value]:
    listed = list(charges)

    def of(tax: Tax) -> Money:
        return total([c.amount for c in listed if c.tax is tax], listed[0].amount.currency)

    return {"duty_amount": of(Tax.DUTY), "sales_tax_amount": of(Tax.SALES)} if listed else {}


def _settle(header: dict[str, Value], name: str, value: Money | None) -> None:
    if name not in header and value is not None:
        header[name] = value


def _sum_of_lines(dossier: FormDossier) -> Money | None:
    amounts = [line["item_amount"] for line in dossier.lines if "item_amount" in line]
    money = [amount for amount in amounts if isinstance(amount, Money)]
    if not money or len({amount.currency for amount in money}) > 1:
        return None
    return total(money, money[0].currency)


def _customs_value(form: Form, header: Mapping[str, Value], rates: CustomsRates) -> Money | None:
    """Return the value in local money: cost, insurance and freight, or what a K1A adds up to."""
    if "price_paid_amount" in form.boxes:
        signed = {"price_paid_amount": 1, "additions_amount": 1, "deductions_amount": -1}
    else:
        signed = dict.fromkeys(("invoice_amount", *COSTS), 1)
    first = next(iter(signed))
    if first not in header:
        return None
    parts = [(_local(header[name], rates), sign) for name, sign in signed.items() if name in header]
    value = Money(0, rates.currency)
    for part, sign in parts:
        if part is None:
            return None
        value += part * sign
    return value


def _local(value: Value | None, rates: CustomsRates) -> Money | None:
    return rates.local(value) if isinstance(value, Money) else None


def _blanks(form: Form, dossier: FormDossier) -> Iterable[Finding]:
    remedy = "Fill this box."
    for name in form.needs:
        if name not in dossier.header:
            yield fault(form, "box-missing", f"boxes.{name}", remedy)
    if form.line_needs and not dossier.lines:
        yield fault(form, "box-missing", "lines", "State at least one line of goods.")
    for number, line in enumerate(dossier.lines):
        for name in form.line_needs:
            if name not in line:
                yield fault(form, "box-missing", f"lines[{number}].{name}", remedy)


def _codes(form: Form, dossier: FormDossier, hs_digits: int) -> Iterable[Finding]:
    """Goods whose tax is worked out need the whole code; others the six digits that all share."""
    if not form.is_billed:
        return
    for number, line in enumerate(dossier.lines):
        if len(str(line.get("classification_id", "0" * hs_digits))) != hs_digits:
            yield fault(
                form,
                "goods-code-length",
                f"lines[{number}].classification_id",
                f"Give the tariff code with its {hs_digits} digits.",
            )


def _sums(form: Form, dossier: FormDossier, rates: CustomsRates) -> Iterable[Finding]:
    header = dossier.header
    for name, value in header.items():
        if isinstance(value, Money) and rates.local(value) is None:
            remedy = "Customs publishes no rate for this currency: state another one."
            yield fault(form, "currency-not-valued", f"boxes.{name}", remedy)
    adds_up = header.get("invoice_amount") == _sum_of_lines(dossier)
    if "invoice_amount" in form.boxes and dossier.lines and not adds_up:
        remedy = "The lines must add up to the invoice value, in its currency."
        yield fault(form, "value-differs", "boxes.invoice_amount", remedy)
    stated = header.get("customs_value_amount")
    if stated is not None and stated != _customs_value(form, header, rates):
        remedy = "Leave the value for customs blank: it is worked out at customs' own rate."
        yield fault(form, "customs-value-differs", "boxes.customs_value_amount", remedy)
    masses = [line.get("net_mass") for line in dossier.lines]
    net = sum(mass for mass in masses if isinstance(mass, int))
    gross = header.get("gross_mass")
    if isinstance(gross, int) and gross < net:
        remedy = "Goods can't weigh more without their packing than with it."
        yield fault(form, "weight-differs", "boxes.gross_mass", remedy)

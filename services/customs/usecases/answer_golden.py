"""Ask a country's pack its own golden questions: the answers must come from the rules alone.

`QUESTIONS` are those that customs can answer; `wrong_answers` is what a conformance run shows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from decimal import ROUND_HALF_UP, Decimal

from services.customs.domain.admission import paid_of
from services.customs.domain.assessment import Tax
from services.customs.domain.basis import Basis, Finding
from services.customs.domain.cbec import CbecRules, composite_rate
from services.customs.domain.consignment import Consignment, GoodsLine, Proof
from services.customs.domain.documents import Consignee, Person
from services.customs.domain.drawback import decide_drawback
from services.customs.domain.goods_return import Condition, refusal_of
from services.customs.domain.landed_cost import landed_cost, taxation_of
from services.customs.domain.lanes import RiskFacts, strictest_lane
from services.customs.domain.matching import consignee_findings, payer_findings
from services.customs.domain.origin import OriginScheme, advise
from services.customs.domain.preference import Preference
from services.customs.domain.quota import QuotaBalance, QuotaOffer
from services.customs.usecases.country_rules import PackRulebook
from services.customs.usecases.golden_exports import export_summary
from services.customs.usecases.read_pack import code_list, lane_profiles
from shared.kernel.codes import CodeInvalid, check_hs
from shared.kernel.money import Money
from shared.packs.fields import Fields
from shared.packs.measures import find_measure
from shared.packs.pack import Pack, Packs
from shared.packs.rule import GoldenCase
from shared.packs.values import money_text

Answer = Mapping[str, object]
Question = Callable[[Pack, GoldenCase], Answer]


@dataclass(frozen=True, kw_only=True)
class WrongAnswer:
    """A golden case whose rules answer otherwise, or whose question nobody here can answer."""

    rule: str
    case: str
    expected: Answer
    answered: Answer


def wrong_answers(pack: Pack) -> list[WrongAnswer]:
    """Ask every golden case that customs can answer; return those that come out otherwise."""
    wrong = []
    for rule, case in pack.golden_cases():
        question = QUESTIONS.get(case.ask)
        if question is None:
            continue
        answered = question(pack, case)
        expected = {name: case.expect.node(name) for name in case.expect}
        if expected != {name: answered.get(name) for name in expected}:
            wrong.append(
                WrongAnswer(
                    rule=f"{rule.id} {rule.key}",
                    case=case.name,
                    expected=expected,
                    answered=answered,
                )
            )
    return wrong


def _landed_cost(pack: Pack, case: GoldenCase) -> Answer:
    given = case.given
    rules = _rulebook(pack).import_rules(pack.country, on=case.on)
    taxation = taxation_of(given.text("channel"), rules.taxations)
    consignment = _consignment(pack, case)
    used = given.money("annual_used") if "annual_used" in given else None
    cost = landed_cost(consignment, taxation, annual_used=used)
    amounts = {
        "dutiable": cost.assessment.dutiable,
        "duty": cost.of(Tax.DUTY),
        "vat": cost.of(Tax.VAT),
        "consumption_tax": cost.of(Tax.CONSUMPTION),
        "sales_tax": cost.of(Tax.SALES),
        "tax": cost.tax,
        "total": cost.total,
    }
    return {
        **{name: money_text(amount, pack.digits) for name, amount in amounts.items()},
        "regime": cost.assessment.regime,
        "confidence": cost.confidence,
        "findings": [finding.code for finding in cost.findings],
        "preferences": [_preference(one, pack) for one in cost.assessment.preferences],
        "quotas": [
            f"{one.offer.quota.order_number} {one.outcome}" for one in cost.assessment.quotas
        ],
    }


def _preference(one: Preference, pack: Pack) -> str:
    duty = "none" if one.duty is None else money_text(one.duty, pack.digits)
    return f"{one.scheme} {one.outcome} {duty}"


def _composite_rate(pack: Pack, case: GoldenCase) -> Answer:
    rules = _rulebook(pack).import_rules(pack.country, on=case.on)
    reliefs = {t.within_limits.taxes for t in rules.taxations.values() if isinstance(t, CbecRules)}
    rate = composite_rate(
        consumption=case.given.rate("consumption"), vat=case.given.rate("vat"), share=reliefs.pop()
    )
    shown = (rate * 100).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return {"rate": f"{shown} %"}


def _rate(pack: Pack, case: GoldenCase) -> Answer:
    given = case.given
    measure = find_measure(
        pack,
        given.text("measure"),
        hs_code=given.text("hs_code"),
        origin=given.text("origin"),
        on=case.on,
        scheme=given.text("scheme") if "scheme" in given else None,
    )
    return {"rate": "none" if measure is None else f"{(measure.rate * 100).normalize():f} %"}


def _channel(pack: Pack, case: GoldenCase) -> Answer:
    rows = pack.rule("goods.channels", on=case.on).value.rows("rows")
    wanted = {case.given.text("direction"), "both"}
    code = case.given.text("code")
    known = any(row.text("code") == code and row.text("direction") in wanted for row in rows)
    return {"known": "yes" if known else "no"}


def _message_sizes(pack: Pack, case: GoldenCase) -> Answer:
    limits = _rulebook(pack).import_rules(pack.country, on=case.on).limits
    return {"sizes": [str(size) for size in limits.message_sizes(case.given.count("documents"))]}


def _paid(pack: Pack, case: GoldenCase) -> Answer:
    arithmetic = _rulebook(pack).import_rules(pack.country, on=case.on).arithmetic
    parts = {name: case.given.money(name) for name in case.given}
    return {"paid": money_text(paid_of(arithmetic, parts), pack.digits)}


def _identity(pack: Pack, case: GoldenCase) -> Answer:
    given = case.given
    rule = _rulebook(pack).import_rules(pack.country, on=case.on).identity
    ordered, carried = (_consignee(given.part(name)) for name in ("order", "waybill"))
    orderer, payer = (Person(id_number=given.text(name)) for name in ("orderer_id", "payer_id"))
    found: list[Finding] = [
        *consignee_findings(ordered, carried, rule),
        *payer_findings(orderer, payer, rule),
    ]
    return {"fields": [finding.field for finding in found]}


def _goods_code(pack: Pack, case: GoldenCase) -> Answer:
    digits = _rulebook(pack).import_rules(pack.country, on=case.on).hs_digits
    try:
        check_hs(case.given.text("code"), digits=digits)
    except CodeInvalid:
        return {"valid": "no"}
    return {"valid": "yes"}


def _forms(pack: Pack, case: GoldenCase) -> Answer:
    use, value = case.given.text("use"), case.given.money("value")
    return {"forms": list(_rulebook(pack).forms(pack.country, use, value, on=case.on))}


def _drawback(pack: Pack, case: GoldenCase) -> Answer:
    given = case.given
    decision = decide_drawback(
        given.money("duty_paid"),
        paid_on=given.day("paid_on"),
        exported_on=given.day("exported_on"),
        claimed_on=given.day("claimed_on"),
        has_notice=given.flag("notice") if "notice" in given else True,
        rules=_rulebook(pack).drawback(pack.country, given.text("rule"), on=case.on),
    )
    return {
        "granted": "yes" if decision.is_granted else "no",
        "amount": money_text(decision.amount, pack.digits),
        "reason": decision.reason,
    }


def _lane(pack: Pack, case: GoldenCase) -> Answer:
    given = case.given
    facts = RiskFacts(
        hs_codes=given.texts("hs_codes") if "hs_codes" in given else (),
        origins=given.texts("origins") if "origins" in given else (),
        value=given.money("value") if "value" in given else None,
    )
    lane = strictest_lane(
        lane_profiles(pack, given.text("direction"), on=case.on),
        facts,
        seed=given.text("seed"),
        subject=given.text("subject"),
    )
    return {"lane": lane.value}


def _customs_value(pack: Pack, case: GoldenCase) -> Answer:
    rates = _rulebook(pack).customs_rates(pack.country, on=case.on)
    local = rates.local(case.given.money("amount")) if rates else None
    return {"amount": None if local is None else money_text(local, pack.digits)}


def _gate_code(pack: Pack, case: GoldenCase) -> Answer:
    codes = code_list(pack.rule(case.given.text("list"), on=case.on))
    return {"means": codes.get(case.given.text("code"), "none")}


def _goods_return(pack: Pack, case: GoldenCase) -> Answer:
    given = case.given
    refusal = refusal_of(
        _rulebook(pack).return_rules(pack.country, on=case.on),
        released_on=given.day("released_on"),
        applied_on=given.day("applied_on"),
        arrived_on=given.day("arrived_on"),
        condition=Condition(given.text("condition")),
    )
    return {"refusal": "none" if refusal is None else refusal.value}


def _origin_saving(pack: Pack, case: GoldenCase) -> Answer:
    """What does the tariff of an agreement, named by its key's end, save?"""
    given, book = case.given, _rulebook(pack)
    taxation = taxation_of(
        given.text("channel"), book.import_rules(pack.country, on=case.on).taxations
    )
    named = Basis(rule="", key="", citation="", confidence="unverified")
    scheme = OriginScheme(
        scheme=given.text("scheme"), certificate="", issuer="", fee=None, days=0, basis=named
    )
    consignment = _consignment(pack, case)
    (advice,) = advise(consignment, taxation, [scheme], in_fee_currency=lambda saving: saving)
    return {"saving": money_text(advice.saving, pack.digits)}


def _quota_balance(pack: Pack, case: GoldenCase) -> Answer:
    """How much is left of a quota once so much is drawn, and what is that called?"""
    number, drawn = case.given.text("order_number"), int(case.given.text("drawn"))
    for quota in _rulebook(pack).quotas(pack.country, on=case.on):
        if quota.order_number == number:
            balance = QuotaBalance(quota=quota, drawn=drawn)
            return {"left": str(balance.left), "unit": quota.unit, "state": balance.state.value}
    return {"left": "none"}


QUESTIONS: Mapping[str, Question] = {
    "landed-cost": _landed_cost,
    "composite-rate": _composite_rate,
    "rate": _rate,
    "channel": _channel,
    "message-sizes": _message_sizes,
    "paid": _paid,
    "identity": _identity,
    "goods-code": _goods_code,
    "forms": _forms,
    "drawback": _drawback,
    "lane": _lane,
    "customs-value": _customs_value,
    "gate-code": _gate_code,
    "origin-saving": _origin_saving,
    "quota-balance": _quota_balance,
    "goods-return": _goods_return,
    "export-summary": export_summary,
}


def _rulebook(pack: Pack) -> PackRulebook:
    return PackRulebook(Packs([pack]), seed="golden")


def _consignment(pack: Pack, case: GoldenCase) -> Consignment:
    given = case.given
    lines = tuple(_line(row, number) for number, row in enumerate(given.rows("lines"), start=1))
    book = _rulebook(pack)
    rates = book.rates(pack.country, lines, on=case.on)
    return Consignment(
        lines=tuple(
            replace(line, rates=rates[line.line_no], quota=_offer(book, pack, case, line))
            for line in lines
        ),
        freight=given.money("freight"),
        insurance=_money(given, "insurance", pack),
        discount=_money(given, "discount", pack),
    )


def _offer(book: PackRulebook, pack: Pack, case: GoldenCase, line: GoodsLine) -> QuotaOffer | None:
    """The line's quota, all of it left but what the question says was drawn."""
    quota = book.quota(pack.country, line, on=case.on)
    drawn = int(case.given.text("quota_drawn")) if "quota_drawn" in case.given else 0
    as_of = datetime.combine(case.on, time(), tzinfo=UTC)
    if quota is None:
        return None
    return QuotaOffer(quota=quota, left=quota.volume - drawn, as_of=as_of)


def _line(row: Fields, number: int) -> GoodsLine:
    return GoodsLine(
        line_no=number,
        hs_code=row.text("hs_code"),
        origin=row.text("origin"),
        quantity=row.count("quantity"),
        unit_price=row.money("unit_price"),
        rates={},
        net_weight_g=row.count("net_weight_g") if "net_weight_g" in row else None,
        proofs=tuple(
            Proof(
                scheme=one.text("scheme"),
                issued_on=one.day("issued_on") if "issued_on" in one else None,
            )
            for one in (row.rows("proofs") if "proofs" in row else ())
        ),
    )


def _money(given: Fields, name: str, pack: Pack) -> Money:
    return given.money(name) if name in given else Money(0, pack.currency)


def _consignee(given: Fields) -> Consignee:
    return Consignee(
        name=given.text("name"), phone=given.text("phone"), address=given.text("address")
    )

"""Answers the golden cases of a pack's permit rules, so that its author can see what they mean."""

from collections.abc import Callable, Mapping
from typing import Any

from services.permits.domain.advice import side_of
from services.permits.domain.facts import Facts
from services.permits.domain.permit_type import GoodsNotCovered, PermitType, missing_facts
from services.permits.store.goods_index import GoodsIndex
from services.permits.usecases.guidance_book import goods_words, read_country
from services.permits.usecases.nomenclature import lane_nomenclature
from services.permits.usecases.permit_book import PermitBook, read_calendar
from shared.packs.fields import Fields
from shared.packs.pack import Pack, Packs
from shared.packs.rule import GoldenCase

Answers = dict[str, Any]


def _permit_type(pack: Pack, case: GoldenCase) -> Answers:
    """What kind of permit is it, does it cover the goods, what do the stated facts lack?"""
    book = _book(pack)
    found = book.permit_type(case.given.text("permit_type"), on=case.on)
    missing = missing_facts(found, _facts(case.given, "facts"), book.registers(on=case.on))
    return {
        "agency": found.agency,
        "document_code": found.document_code,
        "covers": _yes(_covers(found, case.given.text("hs_code"))),
        "missing": [finding.field for finding in missing],
    }


def _register(pack: Pack, case: GoldenCase) -> Answers:
    """Is it listed?"""
    entries = _book(pack).registers(on=case.on).get(case.given.text("register"), frozenset())
    return {"listed": _yes(case.given.text("entry") in entries)}


def _paper(pack: Pack, case: GoldenCase) -> Answers:
    """Which document is it, and who issues it?"""
    paper = read_country(pack, on=case.on).papers[case.given.text("paper")]
    return {"document_code": paper.document_code, "issuer": paper.issuer}


def _control(pack: Pack, case: GoldenCase) -> Answers:
    """What does this country alone say of the goods?"""
    given = case.given
    direction, partner = given.text("direction"), given.text("partner")
    leaves = direction == "export"
    facts = Facts(
        hs_code=given.text("hs_code"),
        nomenclature=pack.country,
        product=given.text("product") if "product" in given else None,
        origin=pack.country if leaves else partner,
        destination=partner if leaves else pack.country,
        route=given.text("route"),
        channel=given.text("channel"),
        on=case.on,
        quantity=given.count("quantity") if "quantity" in given else None,
        value=given.money("value") if "value" in given else None,
        stated=_facts(given, "stated"),
    )
    advice = side_of(facts, read_country(pack, on=case.on), direction)
    return {
        "verdict": advice.verdict.value,
        "papers": [each.paper.key for each in advice.plan.papers],
        "days": str(advice.plan.total_days),
        "blockers": [blocker.code for blocker in advice.blockers],
    }


def _working_days(pack: Pack, case: GoldenCase) -> Answers:
    """Which day is it after so many working days?"""
    calendar = read_calendar(pack, on=case.on)
    return {"ends": calendar.after(case.given.day("from"), case.given.count("days")).isoformat()}


def _goods(pack: Pack, case: GoldenCase) -> Answers:
    """What do these words find first?"""
    index = GoodsIndex(goods_words(Packs([pack]), on=case.on), lane_nomenclature())
    found = [index.find(words, limit=1) for words in case.given.texts("words")]
    return {"products": [one[0].product if one else "" for one in found]}


def _book(pack: Pack) -> PermitBook:
    return PermitBook(Packs([pack]), country=pack.country)


def _facts(given: Fields, part: str) -> dict[str, str]:
    if part not in given:
        return {}
    facts = given.part(part)
    return {name: facts.text(name) for name in facts}


def _covers(found: PermitType, hs_code: str) -> bool:
    try:
        found.check_goods(hs_code, field="hs_code")
    except GoodsNotCovered:
        return False
    return True


def _yes(holds: bool) -> str:  # noqa: FBT001 (packs write booleans as words)
    return "yes" if holds else "no"


QUESTIONS: Mapping[str, Callable[[Pack, GoldenCase], Answers]] = {
    "permit-type": _permit_type,
    "register": _register,
    "paper": _paper,
    "control": _control,
    "working-days": _working_days,
    "goods": _goods,
}

"""Answers the golden cases of a pack's permit rules, so that its author can see what they mean."""

from collections.abc import Callable, Mapping
from typing import Any

from services.permits.domain.permit_type import GoodsNotCovered, PermitType, missing_facts
from services.permits.usecases.permit_book import PermitBook
from shared.packs.fields import Fields
from shared.packs.pack import Pack, Packs
from shared.packs.rule import GoldenCase

Answers = dict[str, Any]


def _permit_type(pack: Pack, case: GoldenCase) -> Answers:
    """What kind of permit is it, does it cover the goods, what do the stated facts lack?"""
    book = _book(pack)
    found = book.permit_type(case.given.text("permit_type"), on=case.on)
    missing = missing_facts(found, _facts(case.given), book.registers(on=case.on))
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


def _book(pack: Pack) -> PermitBook:
    return PermitBook(Packs([pack]), country=pack.country)


def _facts(given: Fields) -> dict[str, str]:
    if "facts" not in given:
        return {}
    facts = given.part("facts")
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
}

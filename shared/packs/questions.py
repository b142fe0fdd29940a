"""Golden questions that a pack answers by itself: what a rule says, when it holds, whom it reaches.

Questions about what a service makes of a rule are answered by that service.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from shared.packs.errors import RuleMissing
from shared.packs.fields import Fields
from shared.packs.pack import Pack
from shared.packs.rule import GoldenCase, Rule
from shared.packs.schemes import fits_identifier
from shared.packs.values import add_months

Answer = dict[str, Any]
Question = Callable[[Pack, GoldenCase], Mapping[str, Any]]


def _says(pack: Pack, case: GoldenCase) -> Answer:
    """What does the rule of that day say, and from when until when?"""
    try:
        rule = _rule(pack, case)
    except RuleMissing:
        return {"rule": "none"}
    rounding = rule.rounding and f"{rule.rounding.mode.value} per {rule.rounding.per}"
    return {
        "rule": rule.id,
        "from": rule.valid_from.isoformat(),
        "to": rule.valid_to.isoformat() if rule.valid_to else "open",
        "rounding": rounding or "none",
        **rule.value.nodes,
    }


def _includes(pack: Pack, case: GoldenCase) -> Answer:
    """Is it in the rule's list?"""
    listed = _rule(pack, case).value.texts(case.given.text("field"))
    return {"included": _yes(case.given.text("item") in listed)}


def _window(pack: Pack, case: GoldenCase) -> Answer:
    """When does the term end that starts on a day, and is another day in time?"""
    field, start = case.given.text("field"), case.given.day("start")
    ends = _end(_rule(pack, case).value, field, start)
    return {"ends": ends.isoformat(), "in_time": _yes(case.given.day("day") <= ends)}


def _compare(pack: Pack, case: GoldenCase) -> Answer:
    """Does an amount reach the rule's, and is it over it?"""
    limit = _rule(pack, case).value.money(case.given.text("field"))
    amount = case.given.money("amount")
    return {"reached": _yes(not amount < limit), "over": _yes(limit < amount)}


def _postal_form(pack: Pack, case: GoldenCase) -> Answer:
    """Which form goes with an item of this value in special drawing rights?"""
    worth = case.given.count("sdr")
    for row in _rule(pack, case).value.rows("forms"):
        over = row.count("over_sdr")
        if (worth > over or over == 0) and ("to_sdr" not in row or worth <= row.count("to_sdr")):
            return {"form": row.text("form")}
    return {"form": "none"}


def _identifier(pack: Pack, case: GoldenCase) -> Answer:
    """Is it a good number of that name?"""
    for row in pack.rule("identifiers.known", on=case.on).value.rows("rows"):
        if row.text("name") == case.given.text("name"):
            return {"valid": _yes(fits_identifier(row, case.given.text("value")))}
    return {"valid": "unknown"}


def _label(pack: Pack, case: GoldenCase) -> Answer:
    """What are the words for a code?"""
    for row in pack.rule("labels.words", on=case.on).value.rows("rows"):
        if row.text("code") == case.given.text("code"):
            return dict(row.nodes)
    return {}


QUESTIONS: Mapping[str, Question] = {
    "says": _says,
    "includes": _includes,
    "window": _window,
    "compare": _compare,
    "postal-form": _postal_form,
    "identifier": _identifier,
    "label": _label,
}


def _rule(pack: Pack, case: GoldenCase) -> Rule:
    return pack.rule(case.given.text("key"), on=case.on)


def _end(value: Fields, field: str, start: date) -> date:
    if value.text(field).endswith(" d"):
        return start + timedelta(days=value.days(field))
    return add_months(start, value.months(field))


def _yes(holds: bool) -> str:  # noqa: FBT001 (packs write booleans as words)
    return "yes" if holds else "no"

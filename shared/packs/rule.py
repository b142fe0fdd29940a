"""One rule of a country: dated, cited, with the cases that prove how it is meant."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from shared.kernel.money import Rounding
from shared.packs.fields import Fields, Place
from shared.packs.kinds import check_value
from shared.packs.values import Digits

GOLDEN_CASES_MAX = 50
_ID = re.compile(r"[A-Z]{1,3}[0-9]{1,3}")
_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*){1,3}")
FIELDS = (
    *("id", "key", "kind", "from", "to", "status", "fixture"),
    *("citation", "rounding", "value", "golden"),
)
_STEPS = ("line", "item", "consignment")
_MODES = frozenset(Rounding)


class Status(StrEnum):
    """How sure we are: read in a source, or written from memory and to be verified."""

    SOURCED = "sourced"
    UNVERIFIED = "unverified"


_STATUSES = frozenset(Status)


@dataclass(frozen=True, kw_only=True)
class Citation:
    """Where the rule is written, and where it was read."""

    instrument: str
    source: str


@dataclass(frozen=True, kw_only=True)
class RoundingStep:
    """How the rule rounds, and after which step: per line, per item or per consignment."""

    mode: Rounding
    per: str


@dataclass(frozen=True, kw_only=True)
class GoldenCase:
    """A question with its right answer; every checker of the pack asks it."""

    name: str
    ask: str
    on: date
    given: Fields
    expect: Fields


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What holds from `valid_from` until before `valid_to` (open end: None).

    `entry` is the rule as it was written, or as a line of its table completes it.
    """

    id: str
    key: str
    section: str
    kind: str
    valid_from: date
    valid_to: date | None
    status: Status
    fixture: bool
    citation: Citation
    rounding: RoundingStep | None
    value: Fields
    golden: tuple[GoldenCase, ...]
    entry: Mapping[str, Any] = field(repr=False, compare=False)

    def in_force(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


def read_rule(entry: Fields, *, section: str, digits: Digits) -> Rule:
    """Read one entry of a section file, or raise PackMalformed for the first mistake."""
    rule = labelled(entry, digits=digits)
    rule.only(*FIELDS)
    value = rule.part("value")
    check_value(rule.text("kind"), value)
    return Rule(key=rule.text("key"), value=value, entry=entry.nodes, **read_head(rule, section))


def labelled(entry: Fields, *, digits: Digits) -> Fields:
    """Return the entry as it is read: its faults name the rule, its money has these digits."""
    label = " ".join(entry.text(name) for name in ("id", "key") if name in entry)
    return Fields(entry.nodes, Place(entry.place.file, label), digits=digits)


def read_head(rule: Fields, section: str) -> dict[str, Any]:
    """Read all of a rule but its key, its value and its entry, or raise PackMalformed."""
    _match(_ID, rule, "id", "like C3")
    _match(_KEY, rule, "key", "like cbec.single-limit")
    valid_from, valid_to = _validity(rule)
    return {
        "id": rule.text("id"),
        "section": section,
        "kind": rule.text("kind"),
        "valid_from": valid_from,
        "valid_to": valid_to,
        "status": _status(rule),
        "fixture": _is_fixture(rule),
        "citation": _citation(rule.part("citation")),
        "rounding": _rounding(rule.part("rounding")) if "rounding" in rule else None,
        "golden": _golden(rule),
    }


def _validity(rule: Fields) -> tuple[date, date | None]:
    valid_from = rule.day("from")
    valid_to = rule.day("to") if "to" in rule else None
    if valid_to is not None and valid_to <= valid_from:
        raise rule.place.field("to").wrong("must be after `from`; the end is exclusive")
    return valid_from, valid_to


def _status(rule: Fields) -> Status:
    status = rule.text("status")
    if status not in _STATUSES:
        raise rule.place.field("status").wrong("must be sourced or unverified")
    if status == Status.SOURCED and _is_fixture(rule):
        raise rule.place.field("status").wrong("a fixture is unverified")
    return Status(status)


def _is_fixture(rule: Fields) -> bool:
    return "fixture" in rule and rule.flag("fixture")


def _citation(citation: Fields) -> Citation:
    citation.only("instrument", "source")
    return Citation(instrument=citation.text("instrument"), source=citation.text("source"))


def _rounding(rounding: Fields) -> RoundingStep:
    rounding.only("mode", "per")
    if rounding.text("mode") not in _MODES:
        raise rounding.place.field("mode").wrong(f"must be one of {', '.join(Rounding)}")
    if rounding.text("per") not in _STEPS:
        raise rounding.place.field("per").wrong(f"must be one of {', '.join(_STEPS)}")
    return RoundingStep(mode=Rounding(rounding.text("mode")), per=rounding.text("per"))


def _golden(rule: Fields) -> tuple[GoldenCase, ...]:
    rows = rule.rows("golden")
    if not 1 <= len(rows) <= GOLDEN_CASES_MAX:
        raise rule.place.field("golden").wrong(f"must hold 1 to {GOLDEN_CASES_MAX} cases")
    return tuple(_golden_case(row) for row in rows)


def _golden_case(case: Fields) -> GoldenCase:
    case.only("name", "ask", "on", "given", "expect")
    return GoldenCase(
        name=case.text("name"),
        ask=case.text("ask"),
        on=case.day("on"),
        given=case.part("given"),
        expect=case.part("expect"),
    )


def _match(pattern: re.Pattern[str], rule: Fields, name: str, example: str) -> None:
    if not pattern.fullmatch(rule.text(name)):
        raise rule.place.field(name).wrong(f"must look {example}")

"""What a pack promises beyond being readable: its parts fit together and can be shown to people.

The loader refuses what can't be read; lint refuses what would fail later, in somebody's answer:
a paper nobody describes, papers that wait for each other, a code without words, a rate without a
rounding mode. A pack that travelled is linted before it is believed.
"""

from collections.abc import Callable, Iterator, Sequence
from graphlib import CycleError, TopologicalSorter

from shared.packs.document_codes import DOCUMENT_NAMES
from shared.packs.errors import Fault, PackMalformed
from shared.packs.pack import FAULTS_MAX, Pack
from shared.packs.rule import Rule

COMPUTING_KINDS = frozenset(
    {
        *("measure", "relief", "formula", "base", "personal-parcel", "drawback", "customs-rates"),
        *("luxury-tax", "export-rebate", "import-return", "origin-scheme", "tax-rates", "quota"),
    }
)
"""Kinds whose rules give an amount, so that they must say how it is rounded."""
KINDS_OF_GOODS = frozenset(
    {"measure", "control", "permit-type", "luxury-tax", "supervision", "quota"}
)
WORDS_KEY = "labels.words"
LANGUAGES = frozenset({"en", "ms", "zh-Hans"})


def lint_pack(pack: Pack) -> list[Fault]:
    """Return everything wrong with a pack that could be read."""
    return [fault for check in CHECKS for fault in check(pack)][:FAULTS_MAX]


def check_pack(pack: Pack) -> Pack:
    """Return the pack, or raise PackMalformed with every fault that lint finds."""
    faults = lint_pack(pack)
    if faults:
        raise PackMalformed(faults)
    return pack


def _rounding(pack: Pack) -> Iterator[Fault]:
    for rule in pack.rules:
        if rule.kind in COMPUTING_KINDS and rule.rounding is None:
            yield _fault(rule, "rounding", "is missing: the rule gives an amount")


def _languages(pack: Pack) -> Iterator[Fault]:
    for language in sorted(LANGUAGES - set(pack.languages)):
        problem = f"must list {language}"
        yield Fault(file="pack.yaml", rule="", field="languages", problem=problem)


def _goods(pack: Pack) -> Iterator[Fault]:
    for rule in pack.rules:
        if rule.kind not in KINDS_OF_GOODS:
            continue
        for name in ("goods", "except"):
            for code in rule.value.texts(name) if name in rule.value else ():
                if code != "*" and not (code.isdigit() and 2 <= len(code) <= 10):
                    yield _fault(rule, f"value.{name}", f"{code!r} is no goods code of 2 to 10")


def _papers(pack: Pack) -> Iterator[Fault]:
    """Every paper asked for is described on the days it is asked for; none waits for itself."""
    for rule in pack.rules:
        asked: Sequence[str] = ()
        if rule.kind == "control":
            rows = rule.value.rows("conditions")
            asked = [row.text("paper") for row in rows if row.text("requires") == "paper"]
        elif rule.kind == "paper":
            asked = rule.value.texts("needs")
        for paper in asked:
            yield from _described(pack, rule, f"paper.{paper}", "paper")
    yield from _circles(pack)


def _circles(pack: Pack) -> Iterator[Fault]:
    for on in sorted({rule.valid_from for rule in pack.rules if rule.kind == "paper"}):
        papers = pack.rules_of_kind("paper", on=on)
        graph = {
            rule.key: [f"paper.{need}" for need in rule.value.texts("needs")] for rule in papers
        }
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            first = next(rule for rule in papers if rule.key in error.args[1])
            yield _fault(first, "value.needs", f"waits for itself: {', '.join(error.args[1])}")
            return


def _schemes(pack: Pack) -> Iterator[Fault]:
    """A preferential duty, and no other measure, names an agreement that the pack describes."""
    for rule in pack.rules:
        if rule.kind == "origin-scheme" and "paper" in rule.value:
            yield from _described(pack, rule, f"paper.{rule.value.text('paper')}", "paper")
        if rule.kind != "measure":
            continue
        is_named = "scheme" in rule.value
        if is_named != (rule.value.text("measure") == "preferential-duty"):
            problem = "a preferential duty names its agreement, and no other measure does"
            yield _fault(rule, "value.scheme", problem)
        elif is_named:
            key = f"origin.{rule.value.text('scheme')}"
            yield from _described(pack, rule, key, "agreement")


def _quotas(pack: Pack) -> Iterator[Fault]:
    """A quota has a period, and a number that no other quota of a day has."""
    known: dict[str, str] = {}
    for rule in pack.rules:
        if rule.kind != "quota":
            continue
        if rule.valid_to is None:
            yield _fault(rule, "to", "is missing: a quota has a period")
        number = rule.value.text("order_number")
        if known.setdefault(number, rule.key) != rule.key:
            yield _fault(rule, "value.order_number", f"{number} is {known[number]}'s")


def _registers(pack: Pack) -> Iterator[Fault]:
    for rule in pack.rules:
        part = {"control": "conditions", "permit-type": "facts"}.get(rule.kind)
        for row in rule.value.rows(part) if part else ():
            if "register" in row:
                yield from _described(pack, rule, f"register.{row.text('register')}", "register")


def _permit_types(pack: Pack) -> Iterator[Fault]:
    for rule in pack.rules:
        if rule.kind == "paper" and "permit_type" in rule.value:
            key = f"permit-type.{rule.value.text('permit_type')}"
            yield from _described(pack, rule, key, "permit type")


def _document_codes(pack: Pack) -> Iterator[Fault]:
    for rule in pack.rules:
        code = rule.value.text("document_code") if "document_code" in rule.value else None
        if code is not None and code not in DOCUMENT_NAMES:
            problem = f"{code} is not a known code of UN/EDIFACT 1001"
            yield _fault(rule, "value.document_code", problem)


def _words(pack: Pack) -> Iterator[Fault]:
    """Every agency, fact, register and channel that answers name has words in the languages."""
    known = {
        row.text("code")
        for rule in pack.rules
        if rule.key == WORDS_KEY
        for row in rule.value.rows("rows")
    }
    for rule in pack.rules:
        for code in _named(rule):
            if code not in known:
                yield _fault(rule, "value", f"{code} has no words in labels.yaml")


def _named(rule: Rule) -> Iterator[str]:
    if rule.kind == "permit-type":
        yield f"agency.{rule.value.text('agency')}"
        yield from (f"fact.{row.text('name')}" for row in rule.value.rows("facts"))
    elif rule.kind == "control":
        for row in rule.value.rows("conditions"):
            for name in ("fact", "register"):
                if name in row:
                    yield f"{name}.{row.text(name)}"
    elif rule.kind == "channels":
        yield from (f"channel.{row.text('code')}" for row in rule.value.rows("rows"))


def _described(pack: Pack, rule: Rule, key: str, what: str) -> Iterator[Fault]:
    ends = (other.valid_to for other in pack.versions(key) if other.valid_to)
    days = {rule.valid_from, *ends}
    missing = [d for d in sorted(days) if rule.in_force(d) and not pack.has_rule(key, on=d)]
    if missing:
        yield _fault(rule, "value", f"{what} {key} is not described on {missing[0]}")


def _fault(rule: Rule, field: str, problem: str) -> Fault:
    place = rule.value.place
    return Fault(file=place.file, rule=place.rule, field=field, problem=problem)


CHECKS: tuple[Callable[[Pack], Iterator[Fault]], ...] = (
    _rounding,
    _languages,
    _goods,
    _papers,
    _schemes,
    _quotas,
    _registers,
    _permit_types,
    _document_codes,
    _words,
)

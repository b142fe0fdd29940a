"""What applies to a kind of good: of all measures of one name, the most specific wins."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shared.packs.errors import PackMalformed
from shared.packs.pack import Pack
from shared.packs.rule import Rule

ALL_GOODS = "*"


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A rate that applies to goods, with the rule that says so."""

    rule: Rule
    rate: Decimal


def find_measure(
    pack: Pack, name: str, *, hs_code: str, origin: str, on: date, scheme: str | None = None
) -> Measure | None:
    """Return the measure of that name for goods of an origin, or None if none applies.

    `scheme` is the agreement whose measure is wanted, where each has its own.

    The longest goods prefix wins, then one that names the origin. Two that are equally specific
    are a mistake of the pack: PackMalformed.
    """
    prefixes = [hs_code[:length] for length in range(len(hs_code), 0, -1)]
    for prefix in (*prefixes, ALL_GOODS):
        rules = [
            rule for rule in pack.measures(name, prefix=prefix, on=on) if _scheme(rule) == scheme
        ]
        for_origin = [rule for rule in rules if _names(rule, origin, hs_code)]
        for_all = [rule for rule in rules if "origins" not in rule.value]
        fitting = for_origin or [rule for rule in for_all if not _excepts(rule, hs_code)]
        if len(fitting) > 1:
            raise _ambiguous(fitting, name, hs_code, origin)
        if fitting:
            return Measure(rule=fitting[0], rate=fitting[0].value.rate("rate"))
    return None


def _scheme(rule: Rule) -> str | None:
    return rule.value.text("scheme") if "scheme" in rule.value else None


def _names(rule: Rule, origin: str, hs_code: str) -> bool:
    if "origins" not in rule.value or _excepts(rule, hs_code):
        return False
    return origin in rule.value.texts("origins")


def _excepts(rule: Rule, hs_code: str) -> bool:
    return "except" in rule.value and hs_code.startswith(rule.value.texts("except"))


def _ambiguous(rules: list[Rule], name: str, hs_code: str, origin: str) -> PackMalformed:
    place = rules[0].value.place
    problem = f"as specific as {rules[1].key} for {name} on {hs_code} from {origin}"
    return PackMalformed.at(file=place.file, rule=place.rule, field="value", problem=problem)

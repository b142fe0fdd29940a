"""Guidance: whether goods may go, and with which papers.

Both countries must say something: where one has no rule, the answer is "no rule found", never a
silent "allowed".
"""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Protocol

from services.permits.domain.control import (
    Blocker,
    Condition,
    Control,
    CountryRules,
    Effect,
    Fit,
    RuleRef,
)
from services.permits.domain.facts import Facts
from services.permits.domain.papers import PaperPlan, plan_papers
from shared.kernel.money import Money


class Rulebook(Protocol):
    """Whatever knows the rules of countries."""

    def rules(self, country: str, *, on: date) -> CountryRules | None:
        """Return a country's rules of a day, None where no pack of it is installed."""

    def days_of_change(self, country: str, *, after: date, until: date) -> tuple[date, ...]:
        """Return the days in (after, until] on which rules of a country begin or end."""


class Verdict(StrEnum):
    """The short answer."""

    ALLOWED = "allowed"
    ALLOWED_WITH = "allowed-with"
    BLOCKED = "blocked"
    NO_RULE_FOUND = "no-rule-found"


@dataclass(frozen=True, kw_only=True)
class Waived:
    """A paper that is not needed here, and what to declare instead."""

    paper: str
    waiver_code: str
    rule: RuleRef


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Something nobody's rules answer."""

    code: str
    country: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class Advice:
    """The answer and everything it rests on."""

    verdict: Verdict
    rules: tuple[RuleRef, ...]
    blockers: tuple[Blocker, ...]
    gaps: tuple[Gap, ...]
    waived: tuple[Waived, ...]
    plan: PaperPlan
    pack_hashes: Mapping[str, str]

    @property
    def is_sourced(self) -> bool:
        """Say whether every rule the answer rests on was read in a source."""
        return all(rule.is_sourced for rule in self.rules)


@dataclass(frozen=True, kw_only=True)
class _Side:
    """What one country says."""

    rules: tuple[RuleRef, ...] = ()
    blockers: tuple[Blocker, ...] = ()
    gaps: tuple[Gap, ...] = ()
    waived: tuple[Waived, ...] = ()
    plan: PaperPlan = field(default_factory=PaperPlan)


def side_of(facts: Facts, rules: CountryRules, direction: str) -> Advice:
    """Answer for one country alone: what its golden cases are about."""
    side = _side(facts, rules, rules.country, direction, assumed=())
    return _joined([side], {rules.country: rules.pack_hash})


def answer_for(facts: Facts, book: Rulebook, *, assumed: Container[str] = ()) -> Advice:
    """Answer for these facts; what is named in `assumed` counts as shown and listed."""
    ways = ((facts.origin, "export"), (facts.destination, "import"))
    found = {country: book.rules(country, on=facts.on) for country, _ in ways}
    return _joined(
        [_side(facts, found[country], country, way, assumed=assumed) for country, way in ways],
        {country: rules.pack_hash if rules else "none" for country, rules in found.items()},
    )


def _side(
    facts: Facts,
    rules: CountryRules | None,
    country: str,
    direction: str,
    *,
    assumed: Container[str],
) -> _Side:
    if rules is None:
        gap = Gap(code="no-pack", country=country, detail="its rules are not installed here")
        return _Side(gaps=(gap,))
    fits = [(each, each.fit(facts)) for each in rules.about(facts, direction)]
    applied = [control for control, fit in fits if fit is Fit.APPLIES]
    narrower = [
        control
        for control, fit in fits
        if fit is Fit.NARROWER and (control.effect is not Effect.OPEN or not applied)
    ]
    asked = [(c, condition, waived) for c in applied for condition, waived in c.papers(facts)]
    wanted = {condition.paper for _, condition, waived in asked if not waived}
    return _Side(
        rules=tuple(control.rule for control in (*applied, *narrower)),
        blockers=tuple(
            blocker
            for control in applied
            for blocker in control.blockers(facts, rules.registers, assumed)
        ),
        gaps=_gaps(facts, rules, direction, applied, narrower),
        waived=tuple(
            _waived(control, condition)
            for control, condition, waived in asked
            if waived and condition.paper not in wanted
        ),
        plan=plan_papers(sorted(wanted), rules.papers),
    )


def _gaps(
    facts: Facts,
    rules: CountryRules,
    direction: str,
    applied: list[Control],
    narrower: list[Control],
) -> tuple[Gap, ...]:
    country = rules.country
    if narrower:
        codes = sorted({prefix for control in narrower for prefix in control.goods})
        detail = f"{facts.code_for(country)} is too short: rules differ for {', '.join(codes)}"
        return (Gap(code="code-too-short", country=country, detail=detail),)
    if not applied and rules.first_day is not None and facts.on < rules.first_day:
        detail = f"the rules of {country} begin on {rules.first_day}"
        return (Gap(code="before-first-rule", country=country, detail=detail),)
    if applied and facts.value is not None:
        return tuple(_incomparable(facts.value, applied))
    if not applied:
        goods = f"{direction} of {facts.code_for(country)} in channel {facts.channel}"
        detail = f"no rule found for {goods}, unverified"
        return (Gap(code="no-rule", country=country, detail=detail),)
    return ()


def _incomparable(value: Money, applied: list[Control]) -> Iterator[Gap]:
    """A limit in another currency than the value's is not known to hold."""
    for control in applied:
        for asked in control.conditions:
            if asked.to_value is None or asked.requires != "value":
                continue
            wanted = asked.to_value.currency
            if wanted != value.currency:
                detail = f"{control.rule.key} limits the value in {wanted}, not {value.currency}"
                yield Gap(code="value-currency", country=control.rule.country, detail=detail)


def _waived(control: Control, condition: Condition) -> Waived:
    assert condition.waiver is not None, "only a waiver waives"
    return Waived(paper=condition.paper, waiver_code=condition.waiver.code, rule=control.rule)


def _joined(sides: list[_Side], pack_hashes: Mapping[str, str]) -> Advice:
    blockers = tuple(each for side in sides for each in side.blockers)
    gaps = tuple(each for side in sides for each in side.gaps)
    plan = _side_by_side([side.plan for side in sides])
    if blockers:
        verdict = Verdict.BLOCKED
    elif gaps:
        verdict = Verdict.NO_RULE_FOUND
    else:
        verdict = Verdict.ALLOWED_WITH if plan.papers else Verdict.ALLOWED
    return Advice(
        verdict=verdict,
        rules=tuple(each for side in sides for each in side.rules),
        blockers=blockers,
        gaps=gaps,
        waived=tuple(each for side in sides for each in side.waived),
        plan=plan,
        pack_hashes=pack_hashes,
    )


def _side_by_side(plans: list[PaperPlan]) -> PaperPlan:
    """Join plans of two countries, whose papers do not wait for each other."""
    longest = max(plans, key=lambda plan: plan.total_days)
    sums: dict[str, int] = {}
    for plan in plans:
        for cost in plan.costs:
            sums[cost.currency] = sums.get(cost.currency, 0) + cost.minor
    return PaperPlan(
        papers=tuple(
            replace(each, is_critical=each.is_critical and plan is longest)
            for plan in plans
            for each in plan.papers
        ),
        critical_path=longest.critical_path,
        total_days=longest.total_days,
        costs=tuple(Money(minor, currency) for currency, minor in sorted(sums.items())),
    )

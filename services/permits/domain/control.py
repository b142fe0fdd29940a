"""A control: whether a country lets goods leave or enter, and on which conditions.

Measure, condition, document code, threshold, waiver: each is data of the country's pack; here is
only what they mean.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property

from services.permits.domain.facts import Facts
from services.permits.domain.papers import Paper
from shared.kernel.money import Money


class Effect(StrEnum):
    """What a control says about the goods it is for."""

    OPEN = "open"
    CONDITIONS = "conditions"
    PROHIBITED = "prohibited"


class Fit(StrEnum):
    """Whether a control is about the goods asked for; NARROWER: about some of them."""

    APPLIES = "applies"
    NARROWER = "narrower"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class RuleRef:
    """The rule that says so: its id, its key, where it is written, and how sure we are."""

    country: str
    rule_id: str
    key: str
    instrument: str
    source: str
    is_sourced: bool
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """A paper is not needed up to every threshold named; `code` is what is declared instead."""

    code: str
    to_value: Money | None = None
    to_quantity: int | None = None
    to_weight_g: int | None = None

    def holds(self, facts: Facts) -> bool:
        """Say whether nothing named is passed; a fact that nobody stated passes."""
        return (
            _within(facts.value, self.to_value)
            and _within(facts.quantity, self.to_quantity)
            and _within(facts.net_weight_g, self.to_weight_g)
        )


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One thing asked for: a paper, a stated fact, a route or a channel."""

    requires: str
    paper: str = ""
    fact: str = ""
    register: str = ""
    allowed: tuple[str, ...] = ()
    waiver: Waiver | None = None
    to_value: Money | None = None
    or_quantity: int | None = None


@dataclass(frozen=True, kw_only=True)
class Blocker:
    """Why goods may not go as they are, and the change of facts that would remove the reason."""

    code: str
    rule: RuleRef
    detail: str
    remedy: Mapping[str, str] = field(default_factory=dict)
    condition: Condition | None = None


@dataclass(frozen=True, kw_only=True)
class Control:
    """One control of one country."""

    rule: RuleRef
    direction: str
    goods: tuple[str, ...]
    excepts: tuple[str, ...]
    product: str | None
    partners: tuple[str, ...]
    channels: tuple[str, ...]
    effect: Effect
    conditions: tuple[Condition, ...]

    def fit(self, facts: Facts) -> Fit:
        """Say whether the control is about these goods on this way."""
        code = facts.code_for(self.rule.country)
        partner = facts.destination if self.direction == "export" else facts.origin
        if self.partners and partner not in self.partners:
            return Fit.OTHER
        if self.channels and facts.channel not in self.channels:
            return Fit.OTHER
        if self.product is not None and facts.product not in {None, self.product}:
            return Fit.OTHER
        if self.excepts and code.startswith(self.excepts):
            return Fit.OTHER
        if "*" in self.goods or code.startswith(self.goods):
            return Fit.APPLIES
        return Fit.NARROWER if any(p.startswith(code) for p in self.goods) else Fit.OTHER

    def blockers(
        self,
        facts: Facts,
        registers: Mapping[str, frozenset[str]],
        assumed: Container[str],
    ) -> tuple[Blocker, ...]:
        """Return every reason of this control why the goods may not go as the facts are.

        Facts named in `assumed` count as stated and listed.
        """
        if self.effect is Effect.PROHIBITED:
            return (Blocker(code="prohibited", rule=self.rule, detail="may not be traded at all"),)
        found = [self._blocker(each, facts, registers, assumed) for each in self.conditions]
        return tuple(each for each in found if each is not None)

    def papers(self, facts: Facts) -> tuple[tuple[Condition, bool], ...]:
        """Return the papers asked for, each with whether its waiver holds."""
        return tuple(
            (each, each.waiver is not None and each.waiver.holds(facts))
            for each in self.conditions
            if each.requires == "paper"
        )

    def _blocker(
        self,
        asked: Condition,
        facts: Facts,
        registers: Mapping[str, frozenset[str]],
        assumed: Container[str],
    ) -> Blocker | None:
        if asked.requires in {"route", "channel"}:
            chosen = facts.route if asked.requires == "route" else facts.channel
            if chosen in asked.allowed:
                return None
            allowed = ", ".join(asked.allowed)
            return Blocker(
                code=f"{asked.requires}-not-allowed",
                rule=self.rule,
                detail=f"by {asked.requires} {chosen} these goods may not go; allowed: {allowed}",
                remedy={asked.requires: asked.allowed[0]},
                condition=asked,
            )
        if asked.requires == "value":
            return self._over_value(asked, facts)
        if asked.requires != "fact" or asked.fact in assumed:
            return None
        stated = facts.stated.get(asked.fact)
        if not stated:
            return Blocker(
                code="fact-missing",
                rule=self.rule,
                detail=f"{asked.fact} must be shown",
                remedy={asked.fact: _wanted(asked)},
                condition=asked,
            )
        if asked.register and stated not in registers.get(asked.register, frozenset()):
            return Blocker(
                code="not-listed",
                rule=self.rule,
                detail=f"{asked.fact} is not listed in {asked.register}",
                remedy={asked.fact: _wanted(asked)},
                condition=asked,
            )
        return None

    def _over_value(self, asked: Condition, facts: Facts) -> Blocker | None:
        """A value that nobody stated is not held against it; one in another currency is a gap."""
        limit, value = asked.to_value, facts.value
        if limit is None or value is None or value.currency != limit.currency:
            return None
        if value.minor <= limit.minor or facts.quantity == asked.or_quantity:
            return None
        return Blocker(
            code="value-over-limit",
            rule=self.rule,
            detail=f"{value.minor} minor units of {value.currency} are over {limit.minor}",
            remedy={"value_minor_max": str(limit.minor)},
            condition=asked,
        )


@dataclass(frozen=True, kw_only=True)
class Channel:
    """A way that goods may take: in which direction, and on which routes where that is fixed."""

    code: str
    direction: str
    routes: tuple[str, ...] = ()

    def is_for(self, direction: str) -> bool:
        return self.direction in {direction, "both"}


@dataclass(frozen=True, kw_only=True)
class CountryRules:
    """All that one country says about moving goods on one day."""

    country: str
    pack_hash: str
    controls: tuple[Control, ...]
    papers: Mapping[str, Paper]
    registers: Mapping[str, frozenset[str]]
    channels: tuple[Channel, ...]
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    first_day: date | None = None
    code_digits: int | None = None

    def about(self, facts: Facts, direction: str) -> tuple[Control, ...]:
        """Return, in their order, the controls that may be about these goods on this way."""
        code = facts.code_for(self.country)
        prefixes = ["*", *(code[:length] for length in range(1, len(code) + 1))]
        numbers = {n for prefix in prefixes for n in self._by_prefix.get(prefix, ())}
        numbers |= self._below.get(code, set())
        found = (self.controls[number] for number in sorted(numbers))
        return tuple(control for control in found if control.direction == direction)

    @cached_property
    def _by_prefix(self) -> Mapping[str, set[int]]:
        """Numbers of controls by the goods they are written for."""
        index: dict[str, set[int]] = {}
        for number, control in enumerate(self.controls):
            for prefix in control.goods:
                index.setdefault(prefix, set()).add(number)
        return index

    @cached_property
    def _below(self) -> Mapping[str, set[int]]:
        """Numbers of controls by every shorter code than they are written for."""
        index: dict[str, set[int]] = {}
        for number, control in enumerate(self.controls):
            for prefix in control.goods:
                for length in range(1, len(prefix)):
                    index.setdefault(prefix[:length], set()).add(number)
        return index


def _wanted(asked: Condition) -> str:
    return f"one listed in {asked.register}" if asked.register else "to be shown"


def _within(stated: int | Money | None, threshold: int | Money | None) -> bool:
    if threshold is None:
        return True
    if isinstance(threshold, Money):
        same = isinstance(stated, Money) and stated.currency == threshold.currency
        return same and stated.minor <= threshold.minor  # type: ignore[union-attr]
    return isinstance(stated, int) and stated <= threshold

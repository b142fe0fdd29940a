"""What a control means: thresholds and waivers, short codes, and answers that are never silent."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.permits.domain.advice import Verdict, answer_for, side_of
from services.permits.domain.alternatives import changes_of
from services.permits.domain.control import (
    Channel,
    Condition,
    Control,
    CountryRules,
    Effect,
    RuleRef,
    Waiver,
)
from services.permits.domain.facts import Facts
from services.permits.domain.guidance import answer_id
from shared.kernel.money import Money
from tests.unit.permits.test_papers import a_paper

TODAY = date(2026, 9, 1)


def facts(**changes: Any) -> Facts:
    return replace(
        Facts(
            hs_code="2101120000",
            nomenclature="CN",
            origin="MY",
            destination="CN",
            route="air",
            channel="9610",
            on=TODAY,
        ),
        **changes,
    )


def a_control(country: str = "CN", **changes: Any) -> Control:
    rule = RuleRef(
        country=country,
        rule_id="T1",
        key="control.test",
        instrument="an order",
        source="a page",
        is_sourced=True,
        valid_from=date(2020, 1, 1),
        valid_to=None,
    )
    return replace(
        Control(
            rule=rule,
            direction="import" if country == "CN" else "export",
            goods=("210112",),
            excepts=(),
            product=None,
            partners=(),
            channels=(),
            effect=Effect.OPEN,
            conditions=(),
        ),
        **changes,
    )


def rules(*controls: Control, country: str = "CN") -> CountryRules:
    return CountryRules(
        country=country,
        pack_hash=f"sha256:{country}",
        controls=controls,
        papers={"p": a_paper("p"), "q": a_paper("q")},
        registers={"plants": frozenset({"P1"})},
        channels=(Channel(code="9610", direction="both"), Channel(code="0110", direction="both")),
    )


class Book:
    """Rules in memory, the same on every day until `later` begins."""

    def __init__(
        self, *countries: CountryRules, later: CountryRules | None = None, begins: date = TODAY
    ) -> None:
        self._countries = {each.country: each for each in countries}
        self._later, self._begins = later, begins

    def rules(self, country: str, *, on: date) -> CountryRules | None:
        if self._later is not None and self._later.country == country and on >= self._begins:
            return self._later
        return self._countries.get(country)

    def days_of_change(self, country: str, *, after: date, until: date) -> tuple[date, ...]:
        return (self._begins,) if after < self._begins <= until else ()


EXPORT_OPEN = rules(a_control("MY"), country="MY")


def a_paper_condition(**waiver: Any) -> Condition:
    return Condition(
        requires="paper", paper="p", waiver=Waiver(code="Y901", **waiver) if waiver else None
    )


class TestWaiver:
    @pytest.mark.parametrize(
        ("waiver", "stated", "needed"),
        [
            ({"to_weight_g": 5_000}, {"net_weight_g": 5_000}, False),
            ({"to_weight_g": 5_000}, {"net_weight_g": 5_001}, True),
            ({"to_weight_g": 5_000}, {}, True),
            ({"to_quantity": 3}, {"quantity": 3}, False),
            ({"to_quantity": 3}, {"quantity": 4}, True),
            ({"to_value": Money(20_000, "CNY")}, {"value": Money(20_000, "CNY")}, False),
            ({"to_value": Money(20_000, "CNY")}, {"value": Money(20_001, "CNY")}, True),
            ({"to_value": Money(20_000, "CNY")}, {"value": Money(1, "MYR")}, True),
            ({"to_quantity": 3, "to_weight_g": 9}, {"quantity": 3, "net_weight_g": 10}, True),
        ],
    )
    def test_holds_up_to_every_threshold_and_never_for_what_is_not_stated(
        self, waiver: dict[str, Any], stated: dict[str, Any], *, needed: bool
    ) -> None:
        control = a_control(effect=Effect.CONDITIONS, conditions=(a_paper_condition(**waiver),))

        advice = answer_for(facts(**stated), Book(EXPORT_OPEN, rules(control)))

        assert [each.paper.key for each in advice.plan.papers] == (["p"] if needed else [])
        assert [each.waiver_code for each in advice.waived] == ([] if needed else ["Y901"])
        assert advice.verdict is (Verdict.ALLOWED_WITH if needed else Verdict.ALLOWED)

    def test_does_not_lift_what_another_control_asks_for(self) -> None:
        waived = a_control(effect=Effect.CONDITIONS, conditions=(a_paper_condition(to_quantity=3),))
        firm = a_control(effect=Effect.CONDITIONS, conditions=(a_paper_condition(),))

        advice = answer_for(facts(quantity=1), Book(EXPORT_OPEN, rules(waived, firm)))

        assert (len(advice.plan.papers), advice.waived) == (1, ())


class TestVerdict:
    def test_is_no_rule_found_unless_both_countries_say_something(self) -> None:
        book = Book(EXPORT_OPEN, rules())

        assert answer_for(facts(), book).verdict is Verdict.NO_RULE_FOUND
        assert answer_for(facts(), Book(EXPORT_OPEN)).gaps[0].code == "no-pack"

    def test_is_blocked_by_a_prohibition_whatever_else_is_open(self) -> None:
        book = Book(EXPORT_OPEN, rules(a_control(), a_control(effect=Effect.PROHIBITED)))

        assert answer_for(facts(), book).verdict is Verdict.BLOCKED

    def test_waits_for_more_digits_while_a_deeper_heading_says_otherwise(self) -> None:
        deeper = a_control(goods=("21011200",), effect=Effect.PROHIBITED)
        book = Book(EXPORT_OPEN, rules(a_control(), deeper))

        short = answer_for(facts(hs_code="210112"), book)
        foreign = answer_for(facts(nomenclature="MY"), book)
        whole = answer_for(facts(), book)

        assert [gap.code for gap in short.gaps] == ["code-too-short"]
        assert short.verdict is foreign.verdict is Verdict.NO_RULE_FOUND
        assert whole.verdict is Verdict.BLOCKED

    def test_leaves_out_what_a_control_excepts_and_other_partners_and_channels(self) -> None:
        for other in (
            {"excepts": ("21011200",)},
            {"partners": ("TH",)},
            {"channels": ("1210",)},
            {"product": "tea"},
        ):
            book = Book(EXPORT_OPEN, rules(a_control(**other)))

            assert answer_for(facts(product="coffee"), book).verdict is Verdict.NO_RULE_FOUND

    def test_rests_on_unverified_rules_when_any_of_them_is(self) -> None:
        doubtful = a_control(rule=replace(a_control().rule, is_sourced=False))

        assert answer_for(facts(), Book(EXPORT_OPEN, rules(a_control()))).is_sourced
        assert not answer_for(facts(), Book(EXPORT_OPEN, rules(doubtful))).is_sourced

    @given(
        st.sampled_from(Effect),
        st.sampled_from(Effect),
        st.sampled_from(["21", "210112", "2101120000", "9306"]),
    )
    def test_is_allowed_only_where_both_sides_apply_and_nothing_is_asked(
        self, leaving: Effect, entering: Effect, code: str
    ) -> None:
        conditions = (a_paper_condition(),)
        book = Book(
            rules(a_control("MY", effect=leaving, conditions=conditions), country="MY"),
            rules(a_control(effect=entering)),
        )

        verdict = answer_for(facts(hs_code=code), book).verdict

        applies = code.startswith("210112")
        blocked = Effect.PROHIBITED in {leaving, entering}
        assert (verdict is Verdict.BLOCKED) == (applies and blocked)
        assert (verdict is Verdict.NO_RULE_FOUND) == (not applies)
        assert (verdict is Verdict.ALLOWED_WITH) == (applies and not blocked)


class TestFacts:
    def test_must_be_shown_and_listed(self) -> None:
        asked = Condition(requires="fact", fact="plant_no", register="plants")
        control = a_control(effect=Effect.CONDITIONS, conditions=(asked,))

        def blockers(**stated: str) -> list[str]:
            advice = side_of(facts(stated=stated), rules(control), "import")
            return [blocker.code for blocker in advice.blockers]

        assert blockers() == ["fact-missing"]
        assert blockers(plant_no="P9") == ["not-listed"]
        assert blockers(plant_no="P1") == []


class TestChanges:
    def test_name_the_day_on_which_a_rule_begins(self) -> None:
        later = rules(a_control(effect=Effect.PROHIBITED))
        begins = date(2026, 12, 1)
        book = Book(EXPORT_OPEN, rules(a_control()), later=later, begins=begins)

        changes = list(changes_of(facts(), answer_for(facts(), book), book))

        assert [(c.facts, c.verdict) for c in changes] == [({"on": "2026-12-01"}, Verdict.BLOCKED)]

    def test_name_the_routes_that_are_not(self) -> None:
        by_sea = Condition(requires="route", allowed=("sea",))
        book = Book(EXPORT_OPEN, rules(a_control(effect=Effect.CONDITIONS, conditions=(by_sea,))))
        asked = facts(route="sea")

        changes = list(changes_of(asked, answer_for(asked, book), book))

        assert [(c.facts, c.verdict) for c in changes] == [
            ({"route": "air"}, Verdict.BLOCKED),
            ({"route": "land"}, Verdict.BLOCKED),
        ]

    def test_name_the_route_and_channel_that_are_open(self) -> None:
        control = a_control(
            effect=Effect.CONDITIONS,
            conditions=(
                Condition(requires="route", allowed=("sea",)),
                Condition(requires="channel", allowed=("9610",)),
            ),
        )
        book = Book(EXPORT_OPEN, rules(control))

        changes = list(changes_of(facts(), answer_for(facts(), book), book))

        assert {"route": "sea"} in [c.facts for c in changes if c.verdict is Verdict.ALLOWED]


class TestAnswerId:
    def test_is_the_same_for_the_same_facts_and_packs_only(self) -> None:
        hashes = {"MY": "sha256:1", "CN": "sha256:2"}
        one = answer_id("my-kul", facts(stated={"a": "1", "b": "2"}), hashes)

        same = answer_id(
            "my-kul", facts(stated={"b": "2", "a": "1"}), {"CN": "sha256:2", "MY": "sha256:1"}
        )
        others = {
            answer_id("my-kul", facts(), hashes),
            answer_id("my-kul", facts(route="sea"), hashes),
            answer_id("my-kul", facts(), {**hashes, "CN": "sha256:3"}),
            answer_id("my-kul", facts(), {**hashes, "MY": "sha256:3"}),
            answer_id("cn-hgh", facts(), hashes),
        }

        assert one == same
        assert len(others | {one}) == 6

"""Quarters of the tax on low-value goods: their days, who must register, editions of a return."""

from dataclasses import replace
from datetime import date

import pytest

from services.customs.domain.lvg import (
    EDITIONS_MAX,
    LvgFigures,
    LvgPeriod,
    LvgPeriodMalformed,
    LvgPeriodOpen,
    LvgReturn,
    LvgReturnState,
    LvgReturnUnchanged,
)
from shared.kernel.money import Money
from tests.builders.customs import rulebook

NIL = LvgFigures(parcels=0, sales=Money(0, "MYR"), tax=Money(0, "MYR"), other_tax=Money(0, "MYR"))
SOLD = replace(NIL, parcels=1, sales=Money(7_808, "MYR"), tax=Money(781, "MYR"))
RETURN = LvgReturn(id="lvg", seller_id="stands", period="2026-Q3")


class TestPeriod:
    @pytest.mark.parametrize(
        ("day", "name", "last", "due"),
        [
            (date(2026, 9, 30), "2026-Q3", date(2026, 9, 30), date(2026, 10, 31)),
            (date(2026, 10, 1), "2026-Q4", date(2026, 12, 31), date(2027, 1, 31)),
            (date(2026, 1, 1), "2026-Q1", date(2026, 3, 31), date(2026, 4, 30)),
            (date(2026, 6, 30), "2026-Q2", date(2026, 6, 30), date(2026, 7, 31)),
        ],
    )
    def test_ends_with_its_quarter_and_is_due_by_the_end_of_the_next_month(
        self, day: date, name: str, last: date, due: date
    ) -> None:
        period = LvgPeriod.of(day)

        assert (period.name, period.last_day, period.due_on) == (name, last, due)
        assert period.first_day <= day <= period.last_day
        assert LvgPeriod.named(name) == period

    @pytest.mark.parametrize("text", ["2026-Q5", "2026-09", "26-Q1", ""])
    def test_is_a_quarter(self, text: str) -> None:
        with pytest.raises(LvgPeriodMalformed):
            LvgPeriod.named(text)


class TestRules:
    def test_oblige_a_seller_over_half_a_million_ringgit(self) -> None:
        rules = rulebook().lvg_rules("MY", on=date(2026, 9, 1))

        assert rules is not None
        assert (rules.within_months, rules.basis.rule) == (12, "M2")
        assert not rules.must_register(Money(50_000_000, "MYR"))
        assert rules.must_register(Money(50_000_001, "MYR"))

    def test_are_none_before_2024_and_in_china(self) -> None:
        assert rulebook().lvg_rules("MY", on=date(2023, 12, 31)) is None
        assert rulebook().lvg_rules("CN", on=date(2026, 9, 1)) is None


class TestReturn:
    @pytest.mark.parametrize(
        ("today", "state"),
        [
            (date(2026, 9, 30), LvgReturnState.OPEN),
            (date(2026, 10, 1), LvgReturnState.DUE),
            (date(2026, 10, 31), LvgReturnState.DUE),
            (date(2026, 11, 1), LvgReturnState.OVERDUE),
        ],
    )
    def test_is_due_after_its_quarter_and_overdue_after_the_next_month(
        self, today: date, state: LvgReturnState
    ) -> None:
        assert RETURN.state_on(today, SOLD) is state

    @pytest.mark.parametrize(("day", "late"), [(31, False), (1, True)])
    def test_is_late_a_day_after_it_was_due(self, day: int, late: bool) -> None:
        on = date(2026, 11, 1) if late else date(2026, 10, day)

        assert RETURN.filed(NIL, on=on, by="agent").is_late is late

    def test_is_not_filed_before_its_quarter_is_over(self) -> None:
        with pytest.raises(LvgPeriodOpen):
            RETURN.filed(SOLD, on=date(2026, 9, 30), by="agent")

    def test_is_amended_when_its_figures_changed_and_only_then(self) -> None:
        filed = RETURN.filed(SOLD, on=date(2026, 10, 1), by="agent")
        amended = filed.filed(NIL, on=date(2027, 1, 1), by="agent")

        assert filed.state_on(date(2026, 10, 2), SOLD) is LvgReturnState.FILED
        assert filed.state_on(date(2026, 10, 2), NIL) is LvgReturnState.CHANGED
        assert [edition.figures for edition in amended.editions] == [SOLD, NIL]
        assert not amended.is_late
        with pytest.raises(LvgReturnUnchanged):
            filed.filed(SOLD, on=date(2026, 10, 2), by="agent")

    def test_has_an_end_to_its_editions(self) -> None:
        edition = RETURN.filed(SOLD, on=date(2026, 10, 1), by="agent").editions[0]
        many = replace(RETURN, editions=(edition,) * EDITIONS_MAX)

        with pytest.raises(LvgReturnUnchanged):
            many.filed(NIL, on=date(2026, 10, 2), by="agent")

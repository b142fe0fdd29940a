"""Working days and promises: weekends, holidays and waiting for the exporter do not count."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.permits.domain.application import Span
from services.permits.domain.calendar import TooManyDays, WorkingDays
from services.permits.domain.sla import Promise, Risk, due_day, due_range, promise

MALAYSIA = WorkingDays(
    weekend=frozenset({5, 6}),
    off=frozenset({date(2026, 9, 16)}),
    worked=frozenset({date(2026, 9, 19)}),
    known_to=date(2026, 12, 31),
)
MONDAY = date(2026, 9, 14)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def span(start: date, end: date | None = None) -> Span:
    return Span(start=noon(start), end=None if end is None else noon(end))


def due(*spans: Span, limit: int = 5) -> date | None:
    return due_day(spans, limit=limit, calendar=MALAYSIA, day_of=datetime.date)


def promised(*spans: Span, today: date, limit: int = 5) -> Promise:
    found = promise(spans, limit=limit, today=today, calendar=MALAYSIA, day_of=datetime.date)
    assert found is not None
    return found


class TestWorkingDays:
    def test_leave_out_weekends_and_holidays_but_not_saturdays_worked(self) -> None:
        days = [MALAYSIA.after(MONDAY, count) for count in range(1, 6)]

        assert [day.day for day in days] == [15, 17, 18, 19, 21]

    def test_give_up_on_a_count_that_no_office_needs(self) -> None:
        with pytest.raises(TooManyDays):
            MALAYSIA.after(MONDAY, 10_000)
        with pytest.raises(TooManyDays):
            MALAYSIA.between(MONDAY, MONDAY + timedelta(days=10_000))

    @given(st.dates(date(2026, 1, 1), date(2026, 12, 1)), st.integers(0, 60))
    def test_count_back_what_they_counted_forth(self, day: date, count: int) -> None:
        assert MALAYSIA.between(day, MALAYSIA.after(day, count)) == count


class TestPromise:
    def test_counts_from_the_day_after_the_case_came_in(self) -> None:
        assert due(span(MONDAY)) == date(2026, 9, 21)

    def test_has_no_due_day_while_the_exporter_is_asked(self) -> None:
        assert due(span(MONDAY, MONDAY + timedelta(days=1))) is None

    def test_does_not_count_the_days_on_which_the_exporter_was_asked(self) -> None:
        asked_on, answered_on = date(2026, 9, 15), date(2026, 9, 22)

        assert due(span(MONDAY, asked_on), span(answered_on)) == date(2026, 9, 28)

    def test_loses_nothing_by_a_question_answered_the_same_day(self) -> None:
        assert due(span(MONDAY, MONDAY), span(MONDAY)) == due(span(MONDAY))

    @pytest.mark.parametrize(
        ("today", "left", "risk"),
        [
            (date(2026, 9, 18), 2, Risk.ON_TRACK),
            (date(2026, 9, 19), 1, Risk.DUE_SOON),
            (date(2026, 9, 21), 0, Risk.DUE_SOON),
            (date(2026, 9, 22), -1, Risk.OVERDUE),
        ],
    )
    def test_says_what_is_left_and_how_close_it_is(
        self, today: date, left: int, risk: Risk
    ) -> None:
        found = promised(span(MONDAY), today=today)

        assert (found.days_left, found.risk) == (left, risk)

    def test_is_uncertain_beyond_the_holidays_that_are_known(self) -> None:
        assert promised(span(MONDAY), today=MONDAY).is_certain
        assert not promised(span(MONDAY), today=MONDAY, limit=200).is_certain

    @given(
        st.dates(date(2026, 1, 1), date(2026, 6, 1)),
        st.integers(0, 60),
        st.integers(0, 30),
    )
    def test_falls_into_the_range_of_due_days_of_its_risk_alone(
        self, start: date, days: int, limit: int
    ) -> None:
        today = start + timedelta(days=days)
        found = promised(span(start), today=today, limit=limit)

        ranges = {risk: due_range(risk, today=today, calendar=MALAYSIA) for risk in Risk}

        fits = {
            risk
            for risk, (first, last) in ranges.items()
            if (first is None or first <= found.due_on) and (last is None or found.due_on <= last)
        }
        if MALAYSIA.is_working(found.due_on):
            assert fits == {found.risk}

"""Duty given back: the months, the minimum and the share of each scheme."""

from datetime import date

import pytest

from services.customs.domain.drawback import decide_drawback, months_after
from shared.kernel.money import Money
from tests.builders.customs import TODAY, rulebook

PAID = date(2026, 3, 1)


def decide(key: str, duty: int, *, exported: date, claimed: date) -> tuple[str | None, int]:
    decision = decide_drawback(
        Money(duty, "MYR"),
        paid_on=PAID,
        exported_on=exported,
        claimed_on=claimed,
        has_notice=key == "drawback.manufacture",
        rules=rulebook().drawback("MY", key, on=TODAY),
    )
    return decision.reason, decision.amount.minor


class TestDecideDrawback:
    def test_refuses_the_creamer_of_the_sample_lane(self) -> None:
        exported = date(2026, 9, 1)

        refused = decide("drawback.manufacture", 14_320, exported=exported, claimed=exported)

        assert refused == ("below-minimum", 14_320)

    @pytest.mark.parametrize(
        ("key", "duty", "exported", "claimed", "expected"),
        [
            ("drawback.as-is", 22_223, date(2026, 6, 1), date(2026, 9, 1), (None, 20_001)),
            ("drawback.as-is", 22_222, date(2026, 6, 1), date(2026, 9, 1), (None, 20_000)),
            (
                "drawback.as-is",
                22_221,
                date(2026, 6, 1),
                date(2026, 9, 1),
                ("below-minimum", 19_999),
            ),
            (
                "drawback.as-is",
                50_000,
                date(2026, 6, 2),
                date(2026, 6, 2),
                ("exported-late", 45_000),
            ),
            (
                "drawback.as-is",
                50_000,
                date(2026, 6, 1),
                date(2026, 9, 2),
                ("claimed-late", 45_000),
            ),
            ("drawback.manufacture", 20_000, date(2027, 3, 1), date(2027, 9, 1), (None, 20_000)),
        ],
    )
    def test_keeps_to_the_limits_of_the_scheme(
        self, key: str, duty: int, exported: date, claimed: date, expected: tuple[str | None, int]
    ) -> None:
        assert decide(key, duty, exported=exported, claimed=claimed) == expected


class TestMonthsAfter:
    @pytest.mark.parametrize(
        ("day", "months", "expected"),
        [
            (date(2026, 1, 31), 1, date(2026, 2, 28)),
            (date(2027, 11, 30), 3, date(2028, 2, 29)),
            (date(2026, 12, 1), 1, date(2027, 1, 1)),
        ],
    )
    def test_ends_on_the_last_day_of_a_short_month(
        self, day: date, months: int, expected: date
    ) -> None:
        assert months_after(day, months) == expected

"""The same question on another day gives the rule that was in force then."""

from datetime import date

import pytest

from shared.packs.errors import RuleMissing
from shared.packs.loader import load_packs
from shared.packs.values import add_months, money_text

MY, CN = load_packs().of("MY"), load_packs().of("CN")


class TestDrawback:
    @pytest.mark.parametrize(
        ("on", "minimum", "months"),
        [
            (date(2018, 12, 31), "50.00 MYR", 12),
            (date(2019, 1, 1), "200.00 MYR", 3),
            (date(2026, 9, 1), "200.00 MYR", 3),
        ],
    )
    def test_had_another_minimum_and_another_term(
        self, on: date, minimum: str, months: int
    ) -> None:
        value = MY.rule("drawback.as-is", on=on).value

        assert money_text(value.money("minimum"), MY.digits) == minimum
        assert value.months("export_within") == months


class TestExportReturn:
    @pytest.mark.parametrize(
        ("exported", "instrument"),
        [
            (date(2023, 1, 30), "4/2023"),
            (date(2024, 1, 29), "4/2023"),
            (date(2024, 1, 30), "34/2023"),
            (date(2025, 12, 31), "34/2023"),
            (date(2026, 1, 1), "16/2026"),
            (date(2027, 12, 31), "16/2026"),
        ],
    )
    def test_has_three_versions(self, exported: date, instrument: str) -> None:
        rule = CN.rule("cbec.export-return", on=exported)

        assert instrument in rule.citation.instrument
        assert rule.value.day("exported_from") <= exported < rule.value.day("exported_to")

    @pytest.mark.parametrize("exported", [date(2023, 1, 29), date(2028, 1, 1)])
    def test_is_unknown_outside_them(self, exported: date) -> None:
        with pytest.raises(RuleMissing):
            CN.rule("cbec.export-return", on=exported)


class TestAddMonths:
    def test_ends_on_a_month_s_last_day_where_it_has_no_such_day(self) -> None:
        assert add_months(date(2025, 8, 31), 6) == date(2026, 2, 28)
        assert add_months(date(2026, 1, 31), 12) == date(2027, 1, 31)
        assert add_months(date(2026, 12, 1), 1) == date(2027, 1, 1)

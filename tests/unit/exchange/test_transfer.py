"""The law's limit on persons a year: warned of before, and only what counts is counted."""

from datetime import UTC, datetime

import pytest

from services.exchange.domain.transfer import ExportRule, Standing, standing
from services.exchange.usecases.export_law import ExportLaw
from shared.packs.loader import load_packs

LIMIT = 100_000
NEW_YEAR_IN_CHINA = datetime(2026, 12, 31, 16, tzinfo=UTC)
"""CAC provisions of 2024-03-22 count from 1 January, in China."""


def rule(**changes: object) -> ExportRule:
    values = {"persons_below": LIMIT, "necessary_for": {"delivery"}, "rule": "C19", "citation": "x"}
    return ExportRule(**(values | changes))  # type: ignore[arg-type]


class TestStanding:
    @pytest.mark.parametrize(
        ("persons", "where"),
        [
            (0, Standing.BELOW),
            (79_999, Standing.BELOW),
            (80_000, Standing.NEAR),
            (99_999, Standing.NEAR),
            (100_000, Standing.REACHED),
        ],
    )
    def test_warns_before_the_limit_is_reached(self, persons: int, where: Standing) -> None:
        assert standing(persons, rule()) is where

    def test_has_no_limit_where_the_country_sets_none(self) -> None:
        assert standing(10**9, None) is Standing.NO_LIMIT


class TestExportLaw:
    def test_is_chinas_rule_c19(self) -> None:
        found = ExportLaw(load_packs(), "cn-hgh").rule(NEW_YEAR_IN_CHINA)

        assert found is not None
        assert (found.rule, found.persons_below) == ("C19", LIMIT)
        assert not found.counts("delivery")
        assert found.counts("advertising")
        assert "2024-03-22" in found.citation

    @pytest.mark.parametrize("hub", ["my-kul", "xx-abc"])
    def test_sets_no_limit_elsewhere(self, hub: str) -> None:
        assert ExportLaw(load_packs(), hub).rule(NEW_YEAR_IN_CHINA) is None

    def test_did_not_hold_before_it_was_made(self) -> None:
        before = datetime(2024, 3, 1, tzinfo=UTC)

        assert ExportLaw(load_packs(), "cn-hgh").rule(before) is None

    @pytest.mark.parametrize(("hub", "year"), [("cn-hgh", 2027), ("xx-abc", 2026)])
    def test_counts_by_the_countrys_own_calendar(self, hub: str, year: int) -> None:
        assert ExportLaw(load_packs(), hub).year_of(NEW_YEAR_IN_CHINA) == year

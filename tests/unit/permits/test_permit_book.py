"""A hub of a country without a pack knows no rule, and says so of each that is asked for."""

from datetime import UTC, date, datetime

import pytest

from services.permits.usecases.permit_book import PermitBook
from shared.packs.errors import PackMissing
from shared.packs.pack import Packs

TODAY = date(2026, 9, 1)


class TestPermitBookWithoutAPack:
    book = PermitBook(Packs([]), country="SG")

    def test_refuses_what_it_does_not_know(self) -> None:
        with pytest.raises(PackMissing, match="SG"):
            self.book.permit_types(on=TODAY)
        with pytest.raises(PackMissing, match="SG"):
            self.book.registers(on=TODAY)

    def test_has_the_day_of_utc(self) -> None:
        assert self.book.day_of(datetime(2026, 9, 1, 23, 59, tzinfo=UTC)) == TODAY

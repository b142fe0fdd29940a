"""Packaged reference rates: dated, never from the future, never interpolated."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from services.payments.clients.reference_rates import ReferenceRates
from services.payments.domain.rates import check_age, cross_rate
from services.payments.domain.rejections import RateMissing, RateStale
from tests.builders.payments import some_rules

TUESDAY = datetime(2026, 9, 1, 16, tzinfo=UTC)


class AnyClock:
    """A clock that is put to any moment, also backwards."""

    at = TUESDAY

    def now(self) -> datetime:
        return self.at


@pytest.fixture(scope="module")
def clock() -> AnyClock:
    return AnyClock()


@pytest.fixture(scope="module")
def rates(clock: AnyClock) -> ReferenceRates:
    """Loaded once: that takes seconds."""
    return ReferenceRates(clock)


async def at(rates: ReferenceRates, clock: AnyClock, now: datetime) -> dict[str, datetime]:
    clock.at = now
    return {mid.counter: mid.at for mid in await rates.mids("CNY", "MYR")}


class TestReferenceRates:
    async def test_lead_through_the_euro_from_one_to_the_other(
        self, rates: ReferenceRates, clock: AnyClock
    ) -> None:
        await at(rates, clock, TUESDAY)

        cross = cross_rate(await rates.mids("CNY", "MYR"), source="CNY", target="MYR")

        assert Decimal("0.4") < Decimal(cross.shown()) < Decimal("0.8")
        assert {mid.source for mid in cross.legs} == {"ECB reference rate"}

    async def test_know_no_day_before_it_is_said(
        self, rates: ReferenceRates, clock: AnyClock
    ) -> None:
        noon = await at(rates, clock, TUESDAY.replace(hour=12))
        afternoon = await at(rates, clock, TUESDAY)

        assert noon["MYR"].date().isoformat() == "2026-08-31"
        assert afternoon["MYR"].date().isoformat() == "2026-09-01"

    async def test_keep_the_date_of_friday_over_a_weekend_and_are_then_too_old(
        self, rates: ReferenceRates, clock: AnyClock
    ) -> None:
        sunday = datetime(2026, 9, 6, 16, tzinfo=UTC)
        found = await at(rates, clock, sunday)
        cross = cross_rate(await rates.mids("CNY", "MYR"), source="CNY", target="MYR")

        assert found["MYR"].date().isoformat() == "2026-09-04"
        with pytest.raises(RateStale):
            check_age(cross, now=sunday, age_max=some_rules().rate_age_max)

    async def test_are_stale_once_the_package_is(
        self, rates: ReferenceRates, clock: AnyClock
    ) -> None:
        later = datetime(2028, 1, 4, 16, tzinfo=UTC)
        found = await at(rates, clock, later)

        assert found["MYR"].year < 2028

    async def test_lack_what_the_bank_never_quoted(
        self, rates: ReferenceRates, clock: AnyClock
    ) -> None:
        await at(rates, clock, TUESDAY)

        with pytest.raises(RateMissing):
            cross_rate(await rates.mids("VND", "MYR"), source="VND", target="MYR")

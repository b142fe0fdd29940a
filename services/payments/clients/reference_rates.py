"""Reference rates of the European Central Bank, from a packaged data set with a date on each.

The set is as old as its package: a quote looks at the date and refuses what is stale. It is loaded
once, when first asked for, in a thread: that takes seconds. Nothing is interpolated, no day is
taken from the future, and a rate counts from three in the afternoon, when the bank has said it.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from services.payments.domain.rates import Mid
from shared.kernel.clock import Clock
from shared.kernel.errors import Unavailable

EURO = "EUR"
SOURCE = "ECB reference rate"
SAID_AT = time(15, tzinfo=UTC)
DAYS_BACK_MAX = 10
"""Longer than any row of bank holidays; a currency that stopped is older than that."""
RATE_DECIMALS = Decimal("0.0000000001")


class RatesNotLoaded(Unavailable):
    """The packaged rates can't be read; quotes wait until they can."""

    code = "payments.rates-not-loaded"


class ReferenceRates:
    """Mid rates against the euro, as they were said last."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._table: Any = None
        self._loading = asyncio.Lock()

    async def mids(self, source: str, target: str) -> Sequence[Mid]:
        """Return the newest euro rates of both currencies, without those that the set lacks."""
        async with self._loading:
            if self._table is None:
                self._table = await asyncio.to_thread(_load)
        now = self._clock.now()
        found = (self._mid(currency, now) for currency in (source, target) if currency != EURO)
        return [mid for mid in found if mid is not None]

    def _mid(self, currency: str, now: datetime) -> Mid | None:
        bounds = self._table.bounds.get(currency)
        if bounds is None:
            return None
        newest = now.date() if now.timetz() >= SAID_AT else now.date() - timedelta(days=1)
        day = min(newest, bounds.last_date)
        for _ in range(DAYS_BACK_MAX):
            rate = self._rate(currency, day)
            if rate is not None:
                said_at = datetime.combine(day, SAID_AT)
                return Mid(EURO, currency, 1, rate.quantize(RATE_DECIMALS), SOURCE, said_at)
            day -= timedelta(days=1)
        return None

    def _rate(self, currency: str, day: date) -> Decimal | None:
        from currency_converter import RateNotFoundError

        try:
            rate: Decimal = self._table.convert(Decimal(1), EURO, currency, date=day)
        except RateNotFoundError:
            return None
        return rate


def _load() -> Any:
    try:
        from currency_converter import CurrencyConverter
    except ImportError as error:
        raise RatesNotLoaded("the package of reference rates is not installed") from error
    return CurrencyConverter(decimal=True)

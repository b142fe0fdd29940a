"""The rules the ledger decides by: read from the hub's settings and packs, passed in as values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum

from shared.kernel.money import Rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentage:
    """A share of an amount, with its own rounding and its least result in minor units."""

    rate: Decimal
    rounding: Rounding
    at_least_minor: int = 0

    def of(self, minor: int) -> int:
        """Return the share of `minor`, in minor units, exact until it is rounded once."""
        numerator, denominator = self.rate.as_integer_ratio()
        return max(self.at_least_minor, round_ratio(minor * numerator, denominator, self.rounding))


class TaxPeriod(StrEnum):
    """How often the authority wants its return."""

    MONTH = "month"
    QUARTER = "quarter"

    def of(self, moment: datetime) -> str:
        """Return the period's name, for example 2026-09 or 2026-Q3."""
        if self is TaxPeriod.MONTH:
            return f"{moment.year:04d}-{moment.month:02d}"
        return f"{moment.year:04d}-Q{(moment.month + 2) // 3}"


def at_any_time(exported_on: date) -> date | None:
    """Say that no law asks for the proceeds of an export by a certain day."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Everything about money that a hub decides for itself.

    The exchange fee has a floor of one minor unit: rounding gains at most half a unit per leg, so
    no round trip through currencies can earn anything.
    """

    commission: Percentage
    exchange_fee: Percentage
    tax_authority: str
    tax_period: TaxPeriod
    hold_lifetime: timedelta
    quote_lifetime: timedelta
    rate_age_max: timedelta
    rate_move_bp_max: int
    advance_fee: Percentage = Percentage(
        rate=Decimal("0.009"), rounding=Rounding.HALF_UP, at_least_minor=1
    )
    inspection: timedelta = timedelta(0)
    dispute_lifetime: timedelta = timedelta(days=30)
    ship_within: timedelta = timedelta(days=30)
    deliver_within: timedelta = timedelta(days=90)
    originals_lifetime: timedelta = timedelta(days=3 * 365)
    """How long the original data of payments is kept for customs."""
    reserve: Percentage | None = None
    reserve_lifetime: timedelta = timedelta(days=30)
    net_debit_caps: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """What we may owe a peer hub in a currency, unsettled, in minor units; no entry, no cap."""
    position_limits: Mapping[str, int] = field(default_factory=dict)
    """How far the open exchange position of a currency may go, in minor units."""
    tax_zone: tzinfo = UTC
    """By whose days the tax authority counts: a release at night falls into its next quarter."""

    home_by: Callable[[date], date | None] = at_any_time
    """The last day on which the proceeds of what was exported that day must be home, if any."""

    def tax_period_of(self, moment: datetime) -> str:
        """Return the period of the authority in which a moment falls."""
        return self.tax_period.of(moment.astimezone(self.tax_zone))

    def __post_init__(self) -> None:
        if self.exchange_fee.at_least_minor < 1:
            raise ValueError("without a least fee, exchanging in a circle earns money")


def round_ratio(numerator: int, denominator: int, rounding: Rounding) -> int:
    """Return numerator / denominator (both not negative, denominator above zero) as told.

    Integers only: rates are ratios, and a ratio that was never written as a decimal can't have
    been rounded on the way.
    """
    whole, rest = divmod(numerator, denominator)
    if rounding is Rounding.DOWN or rest == 0:
        return whole
    if rounding is Rounding.UP or 2 * rest > denominator:
        return whole + 1
    if 2 * rest < denominator:
        return whole
    return whole + 1 if rounding is Rounding.HALF_UP else whole + whole % 2

"""What one may ask `customs` about tariff-rate quotas."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.customs.api import BasisView
from shared.contracts.customs.events import QuotaMeasure
from shared.contracts.event import DecimalText, Moment, ShortText, Words

QUOTAS_MAX = 1_000


class QuotaView(Words):
    """A quota, what is left of it, and since when."""

    order_number: ShortText
    opens: date
    closes: date
    unit: Literal["KGM", "C62"]
    volume: QuotaMeasure
    left: QuotaMeasure
    state: Literal["open", "critical", "exhausted"]
    in_quota_rate: DecimalText
    changed_at: Moment | None
    version: Annotated[int, Field(ge=0, le=10**9)]
    basis: BasisView


class QuotasView(Words):
    """The quotas of this hub's country whose period is open."""

    on: date
    items: Annotated[tuple[QuotaView, ...], Field(max_length=QUOTAS_MAX)]

"""What `payments` needs to know beside what every service does."""

from collections.abc import Callable
from datetime import UTC, date, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator

from services.payments.domain.quote import FxProvider
from services.payments.domain.rules import Percentage, Rules, TaxPeriod, at_any_time
from services.payments.domain.signing import Signer
from shared.kernel.money import Rounding
from shared.runtime.settings import NoDecode, Secret, Settings

Rate = Annotated[Decimal, Field(ge=0, lt=1)]


RETURNS = {"MY": ("MY-LVG", TaxPeriod.QUARTER)}
"""Whose return imports are taxed in: Malaysia's low-value goods go quarterly (M2); elsewhere
<country>-CUSTOMS wants it monthly."""

TAX_ZONES = {"MY": timezone(timedelta(hours=8)), "CN": timezone(timedelta(hours=8))}
"""By whose days each country's authority counts; elsewhere UTC."""


class PaymentsSettings(Settings):
    """Settings of the payments service; the hub's prices are among them."""

    commission_rate: Rate = Decimal("0.05")
    """The hub's share of an order's goods."""
    exchange_fee_rate: Rate = Decimal("0.003")
    """The hub's fee on an exchanged amount; at least one minor unit."""
    advance_fee_rate: Rate = Decimal("0.009")
    """The whole price of an advance, as a share of it; at least one minor unit."""
    rounding: Rounding = Rounding.HALF_UP
    """How commission, fee and exchanged amounts are rounded."""
    tax_authority: Annotated[str, Field(max_length=40, pattern=r"^[A-Z-]*$")] = ""
    """Under which name collected tax is kept; blank means the country's own, see RETURNS."""
    tax_period: TaxPeriod | None = None
    """How often that authority wants its return; unset means as the country's own does."""
    inspection_hours: Annotated[int, Field(ge=0, le=24 * 60)] = 0
    """How long after delivery a buyer may look before the money goes on; 0 releases at once."""
    dispute_days: Annotated[int, Field(ge=1, le=365)] = 30
    """After how many days without a ruling a chargeback is lost and a complaint withdrawn."""
    ship_within_days: Annotated[int, Field(ge=1, le=365)] = 30
    """After how many days an order that nobody shipped is refunded."""
    deliver_within_days: Annotated[int, Field(ge=1, le=365)] = 90
    """After how many days an order that nobody delivered is refunded."""
    payment_original_days: Annotated[int, Field(ge=365, le=3650)] = 3 * 365
    """How long the original data of payments, payer named, is kept for customs and then deleted.

    Three years is what China's E-Commerce Law asks for transaction data (art. 31; read in excerpts,
    unverified); a hub of another law sets its own.
    """
    reserve_rate: Rate = Decimal(0)
    """The share of a seller's proceeds that is kept back a while, against refunds."""
    reserve_days: Annotated[int, Field(ge=1, le=365)] = 30
    """How long such a share is kept back."""
    net_debit_caps: Annotated[dict[tuple[str, str], int], NoDecode] = Field(default_factory=dict)
    """What may be owed to a peer hub, unsettled, in minor units, as my-kul/CNY=500000000,..."""
    position_limits: Annotated[dict[str, int], NoDecode] = Field(default_factory=dict)
    """How far the open exchange position of a currency may go, as CNY=100000000,..."""
    hold_days: Annotated[int, Field(ge=1, le=30)] = 7
    """How long an authorisation may wait for its capture."""
    quote_seconds: Annotated[int, Field(ge=1, le=3600)] = 60
    """How long an exchange quote is locked."""
    rate_age_hours_max: Annotated[int, Field(ge=1, le=96)] = 24
    """How old a mid rate may be to quote on it."""
    rate_move_bp_max: Annotated[int, Field(ge=1, le=10_000)] = 500
    """How far a mid rate may move from the last quote, in basis points."""
    fixture_rates: Annotated[dict[tuple[str, str], Decimal], NoDecode] = Field(
        default_factory=lambda: {("CNY", "MYR"): Decimal("0.6100")}
    )
    """Mid rates of test mode, as CNY/MYR=0.6100,USD/CNY=7.1000; live mode has no fixtures."""
    simulated_houses: Annotated[dict[str, int], NoDecode] = Field(
        default_factory=lambda: {"sim-harbour": 0, "sim-lantern": 25}
    )
    """Simulated exchange houses and their spread in basis points, as NAME=SPREAD,..."""
    simulated_delay_s: Annotated[int, Field(ge=0, le=3600)] = 0
    """After how many seconds the simulated bank and payment provider answer."""
    signing_key: Secret | None = None
    """The hub's Ed25519 key, PEM; without it nothing is settled with peers."""
    anchors_file: Path | None = None
    """What the e-road knows of peers, JSON: their keys verify the sheets they sign."""
    desk_queue_max: Annotated[int, Field(ge=1, le=100_000)] = 5_000
    """Commands that may wait at the posting desk; beyond that callers are told to come back."""

    @field_validator("fixture_rates", mode="before")
    @classmethod
    def _rates(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        pairs = (part.split("=") for part in value.split(",") if part)
        return {tuple(pair.split("/")): Decimal(rate) for pair, rate in pairs}

    @field_validator("simulated_houses", mode="before")
    @classmethod
    def _houses(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return {name: int(spread) for name, spread in (p.split("=") for p in value.split(",") if p)}

    @field_validator("net_debit_caps", mode="before")
    @classmethod
    def _caps(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        pairs = (part.split("=") for part in value.split(",") if part)
        return {tuple(pair.split("/")): int(cap) for pair, cap in pairs}

    @field_validator("position_limits", mode="before")
    @classmethod
    def _limits(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return {name: int(limit) for name, limit in (p.split("=") for p in value.split(",") if p)}

    def rules(self, home_by: Callable[[date], date | None] = at_any_time) -> Rules:
        """Return the rules the ledger decides by; `home_by` is what the country's law says."""
        country = self.hub[:2].upper()
        authority, period = RETURNS.get(country, (f"{country}-CUSTOMS", TaxPeriod.MONTH))
        return Rules(
            commission=Percentage(rate=self.commission_rate, rounding=self.rounding),
            exchange_fee=Percentage(
                rate=self.exchange_fee_rate, rounding=self.rounding, at_least_minor=1
            ),
            tax_authority=self.tax_authority or authority,
            tax_period=self.tax_period or period,
            tax_zone=TAX_ZONES.get(country, UTC),
            hold_lifetime=timedelta(days=self.hold_days),
            quote_lifetime=timedelta(seconds=self.quote_seconds),
            rate_age_max=timedelta(hours=self.rate_age_hours_max),
            rate_move_bp_max=self.rate_move_bp_max,
            advance_fee=Percentage(
                rate=self.advance_fee_rate, rounding=self.rounding, at_least_minor=1
            ),
            inspection=timedelta(hours=self.inspection_hours),
            dispute_lifetime=timedelta(days=self.dispute_days),
            ship_within=timedelta(days=self.ship_within_days),
            deliver_within=timedelta(days=self.deliver_within_days),
            originals_lifetime=timedelta(days=self.payment_original_days),
            reserve=self._reserve(),
            reserve_lifetime=timedelta(days=self.reserve_days),
            net_debit_caps=self.net_debit_caps,
            position_limits=self.position_limits,
            home_by=home_by,
        )

    def _reserve(self) -> Percentage | None:
        if not self.reserve_rate:
            return None
        return Percentage(rate=self.reserve_rate, rounding=self.rounding)

    def signer(self) -> Signer:
        """Return the key that signs settlement sheets, and the keys of peers."""
        anchors = None if self.anchors_file is None else self.anchors_file.read_text("utf-8")
        pem = None if self.signing_key is None else self.signing_key.get_secret_value()
        return Signer.of(pem, anchors)

    def houses(self) -> tuple[FxProvider, ...]:
        """Return the exchange houses that compete for quotes."""
        return tuple(
            FxProvider(name, spread, True) for name, spread in sorted(self.simulated_houses.items())
        )

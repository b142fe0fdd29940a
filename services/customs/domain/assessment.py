"""What a tax regime answers: charges with their reasons, or findings that forbid the import."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from services.customs.domain.basis import Basis, Finding
from services.customs.domain.preference import Preference
from services.customs.domain.quota import QuotaUse
from shared.kernel.money import Money, Rounding


class Tax(StrEnum):
    """The kinds of tax a charge may be."""

    DUTY = "duty"
    CONSUMPTION = "consumption-tax"
    VAT = "vat"
    SALES = "sales-tax"
    PARCEL = "parcel-tax"


@dataclass(frozen=True, kw_only=True)
class Charge:
    """One tax on one line: `amount` is `base` times `rate`, rounded as `rounding` says.

    `rate` is what is effectively levied on `base`, reliefs included; `basis` lists every rule that
    had a part in it.
    """

    line_no: int
    tax: Tax
    base: Money
    rate: Decimal
    rounding: Rounding
    amount: Money
    basis: tuple[Basis, ...]


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """The dutiable value, the regime that applied, and its charges; findings mean no regime did.

    `basis` lists the rules that chose the regime, which counts where nothing is charged.
    """

    dutiable: Money
    regime: str | None
    basis: tuple[Basis, ...]
    charges: tuple[Charge, ...] = ()
    findings: tuple[Finding, ...] = ()
    preferences: tuple[Preference, ...] = ()
    quotas: tuple[QuotaUse, ...] = ()

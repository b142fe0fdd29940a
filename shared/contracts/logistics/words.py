"""Kinds of values that several requests and replies of `logistics` share."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import (
    Currency,
    Id,
    ShortText,
    Words,
)

PARCELS_PER_REQUEST_MAX = 500
TIMELINE_MAX = 200
SEALS_MAX = 10
Place = Annotated[str, Field(pattern=r"^[A-Z]{2}[A-Z2-9]{3}$", description="UN/LOCODE")]
LogisticsNo = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9-]{3,34}$")]
Seals = Annotated[tuple[ShortText, ...], Field(min_length=1, max_length=SEALS_MAX)]
Packages = Annotated[int, Field(strict=True, ge=1, le=99)]
GramsSome = Annotated[int, Field(strict=True, ge=1, le=10**9, description="whole grams")]
ParcelIds = Annotated[tuple[Id, ...], Field(min_length=1, max_length=PARCELS_PER_REQUEST_MAX)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Weight = Annotated[int, Field(strict=True, ge=0, le=10**12, description="whole grams")]
Version = Annotated[int, Field(strict=True, ge=1)]
UnitTypeCode = Annotated[str, Field(pattern=r"^[A-Z0-9]{3,4}$")]
Count = Annotated[int, Field(strict=True, ge=0, le=10**9)]
IncidentCode = Literal[
    "carrier_damaged",
    "carrier_delayed",
    "carrier_lost",
    "carrier_misrouted",
    "carrier_missed_pickup",
    "carrier_no_capacity",
    "carrier_strike",
    "carrier_vehicle",
    "consignee_absent",
    "consignee_address",
    "consignee_closed",
    "consignee_duty_unpaid",
    "consignee_moved",
    "consignee_no_identity",
    "consignee_refused",
    "consignee_rescheduled",
    "consignee_unclaimed",
    "customs_documents",
    "customs_duty",
    "customs_inspection",
    "customs_prohibited",
    "customs_seized",
    "customs_valuation",
    "nature_disaster",
    "nature_weather",
    "security_dangerous_goods",
    "security_screening",
    "security_stolen",
    "sender_cancelled",
    "sender_label",
    "sender_no_show",
    "sender_packaging",
    "sender_weight",
    "temperature_broken",
    "unknown",
]
ProofWord = Literal["signature", "photo", "code"]
Classifier = Literal["planned", "estimated", "actual"]


class HandlingWords(Words):
    """What decides who may travel with whom; `dangerous_class` is the UN class or division."""

    temperature: Literal["ambient", "chilled", "frozen"] = "ambient"
    bonded: bool = False
    dangerous_class: Annotated[str, Field(pattern=r"^([1-9](\.[1-6])?)?$")] = ""


class InsuredValue(Words):
    """What is paid out when the parcel is lost."""

    amount_minor: Annotated[int, Field(strict=True, ge=0, le=10**12)]
    currency: Currency

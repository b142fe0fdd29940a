"""What `permits` says: what a regulator allows, and how much of it is left."""

from typing import Annotated

from pydantic import Field

from shared.contracts.event import (
    CountryCode,
    Event,
    HsCode,
    Id,
    Moment,
    Quantity,
    ShortText,
    Words,
)


class LicenceLine(Words):
    """How much of one kind of good a permit covers, in the unit named (UN/ECE Rec 20)."""

    line_no: Annotated[int, Field(strict=True, ge=1, le=99)]
    hs_code: HsCode
    quantity: Quantity
    unit: ShortText


class PermitIssued(Event, wire_name="permits.permit-issued.v1", leaves_hub=True):
    """An agency lets a business move goods until a moment."""

    permit_id: Id
    permit_no: ShortText
    document_code: ShortText
    agency: ShortText
    holder_id: Id
    destination: CountryCode
    lines: Annotated[tuple[LicenceLine, ...], Field(min_length=1, max_length=99)]
    valid_until: Moment


class PermitUsed(Event, wire_name="permits.permit-used.v1", leaves_hub=True):
    """Customs wrote off part of a licence line."""

    permit_id: Id
    line_no: Annotated[int, Field(strict=True, ge=1, le=99)]
    quantity: Quantity
    left: Annotated[int, Field(strict=True, ge=0, le=10**9)]
    declaration_id: Id


class PermitExhausted(Event, wire_name="permits.permit-exhausted.v1", leaves_hub=True):
    """Every line of the permit is used up."""

    permit_id: Id


EVENTS: tuple[type[Event], ...] = (PermitIssued, PermitUsed, PermitExhausted)

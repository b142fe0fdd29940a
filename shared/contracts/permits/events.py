"""What `permits` says: what a regulator allows, and how much of it is left."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import (
    CountryCode,
    Event,
    HsCode,
    Id,
    Moment,
    Quantity,
    ShortText,
    Text,
    Words,
)

LineNo = Annotated[int, Field(strict=True, ge=1, le=99)]
Left = Annotated[int, Field(strict=True, ge=0, le=10**9)]
Document = Annotated[str, Field(min_length=1, max_length=40_000, pattern=r"^[A-Za-z0-9_.-]+$")]
PackDocument = Annotated[str, Field(min_length=1, max_length=700_000, pattern=r"^[A-Za-z0-9_.-]+$")]
PartNo = Annotated[int, Field(strict=True, ge=1, le=50)]
Condition = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00]*$")]
Conditions = Annotated[tuple[Condition, ...], Field(max_length=20)]
StopReason = Literal["suspended", "revoked", "surrendered", "expired"]


class LicenceLine(Words):
    """How much of one kind of good a permit covers, in the unit named (UN/ECE Rec 20)."""

    line_no: LineNo
    hs_code: HsCode
    quantity: Quantity
    unit: ShortText


class PermitIssued(Event, wire_name="permits.permit-issued.v1", leaves_hub=True):
    """An agency lets a business move goods until a moment; `document` is the paper, signed."""

    permit_id: Id
    permit_no: ShortText
    document_code: ShortText
    agency: ShortText
    holder_id: Id
    destination: CountryCode
    lines: Annotated[tuple[LicenceLine, ...], Field(min_length=1, max_length=99)]
    valid_until: Moment
    permit_type: ShortText | None = None
    document: Document | None = None
    conditions: Conditions = ()


class PermitUsed(Event, wire_name="permits.permit-used.v1", leaves_hub=True):
    """Customs wrote off part of a licence line."""

    permit_id: Id
    line_no: LineNo
    quantity: Quantity
    left: Left
    declaration_id: Id


class PermitUseReturned(Event, wire_name="permits.permit-use-returned.v1", leaves_hub=True):
    """A declaration was released anew with less, so part of what it used is free again."""

    permit_id: Id
    line_no: LineNo
    quantity: Quantity
    left: Left
    declaration_id: Id


class PermitUseRefused(Event, wire_name="permits.permit-use-refused.v1", leaves_hub=True):
    """Goods left that their permits did not cover; nothing was written off for them.

    `declaration_version` is that of the declaration as it was released, or shown by its form.
    """

    declaration_id: Id
    holder_id: Id
    permit_type: ShortText
    hs_code: HsCode
    quantity: Quantity
    left: Left
    unit: ShortText
    reason: Literal["not-enough-left", "suspended", "revoked"]
    declaration_version: Annotated[int, Field(strict=True, ge=0, le=2**53)] | None = None


class PermitExhausted(Event, wire_name="permits.permit-exhausted.v1", leaves_hub=True):
    """Every line of the permit is used up."""

    permit_id: Id


class PermitStopped(Event, wire_name="permits.permit-stopped.v1", leaves_hub=True):
    """The permit is not in force any more; only a suspended one can come back."""

    permit_id: Id
    state: StopReason
    reason: Text


class PermitReinstated(Event, wire_name="permits.permit-reinstated.v1", leaves_hub=True):
    """A suspended or used-up permit is in force again."""

    permit_id: Id
    reason: Text


class ApplicationMoved(Event, wire_name="permits.application-moved.v1"):
    """An application for a permit came into another state; the applicant may want to know."""

    application_id: Id
    applicant_id: Id
    permit_type: ShortText
    state: ShortText
    reason: Text | None = None


class PackPublished(Event, wire_name="permits.pack-published.v1", leaves_hub=True):
    """A hub published a version of its country's rules; `document` is (part of) it, signed.

    A large document travels in parts, to be joined in order; its hash is over the rules in it.
    """

    country: CountryCode
    version: ShortText
    content_hash: ShortText
    document: PackDocument
    part: PartNo = 1
    parts: PartNo = 1
    published_at: Moment


class GuidanceSuperseded(Event, wire_name="permits.guidance-superseded.v1"):
    """A rule changed, so that what somebody was told would be answered otherwise today."""

    answer_id: Id
    asker_id: Id
    reason: Text
    at: Moment


EVENTS: tuple[type[Event], ...] = (
    PermitIssued,
    PermitUsed,
    PermitUseReturned,
    PermitUseRefused,
    PermitExhausted,
    PermitStopped,
    PermitReinstated,
    ApplicationMoved,
    PackPublished,
    GuidanceSuperseded,
)

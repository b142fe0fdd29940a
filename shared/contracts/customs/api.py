"""What one may ask `customs` over HTTP."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.customs.events import EXPORT_LINES_MAX, Finding
from shared.contracts.event import (
    CountryCode,
    Currency,
    Grams,
    HsCode,
    HubName,
    Id,
    Minor,
    Moment,
    MoneyWords,
    Pii,
    Quantity,
    Residency,
    ShortText,
    Text,
    Words,
    personal,
)
from shared.contracts.times import Day

LINES_MAX = 99
HISTORY_MAX = 500

LineNo = Annotated[int, Field(strict=True, ge=1, le=LINES_MAX)]
Amount = Annotated[int, Field(strict=True, ge=0, le=10**15, description="whole minor units")]
Findings = Annotated[tuple[Finding, ...], Field(max_length=200)]
ReasonCode = Annotated[
    str,
    Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100),
    Field(description="a code without personal data: the seller's hub reads it"),
]
Status = Annotated[int, Field(ge=1, le=899, description="the authority's own status code")]
Version = Annotated[int, Field(strict=True, ge=1, le=10**9)]
Confidence = Literal["sourced", "unverified"]


class BasisView(Words):
    """The rule behind a figure, where it is written, and how sure we are of it."""

    rule: ShortText
    key: ShortText
    citation: Text
    confidence: Confidence


class AskedLine(Words):
    """One line of an order that does not exist yet."""

    hs_code: HsCode
    origin: CountryCode
    quantity: Quantity
    unit_price_minor: Amount
    description: Text
    net_weight_g: Grams


class AskPreClearance(Words):
    """An order as it would be placed: would the destination take it?"""

    destination: CountryCode
    channel: ShortText
    currency: Currency
    order_no: Annotated[str, Field(min_length=1, max_length=100)] = "not-ordered-yet"
    lines: Annotated[tuple[AskedLine, ...], Field(min_length=1, max_length=LINES_MAX)]
    freight_minor: Amount
    tax_minor: Amount
    discount_minor: Amount = 0
    paid_minor: Amount
    annual_used_minor: Amount | None = None


class PreClearanceView(Words):
    """The destination's verdict, as far as it can be known here; `unchecked` names the rest."""

    order_id: Id | None
    order_no: Annotated[str, Field(max_length=100)]
    verdict: Literal["accepted", "refused"]
    findings: Findings
    unchecked: Annotated[tuple[ShortText, ...], Field(max_length=10)]
    tax: MoneyWords | None
    pack_hash: ShortText
    version: Annotated[int, Field(ge=0, le=10**9)]
    answered_at: Moment | None


class StepView(Words):
    """One change of a declaration."""

    status: Status
    at: Moment
    by: ShortText
    reason: Annotated[str, Field(max_length=500)]


class AuthorityView(Words):
    """Who answers for customs here."""

    name: ShortText
    simulated: bool
    notice: Text


class DeclarationView(Words):
    """An import declaration as it stands; unanswered by its `deadline` the parcel is sent back."""

    id: Id
    logistics_no: ShortText
    order_id: Id
    order_no: ShortText
    status: Status
    version: Version
    lane: Literal["green", "blue", "yellow", "red"] | None
    to_inspect: bool
    withdrawn: Annotated[str, Field(max_length=100)]
    findings: Findings
    tax: MoneyWords | None
    tax_bill_no: ShortText | None
    pack_hash: Annotated[str, Field(max_length=100)]
    missing: Annotated[tuple[ShortText, ...], Field(max_length=10)] | None = None
    deadline: Moment | None
    history: Annotated[tuple[StepView, ...], Field(max_length=HISTORY_MAX)]
    authority: AuthorityView


class Decide(Words):
    """An officer's decision and its reason."""

    reason: ReasonCode


class Detain(Decide):
    """Keep goods: 501 for clearance, 502 for smuggling, 503 for legal, 599 otherwise."""

    status: Literal[501, 502, 503, 599]


class AmendedLine(Words):
    """The right goods code of one line."""

    line_no: LineNo
    hs_code: HsCode


class Amend(Words):
    """Goods codes to correct in a returned declaration; it is declared again at once."""

    lines: Annotated[tuple[AmendedLine, ...], Field(min_length=1, max_length=LINES_MAX)]


class ExportLineView(Words):
    """One line of the export form."""

    hs_code: HsCode
    quantity: Quantity
    net_weight_g: Grams
    fob: MoneyWords


class ExportDeclarationView(Words):
    """An export declaration as it stands; a draft waits for orders not known here yet.

    `findings` came after its release and are an officer's to resolve.
    """

    id: Id
    consolidation_id: Id
    unit_version: Version
    master_waybill: ShortText
    destination_hub: HubName
    state: ShortText
    version: Version
    lane: Literal["green", "blue", "yellow", "red"] | None
    forms: Annotated[tuple[ShortText, ...], Field(max_length=10)]
    lines: Annotated[tuple[ExportLineView, ...], Field(max_length=EXPORT_LINES_MAX)]
    fob_total: MoneyWords | None
    fob_local: MoneyWords | None
    released_at: Moment | None
    findings: Findings = ()
    reason: Annotated[str, Field(max_length=500)]
    authority: AuthorityView


Seconds = Annotated[int, Field(ge=0)]


class SpreadView(Words):
    """How long something took: half of them at most, nine in ten, and the longest."""

    count: Annotated[int, Field(ge=1)]
    half_s: Seconds
    nine_in_ten_s: Seconds
    longest_s: Seconds


class StretchView(Words):
    """How long declarations stayed in one status before the next."""

    from_status: Annotated[int, Field(ge=1, le=899)]
    to_status: Annotated[int, Field(ge=1, le=899)]
    took: SpreadView


class LaneTimesView(Words):
    """From declaration to release, of one origin hub and one risk lane."""

    seller_hub: Annotated[str, Field(max_length=10)]
    """Blank for parcels that no hub exported, declared by message."""
    lane: Literal["green", "blue", "yellow", "red"]
    whole: SpreadView
    within_promise: Annotated[int, Field(ge=0)]
    stretches: Annotated[list[StretchView], Field(max_length=100)]


class ReleaseTimesView(Words):
    """How long goods released in a period waited, beside what was promised."""

    since: date
    until: date
    promise_s: Seconds
    lanes: Annotated[list[LaneTimesView], Field(max_length=1_000)]


class RegisterFiler(Words):
    """The member that may file messages under a registration code."""

    member_id: Id


class FilerView(Words):
    """A member that files messages under a registration code, and who registered it."""

    code: ShortText
    member_id: Id
    registered_by: Id
    registered_at: Moment


class FilerPage(Words):
    """Members that file messages, by code."""

    items: Annotated[list[FilerView], Field(max_length=100)]


class RecordAllowance(Words):
    """What a buyer imported this year elsewhere, as the authority's records say."""

    id_number: Annotated[ShortText, personal(Pii.ID, Residency.LOCAL)]
    year: Annotated[int, Field(strict=True, ge=2000, le=2200)]
    used_minor: Amount
    currency: Currency


class AllowanceView(Words):
    """What is recorded; the identity number is not repeated."""

    year: Annotated[int, Field(ge=2000, le=2200)]
    used: MoneyWords


class CheckDrawback(Words):
    """Would duty paid be given back? `scheme` is a key of the pack, such as drawback.as-is.

    `notice_given`: the export form said that drawback will be claimed.
    """

    scheme: Annotated[str, Field(pattern=r"^drawback\.[a-z-]+$", max_length=60)]
    duty_paid_minor: Minor
    currency: Currency
    paid_on: Day
    exported_on: Day
    claimed_on: Day
    notice_given: bool = True


class DrawbackView(Words):
    """The answer, with the rule that decides; `reason` is a code when nothing is given back."""

    granted: bool
    amount: MoneyWords
    reason: ShortText | None
    basis: BasisView
    pack_hash: ShortText

"""What one may ask `permits` about applications and licences over HTTP."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import (
    CountryCode,
    HsCode,
    Id,
    Moment,
    MoneyWords,
    Quantity,
    ShortText,
    Text,
    Words,
)
from shared.contracts.permits.events import Conditions

UnitCode = Annotated[str, Field(pattern=r"^[A-Z0-9]{2,3}$")]
FactName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Facts = Annotated[dict[FactName, ShortText], Field(max_length=20)]
LineNo = Annotated[int, Field(strict=True, ge=1, le=99)]
Version = Annotated[int, Field(ge=1, le=10**6)]
Amount = Annotated[int, Field(ge=0, le=10**9)]
Blank = Annotated[str, Field(max_length=500)]
Agency = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$")]
Opinion = Literal["approve", "approve-with-conditions", "refuse"]
Names = Annotated[dict[Annotated[str, Field(max_length=20)], ShortText], Field(max_length=10)]
ApplicationState = Literal[
    "draft",
    "submitted",
    "initial_checks",
    "under_review",
    "countersign",
    "awaiting_exporter",
    "issued",
    "refused",
    "under_appeal",
    "withdrawn",
    "superseded",
    "consultation",
]
LicenceState = Literal[
    "issued", "reinstated", "suspended", "exhausted", "revoked", "surrendered", "expired"
]


class PermitTypeView(Words):
    """A kind of permit that can be applied for at this hub."""

    permit_type: ShortText
    names: Names
    document_code: ShortText
    agency: ShortText
    goods: Annotated[tuple[ShortText, ...], Field(max_length=1_000)]
    facts: Annotated[tuple[ShortText, ...], Field(max_length=20)]
    decide_within_working_days: Annotated[int, Field(ge=0, le=1_000)]
    valid_days: Annotated[int, Field(ge=1, le=10_000)]
    rule_id: ShortText
    pack_hash: ShortText


class WantedLine(Words):
    """How much of one kind of good the permit shall cover (UN/ECE Rec 20 unit)."""

    hs_code: HsCode
    description: ShortText
    quantity: Quantity
    unit: UnitCode
    value: MoneyWords | None = None


class Wish(Words):
    """What is applied for; may change while the application is a draft."""

    destination: CountryCode
    lines: Annotated[tuple[WantedLine, ...], Field(min_length=1, max_length=99)]
    consignee: Blank = ""
    end_use: Blank = ""
    facts: Facts = Field(default_factory=dict)


class Apply(Wish):
    """A new application, a draft at first."""

    permit_type: ShortText


class Answer(Words):
    """The exporter's answer to a question; facts are added to those stated."""

    answer: Text
    facts: Facts = Field(default_factory=dict)


class Ask(Words):
    """An officer's question to the exporter."""

    question: Text


class Decide(Words):
    """An officer's decision; where the permit's type asks for it, a second officer countersigns."""

    outcome: Literal["issue", "refuse"]
    reason: Text


class Consult(Words):
    """The other agencies that are asked for advice, all at once."""

    agencies: Annotated[tuple[Agency, ...], Field(min_length=1, max_length=10)]


class Advise(Words):
    """What one of the agencies asked says; conditions belong to `approve-with-conditions`."""

    agency: Agency
    opinion: Opinion
    reason: Text
    conditions: Conditions = ()


class Assign(Words):
    """Which of an agency's officers works on a case on its desk; null: nobody."""

    agency: Agency
    officer_id: Id | None


class Countersign(Words):
    """The second officer's verdict on a proposed decision."""

    agree: bool
    reason: Text


class Appeal(Words):
    """Why the refusal should be looked at again."""

    reason: Text


class HearAppeal(Words):
    """What an officer without part in the refusal makes of the appeal."""

    allow: bool
    reason: Text


class FindingView(Words):
    """One thing the application lacks."""

    code: ShortText
    field: ShortText
    detail: Text


class QuestionView(Words):
    """What the exporter is asked; without an officer, a check asked it."""

    text: Text
    findings: Annotated[tuple[FindingView, ...], Field(max_length=20)]
    asked_by: Id | None
    asked_at: Moment


class DecisionView(Words):
    """What was decided or is proposed."""

    outcome: Literal["issue", "refuse"]
    reason: Text
    officer_id: Id
    at: Moment
    conditions: Conditions = ()


class AdviceView(Words):
    """What an agency was asked and, unless its opinion is null, advised."""

    agency: ShortText
    asked_at: Moment
    opinion: Opinion | None
    reason: Blank
    conditions: Conditions
    officer_id: Id | None
    given_at: Moment | None


class ApplicationView(Words):
    """An application as it stands. Its version is the ETag."""

    id: Id
    permit_type: ShortText
    agency: ShortText
    applicant_id: Id
    state: ApplicationState
    version: Version
    wish: Wish
    created_at: Moment
    submitted_at: Moment | None
    question: QuestionView | None
    proposal: DecisionView | None
    decision: DecisionView | None
    countersigned_by: Id | None
    licence_id: Id | None
    supersedes: Id | None
    pack_hash: ShortText
    advice: Annotated[tuple[AdviceView, ...], Field(max_length=100)] = ()
    desks: Annotated[
        tuple[ShortText, ...],
        Field(max_length=100, description="agencies whose officers have to do something now"),
    ] = ()
    assigned: Annotated[dict[Agency, Id], Field(max_length=100)] = Field(default_factory=dict)


class LicenceLineView(Words):
    """A line, in the unit it is written off in, and what of it is used."""

    line_no: LineNo
    hs_code: HsCode
    quantity: Quantity
    unit: ShortText
    used: Amount
    left: Amount


class LicenceStateView(Words):
    """A state the licence was in, from when and why."""

    state: LicenceState
    since: Moment
    reason: Blank


class LicenceView(Words):
    """A licence as it stands. Its version is the ETag."""

    id: Id
    permit_no: ShortText
    permit_type: ShortText
    document_code: ShortText
    agency: ShortText
    application_id: Id
    holder_id: Id
    destination: CountryCode
    state: LicenceState
    version: Version
    lines: Annotated[tuple[LicenceLineView, ...], Field(max_length=99)]
    issued_at: Moment
    valid_until: Moment
    history: Annotated[tuple[LicenceStateView, ...], Field(max_length=1_000)]
    conditions: Conditions = ()


class StopLicence(Words):
    """Why a licence is suspended, reinstated, revoked or given back."""

    reason: Text


class UseView(Words):
    """What one export declaration took from a line."""

    declaration_id: Id
    line_no: LineNo
    quantity: Quantity
    released_at: Moment


class RefusedUseView(Words):
    """Goods that left without enough of a permit."""

    declaration_id: Id
    holder_id: Id
    permit_type: ShortText
    hs_code: HsCode
    quantity: Amount
    left: Amount
    unit: ShortText
    reason: ShortText
    released_at: Moment

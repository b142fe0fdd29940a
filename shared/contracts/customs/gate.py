"""What one may ask `customs` about what its gate of China was told, over HTTP."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.customs.api import (
    HISTORY_MAX,
    Amount,
    AuthorityView,
    Findings,
    LineNo,
    Status,
    StepView,
    Version,
)
from shared.contracts.event import (
    Currency,
    Id,
    Moment,
    MoneyWords,
    Pii,
    Quantity,
    Residency,
    ShortText,
    Words,
    personal,
)

RETURN_LINES_MAX = 99
RETURNS_MAX = 100


class ReturnedLineView(Words):
    """How many pieces of one line go back."""

    line_no: LineNo
    quantity: Quantity


class GoodsReturnView(Words):
    """Imported goods that go back: applied for, come back, decided."""

    return_id: Id
    order_no: ShortText
    logistics_no: ShortText
    lines: Annotated[tuple[ReturnedLineView, ...], Field(max_length=RETURN_LINES_MAX)]
    applied_at: Moment | None
    arrived_at: Moment | None
    decided_at: Moment | None
    refusal: Annotated[str, Field(max_length=60)] | None
    rule: Annotated[str, Field(max_length=100)]
    tax_returned: MoneyWords | None
    allowance_returned: MoneyWords | None


class NoteArrival(Words):
    """Goods are back at the supervised site, in this condition."""

    condition: Literal["original", "damaged", "wrong-goods"]


class ExportListLineView(Words):
    """One line of an export list."""

    line_no: LineNo
    hs_code: ShortText
    destination: ShortText
    quantity: Quantity
    total_price: MoneyWords


class ExportReturnView(Words):
    """Exported goods that come back: why import tax is levied on them, blank where it is waived."""

    reference: ShortText
    lines: Annotated[tuple[ReturnedLineView, ...], Field(max_length=RETURN_LINES_MAX)]
    applied_at: Moment
    arrived_at: Moment | None
    refusal: Annotated[str, Field(max_length=60)]
    rule: Annotated[str, Field(max_length=100)]


class ExportListView(Words):
    """A retail parcel's export list as it stands; `summary_due_on` is the last day to sum it up.

    Returned and unanswered by its `deadline` it is withdrawn. Its order opens a rebate case only
    where the seller's code is a member's; lists of lists leave that out, as what is `missing`.
    """

    id: Id
    number: ShortText
    logistics_no: ShortText
    order_no: ShortText
    seller_code: ShortText
    agent_code: ShortText
    status: Status
    version: Version
    lane: Literal["green", "blue", "yellow", "red"] | None
    withdrawn: Annotated[str, Field(max_length=100)]
    findings: Findings
    lines: Annotated[tuple[ExportListLineView, ...], Field(max_length=RETURN_LINES_MAX)]
    missing: Annotated[tuple[ShortText, ...], Field(max_length=10)] | None = None
    opens_rebate: bool | None = None
    deadline: Moment | None
    master_waybill: Annotated[str, Field(max_length=37)]
    journey: Annotated[str, Field(max_length=32)]
    released_at: Moment | None
    departed_at: Moment | None
    summary: Annotated[str, Field(max_length=18)]
    summary_due_on: date | None
    returns: Annotated[tuple[ExportReturnView, ...], Field(max_length=RETURNS_MAX)]
    history: Annotated[tuple[StepView, ...], Field(max_length=HISTORY_MAX)]
    authority: AuthorityView


class RevealedSeedView(Words):
    """The seed of a day that is over: SHA-256 of the next day's, both as hexadecimal text."""

    day: date
    seed: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class RiskSeedsView(Words):
    """What is committed to for today, and what was used before."""

    day: date
    commitment: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    revealed: Annotated[tuple[RevealedSeedView, ...], Field(max_length=31)]


class InspectedLine(Words):
    """How many pieces of a line were not there."""

    line_no: LineNo
    missing: Quantity


class NoteInspection(Words):
    """What an inspection found: it decides what becomes of the parcel."""

    outcome: Literal["conform", "short", "misdeclared", "prohibited", "smuggled"]
    missing: Annotated[tuple[InspectedLine, ...], Field(max_length=RETURN_LINES_MAX)] = ()


class AskAllowance(Words):
    """Does an amount fit what is left of a buyer's year? The number is not kept nor repeated."""

    id_number: Annotated[ShortText, personal(Pii.ID, Residency.LOCAL)]
    amount_minor: Amount
    currency: Currency


class AllowanceAnswer(Words):
    """One bit."""

    fits: bool


class AllowanceQuestionView(Words):
    """Who was told a bit about somebody's year, and when."""

    id: Id
    asker: ShortText
    asked_at: Moment
    order_id: Id | None
    fits: bool

"""What one may ask `orders` about returns, complaints and recalls."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.contracts.event import HubName, Id, Moment, MoneyWords, ShortText, Text, Words
from shared.contracts.orders.events import LINES_MAX, ReturnedLines
from shared.contracts.times import AskedMoment

Reason = Literal[
    "changed-mind", "damaged", "wrong-goods", "not-as-described", "defective", "recall", "other"
]
About = Literal[
    "not-delivered",
    "damaged",
    "not-as-described",
    "return-refused",
    "refund-overdue",
    "late-return",
    "charges",
    "other",
]
Grade = Literal["as-new", "opened", "damaged", "wrong-goods"]
Disposition = Literal["restock", "destroy", "re-export", "back-to-buyer"]
ReturnStateName = Literal[
    "requested",
    "approved",
    "in-transit",
    "received",
    "inspected",
    "customs-confirmed",
    "refunded",
    "rejected",
    "withdrawn",
]
ComplaintStateName = Literal["opened", "seller-reply", "mediation", "decided", "appealed", "closed"]
StageName = Literal["seller", "hub", "ombudsman"]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
TrackingNo = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9-]{4,40}$")]


class RequestReturn(Words):
    """Ask to give goods back; `logistics_no` only if several parcels were delivered."""

    order_id: Id
    lines: ReturnedLines
    reason: Reason
    logistics_no: ShortText | None = None


class AnswerReturn(Words):
    """The seller's word on a return that was asked for after the country's window."""

    answer: Literal["approve", "refuse"]


class SendReturn(Words):
    """The number under which a carrier took the goods."""

    tracking_no: TrackingNo


class GradedLineWords(Words):
    """Pieces of one line that are alike; damaged ones need the amount they are still worth."""

    line_no: Annotated[int, Field(strict=True, ge=1, le=LINES_MAX)]
    quantity: Annotated[int, Field(strict=True, ge=1, le=10**9)]
    grade: Grade
    disposition: Disposition
    refund: MoneyWords | None = None


class InspectReturn(Words):
    """Every announced piece with its grade; a line may be split among grades."""

    lines: Annotated[tuple[GradedLineWords, ...], Field(min_length=1, max_length=2 * LINES_MAX)]


class ReturnView(Words):
    """A return, with its label once it may come. Amounts are what was decided so far."""

    id: Id
    order_id: Id
    order_no: ShortText
    logistics_no: ShortText
    seller_id: Id
    state: ReturnStateName
    lines: ReturnedLines
    reason: ShortText
    requested_at: Moment
    apply_by: Moment | None = None
    arrive_by: Moment | None = None
    answered_by: ShortText | None = None
    tracking_no: ShortText | None = None
    condition: ShortText | None = None
    grades: Annotated[tuple[GradedLineWords, ...], Field(max_length=2 * LINES_MAX)] = ()
    goods_refund: MoneyWords | None = None
    tax_returned: MoneyWords | None = None
    tax_refused_for: ShortText | None = None
    refunded: MoneyWords | None = None
    outcome_reason: ShortText | None = None
    version: Annotated[int, Field(ge=1, le=10**6)]


class LabelView(Words):
    """What goes on the parcel: where to, under which number, and the same for a label printer."""

    return_id: Id
    address: Text
    valid_until: Moment | None = None
    zpl: Annotated[str, Field(max_length=4_000)]


class EvidenceWords(Words):
    """A file by its hash; it stays with whoever holds it."""

    sha256: Sha256
    media_type: Annotated[str, StringConstraints(pattern=r"^[a-z]+/[a-z0-9.+-]{1,60}$")]


Evidence = Annotated[tuple[EvidenceWords, ...], Field(max_length=20)]


class OpenComplaint(Words):
    """Complain about an order. `text` stays at this hub; the seller sees codes and hashes."""

    order_id: Id
    about: About
    claimed: MoneyWords
    text: Annotated[str, Field(max_length=2_000, pattern=r"^[^\x00]*$")] = ""
    evidence: Evidence = ()


class AnswerComplaint(Words):
    """The seller's answer: an offer, or none."""

    offered: MoneyWords | None = None
    evidence: Evidence = ()


class DecideComplaint(Words):
    """What the buyer is granted; zero dismisses the complaint."""

    granted: MoneyWords


class AddEvidence(Words):
    """More evidence of the buyer."""

    evidence: Annotated[tuple[EvidenceWords, ...], Field(min_length=1, max_length=20)]


class EvidenceView(EvidenceWords):
    """A piece of evidence and whose it is."""

    by: ShortText
    at: Moment


class StepView(Words):
    """One thing that happened to a complaint; `sentence` is in the language asked for."""

    what: ShortText
    by: ShortText
    at: Moment
    amount: MoneyWords | None = None
    sentence: Text


class ComplaintView(Words):
    """A complaint with all that happened to it, at either hub."""

    id: Id
    order_id: Id
    order_no: ShortText
    seller_id: Id
    state: ComplaintStateName
    stage: StageName
    about: ShortText
    claimed: MoneyWords
    offered: MoneyWords | None = None
    granted: MoneyWords | None = None
    outcome: ShortText | None = None
    due_at: Moment | None = None
    evidence: Annotated[tuple[EvidenceView, ...], Field(max_length=20)] = ()
    steps: Annotated[tuple[StepView, ...], Field(max_length=200)] = ()
    version: Annotated[int, Field(ge=1, le=10**6)]


class RecallGoods(Words):
    """Call goods back: of one SKU, ordered from one moment until before another."""

    sku: ShortText
    batch: ShortText | None = None
    ordered_from: AskedMoment
    ordered_until: AskedMoment
    hazard: ShortText
    remedy: Literal["return", "destroy", "repair", "stop-use"]


class HubToldWords(Words):
    """How many orders one hub has told."""

    hub: HubName
    orders_count: Annotated[int, Field(ge=0, le=10**9)]


class RecallView(Words):
    """A recall and how many orders each hub has told of it; never whose."""

    id: Id
    seller_id: Id
    sku: ShortText
    batch: ShortText | None = None
    ordered_from: Moment
    ordered_until: Moment
    hazard: ShortText
    remedy: ShortText
    told: Annotated[tuple[HubToldWords, ...], Field(max_length=300)] = ()

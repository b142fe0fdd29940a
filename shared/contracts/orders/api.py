"""What one may ask `orders` over HTTP."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.contracts.event import (
    HubName,
    Id,
    Moment,
    MoneyWords,
    Pii,
    Residency,
    ShortText,
    Text,
    Words,
    personal,
)
from shared.contracts.operations import LineProblem
from shared.contracts.orders.events import LINES_MAX, OrderLine

ORDERS_PER_BULK_MAX = 500
PARCELS_PER_ORDER_MAX = 1_000
DETAILS_MAX = 12

OrderNo = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[\x21-\x7e]+$")]
"""The marketplace's own number; customs messages carry 60 printable characters."""

State = Literal[
    "placed", "paid", "packed", "shipped", "cleared", "delivered", "cancelled", "returned"
]
Stage = Literal["booked", "departed", "cleared", "delivered", "sent-back", "cancelled"]
CancelReason = Literal[
    "buyer-request",
    "out-of-stock",
    "pre-clearance-refused",
    "payment-failed",
    "suspected-fraud",
    "other",
]
Lines = Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=LINES_MAX)]


class BuyerWords(Words):
    """The person who ordered; kept at this hub and shown to the marketplace alone."""

    id_number: Annotated[ShortText, personal(Pii.ID, Residency.HASHED)]
    name: Annotated[ShortText, personal(Pii.SUBJECT, Residency.LOCAL)]
    phone: Annotated[ShortText, personal(Pii.CONTACT, Residency.LOCAL)]
    address: Annotated[Text, personal(Pii.CONTACT, Residency.LOCAL)]


class PlaceOrder(Words):
    """An order of a marketplace's buyer. paid = goods + freight + tax - discount."""

    platform_code: ShortText
    order_no: OrderNo
    channel: ShortText
    seller_id: Id
    seller_hub: HubName
    buyer: BuyerWords
    goods: MoneyWords
    freight: MoneyWords
    tax: MoneyWords
    discount: MoneyWords
    paid: MoneyWords
    lines: Lines


class PlaceOrders(Words):
    """Many orders at once; each is taken or refused on its own."""

    orders: Annotated[tuple[PlaceOrder, ...], Field(min_length=1, max_length=ORDERS_PER_BULK_MAX)]


class BulkResult(Words):
    """What became of one order of a bulk: an id, or a problem."""

    index: Annotated[int, Field(ge=0, lt=ORDERS_PER_BULK_MAX)]
    order_no: OrderNo
    order_id: Id | None = None
    problem: LineProblem | None = None


class BulkReply(Words):
    """What became of every order of a bulk, in the order they were sent."""

    placed: Annotated[int, Field(ge=0, le=ORDERS_PER_BULK_MAX)]
    results: Annotated[list[BulkResult], Field(max_length=ORDERS_PER_BULK_MAX)]


class ImportResult(Words):
    """What became of one order of a file, by the first of its rows: an id, or a problem."""

    row: Annotated[int, Field(ge=2, le=100_000)]
    order_no: ShortText | None = None
    order_id: Id | None = None
    problem: LineProblem | None = None


class ImportReply(Words):
    """What became of every order of a file, in the order of its rows."""

    placed: Annotated[int, Field(ge=0, le=ORDERS_PER_BULK_MAX)]
    results: Annotated[list[ImportResult], Field(max_length=ORDERS_PER_BULK_MAX)]


class CancelOrder(Words):
    """Call an order off before it is shipped."""

    reason: CancelReason


class AmendOrder(Words):
    """Correct an order before it is packed; what is left out stays.

    New lines add up to the same goods: what an order costs is changed by cancelling it and placing
    it anew.
    """

    lines: Lines | None = None
    phone: Annotated[ShortText | None, personal(Pii.CONTACT, Residency.LOCAL)] = None
    address: Annotated[Text | None, personal(Pii.CONTACT, Residency.LOCAL)] = None


class ParcelStage(Words):
    """How far one parcel of an order is."""

    logistics_no: ShortText
    stage: Stage


class OrderView(Words):
    """An order as the caller may see it.

    `buyer` is there for the marketplace at the buyer's hub; the seller's hub knows `buyer_token`.
    """

    id: Id
    platform_code: ShortText
    order_no: ShortText
    marketplace_id: Id
    seller_id: Id
    seller_hub: HubName
    buyer_hub: HubName
    channel: ShortText
    state: State
    version: Annotated[int, Field(ge=1, le=10**6)]
    buyer: BuyerWords | None = None
    buyer_token: ShortText | None = None
    goods: MoneyWords
    freight: MoneyWords
    tax: MoneyWords
    discount: MoneyWords
    paid: MoneyWords
    lines: Lines
    parcels: Annotated[list[ParcelStage], Field(max_length=PARCELS_PER_ORDER_MAX)] = Field(
        default_factory=list
    )
    cancelled_for: ShortText | None = None
    amendment: Annotated[int, Field(ge=0, le=10**6)] = 0
    placed_at: Moment


class TimelineEntry(Words):
    """One thing that happened to an order, at either hub; `sequence` counts without gaps."""

    sequence: Annotated[int, Field(ge=1, le=10**6)]
    kind: ShortText
    hub: HubName
    occurred_at: Moment
    recorded_at: Moment
    logistics_no: ShortText | None = None
    detail: Annotated[
        dict[Annotated[str, Field(max_length=40)], Annotated[str, Field(max_length=500)]],
        Field(max_length=DETAILS_MAX),
    ] = Field(default_factory=dict)


class TenantResetView(Words):
    """What was taken away; while `orders_count` is not 0 there may be more."""

    orders_count: Annotated[int, Field(ge=0, le=10**9)]
    items_count: Annotated[int, Field(ge=0, le=10**9)]
    reset_at: Moment

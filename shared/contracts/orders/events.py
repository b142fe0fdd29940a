"""What `orders` says: a buyer ordered, and what became of it.

The buyer's personal data never leaves the buyer's hub: peers get a token in place of the identity
number and nothing in place of name, phone and address.
"""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import (
    CountryCode,
    Event,
    Grams,
    HsCode,
    HubName,
    Id,
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

LINES_MAX = 99
"""Lines of one order; the customs list message carries no more."""


class OrderLine(Words):
    """One kind of good in an order, ready for customs."""

    line_no: Annotated[int, Field(strict=True, ge=1, le=LINES_MAX)]
    sku: ShortText
    gtin: ShortText | None = None
    description: Text
    hs_code: HsCode
    origin: CountryCode
    quantity: Quantity
    unit_price: MoneyWords
    total_price: MoneyWords
    net_weight_g: Grams


class OrderPlaced(Event, wire_name="orders.order-placed.v1", leaves_hub=True):
    """A buyer ordered, at the buyer's hub. paid = goods + freight + tax - discount."""

    order_id: Id
    order_no: ShortText
    platform_code: ShortText
    marketplace_id: Id
    seller_id: Id
    seller_hub: HubName
    buyer_hub: HubName
    channel: ShortText
    buyer_id_number: Annotated[ShortText, personal(Pii.ID, Residency.HASHED)]
    buyer_name: Annotated[ShortText | None, personal(Pii.SUBJECT, Residency.LOCAL)] = None
    buyer_phone: Annotated[ShortText | None, personal(Pii.CONTACT, Residency.LOCAL)] = None
    buyer_address: Annotated[Text | None, personal(Pii.CONTACT, Residency.LOCAL)] = None
    goods: MoneyWords
    freight: MoneyWords
    tax: MoneyWords
    discount: MoneyWords
    paid: MoneyWords
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=LINES_MAX)]
    placed_at: Moment


class OrderAmended(OrderPlaced, wire_name="orders.order-amended.v1", leaves_hub=True):
    """An order was corrected before it was packed: the whole order as it is now, amounts as before.

    Of two amendments the higher number counts, and any counts more than OrderPlaced.
    """

    amendment: Annotated[int, Field(strict=True, ge=1, le=10**6)]
    amended_at: Moment


class OrderCancelled(Event, wire_name="orders.order-cancelled.v1", leaves_hub=True):
    """An order will not be carried out; `reason` is a stable code."""

    order_id: Id
    order_no: ShortText
    reason: ShortText


class ReturnedLine(Words):
    """How many pieces of one line of the order come back."""

    line_no: Annotated[int, Field(strict=True, ge=1, le=LINES_MAX)]
    quantity: Quantity


ReturnedLines = Annotated[tuple[ReturnedLine, ...], Field(min_length=1, max_length=LINES_MAX)]


class ReturnRequested(Event, wire_name="orders.return-requested.v1", leaves_hub=True):
    """A buyer wants to give goods back, the whole order or part of it; `reason` is a code."""

    return_id: Id
    order_id: Id
    order_no: ShortText
    logistics_no: ShortText
    seller_id: Id
    seller_hub: HubName
    buyer_hub: HubName
    lines: ReturnedLines
    reason: ShortText
    requested_at: Moment


class ReturnAnswered(Event, wire_name="orders.return-answered.v1", leaves_hub=True):
    """A return may come, or may not: by the country's rules, the seller, or its silence.

    Said at the hub that decided: the seller's for `seller`, the buyer's for the other two.
    """

    return_id: Id
    order_id: Id
    order_no: ShortText
    answer: Literal["approved", "refused"]
    by: Literal["rules", "seller", "silence"]
    answered_at: Moment


class ReturnReceived(Event, wire_name="orders.return-received.v1", leaves_hub=True):
    """What came back was inspected; customs now decides about the tax.

    `goods_refund` is what the buyer gets for the goods, freight left out: payments pays it back
    together with `tax_returned` of customs.return-accepted, under this `return_id`, as soon as
    customs has accepted or refused. Nothing is due when it is missing, as for wrong goods.
    """

    return_id: Id
    order_id: Id
    order_no: ShortText
    logistics_no: ShortText
    lines: ReturnedLines
    condition: Literal["original", "damaged", "wrong-goods"]
    received_at: Moment
    requested_at: Moment | None = None
    goods_refund: MoneyWords | None = None


class ReturnClosed(Event, wire_name="orders.return-closed.v1", leaves_hub=True):
    """A return is at its end; `reason` is a stable code."""

    return_id: Id
    order_id: Id
    order_no: ShortText
    outcome: Literal["refunded", "rejected", "withdrawn"]
    reason: ShortText


class GoodwillGranted(Event, wire_name="orders.goodwill-granted.v1", leaves_hub=True):
    """The seller, or who decided a complaint, gives money back without customs or goods.

    Said at the buyer's hub, where the money is; payments refunds the amount with `grant_id` as
    its return_id, and takes it from the seller's share.
    """

    grant_id: Id
    order_id: Id
    order_no: ShortText
    seller_id: Id
    amount: MoneyWords
    reason: ShortText
    granted_at: Moment


ComplaintStage = Literal["seller", "hub", "ombudsman"]


class ComplaintOpened(Event, wire_name="orders.complaint-opened.v1", leaves_hub=True):
    """A buyer complains; the seller answers first. What was said stays with its hub."""

    complaint_id: Id
    order_id: Id
    order_no: ShortText
    stage: ComplaintStage
    at: Moment
    about: ShortText | None = None
    seller_id: Id | None = None
    claimed: MoneyWords | None = None
    due_at: Moment | None = None
    evidence: Annotated[tuple[ShortText, ...], Field(max_length=20)] = ()


class ComplaintMoved(Event, wire_name="orders.complaint-moved.v1", leaves_hub=True):
    """A complaint went on: an answer, evidence, or a higher stage, because of `what`."""

    complaint_id: Id
    order_id: Id
    order_no: ShortText
    stage: ComplaintStage
    at: Moment
    what: ShortText | None = None
    offered: MoneyWords | None = None
    due_at: Moment | None = None
    evidence: Annotated[tuple[ShortText, ...], Field(max_length=20)] = ()


class ComplaintClosed(Event, wire_name="orders.complaint-closed.v1", leaves_hub=True):
    """A complaint is settled; `outcome` is a stable code."""

    complaint_id: Id
    order_id: Id
    order_no: ShortText
    stage: ComplaintStage
    outcome: ShortText | None = None
    at: Moment
    granted: MoneyWords | None = None


class ComplaintAnswered(Event, wire_name="orders.complaint-answered.v1", leaves_hub=True):
    """The seller answers a complaint, at its own hub; the buyer's hub moves the complaint."""

    complaint_id: Id
    order_id: Id
    order_no: ShortText
    answer: Literal["offer", "reject"]
    offered: MoneyWords | None = None
    evidence: Annotated[tuple[ShortText, ...], Field(max_length=20)] = ()
    answered_at: Moment


class RecallOrdered(Event, wire_name="orders.recall-ordered.v1", leaves_hub=True):
    """A seller calls a batch of a good back; each buyer's hub tells its own buyers."""

    recall_id: Id
    seller_id: Id
    seller_hub: HubName
    sku: ShortText
    batch: ShortText | None = None
    ordered_from: Moment
    ordered_until: Moment
    hazard: ShortText
    remedy: Literal["return", "destroy", "repair", "stop-use"]
    recalled_at: Moment


class RecallNotified(Event, wire_name="orders.recall-notified.v1", leaves_hub=True):
    """A buyer's hub has told its buyers of a recall: how many orders, never whose."""

    recall_id: Id
    seller_id: Id
    orders_count: Annotated[int, Field(strict=True, ge=0, le=10**9)]
    notified_at: Moment


class TenantReset(Event, wire_name="orders.tenant-reset.v1", leaves_hub=False):
    """In test mode a member began anew: its orders, items and messages are gone from `orders`.

    Other services may follow; money that was booked stays booked.
    """

    member_id: Id
    orders_count: Annotated[int, Field(strict=True, ge=0, le=10**9)]
    items_count: Annotated[int, Field(strict=True, ge=0, le=10**9)]
    reset_at: Moment


EVENTS: tuple[type[Event], ...] = (
    OrderPlaced,
    OrderAmended,
    OrderCancelled,
    ReturnRequested,
    ReturnAnswered,
    ReturnReceived,
    ReturnClosed,
    GoodwillGranted,
    ComplaintOpened,
    ComplaintMoved,
    ComplaintAnswered,
    ComplaintClosed,
    RecallOrdered,
    RecallNotified,
    TenantReset,
)

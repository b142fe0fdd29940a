"""What one may ask `logistics` about carriers, labels and customs forms of parcels."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import (
    CountryCode,
    Grams,
    HsCode,
    Id,
    Moment,
    MoneyWords,
    Quantity,
    ShortText,
    Words,
)
from shared.contracts.logistics.words import Count, Version
from shared.contracts.times import AskedMoment

CONTENT_LINES_MAX = 20

AddressLines = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=60)], ...],
    Field(min_length=1, max_length=6),
]


class CarrierView(Words):
    """A carrier one can book; `simulated` ones carry nothing."""

    code: ShortText
    name: ShortText
    simulated: bool


class CarriersReply(Words):
    """Every carrier this hub has an adapter for."""

    carriers: Annotated[tuple[CarrierView, ...], Field(max_length=100)]


class BookCarriage(Words):
    """Book a carrier for a parcel that travels by itself."""

    carrier: ShortText
    reference: Annotated[str, Field(max_length=60, pattern=r"^[\x20-\x7e]*$")] = ""


class AskPickup(Words):
    """When the parcel is ready to be fetched."""

    ready_at: AskedMoment


class CarriageView(Words):
    """A carrier's booking."""

    id: Id
    parcel_id: Id
    carrier: ShortText
    service: ShortText
    carrier_no: ShortText
    price: MoneyWords
    state: ShortText
    booked_at: Moment
    ready_at: Moment | None
    pickup_at: Moment | None
    simulated: bool
    version: Version


class ContentWords(Words):
    """One kind of goods inside a postal item."""

    description: ShortText
    quantity: Quantity
    net_weight_g: Grams
    value: MoneyWords
    hs_code: HsCode
    origin: CountryCode


class MakeCustomsForm(Words):
    """The contents of a postal item; CN 22 or CN 23 follows from their value."""

    nature: Literal[
        "gift", "documents", "sale-of-goods", "commercial-sample", "returned-goods", "other"
    ] = "sale-of-goods"
    sender: AddressLines
    recipient: AddressLines
    lines: Annotated[tuple[ContentWords, ...], Field(min_length=1, max_length=CONTENT_LINES_MAX)]


class CustomsFormView(Words):
    """The form's data as it would be sent ahead of the item, and which form it is."""

    form: Literal["CN 22", "CN 23"]
    number: ShortText
    nature: ShortText
    total: MoneyWords
    net_weight_g: Count
    gross_weight_g: Count
    lines: Annotated[tuple[ContentWords, ...], Field(max_length=CONTENT_LINES_MAX)]

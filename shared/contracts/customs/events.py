"""What `customs` says: the destination's verdict before packing, and each gate's decisions.

Codes are the customs administrations' own: 100 returned, 120 accepted, 500 inspected, 700 sent
back, 800 released, 899 closed; negative codes name the rule that refuses.
"""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import (
    Event,
    Grams,
    HsCode,
    Id,
    Moment,
    MoneyWords,
    Quantity,
    ShortText,
    Text,
    Words,
)


class Finding(Words):
    """One thing that is wrong: its code, the field, the documents that disagree, and the remedy.

    Never carries the values: they may be personal.
    """

    code: ShortText
    field: ShortText
    documents: Annotated[tuple[ShortText, ...], Field(max_length=4)] = ()
    remedy: Text


class PreClearanceAnswered(Event, wire_name="customs.pre-clearance-answered.v1"):
    """The origin ran the destination's rules on an order before anything was packed."""

    order_id: Id
    order_no: ShortText
    verdict: Literal["accepted", "refused"]
    findings: Annotated[tuple[Finding, ...], Field(max_length=99)] = ()
    pack_hash: ShortText


class ExportLine(Words):
    """One HS line of an export declaration, summed over the parcels it covers."""

    hs_code: HsCode
    quantity: Quantity
    net_weight_g: Grams
    fob: MoneyWords


class ExportParcel(Words):
    """One parcel inside an export declaration, as the destination will meet it."""

    parcel_id: Id
    logistics_no: ShortText
    order_id: Id
    order_no: ShortText
    gross_weight_g: Grams
    net_weight_g: Grams
    fob: MoneyWords


class ExportReleased(Event, wire_name="customs.export-released.v1", leaves_hub=True):
    """The origin's customs let a consolidation leave."""

    declaration_id: Id
    form: ShortText
    consolidation_id: Id
    master_waybill: ShortText
    lines: Annotated[tuple[ExportLine, ...], Field(min_length=1, max_length=99)]
    parcels: Annotated[tuple[ExportParcel, ...], Field(min_length=1, max_length=1_500)]
    fob_total: MoneyWords
    released_at: Moment


class DeclarationReturned(Event, wire_name="customs.declaration-returned.v1", leaves_hub=True):
    """The destination's customs sent a declaration back to be corrected (status 100)."""

    declaration_id: Id
    order_id: Id
    order_no: ShortText
    logistics_no: ShortText
    status: ShortText
    findings: Annotated[tuple[Finding, ...], Field(min_length=1, max_length=99)]


class DeclarationAccepted(Event, wire_name="customs.declaration-accepted.v1", leaves_hub=True):
    """Order, payment and waybill agree; the declaration is accepted (status 120)."""

    declaration_id: Id
    order_id: Id
    order_no: ShortText
    logistics_no: ShortText


class DeclarationReleased(Event, wire_name="customs.declaration-released.v1", leaves_hub=True):
    """The parcel may go to its buyer (status 800); `tax` is what the tax bill says."""

    declaration_id: Id
    order_id: Id
    order_no: ShortText
    logistics_no: ShortText
    tax: MoneyWords
    tax_bill_no: ShortText
    released_at: Moment


class DeclarationSentBack(Event, wire_name="customs.declaration-sent-back.v1", leaves_hub=True):
    """The parcel may not enter (status 700) and returns to its seller."""

    declaration_id: Id
    order_id: Id
    order_no: ShortText
    logistics_no: ShortText
    reason: ShortText


EVENTS: tuple[type[Event], ...] = (
    PreClearanceAnswered,
    ExportReleased,
    DeclarationReturned,
    DeclarationAccepted,
    DeclarationReleased,
    DeclarationSentBack,
)

"""What `customs` says: the destination's verdict before packing, and each gate's decisions.

Codes are the customs administrations' own: 100 returned, 120 accepted, 500 inspected, 700 sent
back, 800 released, 899 closed; negative codes name the rule that refuses.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import (
    CountryCode,
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

QuotaMeasure = Annotated[
    int, Field(strict=True, ge=0, le=10**15, description="grams (KGM) or pieces (C62)")
]
EXPORT_LINES_MAX = 1_000
"""With 1,500 parcels beside them one event still stays under the bus limit of 1,000,000 bytes."""


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


class BuyerChecked(Event, wire_name="customs.buyer-checked.v1", leaves_hub=True):
    """The buyer's hub looked at what only it may see of a buyer: yes or no, never who or how much.

    `checked` names what could be looked at so far; a higher `version` replaces a lower one.
    """

    order_id: Id
    order_no: ShortText
    version: Annotated[int, Field(strict=True, ge=1, le=10**6)]
    checked: Annotated[tuple[ShortText, ...], Field(max_length=10)]
    findings: Annotated[tuple[Finding, ...], Field(max_length=99)] = ()


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


class ExportGoods(Words):
    """What one seller sent out under one goods code, for permits to write off.

    `permit_nos` names the permits shown; without any, every permit in force that covers it counts.
    """

    seller_id: Id
    hs_code: HsCode
    quantity: Quantity
    net_weight_g: Grams
    permit_nos: Annotated[tuple[ShortText, ...], Field(max_length=20)] = ()


class ExportReleased(Event, wire_name="customs.export-released.v1", leaves_hub=True):
    """The origin's customs let a consolidation leave."""

    declaration_id: Id
    form: ShortText
    consolidation_id: Id
    master_waybill: ShortText
    lines: Annotated[tuple[ExportLine, ...], Field(min_length=1, max_length=EXPORT_LINES_MAX)]
    parcels: Annotated[tuple[ExportParcel, ...], Field(min_length=1, max_length=1_500)]
    goods: Annotated[tuple[ExportGoods, ...], Field(max_length=3_000)] = ()
    fob_total: MoneyWords
    fob_local: MoneyWords | None = None
    released_at: Moment


class ShownGoods(Words):
    """One line of a form and the permit that it names."""

    permit_no: ShortText
    hs_code: HsCode
    quantity: Quantity
    net_weight_g: Grams


class PermitsShown(Event, wire_name="customs.permits-shown.v1"):
    """What a form that customs accepted takes of its holder's permits, for them to write off.

    Whatever the same form showed before is replaced; without goods all of it is given back.
    """

    declaration_id: Id
    form: ShortText
    holder_id: Id
    destination: CountryCode
    goods: Annotated[tuple[ShownGoods, ...], Field(max_length=99)] = ()
    shown_at: Moment


class DeclarationReturned(Event, wire_name="customs.declaration-returned.v1", leaves_hub=True):
    """The destination's customs sent a declaration back to be corrected (status 100).

    Unanswered by `answer_by` its parcel is sent back.
    """

    declaration_id: Id
    order_id: Id
    order_no: ShortText
    logistics_no: ShortText
    status: ShortText
    findings: Annotated[tuple[Finding, ...], Field(min_length=1, max_length=99)]
    answer_by: Moment | None = None


class DeclarationAccepted(Event, wire_name="customs.declaration-accepted.v1", leaves_hub=True):
    """Order, payment and waybill agree; the declaration is accepted (status 120)."""

    declaration_id: Id
    order_id: Id
    order_no: ShortText
    logistics_no: ShortText


class DeclarationHeld(Event, wire_name="customs.declaration-held.v1", leaves_hub=True):
    """An officer is at the parcel: papers are read (300), goods inspected or kept (500 to 599)."""

    declaration_id: Id
    order_id: Id
    order_no: ShortText
    logistics_no: ShortText
    status: ShortText
    reason: ShortText


class DeclarationReleased(Event, wire_name="customs.declaration-released.v1", leaves_hub=True):
    """The parcel may go to its buyer (status 800); `tax` is what the tax bill says.

    `tax_relieved` is what pieces that were not in the parcel would have borne beside it.
    """

    declaration_id: Id
    order_id: Id
    order_no: ShortText
    logistics_no: ShortText
    tax: MoneyWords
    tax_bill_no: ShortText
    tax_relieved: MoneyWords | None = None
    released_at: Moment


class DeclarationSentBack(Event, wire_name="customs.declaration-sent-back.v1", leaves_hub=True):
    """The parcel may not enter (status 700) and returns to its seller."""

    declaration_id: Id
    order_id: Id
    order_no: ShortText
    logistics_no: ShortText
    reason: ShortText


class ReturnAccepted(Event, wire_name="customs.return-accepted.v1", leaves_hub=True):
    """Returned goods came in time and as they were: the tax comes back, the allowance too."""

    return_id: Id
    order_id: Id
    order_no: ShortText
    logistics_no: ShortText
    tax_returned: MoneyWords
    allowance_returned: MoneyWords
    decided_at: Moment


class ReturnRefused(Event, wire_name="customs.return-refused.v1", leaves_hub=True):
    """The tax of returned goods stays; the seller may still give back what the goods cost."""

    return_id: Id
    order_id: Id
    order_no: ShortText
    logistics_no: ShortText
    reason: Literal["applied-late", "arrived-late", "not-original", "not-released"]
    rule: ShortText
    decided_at: Moment


class RebateEvidenced(Event, wire_name="customs.rebate-evidenced.v1"):
    """The evidence of a rebate or drawback is complete; payments claims the money."""

    case_id: Id
    scheme: Literal["cn-export-rebate", "my-drawback-s93", "my-drawback-s99"]
    seller_id: Id
    order_id: Id | None = None
    declaration_id: Id
    amount: MoneyWords
    evidence: Annotated[tuple[ShortText, ...], Field(min_length=1, max_length=40)]
    claim_by: Moment
    evidenced_at: Moment


class RebateClawedBack(Event, wire_name="customs.rebate-clawed-back.v1"):
    """Goods whose rebate was paid came back: it must be repaid before they may enter free."""

    case_id: Id
    scheme: Literal["cn-export-rebate", "my-drawback-s93", "my-drawback-s99"]
    seller_id: Id
    amount: MoneyWords
    reason: ShortText
    at: Moment


class LowValueReturnFiled(Event, wire_name="customs.low-value-return-filed.v1"):
    """A seller filed its quarter's return of the tax on low-value goods, or amended it."""

    return_id: Id
    seller_id: Id
    period: ShortText
    edition: Annotated[int, Field(strict=True, ge=1, le=10**6)]
    sales: MoneyWords
    tax: MoneyWords
    late: bool
    filed_at: Moment


class _Balance(Event):
    """A quota of one period [opens, closes) and what is left of it; a higher version is newer."""

    order_number: ShortText
    country: CountryCode
    opens: date
    closes: date
    unit: Literal["KGM", "C62"]
    volume: QuotaMeasure
    left: QuotaMeasure
    version: Annotated[int, Field(strict=True, ge=1, le=10**9)]
    at: Moment


class QuotaBalanceChanged(_Balance, wire_name="customs.quota-balance-changed.v1"):
    """Something was drawn on a quota, or given back to it."""


class QuotaCritical(_Balance, wire_name="customs.quota-critical.v1"):
    """Only the share that the pack calls critical is left of a quota, coming from either side."""


class QuotaExhausted(_Balance, wire_name="customs.quota-exhausted.v1"):
    """Nothing is left of a quota; whoever comes now bears the general rate."""


EVENTS: tuple[type[Event], ...] = (
    PreClearanceAnswered,
    BuyerChecked,
    ExportReleased,
    PermitsShown,
    DeclarationReturned,
    DeclarationAccepted,
    DeclarationHeld,
    DeclarationReleased,
    DeclarationSentBack,
    ReturnAccepted,
    ReturnRefused,
    RebateEvidenced,
    RebateClawedBack,
    QuotaBalanceChanged,
    QuotaCritical,
    QuotaExhausted,
    LowValueReturnFiled,
)

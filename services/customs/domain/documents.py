"""The neutral dossier of one parcel: order, payment, waybill, and what the origin says of it.

These are the fields that customs administrations ask for, in our own words; each country's
message is a translation of them. Personal data is here only at the destination: at the origin
`orderer.id_number` is a token and the consignee is absent.
"""

from dataclasses import dataclass
from datetime import datetime

from shared.kernel.money import Money


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody named in a document by identity number (or token) and, where known, by name."""

    id_number: str
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class Consignee:
    """Who receives the parcel, and where."""

    name: str
    phone: str
    address: str


@dataclass(frozen=True, kw_only=True)
class OrderedGoods:
    """One line of the order, ready for customs."""

    line_no: int
    sku: str
    description: str
    hs_code: str
    origin: str
    quantity: int
    unit_price: Money
    total_price: Money
    net_weight_g: int
    gtin: str | None = None


@dataclass(frozen=True, kw_only=True)
class OrderDocument:
    """Document 1: what was ordered and what it costs. The platform's code and number name it."""

    order_id: str
    order_no: str
    platform_code: str
    marketplace_id: str
    seller_id: str
    seller_hub: str
    buyer_hub: str
    channel: str
    goods: Money
    freight: Money
    tax: Money
    discount: Money
    paid: Money
    lines: tuple[OrderedGoods, ...]
    orderer: Person
    placed_at: datetime
    consignee: Consignee | None = None

    @property
    def net_weight_g(self) -> int:
        return sum(line.net_weight_g for line in self.lines)


@dataclass(frozen=True, kw_only=True)
class PaymentDocument:
    """Document 2: who paid how much for which order."""

    payment_id: str
    pay_transaction_id: str
    order_id: str
    order_no: str
    amount: Money
    paid_at: datetime
    payer: Person | None = None


@dataclass(frozen=True, kw_only=True)
class WaybillDocument:
    """Document 3: what the carrier was told; a correction has the next `version`."""

    waybill_id: str
    version: int
    logistics_no: str
    order_no: str
    carrier_code: str
    master_waybill: str | None
    freight: Money
    insured: Money
    gross_weight_g: int
    packages: int
    consignee: Consignee


@dataclass(frozen=True, kw_only=True)
class Booking:
    """What the origin booked: the parcel that carries the order."""

    parcel_id: str
    logistics_no: str
    order_id: str
    order_no: str
    seller_id: str
    gross_weight_g: int
    packages: int


@dataclass(frozen=True, kw_only=True)
class ExportProof:
    """What the origin's customs released: under which form, with which goods value and weight."""

    declaration_id: str
    form: str
    consolidation_id: str
    master_waybill: str
    gross_weight_g: int
    net_weight_g: int
    fob: Money


@dataclass(frozen=True, kw_only=True)
class Departure:
    """The consolidation that carries the parcel has left."""

    consolidation_id: str
    master_waybill: str
    departed_at: datetime


@dataclass(frozen=True, kw_only=True)
class ListedGoods:
    """One line of a goods list: the order's line with its goods code and weight."""

    line_no: int
    hs_code: str
    origin: str
    quantity: int
    unit_price: Money
    total_price: Money
    net_weight_g: int


@dataclass(frozen=True, kw_only=True)
class GoodsList:
    """A declaration lodged as a list, for a parcel that no hub on the e-road exported."""

    logistics_no: str
    order_no: str
    platform_code: str
    seller_code: str
    agent_code: str
    guarantor: str
    trader_reference: str
    office: str
    channel: str
    master_waybill: str
    freight: Money
    gross_weight_g: int
    net_weight_g: int
    packages: int
    goods: tuple[ListedGoods, ...]
    buyer: Person
    consignee_address: str
    listed_at: datetime


@dataclass(frozen=True, kw_only=True)
class Withdrawal:
    """The order or the parcel was cancelled; `reason` is the canceller's code.

    A declarant's own has its moment: a list issued later stands again.
    """

    reason: str
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """The buyer has the parcel."""

    delivered_at: datetime


@dataclass(frozen=True, kw_only=True)
class Dossier:
    """Everything known of one parcel; it is complete when no document to be matched is missing."""

    order: OrderDocument | None = None
    payment: PaymentDocument | None = None
    waybill: WaybillDocument | None = None
    booking: Booking | None = None
    export: ExportProof | None = None
    departure: Departure | None = None
    withdrawal: Withdrawal | None = None
    delivery: Delivery | None = None
    goods_list: GoodsList | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the names of the documents that have not come yet."""
        if self.goods_list is not None and self.booking is None:
            listed = {"order": self.order, "payment": self.payment, "waybill": self.waybill}
            return tuple(name for name, document in listed.items() if document is None)
        named = {
            "order": self.order,
            "payment": self.payment,
            "waybill": self.waybill,
            "booking": self.booking,
            "export": self.export,
            "departure": self.departure,
        }
        return tuple(name for name, document in named.items() if document is None)

    @property
    def withdrawn(self) -> str:
        """Return why the parcel is withdrawn, blank unless it is, or once it is listed anew."""
        if self.withdrawal is None:
            return ""
        at, goods_list = self.withdrawal.at, self.goods_list
        is_listed_anew = at is not None and goods_list is not None and at < goods_list.listed_at
        return "" if is_listed_anew else self.withdrawal.reason

    def complete(self) -> "CompleteDossier | None":
        """Return the dossier with every document, or None while one is missing."""
        if (
            self.order is None
            or self.payment is None
            or self.waybill is None
            or self.booking is None
            or self.export is None
            or self.departure is None
        ):
            return None
        return CompleteDossier(
            order=self.order,
            payment=self.payment,
            waybill=self.waybill,
            booking=self.booking,
            export=self.export,
            departure=self.departure,
        )


@dataclass(frozen=True, kw_only=True)
class CompleteDossier:
    """A dossier with every document, ready to be matched."""

    order: OrderDocument
    payment: PaymentDocument
    waybill: WaybillDocument
    booking: Booking
    export: ExportProof
    departure: Departure

"""The vocabulary of China's gate: each element's neutral name, and how its text is read.

Neutral names follow the WCO data model, so that what was read from one country's message can be
written in another's. An element means the same in every message that has it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

Value = str | int | Decimal | date | datetime

BEIJING = timezone(timedelta(hours=8))
"""Moments in the messages are China's time; here they are UTC."""
FRACTION_DIGITS_MAX, DIGITS_MAX = 5, 19

_DECIMAL = re.compile(r"[0-9]{1,14}(\.[0-9]{1,5})?")
_COUNT = re.compile(r"[0-9]{1,9}")
_FORMATS = {"second": "%Y%m%d%H%M%S", "millisecond": "%Y%m%d%H%M%S%f", "day": "%Y%m%d"}
_DIGITS = {"second": 14, "millisecond": 17, "day": 8}


class Kind(StrEnum):
    """What an element's text holds."""

    TEXT = "text"
    DECIMAL = "decimal"
    COUNT = "count"
    SECOND = "second"
    MILLISECOND = "millisecond"
    DAY = "day"


@dataclass(frozen=True)
class Element:
    """One element of the messages: its neutral name, kind, and the length its text may have."""

    name: str
    kind: Kind = Kind.TEXT
    length_max: int = 1_000

    def read(self, text: str) -> Value:
        """Return the text's value, or raise ValueError saying what is wrong with it."""
        if self.kind is Kind.TEXT:
            if len(text) > self.length_max:
                raise ValueError(f"has more than {self.length_max} characters")
            return text
        match self.kind:
            case Kind.DECIMAL:
                if not _DECIMAL.fullmatch(text):
                    raise ValueError("is not a decimal number with at most 5 decimals")
                return Decimal(text)
            case Kind.COUNT:
                if not _COUNT.fullmatch(text):
                    raise ValueError("is not a whole number")
                return int(text)
            case Kind.DAY:
                return _read_moment(text, self.kind).date()
        return _read_moment(text, self.kind).astimezone(UTC)

    def write(self, value: Value) -> str:
        """Return the text whose value this is."""
        if isinstance(value, datetime):
            local = value.astimezone(BEIJING)
            shown = local.strftime(_FORMATS[self.kind])
            return shown[: _DIGITS[self.kind]]
        if isinstance(value, date):
            return value.strftime(_FORMATS["day"])
        if isinstance(value, Decimal):
            return f"{value:f}"
        return str(value)


def _read_moment(text: str, kind: Kind) -> datetime:
    if len(text) != _DIGITS[kind] or not text.isascii() or not text.isdigit():
        raise ValueError(f"is not {_DIGITS[kind]} digits of year, month, day and on")
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:8])
    hour, minute, second = (int(text[at : at + 2] or 0) for at in (8, 10, 12))
    microsecond = int(text[14:] or 0) * 1_000
    try:
        return datetime(year, month, day, hour, minute, second, microsecond, tzinfo=BEIJING)
    except ValueError as error:
        raise ValueError("is no moment of the calendar") from error


def _text(name: str, length_max: int) -> Element:
    return Element(name, Kind.TEXT, length_max)


def _party(element: str, name: str) -> dict[str, Element]:
    """A party in the messages is a registration code and a registered name."""
    return {
        f"{element}Code": _text(f"{name}_id", 18),
        f"{element}Name": _text(f"{name}_name", 100),
    }


ELEMENTS: Mapping[str, Element] = MappingProxyType(
    {
        "guid": _text("message_reference", 36),
        "appType": _text("function_code", 1),
        "appTime": Element("issue_date_time", Kind.SECOND),
        "appStatus": _text("filing_status_code", 1),
        "note": _text("additional_information", 1_000),
        "reason": _text("amendment_reason", 1_000),
        # Parties.
        **_party("ebp", "platform"),
        **_party("ebc", "seller"),
        **_party("logistics", "carrier"),
        **_party("agent", "agent"),
        **_party("declAgent", "summary_agent"),
        **_party("owner", "producer"),
        **_party("iac", "internal_zone_agent"),
        **_party("operator", "terminal_operator"),
        **_party("area", "bonded_zone_operator"),
        **_party("pay", "payment_provider"),
        "ebcTelephone": _text("seller_phone", 50),
        "assureCode": _text("guarantor_id", 30),
        # Buyer, payer, consignee: personal.
        "buyerRegNo": _text("buyer_account_id", 60),
        "buyerName": _text("buyer_name", 60),
        "buyerTelephone": _text("buyer_phone", 30),
        "buyerIdType": _text("buyer_id_type", 1),
        "buyerIdNumber": _text("buyer_id", 60),
        "payerIdType": _text("payer_id_type", 1),
        "payerIdNumber": _text("payer_id", 60),
        "payerName": _text("payer_name", 100),
        "telephone": _text("payer_phone", 30),
        "consignee": _text("consignee_name", 100),
        "consigneeTelephone": _text("consignee_phone", 50),
        "consigneeAddress": _text("consignee_address", 200),
        "consigneeDistrict": _text("consignee_district_code", 6),
        # Numbers of documents.
        "orderType": _text("order_type_code", 1),
        "orderNo": _text("order_id", 60),
        "payTransactionId": _text("payment_id", 60),
        "payNo": _text("payment_id", 60),
        "batchNumbers": _text("batch_id", 100),
        "logisticsNo": _text("transport_contract_document_id", 60),
        "billNo": _text("master_transport_contract_document_id", 37),
        "copNo": _text("trader_reference", 20),
        "coElNo": _text("return_reference", 60),
        "preNo": _text("provisional_declaration_id", 18),
        "invtNo": _text("declaration_id", 20),
        "emsNo": _text("account_book_id", 30),
        "licenseNo": _text("additional_document_id", 19),
        "taxNo": _text("duty_tax_bill_id", 32),
        "entDutyNo": _text("payment_order_id", 32),
        "sumNo": _text("summary_id", 18),
        "declSeqNo": _text("summary_declaration_id", 18),
        # Money.
        "goodsValue": Element("invoice_amount", Kind.DECIMAL),
        "freight": Element("freight_amount", Kind.DECIMAL),
        "insuredFee": Element("insurance_amount", Kind.DECIMAL),
        "discount": Element("deduction_amount", Kind.DECIMAL),
        "taxTotal": Element("duty_tax_fee_amount", Kind.DECIMAL),
        "acturalPaid": Element("payment_amount", Kind.DECIMAL),
        "amountPaid": Element("payment_amount", Kind.DECIMAL),
        "charge": Element("payment_amount", Kind.DECIMAL),
        "currency": _text("currency_code", 3),
        "fCurrency": _text("freight_currency_code", 3),
        "iCurrency": _text("insurance_currency_code", 3),
        "fFlag": _text("freight_charge_type_code", 1),
        "iFlag": _text("insurance_charge_type_code", 1),
        "payTime": Element("payment_date_time", Kind.SECOND),
        "accountingDate": Element("payment_date_time", Kind.SECOND),
        "customsTax": Element("customs_duty_amount", Kind.DECIMAL),
        "valueAddedTax": Element("value_added_tax_amount", Kind.DECIMAL),
        "consumptionTax": Element("excise_duty_amount", Kind.DECIMAL),
        "taxPrice": Element("duty_tax_base_amount", Kind.DECIMAL),
        # Where, how and when.
        "ieFlag": _text("direction_code", 1),
        "declTime": Element("declaration_date", Kind.DAY),
        "ieDate": Element("border_crossing_date", Kind.DAY),
        "customsCode": _text("declaration_office_id", 4),
        "portCode": _text("border_office_id", 4),
        "tradeMode": _text("government_procedure_code", 4),
        "trafMode": _text("transport_mode_code", 1),
        "trafNo": _text("transport_means_id", 100),
        "trafName": _text("transport_means_name", 100),
        "voyageNo": _text("journey_id", 32),
        "domesticTrafNo": _text("domestic_transport_means_id", 30),
        "loctNo": _text("goods_location_id", 10),
        "location": _text("goods_location_name", 255),
        "leaveTime": Element("departure_date_time", Kind.SECOND),
        "POD": _text("unloading_location_id", 6),
        "statisticsFlag": _text("statistics_code", 1),
        # The parcel.
        "weight": Element("gross_mass", Kind.DECIMAL),
        "grossWeight": Element("gross_mass", Kind.DECIMAL),
        "netWeight": Element("net_mass", Kind.DECIMAL),
        "packNo": Element("package_quantity", Kind.COUNT),
        "totalPackageNo": _text("package_group_id", 30),
        "wrapType": _text("packaging_type_code", 1),
        "goodsInfo": _text("cargo_description", 200),
        # The goods.
        "gnum": Element("sequence_number", Kind.COUNT),
        "itemNo": _text("product_id", 30),
        "itemRecordNo": _text("product_record_id", 30),
        "itemName": _text("trade_name", 250),
        "itemDescribe": _text("trade_description", 1_000),
        "barCode": _text("gtin", 50),
        "gcode": _text("classification_id", 10),
        "gname": _text("description", 250),
        "gmodel": _text("specification", 510),
        "country": _text("country_code", 3),
        "tradeCountry": _text("trade_country_code", 3),
        "qty": Element("quantity", Kind.DECIMAL),
        "unit": _text("unit_code", 3),
        "qty1": Element("tariff_quantity", Kind.DECIMAL),
        "unit1": _text("tariff_unit_code", 3),
        "qty2": Element("second_tariff_quantity", Kind.DECIMAL),
        "unit2": _text("second_tariff_unit_code", 3),
        "price": Element("unit_price", Kind.DECIMAL),
        "totalPrice": Element("line_amount", Kind.DECIMAL),
        # Splitting and summing up.
        "msgCount": Element("part_count", Kind.COUNT),
        "msgSeqNo": Element("part_number", Kind.COUNT),
        "summaryFlag": _text("summary_kind_code", 1),
        "itemNameFlag": _text("summary_by_name_code", 1),
        "opDate": Element("return_date_time", Kind.MILLISECOND),
        "decState": _text("summary_state_code", 1),
        # Answers.
        "status": _text("duty_tax_bill_status_code", 1),
        "returnStatus": _text("response_status_code", 10),
        "returnTime": Element("return_date_time", Kind.MILLISECOND),
        "returnInfo": _text("response_text", 1_000),
    }
)

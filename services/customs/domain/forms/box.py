"""The vocabulary of Malaysia's forms: each box by its neutral name, and how its text is read.

A box means the same in every form that has it, so what one form says fills another. Names follow
the WCO data model, as those of China's messages do.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from shared.kernel.money import AMOUNT_MINOR_MAX, Money

Value = str | int | Decimal | date | Money
TEXT_LENGTH_MAX = 500
GRAMS_PER_KG = 1_000

_COUNT = re.compile(r"[0-9]{1,9}")
_AMOUNT = re.compile(r"([0-9]{1,16})(\.([0-9]{1,4}))? ([A-Z]{3})")
_WEIGHT = re.compile(r"([0-9]{1,9})\.([0-9]{3})")
_RATE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,10})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_GOODS_CODE = re.compile(r"[0-9]{6}([0-9]{2}){0,2}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_PLACE = re.compile(r"[A-Z]{2}[A-Z0-9]{3}")
_WORDS = re.compile(r"[^\x00-\x1f]+")


class Kind(StrEnum):
    """What a box's text holds."""

    TEXT = "text"
    CHOICE = "choice"
    COUNT = "count"
    AMOUNT = "amount"
    WEIGHT = "weight"
    RATE = "rate"
    DAY = "day"
    GOODS_CODE = "goods-code"
    COUNTRY = "country"
    PLACE = "place"


_SHAPES = {
    Kind.GOODS_CODE: (_GOODS_CODE, "is not 6, 8 or 10 digits"),
    Kind.COUNTRY: (_COUNTRY, "is not a country of two capital letters"),
    Kind.PLACE: (_PLACE, "is not a UN/LOCODE of five characters"),
    Kind.TEXT: (_WORDS, "is blank or holds control characters"),
}


@dataclass(frozen=True)
class Box:
    """One box: what is printed beside it, what it holds, and the choices if there are any."""

    label: str
    kind: Kind = Kind.TEXT
    choices: tuple[str, ...] = ()
    length_max: int = 100

    def read(self, text: str, digits: Mapping[str, int]) -> Value:
        """Return the text's value, or raise ValueError saying what is wrong with it.

        `digits`: how many decimals each known currency has. Weights are grams.
        """
        match self.kind:
            case Kind.CHOICE:
                if text not in self.choices:
                    raise ValueError(f"is none of {', '.join(self.choices)}")
                return text
            case Kind.COUNT:
                if not _COUNT.fullmatch(text):
                    raise ValueError("is not a whole number")
                return int(text)
            case Kind.AMOUNT:
                return _read_amount(text, digits)
            case Kind.WEIGHT:
                return _read_weight(text)
            case Kind.RATE:
                if not _RATE.fullmatch(text):
                    raise ValueError("is not a decimal number")
                return Decimal(text)
            case Kind.DAY:
                return _read_day(text)
        shape, problem = _SHAPES[self.kind]
        if not shape.fullmatch(text):
            raise ValueError(problem)
        if len(text) > self.length_max:
            raise ValueError(f"has more than {self.length_max} characters")
        return text

    def write(self, value: Value, digits: Mapping[str, int]) -> str:
        """Return the text whose value this is."""
        if isinstance(value, Money):
            return _write_amount(value, digits[value.currency])
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, Decimal):
            return f"{value:f}"
        if self.kind is Kind.WEIGHT:
            assert isinstance(value, int), "weights are whole grams"
            return f"{value // GRAMS_PER_KG}.{value % GRAMS_PER_KG:03d}"
        return str(value)


def _read_amount(text: str, digits: Mapping[str, int]) -> Money:
    found = _AMOUNT.fullmatch(text)
    if not found:
        raise ValueError("is not an amount and a currency, like 15848.00 CNY")
    whole, decimals, currency = found[1], found[3] or "", found[4]
    if currency not in digits:
        raise ValueError(f"is in {currency}, whose decimals are not known here")
    if len(decimals) != digits[currency]:
        raise ValueError(f"needs {digits[currency]} decimals in {currency}")
    if int(whole + decimals) > AMOUNT_MINOR_MAX:
        raise ValueError("is more than any form may say")
    return Money(int(whole + decimals), currency)


def _write_amount(value: Money, decimals: int) -> str:
    text = f"{value.minor:0{decimals + 1}d}"
    shown = f"{text[:-decimals]}.{text[-decimals:]}" if decimals else text
    return f"{shown} {value.currency}"


def _read_weight(text: str) -> int:
    found = _WEIGHT.fullmatch(text)
    if not found:
        raise ValueError("is not kilograms with three decimals, like 72.960")
    return int(found[1] + found[2])


def _read_day(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise ValueError("is not a day like 2026-09-01")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError("is no day of the calendar") from error


BOXES: Mapping[str, Box] = MappingProxyType(
    {
        # Parties.
        "exporter_id": Box("consignor or exporter"),
        "importer_id": Box("consignee or importer"),
        "agent_id": Box("authorised agent"),
        # Places and carriage.
        "customs_office_id": Box("customs station"),
        "destination_office_id": Box("customs station of destination"),
        "warehouse_id": Box("licensed warehouse"),
        "border_transport_mode": Box(
            "mode of transport", Kind.CHOICE, ("sea", "rail", "road", "air")
        ),
        "transport_contract_document_id": Box("bill of lading or air waybill"),
        "transport_equipment_id": Box("vessel, flight or container"),
        "arrival_date": Box("date of import", Kind.DAY),
        "departure_date": Box("date of export", Kind.DAY),
        "loading_location_id": Box("port or place of loading", Kind.PLACE),
        "unloading_location_id": Box("port or place of discharge", Kind.PLACE),
        "export_country_id": Box("country exported from", Kind.COUNTRY),
        "destination_country_id": Box("country of destination", Kind.COUNTRY),
        "previous_document_id": Box("form that this one follows"),
        # Money and mass.
        "invoice_id": Box("invoice number"),
        "trade_terms": Box(
            "terms of delivery",
            Kind.CHOICE,
            ("EXW", "FCA", "CPT", "CIP", "DAP", "DPU", "DDP", "FAS", "FOB", "CFR", "CIF"),
        ),
        "invoice_amount": Box("invoice value", Kind.AMOUNT),
        "freight_amount": Box("freight", Kind.AMOUNT),
        "insurance_amount": Box("insurance", Kind.AMOUNT),
        "customs_value_amount": Box("value for customs in ringgit", Kind.AMOUNT),
        "duty_amount": Box("customs duty", Kind.AMOUNT),
        "sales_tax_amount": Box("sales tax", Kind.AMOUNT),
        "gross_mass": Box("gross weight in kilograms", Kind.WEIGHT),
        "package_quantity": Box("number of packages", Kind.COUNT),
        # Declaration of value.
        "valuation_method": Box("method of valuation", Kind.CHOICE, ("1", "2", "3", "4", "5", "6")),
        "related_parties": Box("buyer and seller are related", Kind.CHOICE, ("yes", "no")),
        "price_paid_amount": Box("price paid or payable in ringgit", Kind.AMOUNT),
        "additions_amount": Box("additions in ringgit", Kind.AMOUNT),
        "deductions_amount": Box("deductions in ringgit", Kind.AMOUNT),
        # Lines.
        "classification_id": Box("tariff code", Kind.GOODS_CODE),
        "goods_description": Box("description of goods", length_max=TEXT_LENGTH_MAX),
        "origin_country_id": Box("country of origin", Kind.COUNTRY),
        "item_quantity": Box("quantity", Kind.COUNT),
        "net_mass": Box("net weight in kilograms", Kind.WEIGHT),
        "item_amount": Box("value of the line", Kind.AMOUNT),
        "preference_scheme": Box("agreement whose tariff is claimed"),
        "origin_proof_id": Box("number of the proof of origin"),
        "origin_proof_date": Box("date of the proof of origin", Kind.DAY),
        "permit_id": Box("import or export permit"),
    }
)

"""House and master bills as PDF, set by typst in a planner's process."""

from typing import Any

from services.logistics.clients.typesetting import typeset
from services.logistics.domain.bill import HouseBill, MasterBill
from services.logistics.domain.customs_form import shown_amount, shown_kg

MM3_PER_DM3 = 1_000_000
NAMES = {
    "HAWB": "HOUSE AIR WAYBILL",
    "HBL": "HOUSE BILL OF LADING",
    "MAWB": "MASTER AIR WAYBILL",
    "MBL": "MASTER BILL OF LADING",
}


def house_bill_pdf(bill: HouseBill) -> bytes:
    """Return a house bill on A4."""
    goods = [
        [line.description, line.hs_code, line.origin, str(line.quantity), shown_kg(line.net_g)]
        for line in bill.goods
    ]
    heads = ["Goods", "HS code", "Origin", "Quantity", "Net kg"]
    return typeset("bill", {**_shown(bill), "heads": heads, "rows": goods})


def master_bill_pdf(bill: MasterBill) -> bytes:
    """Return a master bill on A4, the list of its houses attached."""
    houses = [
        [
            house.number,
            house.shipper[0],
            str(house.packages),
            shown_kg(house.gross_g),
            shown_m3(house.volume_mm3),
            shown_amount(house.freight),
        ]
        for house in bill.houses
    ]
    heads = ["House", "Shipper", "Packages", "Gross kg", "m3", "Freight"]
    return typeset("bill", {**_shown(bill), "heads": heads, "rows": houses})


def _shown(bill: HouseBill | MasterBill) -> dict[str, Any]:
    voyage = bill.voyage
    handling = voyage.handling
    bond = "bonded" if handling.bonded else "not bonded"
    danger = f"dangerous goods class {handling.dangerous_class}" * bool(handling.dangerous_class)
    return {
        "name": NAMES[bill.kind.value],
        "number": bill.number,
        "master": voyage.master_number,
        "shipper": list(bill.shipper),
        "consignee": list(bill.consignee),
        "way": f"{voyage.origin} > {voyage.destination}",
        "unit": voyage.unit_no,
        "seals": ", ".join(voyage.seals),
        "handling": ", ".join(filter(None, [handling.temperature.value, bond, danger])),
        "packages": str(bill.packages),
        "gross": shown_kg(bill.gross_g),
        "volume": shown_m3(bill.volume_mm3),
        "chargeable": shown_kg(bill.chargeable_g),
        "freight": shown_amount(bill.freight),
    }


def shown_m3(volume_mm3: int) -> str:
    """Return a volume in cubic metres to the litre, rounded up as carriers do."""
    litres = -(-volume_mm3 // MM3_PER_DM3)
    return f"{litres // 1_000}.{litres % 1_000:03d}"

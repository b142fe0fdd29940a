"""From bills to what callers read."""

from services.logistics.api.views import handling_words
from services.logistics.domain.bill import HouseBill, MasterBill, Voyage
from shared.contracts.event import MoneyWords
from shared.contracts.logistics.bill_api import (
    GoodsWords,
    HouseBillView,
    HouseLineWords,
    MasterBillView,
    VoyageWords,
)


def house_bill_view(bill: HouseBill) -> HouseBillView:
    return HouseBillView(
        kind="HAWB" if bill.voyage.by_air else "HBL",
        voyage=_voyage(bill.voyage),
        **dict(_house(bill)),
    )


def master_bill_view(bill: MasterBill) -> MasterBillView:
    return MasterBillView(
        kind="MAWB" if bill.voyage.by_air else "MBL",
        number=bill.number,
        voyage=_voyage(bill.voyage),
        shipper=bill.shipper,
        consignee=bill.consignee,
        packages=bill.packages,
        gross_weight_g=bill.gross_g,
        volume_mm3=bill.volume_mm3,
        chargeable_weight_g=bill.chargeable_g,
        freight=MoneyWords.of(bill.freight),
        houses=tuple(_house(house) for house in bill.houses),
    )


def _house(bill: HouseBill) -> HouseLineWords:
    return HouseLineWords(
        number=bill.number,
        parcel_id=bill.parcel_id,
        shipper=bill.shipper,
        consignee=bill.consignee,
        goods=tuple(
            GoodsWords(
                description=line.description,
                hs_code=line.hs_code,
                origin=line.origin,
                quantity=line.quantity,
                net_weight_g=line.net_g,
            )
            for line in bill.goods
        ),
        packages=bill.packages,
        gross_weight_g=bill.gross_g,
        volume_mm3=bill.volume_mm3,
        chargeable_weight_g=bill.chargeable_g,
        freight=MoneyWords.of(bill.freight),
    )


def _voyage(voyage: Voyage) -> VoyageWords:
    return VoyageWords(
        consolidation_id=voyage.consolidation_id,
        master_number=voyage.master_number,
        mode="air" if voyage.by_air else "sea",
        unit_no=voyage.unit_no,
        seals=voyage.seals,
        origin=voyage.origin,
        destination=voyage.destination,
        handling=handling_words(voyage.handling),
    )

"""The bills a consolidation travels under: a master for the unit, a house for each parcel in it.

The carrier's master names the forwarder as its shipper and the hub that opens the unit as its
consignee; a house names the seller, and the order in place of the buyer, whom only the buyer's hub
knows. What a master says of packages, weight, volume and freight is the sum of its houses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.logistics.domain.booking import GoodsLine
from services.logistics.domain.consolidation import Consolidation
from services.logistics.domain.freight import Share
from services.logistics.domain.lane import office_of
from services.logistics.domain.parcel import Handling, Parcel
from shared.kernel.errors import Conflict, EroadError
from shared.kernel.money import Money, total

RETRY_AFTER_S = 60


class BillNotIssued(Conflict):
    """Bills are issued when the unit is sealed: before that nothing is weighed or priced."""

    code = "logistics.bill-not-issued"
    help = "Ask again when the consolidation is sealed."


class BillsDisagree(EroadError):
    """The houses do not add up to what was sealed; no bill is given out."""

    code = "logistics.bills-disagree"
    help = "Please report the consolidation."


class BillKind(StrEnum):
    """By air a waybill, by sea a bill of lading."""

    HOUSE_AIR = "HAWB"
    HOUSE_SEA = "HBL"
    MASTER_AIR = "MAWB"
    MASTER_SEA = "MBL"


@dataclass(frozen=True, kw_only=True)
class Voyage:
    """What a master and all its houses have in common."""

    consolidation_id: str
    master_number: str
    by_air: bool
    unit_no: str
    seals: tuple[str, ...]
    origin: str
    destination: str
    handling: Handling


@dataclass(frozen=True, kw_only=True)
class HouseBill:
    """The contract with one seller; `goods` is empty where the order's lines were never heard."""

    number: str
    voyage: Voyage
    parcel_id: str
    seller_id: str
    shipper: tuple[str, ...]
    consignee: tuple[str, ...]
    goods: tuple[GoodsLine, ...]
    packages: int
    gross_g: int
    volume_mm3: int
    chargeable_g: int
    freight: Money

    @property
    def kind(self) -> BillKind:
        return BillKind.HOUSE_AIR if self.voyage.by_air else BillKind.HOUSE_SEA


@dataclass(frozen=True, kw_only=True)
class MasterBill:
    """The contract with the carrier; its figures are sums of the houses, never entered."""

    voyage: Voyage
    shipper: tuple[str, ...]
    consignee: tuple[str, ...]
    chargeable_g: int
    houses: tuple[HouseBill, ...]

    @property
    def number(self) -> str:
        return self.voyage.master_number

    @property
    def kind(self) -> BillKind:
        return BillKind.MASTER_AIR if self.voyage.by_air else BillKind.MASTER_SEA

    @property
    def packages(self) -> int:
        return sum(house.packages for house in self.houses)

    @property
    def gross_g(self) -> int:
        return sum(house.gross_g for house in self.houses)

    @property
    def volume_mm3(self) -> int:
        return sum(house.volume_mm3 for house in self.houses)

    @property
    def freight(self) -> Money:
        return total([house.freight for house in self.houses], self.houses[0].freight.currency)


def master_bill_of(
    consolidation: Consolidation,
    parcels: Sequence[Parcel],
    shares: Sequence[Share],
    goods: Mapping[str, tuple[GoodsLine, ...]],
) -> MasterBill:
    """Return a sealed consolidation's master with its houses; `goods` is by order.

    Raises BillNotIssued before it is sealed, and BillsDisagree when what was sealed does not sum.
    """
    figures = consolidation.figures
    if figures is None:
        raise BillNotIssued(
            f"{consolidation.id} is {consolidation.state}", retry_after_s=RETRY_AFTER_S
        )
    by_parcel = {share.parcel_id: share for share in shares}
    if set(by_parcel) != {parcel.id for parcel in parcels}:
        raise BillsDisagree(f"the shares of {consolidation.id} are of other parcels")
    voyage = _voyage(consolidation)
    bill = MasterBill(
        voyage=voyage,
        shipper=(f"Forwarder {consolidation.opened_by}", f"at {voyage.origin}"),
        consignee=(f"Hub {office_of(consolidation.lane.destination_hub)}", "for deconsolidation"),
        chargeable_g=figures.chargeable_g,
        houses=tuple(
            _house(parcel, by_parcel[parcel.id], voyage, goods.get(parcel.order_id, ()))
            for parcel in parcels
        ),
    )
    if bill.gross_g != figures.gross_g or bill.freight != figures.freight:
        raise BillsDisagree(f"the houses of {consolidation.id} are not what was sealed")
    return bill


def _voyage(consolidation: Consolidation) -> Voyage:
    return Voyage(
        consolidation_id=consolidation.id,
        master_number=consolidation.master_waybill,
        by_air=consolidation.lane.by_air,
        unit_no=consolidation.unit_no,
        seals=consolidation.seals,
        origin=consolidation.lane.origin,
        destination=consolidation.lane.destination,
        handling=consolidation.handling,
    )


def _house(parcel: Parcel, share: Share, voyage: Voyage, goods: tuple[GoodsLine, ...]) -> HouseBill:
    return HouseBill(
        number=parcel.logistics_no,
        voyage=voyage,
        parcel_id=parcel.id,
        seller_id=parcel.seller_id,
        shipper=(f"Seller {parcel.seller_id}", f"at {voyage.origin}"),
        consignee=(
            f"Order {parcel.order_no}",
            f"to be delivered by hub {office_of(parcel.destination_hub)}",
        ),
        goods=goods,
        packages=parcel.packages,
        gross_g=parcel.gross_g,
        volume_mm3=parcel.size.volume_mm3,
        chargeable_g=share.chargeable_g,
        freight=share.amount,
    )

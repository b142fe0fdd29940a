"""House and master bills, as data: what the documents on paper say."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import CountryCode, Grams, HsCode, Id, MoneyWords, Quantity, Text, Words
from shared.contracts.event import ShortText as Line
from shared.contracts.logistics.events import PARCELS_PER_CONSOLIDATION_MAX
from shared.contracts.logistics.words import SEALS_MAX, Count, HandlingWords, Place, Weight

GOODS_LINES_MAX = 100
Party = Annotated[tuple[Line, ...], Field(min_length=1, max_length=4)]
CubicMillimetres = Annotated[int, Field(strict=True, ge=1, le=10**18)]


class GoodsWords(Words):
    """One kind of goods of the order in the parcel."""

    description: Text
    hs_code: HsCode
    origin: CountryCode
    quantity: Quantity
    net_weight_g: Grams


class VoyageWords(Words):
    """The unit and its way."""

    consolidation_id: Id
    master_number: Line
    mode: Literal["air", "sea"]
    unit_no: Line
    seals: Annotated[tuple[Line, ...], Field(max_length=SEALS_MAX)]
    origin: Place
    destination: Place
    handling: HandlingWords


class HouseLineWords(Words):
    """What a house says of its parcel; the buyer is named by the hub that delivers alone."""

    number: Line
    parcel_id: Id
    shipper: Party
    consignee: Party
    goods: Annotated[tuple[GoodsWords, ...], Field(max_length=GOODS_LINES_MAX)]
    packages: Count
    gross_weight_g: Weight
    volume_mm3: CubicMillimetres
    chargeable_weight_g: Weight
    freight: MoneyWords


class HouseBillView(HouseLineWords):
    """The contract of carriage with one seller."""

    kind: Literal["HAWB", "HBL"]
    voyage: VoyageWords


class MasterBillView(Words):
    """The contract with the carrier: packages, gross weight, volume and freight sum the houses."""

    kind: Literal["MAWB", "MBL"]
    number: Line
    voyage: VoyageWords
    shipper: Party
    consignee: Party
    packages: Count
    gross_weight_g: Weight
    volume_mm3: CubicMillimetres
    chargeable_weight_g: Weight
    freight: MoneyWords
    houses: Annotated[
        tuple[HouseLineWords, ...], Field(min_length=1, max_length=PARCELS_PER_CONSOLIDATION_MAX)
    ]

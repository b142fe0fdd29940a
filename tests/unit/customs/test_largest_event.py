"""The largest unit's export release still fits the bus, with the longest numbers there are."""

from shared.contracts.customs.events import (
    EXPORT_LINES_MAX,
    ExportGoods,
    ExportLine,
    ExportParcel,
    ExportReleased,
)
from shared.contracts.event import MoneyWords
from shared.contracts.logistics.events import PARCELS_PER_CONSOLIDATION_MAX
from shared.kernel.ids import derived_id
from shared.messaging.bus import VALUE_BYTES_MAX
from tests.builders.customs import NOON

ORDER_NO = "X" * 60
LOGISTICS_NO = "X" * 35
PLENTY = MoneyWords(amount_minor=10**11, currency="CNY")


def test_largest_export_release_fits_the_bus() -> None:
    parcel = ExportParcel(
        parcel_id=derived_id("pcl", "my-kul", "1"),
        logistics_no=LOGISTICS_NO,
        order_id=derived_id("ord", "cn-hgh", "1"),
        order_no=ORDER_NO,
        gross_weight_g=10**6,
        net_weight_g=10**6,
        fob=PLENTY,
    )
    goods = ExportGoods(
        seller_id=derived_id("mbr", "my-kul", "1"),
        hs_code="210112",
        quantity=10**6,
        net_weight_g=10**9,
    )
    line = ExportLine(hs_code="210112", quantity=10**6, net_weight_g=10**9, fob=PLENTY)
    event = ExportReleased(
        declaration_id=derived_id("exp", "my-kul", "1"),
        form="K2",
        consolidation_id=derived_id("con", "my-kul", "1"),
        master_waybill="232-12345675",
        lines=(line,) * EXPORT_LINES_MAX,
        parcels=(parcel,) * PARCELS_PER_CONSOLIDATION_MAX,
        goods=(goods,) * EXPORT_LINES_MAX,
        fob_total=PLENTY,
        fob_local=PLENTY,
        released_at=NOON,
    )

    assert len(event.model_dump_json(exclude_none=True)) < VALUE_BYTES_MAX

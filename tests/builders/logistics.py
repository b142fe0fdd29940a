"""Parcels, tariffs and consolidations with defaults: a test names only what it is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.logistics.domain.consolidation import Consolidation
from services.logistics.domain.freight import Break, Tariff
from services.logistics.domain.inbound import InboundConsolidation, InboundParcel
from services.logistics.domain.lane import Lane, Schedule
from services.logistics.domain.parcel import Handling, Parcel
from services.logistics.domain.weights import Dimensions, WeightRule
from shared.kernel.ids import derived_id

NOON = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)

SCENARIO_PARCELS = (
    # kind, how many, gross g, length x width x height mm: volumes give 0.528, 1.056, 5.600 and
    # 20.417 kg at 6000 cm3 per kg.
    ("A", 88, 720, Dimensions(length_mm=220, width_mm=160, height_mm=90)),
    ("B", 20, 1_380, Dimensions(length_mm=220, width_mm=160, height_mm=180)),
    ("C", 8, 1_650, Dimensions(length_mm=600, width_mm=400, height_mm=140)),
    ("D", 1, 18_000, Dimensions(length_mm=1_000, width_mm=350, height_mm=350)),
)
"""The 117 parcels of the acceptance scenario, Ipoh to Hangzhou."""


def an_id(prefix: str, name: str, hub: str = "my-kul") -> str:
    return derived_id(prefix, hub, name)


def a_tariff(**changes: Any) -> Tariff:
    """RM14.00 per kg, 6000 cm3 per kg, in half kilograms."""
    tariff = Tariff(
        currency="MYR",
        weight_rule=WeightRule(divisor=6_000, step_g=500),
        breaks=(Break(from_g=0, per_kg_minor=1_400),),
    )
    return replace(tariff, **changes)


def a_parcel(name: str = "1", **changes: Any) -> Parcel:
    parcel = Parcel(
        id=an_id("pcl", name),
        logistics_no=f"KV-{name}".upper().rjust(4, "0"),
        order_id=an_id("ord", name, "cn-hgh"),
        order_no=f"TASIK-{name}",
        seller_id=an_id("mbr", "seller"),
        marketplace_id=an_id("mbr", "tasik", "cn-hgh"),
        destination_hub="cn-hgh",
        gross_g=720,
        size=Dimensions(length_mm=220, width_mm=160, height_mm=90),
        packages=1,
    )
    return replace(parcel, **changes)


def scenario_parcels() -> list[Parcel]:
    return [
        a_parcel(f"{kind}-{number:03}", gross_g=gross_g, size=size)
        for kind, count, gross_g, size in SCENARIO_PARCELS
        for number in range(1, count + 1)
    ]


def a_consolidation(**changes: Any) -> Consolidation:
    consolidation = Consolidation(
        id=an_id("con", "1"),
        opened_by=an_id("mbr", "forwarder"),
        lane=Lane(origin="MYKUL", destination="CNHGH", destination_hub="cn-hgh", by_air=True),
        schedule=Schedule(
            cut_off_at=NOON + timedelta(hours=1),
            departs_at=NOON + timedelta(hours=3),
            arrives_at=NOON + timedelta(hours=9),
        ),
        master_waybill="232-12345675",
        unit_no="AKE12345MH",
        handling=Handling(),
        tariff=a_tariff(),
    )
    return replace(consolidation, **changes)


def an_inbound_parcel(**changes: Any) -> InboundParcel:
    parcel = InboundParcel(
        logistics_no="KV26090100001",
        order_id=an_id("ord", "1", "cn-hgh"),
        order_no="TASIK-1",
        parcel_id=an_id("pcl", "1"),
        origin_hub="my-kul",
    )
    return replace(parcel, **changes)


def an_inbound_consolidation(**changes: Any) -> InboundConsolidation:
    consolidation = InboundConsolidation(
        id=an_id("con", "1"),
        origin_hub="my-kul",
        master_waybill="232-12345675",
        unit_no="AKE12345MH",
        seals=("MY0001", "MY0002"),
        origin="MYKUL",
        destination="CNHGH",
        departed_at=NOON,
    )
    return replace(consolidation, **changes)

"""What can be read, and by whom: sellers and platforms see their own, carriers see all."""

from dataclasses import dataclass

from services.logistics.domain.consignee import CarrierWaybill
from services.logistics.domain.consolidation import Consolidation
from services.logistics.domain.fairness import Fairness, judge
from services.logistics.domain.freight import FreightSplit, Share
from services.logistics.domain.inbound import InboundParcel
from services.logistics.domain.parcel import Parcel
from services.logistics.domain.tracking import TrackingEvent, parcel_subject
from services.logistics.store.consolidations import ConsolidationNotFound
from services.logistics.store.inbound import InboundParcelNotKnown
from services.logistics.store.parcels import ParcelNotFound
from services.logistics.store.tx import LogisticsTx
from services.logistics.store.waybills import WaybillNotFound

TIMELINE_MAX = 200


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """Who looks: a member, or someone who may see everything that moves."""

    member_id: str
    sees_all: bool

    def may_see(self, *member_ids: str) -> bool:
        return self.sees_all or self.member_id in member_ids


@dataclass(frozen=True, kw_only=True)
class Tracked:
    """A parcel's timeline."""

    logistics_no: str
    order_id: str
    state: str
    timeline: list[TrackingEvent]


async def read_parcel(tx: LogisticsTx, *, parcel_id: str, viewer: Viewer) -> Parcel:
    """Return a parcel its seller or platform may see, or raise ParcelNotFound."""
    parcel = await tx.parcels.get(parcel_id)
    if not viewer.may_see(parcel.seller_id, parcel.marketplace_id):
        raise ParcelNotFound(f"no parcel {parcel_id}")
    return parcel


async def read_waybill(tx: LogisticsTx, *, waybill_id: str, viewer: Viewer) -> CarrierWaybill:
    """Return a waybill its recorder or a carrier may see, or raise WaybillNotFound."""
    waybill = await tx.waybills.get(waybill_id)
    if not viewer.may_see(waybill.recorded_by):
        raise WaybillNotFound(f"no waybill {waybill_id}")
    return waybill


async def read_inbound_parcel(
    tx: LogisticsTx, *, logistics_no: str, order_id: str | None, viewer: Viewer
) -> InboundParcel:
    """Return an inbound parcel that its platform or a carrier may see."""
    parcel = await tx.inbound_parcels.get(logistics_no, order_id=order_id)
    order = await tx.heard_orders.find(parcel.order_id)
    if not viewer.may_see(order.marketplace_id if order is not None else ""):
        raise InboundParcelNotKnown(f"no parcel {logistics_no} is on its way here")
    return parcel


async def read_consolidation(
    tx: LogisticsTx, *, consolidation_id: str, viewer: Viewer
) -> Consolidation:
    """Return a consolidation its opener or a carrier may see, or raise ConsolidationNotFound."""
    consolidation = await tx.consolidations.get(consolidation_id)
    if not viewer.may_see(consolidation.opened_by):
        raise ConsolidationNotFound(f"no consolidation {consolidation_id}")
    return consolidation


async def read_freight(
    tx: LogisticsTx, *, consolidation_id: str, viewer: Viewer
) -> tuple[FreightSplit, dict[str, Parcel]]:
    """Return the freight as it stands and the parcels whose shares the viewer may see.

    Raises PoolEmpty for an empty pool, ConsolidationNotFound for a viewer without a parcel aboard.
    """
    consolidation = await tx.consolidations.get(consolidation_id)
    aboard = await tx.parcels.aboard(consolidation_id)
    visible = {
        parcel.id: parcel
        for parcel in aboard
        if viewer.may_see(consolidation.opened_by, parcel.seller_id, parcel.marketplace_id)
    }
    if not visible and not viewer.may_see(consolidation.opened_by):
        raise ConsolidationNotFound(f"no consolidation {consolidation_id}")
    return consolidation.freight_of(aboard), visible


async def read_fairness(
    tx: LogisticsTx, *, consolidation_id: str, viewer: Viewer
) -> tuple[Fairness, frozenset[str]]:
    """Return the fairness of the freight as it stands, and the sellers the viewer may see.

    Sellers see their own line and the verdict on all; the forwarder and carriers see everybody's.
    """
    split, visible = await read_freight(tx, consolidation_id=consolidation_id, viewer=viewer)
    consolidation = await tx.consolidations.get(consolidation_id)
    aboard = await tx.parcels.aboard(consolidation_id)
    fairness = judge(
        split,
        {parcel.id: parcel.load for parcel in aboard},
        {parcel.id: parcel.seller_id for parcel in aboard},
        consolidation.tariff,
    )
    return fairness, frozenset(parcel.seller_id for parcel in visible.values())


def visible_shares(split: FreightSplit, parcels: dict[str, Parcel]) -> list[Share]:
    """Return the shares of these parcels."""
    return [share for share in split.shares if share.parcel_id in parcels]


async def read_tracking(
    tx: LogisticsTx, *, logistics_no: str, order_id: str | None, viewer: Viewer
) -> Tracked:
    """Return the timeline of a parcel, sent from here or coming in."""
    sent = await tx.parcels.numbered(logistics_no)
    parcel: Parcel | InboundParcel
    if sent is not None and order_id in {None, sent.order_id}:
        parcel = await read_parcel(tx, parcel_id=sent.id, viewer=viewer)
    else:
        parcel = await read_inbound_parcel(
            tx, logistics_no=logistics_no, order_id=order_id, viewer=viewer
        )
    subjects = [parcel_subject(parcel.order_id, parcel.logistics_no)]
    if parcel.consolidation_id is not None:
        subjects.append(parcel.consolidation_id)
    return Tracked(
        logistics_no=parcel.logistics_no,
        order_id=parcel.order_id,
        state=parcel.state.value,
        timeline=await tx.timeline.of(subjects, limit=TIMELINE_MAX),
    )

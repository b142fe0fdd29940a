"""What customs says: here of what leaves and comes in, at peers of what was sent there."""

from services.logistics.consumers.speaker import check_owner, speaker
from services.logistics.domain.booking import Verdict
from services.logistics.domain.inbound import Clearance, InboundParcel
from services.logistics.domain.lane import office_of
from services.logistics.domain.tracking import parcel_subject
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.clear_consolidation import clear_consolidation
from services.logistics.usecases.clear_inbound import clear_inbound
from services.logistics.usecases.hear_verdict import hear_verdict
from services.logistics.usecases.note_activity import note_activity
from shared.contracts.customs.events import (
    DeclarationHeld,
    DeclarationReleased,
    DeclarationReturned,
    DeclarationSentBack,
    ExportReleased,
    PreClearanceAnswered,
)
from shared.messaging.consumer import on

CLEARANCES: dict[str, Clearance] = {
    DeclarationReturned.wire_name: Clearance.RETURNED,
    DeclarationHeld.wire_name: Clearance.HELD,
    DeclarationReleased.wire_name: Clearance.RELEASED,
    DeclarationSentBack.wire_name: Clearance.SENT_BACK,
}
Declared = DeclarationReturned | DeclarationHeld | DeclarationReleased | DeclarationSentBack


async def on_pre_clearance_answered(event: PreClearanceAnswered, tx: LogisticsTx) -> None:
    await hear_verdict(tx, order_id=event.order_id, verdict=Verdict(event.verdict))


async def on_export_released(event: ExportReleased, tx: LogisticsTx) -> None:
    await clear_consolidation(
        tx,
        consolidation_id=event.consolidation_id,
        declaration_id=event.declaration_id,
        released=frozenset(parcel.parcel_id for parcel in event.parcels),
    )


async def on_declared(event: Declared, tx: LogisticsTx) -> None:
    """Customs here spoke of a parcel that comes in."""
    blank = InboundParcel(
        logistics_no=event.logistics_no, order_id=event.order_id, order_no=event.order_no
    )
    remark = event.reason if isinstance(event, DeclarationHeld | DeclarationSentBack) else ""
    await clear_inbound(tx, blank=blank, clearance=CLEARANCES[event.wire_name], remark=remark)


async def on_declared_there(event: Declared, tx: LogisticsTx) -> None:
    """Customs of the buyer's hub spoke of a parcel that was sent from here: a timeline entry."""
    check_owner(tx, event.order_id)
    await note_activity(
        tx,
        parcel_subject(event.order_id, event.logistics_no),
        activity=f"customs_{CLEARANCES[event.wire_name].value}",
        place=office_of(speaker(tx)),
    )


SUBSCRIPTIONS = [
    on(PreClearanceAnswered, on_pre_clearance_answered),
    on(ExportReleased, on_export_released),
    on(DeclarationReturned, on_declared),
    on(DeclarationHeld, on_declared),
    on(DeclarationReleased, on_declared),
    on(DeclarationSentBack, on_declared),
    on(DeclarationReturned, on_declared_there, source="peers"),
    on(DeclarationHeld, on_declared_there, source="peers"),
    on(DeclarationReleased, on_declared_there, source="peers"),
    on(DeclarationSentBack, on_declared_there, source="peers"),
]

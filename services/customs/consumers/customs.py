"""What a peer's customs tell ours: its export release, and what it found of its buyers."""

from services.customs.consumers.translate import (
    declared_unit_of,
    export_proof_of,
    finding_of,
)
from services.customs.domain.preclearance import BuyerCheck
from services.customs.store.documents import Filed
from services.customs.store.tx import CustomsTx
from services.customs.usecases.check_manifest import note_declared
from services.customs.usecases.gather_dossiers import file_documents
from services.customs.usecases.pre_clear_order import hear_buyer_check
from shared.contracts.customs.events import BuyerChecked, ExportReleased
from shared.messaging.consumer import on


async def on_export_released(event: ExportReleased, tx: CustomsTx) -> None:
    """The origin let a unit leave: proof for every parcel in it."""
    filed = [
        Filed(
            document=export_proof_of(event, parcel),
            key=parcel.logistics_no,
            rank=int(event.released_at.timestamp() * 1_000),
            logistics_no=parcel.logistics_no,
        )
        for parcel in event.parcels
    ]
    await file_documents(tx, filed)
    await note_declared(tx, event.consolidation_id, declared_unit_of(event))


async def on_buyer_checked(event: BuyerChecked, tx: CustomsTx) -> None:
    check = BuyerCheck(
        version=event.version,
        checked=event.checked,
        findings=tuple(finding_of(words) for words in event.findings),
    )
    await hear_buyer_check(tx, order_id=event.order_id, order_no=event.order_no, check=check)


SUBSCRIPTIONS = [
    on(ExportReleased, on_export_released, source="peers"),
    on(BuyerChecked, on_buyer_checked, source="peers"),
]

"""What `customs` says: goods that left, here or at peers, or that a form moves, use up permits."""

from services.permits.domain.write_off import GoodsThatLeft
from services.permits.store.tx import PermitsTx
from services.permits.usecases.write_off_goods import write_off_goods
from shared.contracts.customs.events import ExportReleased, PermitsShown
from shared.kernel.errors import Rejected
from shared.kernel.ids import parse_id
from shared.messaging.consumer import on


class DeclarationForeign(Rejected):
    """A hub's customs speaks of its own declarations only."""

    code = "permits.declaration-foreign"


async def on_export_released(event: ExportReleased, tx: PermitsTx) -> None:
    owner = parse_id(event.declaration_id).hub
    if tx.cause is not None and tx.cause.hub != owner:
        raise DeclarationForeign(f"{tx.cause.hub} released a declaration of {owner}")
    await write_off_goods(
        tx,
        declaration_id=event.declaration_id,
        sequence=tx.cause.sequence if tx.cause else 0,
        released_at=event.released_at,
        destination=_destination(event),
        goods=[
            GoodsThatLeft(
                holder_id=goods.seller_id,
                hs_code=goods.hs_code,
                quantity=goods.quantity,
                net_weight_g=goods.net_weight_g,
                permit_nos=goods.permit_nos,
            )
            for goods in event.goods
        ],
    )


async def on_permits_shown(event: PermitsShown, tx: PermitsTx) -> None:
    await write_off_goods(
        tx,
        declaration_id=event.declaration_id,
        sequence=tx.cause.sequence if tx.cause else 0,
        released_at=event.shown_at,
        destination=event.destination,
        goods=[
            GoodsThatLeft(
                holder_id=event.holder_id,
                hs_code=goods.hs_code,
                quantity=goods.quantity,
                net_weight_g=goods.net_weight_g,
                permit_nos=(goods.permit_no,),
            )
            for goods in event.goods
        ],
    )


def _destination(event: ExportReleased) -> str:
    """Orders belong to the buyer's hub, whose name starts with its country."""
    return parse_id(event.parcels[0].order_id).hub[:2].upper()


SUBSCRIPTIONS = [
    on(ExportReleased, on_export_released, source="both"),
    on(PermitsShown, on_permits_shown),
]

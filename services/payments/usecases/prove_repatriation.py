"""Follow the proceeds of exports home, and show for each order that they came in time."""

from collections.abc import Sequence
from datetime import date

from services.payments.domain.repatriation import Repatriation, RepatriationState
from services.payments.store.tx import PaymentsTx
from shared.contracts.customs.events import ExportReleased
from shared.kernel.errors import NotFound

LISTED_MAX = 200


class ExportNotKnown(NotFound):
    """No parcel of this order left here under a law that wants its proceeds home."""

    code = "payments.export-not-known"


async def note_export(tx: PaymentsTx, event: ExportReleased) -> None:
    """Keep which parcels left, and until when their money must be home; no law, no term."""
    home_by = tx.rules.home_by(event.released_at.astimezone(tx.rules.tax_zone).date())
    if home_by is None:
        return
    await tx.exports.keep(
        [
            {
                "parcel_id": parcel.parcel_id,
                "order_id": parcel.order_id,
                "order_no": parcel.order_no,
                "declaration_id": event.declaration_id,
                "form": event.form,
                "fob_minor": parcel.fob.amount_minor,
                "fob_currency": parcel.fob.currency,
                "exported_at": event.released_at,
                "home_by": home_by,
            }
            for parcel in event.parcels
        ]
    )


async def repatriation_of(tx: PaymentsTx, order_id: str, *, member: str | None) -> Repatriation:
    """Return one order's exports and what came home for them, or raise ExportNotKnown.

    `member` sees its own orders only; None sees all.
    """
    order = await tx.orders.find(order_id)
    is_theirs = member is None or (order is not None and order.seller_id == member)
    parcels = await tx.exports.parcels(order_id) if is_theirs else ()
    if not parcels:
        raise ExportNotKnown("no such export", field="order_id")
    escrow = await tx.finance.escrow(order_id)
    return Repatriation(
        parcels=parcels,
        received=await tx.exports.received(order_id, creditor=tx.hub),
        owed_minor=await tx.exports.owed(order_id, creditor=tx.hub),
        is_given_back=0 < escrow.captured_minor <= escrow.refunded_minor,
    )


async def still_abroad(tx: PaymentsTx, *, until: date) -> Sequence[Repatriation]:
    """Return exports whose money must be home by a day and is not, the first due first.

    At most LISTED_MAX orders; those whose buyers have their money back are left out.
    """
    orders = await tx.exports.awaited(until=until, creditor=tx.hub, limit=LISTED_MAX)
    found = [await repatriation_of(tx, order_id, member=None) for order_id in orders]
    return [each for each in found if state_of(tx, each) is not RepatriationState.NOTHING_DUE]


def state_of(tx: PaymentsTx, one: Repatriation) -> RepatriationState:
    """Return where an order's money is today, by the days of the country's authority."""
    zone = tx.rules.tax_zone
    return one.state(today=tx.now.astimezone(zone).date(), zone=zone)

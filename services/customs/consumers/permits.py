"""What `permits` tell customs, here and at peers: what is permitted, and how much of it is left."""

from dataclasses import replace

from services.customs.domain.permit import IN_FORCE, KnownPermit, PermitLine, PermitTerms
from services.customs.store.tx import CustomsTx
from services.customs.usecases.permit_refusals import hear_refusal
from shared.contracts.permits.events import (
    PermitIssued,
    PermitReinstated,
    PermitStopped,
    PermitUsed,
    PermitUseRefused,
    PermitUseReturned,
)
from shared.kernel.errors import Rejected
from shared.kernel.ids import parse_id
from shared.messaging.consumer import on


class PermitForeign(Rejected):
    """A hub speaks of its own permits only."""

    code = "customs.permit-foreign"


async def on_permit_issued(event: PermitIssued, tx: CustomsTx) -> None:
    terms = PermitTerms(
        permit_no=event.permit_no,
        kind=event.permit_type or event.document_code,
        holder_id=event.holder_id,
        destination=event.destination,
        lines=tuple(
            PermitLine(
                line_no=line.line_no,
                hs_code=line.hs_code,
                quantity=line.quantity,
                unit=line.unit,
            )
            for line in event.lines
        ),
        valid_until=event.valid_until,
    )
    known = await _held(tx, event.permit_id)
    await tx.permits.save(replace(known, terms=terms))


async def on_permit_used(event: PermitUsed, tx: CustomsTx) -> None:
    await _note_left(tx, event, by=event.quantity)


async def on_permit_use_returned(event: PermitUseReturned, tx: CustomsTx) -> None:
    await _note_left(tx, event, by=-event.quantity)


async def on_permit_use_refused(event: PermitUseRefused, tx: CustomsTx) -> None:
    """Permits, here or at a peer, did not cover a declaration of ours; others' are no concern."""
    if parse_id(event.declaration_id).hub != tx.hub:
        return
    await hear_refusal(
        tx,
        event.declaration_id,
        code=f"permit-{event.reason}",
        hs_code=event.hs_code,
        version=event.declaration_version,
    )


async def on_permit_stopped(event: PermitStopped, tx: CustomsTx) -> None:
    known = await _held(tx, event.permit_id)
    await tx.permits.save(known.standing_at(event.state, sequence=_sequence(tx)))


async def on_permit_reinstated(event: PermitReinstated, tx: CustomsTx) -> None:
    known = await _held(tx, event.permit_id)
    await tx.permits.save(known.standing_at(IN_FORCE, sequence=_sequence(tx)))


async def _note_left(tx: CustomsTx, event: PermitUsed | PermitUseReturned, *, by: int) -> None:
    known = await _held(tx, event.permit_id)
    await tx.permits.save(known.with_left(event.line_no, event.left, sequence=_sequence(tx)))
    key = (event.permit_id, event.line_no)
    await tx.permits.note_use(event.declaration_id, key, by=by)


async def _held(tx: CustomsTx, permit_id: str) -> KnownPermit:
    owner = parse_id(permit_id).hub
    if tx.cause is not None and tx.cause.hub != owner:
        raise PermitForeign(f"{tx.cause.hub} speaks of a permit of {owner}")
    await tx.locks.hold([permit_id])
    return await tx.permits.known(permit_id)


def _sequence(tx: CustomsTx) -> int:
    return 0 if tx.cause is None else tx.cause.sequence


SUBSCRIPTIONS = [
    on(PermitIssued, on_permit_issued, source="both"),
    on(PermitUsed, on_permit_used, source="both"),
    on(PermitUseReturned, on_permit_use_returned, source="both"),
    on(PermitUseRefused, on_permit_use_refused, source="both"),
    on(PermitStopped, on_permit_stopped, source="both"),
    on(PermitReinstated, on_permit_reinstated, source="both"),
]

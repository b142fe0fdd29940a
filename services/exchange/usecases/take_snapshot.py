"""The destination's end of a snapshot: each part is one transaction, the position comes last.

Until the last part is stored the stream stands where it stood, so no live frame is applied before
it; a crash in between goes on behind the last part that was kept.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from services.exchange.domain.frame import Frame
from services.exchange.domain.keys import SigningKey
from services.exchange.domain.merkle import leaves_of
from services.exchange.domain.peer import Peer
from services.exchange.domain.receive import Refused
from services.exchange.domain.records import Accepted, ArrivalRules, Quarantined, TypeRule
from services.exchange.domain.snapshot import OpenedPart, Taking, open_part, sign_for
from services.exchange.domain.stream import Stream
from services.exchange.store.tx import SIGNED, TAKEN, ExchangeTx
from services.exchange.usecases.apply_frame import keep_refused
from services.exchange.usecases.judge_frame import unmet_position
from shared.contracts.exchange.events import RecordQuarantined, StreamStopped

BEHIND_RETENTION = "behind-retention"
"""Why a stream stands still whose next frames its origin no longer keeps."""


class PartTaken(StrEnum):
    """What became of a part."""

    KEPT = "kept"
    FINISHED = "finished"
    PASSED_OVER = "passed-over"
    REFUSED = "refused"


async def stop_behind_retention(tx: ExchangeTx, stream: Stream) -> None:
    """Note why a stream stands still, so that its operator sees it, once."""
    await tx.incoming.meet(stream, await unmet_position(tx, stream.origin))
    detail = "the next frames are no longer kept at their origin: a snapshot is taken"
    if await tx.incoming.stop(stream, BEHIND_RETENTION, detail, now=tx.now):
        said = StreamStopped(
            origin=stream.origin, stream=stream.key, reason=BEHIND_RETENTION, detail=detail
        )
        await tx.emit(said, key=stream.key)


async def take_part(
    tx: ExchangeTx,
    part: Frame,
    stream: Stream,
    *,
    peer: Peer,
    rules: Mapping[str, TypeRule],
    key: SigningKey,
    now: datetime | None,
) -> PartTaken:
    """Store a part's records, and behind the last one the position; what is no part of this
    stream's snapshot is evidence. `now` is None where the hubs' clocks may differ."""
    found = await tx.incoming.find(stream)
    if found is None or found.is_frozen or not await tx.incoming.lock(stream, found.position):
        return PartTaken.PASSED_OVER
    taking = await tx.snapshots.taking(stream)
    opened = open_part(part, found.position, taking, stream=stream, ring=peer.ring)
    if opened is None:
        return PartTaken.PASSED_OVER
    if isinstance(opened, Refused):
        await keep_refused(tx, stream, part, opened)
        return PartTaken.REFUSED
    halted = await tx.set_aside.halted(stream)
    arrivals = ArrivalRules(stream=stream, types=rules, now=now, halted=halted)
    await _keep(tx, stream, opened, arrivals, known=found.position.seq)
    await tx.snapshots.keep_part(stream, part, opened)
    await tx.snapshots.keep_taking(stream, Taking() if opened.is_last else opened.taking)
    if not opened.is_last:
        return PartTaken.KEPT
    header = opened.header
    await tx.incoming.move_to(
        stream, opened.position(found.position), signed_at=header.at, now=tx.now
    )
    receipt = sign_for(header, stream, key=key, now=tx.now)
    await tx.snapshots.keep_taken(stream.key, header.seq, part, receipt, now=tx.now)
    tx.ring(TAKEN)
    tx.ring(SIGNED)
    return PartTaken.FINISHED


async def _keep(
    tx: ExchangeTx, stream: Stream, opened: OpenedPart, rules: ArrivalRules, *, known: int
) -> None:
    """Keep the records that had not come before: those in frames, or in an earlier snapshot that
    was never finished."""
    entries = [entry for entry in opened.entries if entry.seq > known]
    if entries:
        here = await tx.arrivals.known(stream, entries[0].seq, entries[-1].seq)
        entries = [entry for entry in entries if entry.seq not in here]
    lines = [entry.line for entry in entries]
    records = rules.judge_all([entry.seq for entry in entries], lines, leaves_of(lines))
    accepted = [record for record in records if isinstance(record, Accepted)]
    aside = [record for record in records if isinstance(record, Quarantined)]
    await tx.arrivals.keep(stream, accepted, now=tx.now)
    await tx.set_aside.keep(stream, aside, now=tx.now)
    for record in aside:
        said = RecordQuarantined(
            origin=stream.origin, stream=stream.key, sequence=record.seq, reason=record.reason.value
        )
        await tx.emit(said, key=stream.key)

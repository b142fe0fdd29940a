"""Handle a record that was set aside again, unchanged, and those of its subject behind it."""

from collections.abc import Mapping
from datetime import datetime

from services.exchange.domain.agreement import Agreements
from services.exchange.domain.merkle import leaf_hash
from services.exchange.domain.peer import Peer, PeerUnknown
from services.exchange.domain.records import Accepted, ArrivalRules, Quarantined
from services.exchange.domain.stream import Stream
from services.exchange.store.tx import ExchangeTx
from shared.kernel.errors import Conflict, NotFound, Unavailable


class RecordNotWaiting(NotFound):
    """No record set aside has this number, or it was replayed already."""

    code = "exchange.record-not-waiting"


class StillRefused(Conflict):
    """The record fails a check as it did before; mend what the check looks at, never the record."""

    code = "exchange.still-refused"


class StreamMoving(Unavailable):
    """The stream is taking frames at this very moment; try again."""

    code = "exchange.stream-moving"


async def replay_record(
    tx: ExchangeTx,
    *,
    number: int,
    agreements: Agreements,
    peers: Mapping[str, Peer],
    now: datetime | None,
) -> int:
    """Judge the oldest waiting record of the subject and the ones behind it, in order, up to the
    first that is refused again; return how many were applied.

    They are judged as when they came: where a contract cuts a type down, by what it leaves.
    """
    asked = await tx.set_aside.find(number)
    if asked is None:
        raise RecordNotWaiting(f"no record {number} waits")
    stream = Stream.of_key(asked.stream)
    found = await tx.incoming.find(stream)
    if found is None or not await tx.incoming.lock(stream, found.position):
        raise StreamMoving(f"{stream.key} takes a frame")
    peer = peers.get(stream.origin)
    if peer is None:
        raise PeerUnknown(f"no anchor names {stream.origin}")
    agreed = None if peer.founding else await tx.negotiations.taken_from(peer.hub)
    rules = agreements.rules(agreed)
    judge = ArrivalRules(stream=stream, types=rules, now=now).judge
    accepted: list[Accepted] = []
    numbers: list[int] = []
    for waiting in await tx.set_aside.with_its_subject(asked):
        judged = judge(waiting.seq, waiting.line, leaf_hash(waiting.line))
        if isinstance(judged, Quarantined):
            if not accepted:
                raise StillRefused(f"{judged.reason.value}: {judged.detail}", number=waiting.id)
            break
        accepted.append(judged)
        numbers.append(waiting.id)
    await tx.arrivals.keep(stream, accepted, now=tx.now)
    for each in numbers:
        await tx.set_aside.replayed(each, now=tx.now)
    return len(accepted)

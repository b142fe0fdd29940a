"""Cut events down for each peer and give them their numbers, in the consumer's transaction."""

from collections.abc import Mapping, Sequence

import msgspec

from services.exchange.domain.agreement import Agreements
from services.exchange.domain.frame import refuse_unframeable
from services.exchange.domain.line import line_of
from services.exchange.domain.merkle import leaf_hash
from services.exchange.domain.peer import Peer
from services.exchange.domain.policy import Seal, is_for
from services.exchange.domain.stream import Stream
from services.exchange.domain.transfer import Transfer, YearOf, utc_year
from services.exchange.store.outgoing import Numbered
from services.exchange.store.tx import ExchangeTx
from shared.contracts.event import Envelope


async def number_events(
    tx: ExchangeTx,
    *,
    area: str,
    partition: int,
    envelopes: Sequence[Envelope],
    peers: Mapping[str, Peer],
    agreements: Agreements,
    year_of: YearOf = utc_year,
) -> None:
    """Append what may leave to the stream of every peer it is for, and register whose data left. A
    hub says only what it owns.

    Raises FrameOverLimit for an event that no frame could carry: it must not get a number.
    """
    agreed = await tx.contracts.in_force()
    left: list[Transfer] = []
    for name, peer in peers.items():
        shared = {each.event_type: each for each in agreed if each.peer == name}
        records = []
        for envelope in envelopes:
            if envelope.hub != tx.hub or envelope.type not in shared or not is_for(envelope, name):
                continue
            terms = shared[envelope.type]
            policy = agreements.policy(envelope.type, name, peer.pair_key, terms.fields)
            person = policy.person_of(envelope.data) if policy.seals else None
            seal = await _seal_for(tx, envelope.id, person, peer) if person else None
            cut = policy.project(envelope.data, seal)
            left += [Transfer(token, name, terms.purpose) for token in cut.tokens]
            left += [Transfer(person, name, terms.purpose)] if person else []
            shown = msgspec.structs.replace(envelope, data=cut.data)
            line = line_of(shown)
            refuse_unframeable(line)
            digest = leaf_hash(line).hex()
            records.append(Numbered(shown.id, shown.type, shown.subject, digest, line))
        if records:
            await tx.outgoing.number(Stream(tx.hub, name, area, partition), records)
    await tx.transfers.note(left, year=year_of(tx.now), now=tx.now)


async def _seal_for(tx: ExchangeTx, event_id: str, person: str, peer: Peer) -> Seal:
    """Return what seals the data of the one person that an event is about, for one peer."""
    key = await tx.person_keys.for_sealing(person, peer, now=tx.now)
    return lambda value, path: key.seal(value, event_id=event_id, field=path)

"""Put together what proves to a third party that one event crossed, or that a peer erased a key."""

from services.exchange.domain.bundle import Bundle, Logged, Signed
from services.exchange.domain.erasure import erasure_of
from services.exchange.domain.erasure_bundle import ErasureBundle
from services.exchange.domain.frame import decode_header
from services.exchange.domain.hub_document import open_envelope, unverified
from services.exchange.domain.proof import prove
from services.exchange.domain.receipt import read_receipt
from services.exchange.domain.snapshot import read_part, receipt_of
from services.exchange.domain.snapshot_bundle import SnapshotBundle, prove_record
from services.exchange.domain.stream import Stream
from services.exchange.domain.tree_head import head_of
from services.exchange.store.crossed import Crossing
from services.exchange.store.tx import ExchangeTx
from shared.kernel.errors import Conflict, NotFound, Rejected


class EventNotCrossed(NotFound):
    """No record of this event is in any stream that starts or ends here."""

    code = "exchange.event-not-crossed"


class NothingErased(NotFound):
    """No key of this person was erased, or none that this peer had."""

    code = "exchange.nothing-erased"


class PeerNotNamed(Rejected):
    """It concerns several hubs, and each is proven apart: name one."""

    code = "exchange.peer-not-named"


class ProvenAtDestination(Conflict):
    """What proves the record is let go here, or was a snapshot: its destination keeps it."""

    code = "exchange.proven-at-destination"


class NotProvenYet(Conflict):
    """The receipt is not here yet, or not in the log; a moment later it is."""

    code = "exchange.not-proven-yet"


async def export_evidence(
    tx: ExchangeTx, event_id: str, *, peer: str | None
) -> Bundle | SnapshotBundle:
    """Return the bundle for an event that crossed between this hub and a peer.

    Raises EventNotCrossed, PeerNotNamed, NotProvenYet or ProvenAtDestination.
    """
    crossing = await _crossing(tx, event_id, peer)
    found = await tx.crossed.find(crossing, hub=tx.hub)
    state = await tx.tree.state()
    if found is None and (of_snapshot := await _of_snapshot(tx, crossing)):
        return of_snapshot
    if found is None or state.size <= max(found.frame_leaf, found.receipt_leaf):
        raise NotProvenYet(f"number {crossing.seq} of {crossing.stream} has no logged receipt yet")
    header = decode_header(found.frame.header)
    kids = {
        header.origin: {header.kid},
        header.dest: {read_receipt(found.receipt).kid},
    }
    kids[tx.hub].add(head_of(state.head.body).kid)
    return Bundle(
        v=1,
        event=prove(found.frame, crossing.seq),
        receipt=Signed(*found.receipt),
        head=Signed(*state.head),
        frame_in_log=await _logged(tx, found.frame_leaf, state.size),
        receipt_in_log=await _logged(tx, found.receipt_leaf, state.size),
        origin_documents=await _naming(tx, header.origin, kids[header.origin]),
        destination_documents=await _naming(tx, header.dest, kids[header.dest]),
    )


async def _of_snapshot(tx: ExchangeTx, crossing: Crossing) -> SnapshotBundle | None:
    """Return the bundle for a record that came here in a snapshot, None for any other."""
    stream = Stream.of_key(crossing.stream)
    if stream.origin == tx.hub:
        if await tx.snapshots.is_with_destination(stream, crossing.seq):
            raise ProvenAtDestination(
                f"number {crossing.seq} of {stream.key} is let go here: ask {stream.dest}"
            )
        return None
    found = await tx.snapshots.crossed(stream.key, crossing.seq)
    record = found and prove_record(found.part, crossing.seq, roots=found.roots)
    if found is None or record is None:
        return None
    header = read_part(found.part.header)
    state = await tx.tree.state()
    kids = {
        header.origin: {header.kid},
        header.dest: {receipt_of(found.receipt.body).kid, head_of(state.head.body).kid},
    }
    return SnapshotBundle(
        v=1,
        record=record,
        receipt=Signed(*found.receipt),
        head=Signed(*state.head),
        receipt_in_log=await _logged(tx, found.leaf, state.size),
        origin_documents=await _naming(tx, header.origin, kids[header.origin]),
        destination_documents=await _naming(tx, header.dest, kids[header.dest]),
    )


async def export_erasure(tx: ExchangeTx, person: str, *, peer: str | None) -> ErasureBundle:
    """Return the bundle for a person's erasure at a peer that could read its data."""
    found = [
        each for each in await tx.person_keys.erasures(person) if peer is None or each.peer == peer
    ]
    if not found:
        raise NothingErased("no such peer had a key of this person, or it is not erased")
    if len(found) > 1:
        raise PeerNotNamed(f"name one of {', '.join(e.peer for e in found)}", field="peer")
    [erasure] = found
    state = await tx.tree.state()
    receipt, leaf = erasure.receipt, erasure.receipt_leaf
    if receipt is None or leaf is None:
        raise NotProvenYet(f"{erasure.peer} has no logged receipt for it yet")
    signed_by = erasure_of(receipt.body).kid
    return ErasureBundle(
        v=1,
        erasure=Signed(*receipt),
        head=Signed(*state.head),
        erasure_in_log=await _logged(tx, leaf, state.size),
        origin_documents=await _naming(tx, tx.hub, {head_of(state.head.body).kid}),
        destination_documents=await _naming(tx, erasure.peer, {signed_by}),
    )


async def _crossing(tx: ExchangeTx, event_id: str, peer: str | None) -> Crossing:
    found = await tx.crossed.crossings(event_id)
    if peer is not None:
        found = [each for each in found if peer in _ends(each)]
    if not found:
        raise EventNotCrossed(f"{event_id} is in no stream of this hub")
    if len(found) > 1:
        peers = sorted({hub for each in found for hub in _ends(each)} - {tx.hub})
        raise PeerNotNamed(f"name one of {', '.join(peers)}", field="peer")
    return found[0]


def _ends(crossing: Crossing) -> tuple[str, str]:
    stream = Stream.of_key(crossing.stream)
    return stream.origin, stream.dest


async def _logged(tx: ExchangeTx, leaf: int, size: int) -> Logged:
    return Logged(index=leaf, path=await tx.tree.inclusion(leaf, size))


async def _naming(tx: ExchangeTx, hub: str, kids: set[str]) -> tuple[Signed, ...]:
    """Return the newest documents of a hub that together name these keys; none where none is kept,
    since its keys are pinned."""
    chosen = []
    missing = set(kids)
    for envelope in await tx.documents.versions(hub):
        body, signatures = open_envelope(envelope)
        named = {key.kid for key in unverified(body).keys} & missing
        if named:
            chosen.append(Signed(body, signatures[0]))
            missing -= named
    return tuple(chosen)

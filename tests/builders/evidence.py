"""A bundle that proves one event, and the anchors under which it does."""

from collections.abc import Mapping
from datetime import timedelta

import msgspec

from services.exchange.domain.bundle import Bundle, Logged, Signed
from services.exchange.domain.dsse import HUB_DOCUMENT
from services.exchange.domain.erasure import give_erasure_receipt
from services.exchange.domain.erasure_bundle import ErasureBundle
from services.exchange.domain.frame import decode_header
from services.exchange.domain.hub_document import document_key, new_document
from services.exchange.domain.keys import SigningKey
from services.exchange.domain.merkle import inclusion_path, root_of
from services.exchange.domain.peer import Pinned, read_pinned
from services.exchange.domain.proof import prove
from services.exchange.domain.receipt import give_receipt
from services.exchange.domain.receive import Apply
from services.exchange.domain.snapshot import Entry, read_part, sign_for
from services.exchange.domain.snapshot_bundle import SnapshotBundle, prove_record
from services.exchange.domain.stream import StreamPosition
from services.exchange.domain.tree_head import EntryKind, sign_head
from tests.builders.eroad import (
    DEST,
    NOW,
    ORIGIN,
    STREAM,
    a_frame,
    a_key,
    received,
    snapshot_parts,
    some_lines,
)

ROOTS = {ORIGIN: a_key(11), DEST: a_key(12)}
ERASED_KEY = "a" * 26
KEYS = {ORIGIN: a_key(), DEST: a_key(2)}


def the_anchors() -> Mapping[str, Pinned]:
    """What both operators hand to a third party."""
    pinned: dict[str, Pinned] = {}
    for hub, root in ROOTS.items():
        anchor = {"hub": hub, "url": f"https://{hub}", "root": root.public_jwk()}
        pinned.update(read_pinned(msgspec.json.encode(anchor)))
    return pinned


def a_document(hub: str, *, revoked: bool = False, root: SigningKey | None = None) -> Signed:
    """A hub's document that names its key."""
    key = document_key(KEYS[hub], nbf=NOW - timedelta(days=1), exp=NOW + timedelta(days=90))
    document = new_document(
        hub,
        [msgspec.structs.replace(key, revoked=revoked)],
        version=1,
        issued=NOW,
        expires=NOW + timedelta(days=90),
    )
    body = msgspec.json.encode(document)
    return Signed(body, (root or ROOTS[hub]).sign(HUB_DOCUMENT, body))


def a_bundle(*, records: int = 3, seq: int = 2, entries: int = 5) -> Bundle:
    """The proof of one of some records, from the origin's log of at least two entries."""
    frame, _ = a_frame(some_lines(records))
    applied = received(frame)
    assert isinstance(applied, Apply)
    receipt = give_receipt(applied, key=KEYS[DEST], now=NOW)
    logged = [f"{number}".encode() for number in range(entries - 2)]
    logged.insert(entries // 2, EntryKind.FRAME_SENT.value.encode() + b"\n" + frame.header)
    logged.append(EntryKind.RECEIPT_GOT.value.encode() + b"\n" + receipt.body)
    head = sign_head(
        hub=decode_header(frame.header).origin,
        epoch=1,
        size=len(logged),
        root=root_of(logged),
        key=KEYS[ORIGIN],
        now=NOW,
    )
    place = min(entries // 2, entries - 2)
    return Bundle(
        v=1,
        event=prove(frame, seq),
        receipt=Signed(*receipt),
        head=Signed(*head),
        frame_in_log=Logged(place, inclusion_path(logged, place)),
        receipt_in_log=Logged(entries - 1, inclusion_path(logged, entries - 1)),
        origin_documents=(a_document(ORIGIN),),
        destination_documents=(a_document(DEST),),
    )


def a_snapshot_bundle(
    log_of: str = DEST, kind: EntryKind = EntryKind.SNAPSHOT_RECEIPT_GIVEN, *, seq: int = 1_002
) -> SnapshotBundle:
    """The proof of a record in the second of two parts, from the log of one of both ends."""
    entries = [Entry(2 * n, line) for n, line in enumerate(some_lines(502), start=1)]
    at = StreamPosition(seq=2_000, chain="c" * 64)
    parts = snapshot_parts(entries, at=at, key=KEYS[ORIGIN])
    roots = [bytes.fromhex(read_part(part.header).root) for part in parts]
    receipt = sign_for(read_part(parts[-1].header), STREAM, key=KEYS[DEST], now=NOW)
    logged = [b"before", kind.value.encode() + b"\n" + receipt.body, b"behind"]
    head = sign_head(hub=log_of, epoch=1, size=3, root=root_of(logged), key=KEYS[log_of], now=NOW)
    record = prove_record(parts[-1], seq, roots=roots)
    assert record is not None
    return SnapshotBundle(
        v=1,
        record=record,
        receipt=Signed(*receipt),
        head=Signed(*head),
        receipt_in_log=Logged(1, inclusion_path(logged, 1)),
        origin_documents=(a_document(ORIGIN),),
        destination_documents=(a_document(DEST),),
    )


def an_erasure(log_of: str = ORIGIN, kind: EntryKind = EntryKind.ERASURE_GOT) -> ErasureBundle:
    """The proof that DEST erased a key of ORIGIN, from the log of one of both."""
    receipt = give_erasure_receipt(
        ERASED_KEY, origin=ORIGIN, receiver=DEST, was_held=True, key=KEYS[DEST], now=NOW
    )
    logged = [*(bytes([n]) for n in range(4)), kind.value.encode() + b"\n" + receipt.body]
    head = sign_head(hub=log_of, epoch=1, size=5, root=root_of(logged), key=KEYS[log_of], now=NOW)
    return ErasureBundle(
        v=1,
        erasure=Signed(*receipt),
        head=Signed(*head),
        erasure_in_log=Logged(index=4, path=tuple(inclusion_path(logged, 4))),
        origin_documents=(a_document(ORIGIN),),
        destination_documents=(a_document(DEST),),
    )

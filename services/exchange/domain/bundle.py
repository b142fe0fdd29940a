"""One event with all that proves it crossed, for somebody who trusts nothing but anchors.

The event is in a frame that its origin signed, the destination signed a receipt for that frame, and
one of the two shows both in its evidence log. The keys come from hub documents signed by the roots
that the anchors pin. Whoever holds the anchors can check all of it offline, at any later time; only
whether a key was revoked after the documents in here were signed, nobody can see from them.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Generic, Literal, NamedTuple, TypeVar

import msgspec
from msgspec import Meta, Struct

from services.exchange.domain.dsse import FRAME
from services.exchange.domain.frame import SEQ_MAX, FrameMalformed, Header, decode_header
from services.exchange.domain.hub_document import DocumentRefused, read_body
from services.exchange.domain.keys import KeyRing, KeyUnusable, PeerKey
from services.exchange.domain.merkle import is_included
from services.exchange.domain.peer import Pinned
from services.exchange.domain.proof import PROOF_BYTES_MAX, EventProof, ProofReason, check_proof
from services.exchange.domain.receipt import Receipt, ReceiptReason, check_receipt
from services.exchange.domain.tree_head import (
    PATH_NODES_MAX,
    EntryKind,
    HeadReason,
    SignedHead,
    TreeHead,
    check_head,
    entry_leaf,
)
from shared.kernel.errors import Rejected

BUNDLE_BYTES_MAX = PROOF_BYTES_MAX + 500_000
DOCUMENTS_MAX = 8


class CheckName(StrEnum):
    """Every check in its order; each relies on those before it."""

    FORM = "form"
    ORIGIN_KEYS = "origin-keys"
    DESTINATION_KEYS = "destination-keys"
    FRAME = "frame"
    EVENT = "event"
    RECEIPT = "receipt"
    TREE_HEAD = "tree-head"
    FRAME_IN_LOG = "frame-in-log"
    RECEIPT_IN_LOG = "receipt-in-log"


NameT = TypeVar("NameT", bound=StrEnum)
BundleT = TypeVar("BundleT")


class Check(NamedTuple, Generic[NameT]):
    """One check that was made, and what it saw."""

    name: NameT
    passed: bool
    detail: str


class Signed(Struct, frozen=True, forbid_unknown_fields=True):
    """Bytes that were signed, and their signature."""

    body: bytes
    signature: bytes


class Logged(Struct, frozen=True, forbid_unknown_fields=True):
    """Where an entry stands in the evidence log, and its way to the root."""

    index: Annotated[int, Meta(ge=0, le=SEQ_MAX)]
    path: Annotated[tuple[bytes, ...], Meta(max_length=PATH_NODES_MAX)]


Documents = Annotated[tuple[Signed, ...], Meta(max_length=DOCUMENTS_MAX)]
"""The hub documents that name a hub's keys; none where its anchor pins them."""


class Bundle(Struct, frozen=True, forbid_unknown_fields=True):
    """What is handed over, as JSON with the bytes in base64."""

    v: Literal[1]
    event: EventProof
    receipt: Signed
    head: Signed
    frame_in_log: Logged
    receipt_in_log: Logged
    origin_documents: Documents
    destination_documents: Documents


class BundleMalformed(Rejected):
    """The bytes are not those of a bundle."""

    code = "exchange.bundle-malformed"


class CheckFailed(Exception):
    """A check does not hold; the message says why."""


def write_bundle(bundle: Bundle) -> bytes:
    """The bundle in its one spelling."""
    return msgspec.json.encode(bundle)


def read_bundle(text: bytes) -> Bundle:
    """A bundle from its JSON, or BundleMalformed; only the spelling of `write_bundle` is read."""
    return in_one_spelling(text, _decoder)


def in_one_spelling(text: bytes, decoder: msgspec.json.Decoder[BundleT]) -> BundleT:
    """A bundle of any kind from its JSON, or BundleMalformed; only what we would write is read."""
    if len(text) > BUNDLE_BYTES_MAX:
        raise BundleMalformed(f"a bundle has at most {BUNDLE_BYTES_MAX} bytes")
    try:
        bundle = decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BundleMalformed(str(error)) from error
    if msgspec.json.encode(bundle) != text:
        raise BundleMalformed("it is not in the spelling in which bundles are written")
    return bundle


def verify_bundle(text: bytes, anchors: Mapping[str, Pinned]) -> list[Check[CheckName]]:
    """Make each check up to the first that fails; the bundle proves its event if all pass."""
    return up_to_the_first_failure(CheckName, _checks(text, anchors))


def up_to_the_first_failure(names: Iterable[NameT], made: Iterator[str]) -> list[Check[NameT]]:
    """Return the checks in the order of their names; CheckFailed of `made` ends them."""
    checks: list[Check[NameT]] = []
    for name in names:
        try:
            checks.append(Check(name, passed=True, detail=next(made)))
        except CheckFailed as failed:
            checks.append(Check(name, passed=False, detail=str(failed)))
            break
    return checks


def _checks(text: bytes, anchors: Mapping[str, Pinned]) -> Iterator[str]:
    """What each check saw, in the order of CheckName; raises CheckFailed where one fails."""
    bundle, header = _form(text)
    yield f"{len(text)} bytes"
    origin = ring_of(header.origin, bundle.origin_documents, anchors)
    yield f"{header.origin}, under its anchor"
    dest = ring_of(header.dest, bundle.destination_documents, anchors)
    yield f"{header.dest}, under its anchor"
    envelope = check_proof(bundle.event, origin)
    in_frame = (ProofReason.NOT_IN_STREAM, ProofReason.WRONG_PATH)
    if isinstance(envelope, ProofReason) and envelope not in in_frame:
        raise CheckFailed(envelope.value)
    yield f"signed by {header.origin} at {header.ts}"
    if isinstance(envelope, ProofReason):
        raise CheckFailed(envelope.value)
    if envelope.hub != header.origin:
        raise CheckFailed("it is another hub's event")
    yield f"{envelope.type} of {envelope.subject}, number {bundle.event.seq}"
    yield _receipt(bundle, header, dest)
    head = head_by_either(bundle.head, origin, dest)
    yield f"{head.size} entries of {head.hub}, signed at {head.at}"
    sent, got = _KINDS[head.hub == header.origin]
    payload = bundle.event.header.payload
    yield in_log(entry_leaf(sent, payload), bundle.frame_in_log, head)
    yield in_log(entry_leaf(got, bundle.receipt.body), bundle.receipt_in_log, head)


def _form(text: bytes) -> tuple[Bundle, Header]:
    try:
        bundle = read_bundle(text)
        header = decode_header(bundle.event.header.payload)
    except (BundleMalformed, FrameMalformed) as error:
        raise CheckFailed(error.message) from error
    signed = bundle.event.header
    if signed.payloadType != FRAME or [each.keyid for each in signed.signatures] != [header.kid]:
        raise CheckFailed("the frame's envelope says something else than its header")
    return bundle, header


def ring_of(hub: str, documents: tuple[Signed, ...], anchors: Mapping[str, Pinned]) -> KeyRing:
    """The keys of a hub: those its anchor pins, or those its documents in the bundle name.

    Raises CheckFailed where no anchor of it is given, or the documents are not its own.
    """
    pinned = anchors.get(hub)
    if pinned is None:
        raise CheckFailed(f"no anchor of {hub} is given")
    if (pinned.root is None) == bool(documents):
        raise CheckFailed(f"the anchor of {hub} pins a {'root' if pinned.root else 'key'}")
    try:
        keys = list(pinned.keys) if pinned.root is None else _named(hub, pinned.root, documents)
        return KeyRing(hub, keys)
    except (DocumentRefused, KeyUnusable) as error:
        raise CheckFailed(error.message) from error


def _named(hub: str, root: PeerKey, documents: tuple[Signed, ...]) -> list[PeerKey]:
    """The keys in documents that a hub's root signed; one that any of them revokes is revoked."""
    read = [read_body(each.body, [each.signature], hub=hub, root=root) for each in documents]
    keys: dict[str, PeerKey] = {}
    for document in sorted(read, key=lambda each: each.version):
        for key in document.ring_keys():
            before = keys.get(key.kid)
            revoked = key.revoked or (before is not None and before.revoked)
            keys[key.kid] = PeerKey(key.kid, key.public, key.nbf, key.exp, revoked)
    return list(keys.values())


def _receipt(bundle: Bundle, header: Header, dest: KeyRing) -> str:
    receipt = Receipt(bundle.receipt.body, bundle.receipt.signature)
    checked = check_receipt(receipt, header=bundle.event.header.payload, of=header, ring=dest)
    if isinstance(checked, ReceiptReason):
        raise CheckFailed(checked.value)
    return f"{checked.receiver} took {checked.accepted} of {checked.n} records at {checked.at}"


def head_by_either(shown: Signed, origin: KeyRing, dest: KeyRing) -> TreeHead:
    """The tree head, signed by either end; raises CheckFailed where it is not."""
    signed = SignedHead(shown.body, shown.signature)
    head = check_head(signed, origin)
    if head in (HeadReason.UNKNOWN_KEY, HeadReason.WRONG_HUB):
        head = check_head(signed, dest)
    if isinstance(head, HeadReason):
        raise CheckFailed(head.value)
    return head


def in_log(leaf: bytes, logged: Logged, head: TreeHead) -> str:
    """Where an entry stands in the log under the head; raises CheckFailed where it does not."""
    root = bytes.fromhex(head.root)
    if not is_included(leaf, index=logged.index, size=head.size, path=logged.path, root=root):
        raise CheckFailed("the path does not lead to the tree head")
    return f"entry {logged.index}"


_decoder = msgspec.json.Decoder(Bundle)
_KINDS = {
    True: (EntryKind.FRAME_SENT, EntryKind.RECEIPT_GOT),
    False: (EntryKind.FRAME_TAKEN, EntryKind.RECEIPT_GIVEN),
}
"""As what frame and receipt stand in the log of the origin, and in that of the destination."""

"""One peer's receipt for an erasure with all that proves it, for somebody who trusts only anchors.

It shows that the peer has no copy of a key any more, and takes none. What the key sealed shows the
bundle of an event: its sealed fields name the key. Who the person was stands in neither.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Literal

import msgspec
from msgspec import Struct

from services.exchange.domain.bundle import (
    BundleMalformed,
    Check,
    CheckFailed,
    Documents,
    Logged,
    Signed,
    head_by_either,
    in_log,
    in_one_spelling,
    ring_of,
    up_to_the_first_failure,
)
from services.exchange.domain.erasure import (
    ErasureBody,
    ErasureReceiptRefused,
    check_erasure_receipt,
    erasure_of,
)
from services.exchange.domain.peer import Pinned
from services.exchange.domain.receipt import Receipt
from services.exchange.domain.tree_head import EntryKind, entry_leaf


class ErasureCheckName(StrEnum):
    """Every check in its order; each relies on those before it."""

    FORM = "form"
    ORIGIN_KEYS = "origin-keys"
    DESTINATION_KEYS = "destination-keys"
    ERASURE = "erasure"
    TREE_HEAD = "tree-head"
    ERASURE_IN_LOG = "erasure-in-log"


class ErasureBundle(Struct, frozen=True, forbid_unknown_fields=True):
    """What is handed over, as JSON with the bytes in base64."""

    v: Literal[1]
    erasure: Signed
    head: Signed
    erasure_in_log: Logged
    origin_documents: Documents
    destination_documents: Documents


_decoder = msgspec.json.Decoder(ErasureBundle)


def write_erasure_bundle(bundle: ErasureBundle) -> bytes:
    """The bundle in its one spelling."""
    return msgspec.json.encode(bundle)


def read_erasure_bundle(text: bytes) -> ErasureBundle:
    """A bundle from its JSON, or BundleMalformed; only the spelling it is written in is read."""
    return in_one_spelling(text, _decoder)


def is_of_erasure(text: bytes) -> bool:
    """Whether a bundle is to be read as that of an erasure, and not of an event."""
    try:
        return "erasure" in msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False


def verify_erasure_bundle(
    text: bytes, anchors: Mapping[str, Pinned]
) -> list[Check[ErasureCheckName]]:
    """Make each check up to the first that fails; it proves the erasure if all pass."""
    return up_to_the_first_failure(ErasureCheckName, _checks(text, anchors))


def _checks(text: bytes, anchors: Mapping[str, Pinned]) -> Iterator[str]:
    """What each check saw, in the order of the names; raises CheckFailed where one fails."""
    bundle, said = _form(text)
    yield f"{len(text)} bytes"
    origin = ring_of(said.origin, bundle.origin_documents, anchors)
    yield f"{said.origin}, under its anchor"
    dest = ring_of(said.receiver, bundle.destination_documents, anchors)
    yield f"{said.receiver}, under its anchor"
    receipt = Receipt(bundle.erasure.body, bundle.erasure.signature)
    try:
        check_erasure_receipt(receipt, name=said.key, origin=said.origin, ring=dest)
    except ErasureReceiptRefused as refused:
        raise CheckFailed(refused.message) from refused
    yield f"{said.receiver} has no key {said.key} of {said.origin} since {said.at}, and takes none"
    head = head_by_either(bundle.head, origin, dest)
    yield f"{head.size} entries of {head.hub}, signed at {head.at}"
    kind = EntryKind.ERASURE_GOT if head.hub == said.origin else EntryKind.ERASURE_GIVEN
    yield in_log(entry_leaf(kind, receipt.body), bundle.erasure_in_log, head)


def _form(text: bytes) -> tuple[ErasureBundle, ErasureBody]:
    try:
        bundle = read_erasure_bundle(text)
        return bundle, erasure_of(bundle.erasure.body)
    except (BundleMalformed, ErasureReceiptRefused) as error:
        raise CheckFailed(error.message) from error

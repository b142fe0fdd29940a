"""A bundle proves its event to whoever has the anchors; with a byte flipped it proves nothing."""

import random
from collections import Counter
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from services.exchange.domain.bundle import (
    BUNDLE_BYTES_MAX,
    Bundle,
    Check,
    CheckName,
    Signed,
    verify_bundle,
    write_bundle,
)
from services.exchange.domain.dsse import FRAME, RECEIPT, TREE_HEAD
from services.exchange.domain.tree_head import head_of
from tests.builders.eroad import DEST, ORIGIN, a_key
from tests.builders.evidence import KEYS, ROOTS, a_bundle, a_document, the_anchors

FLIPS = 5_000


def verified(bundle: Bundle | bytes) -> list[Check[CheckName]]:
    text = bundle if isinstance(bundle, bytes) else write_bundle(bundle)
    return verify_bundle(text, the_anchors())


def failing(bundle: Bundle) -> CheckName:
    """The check that fails; all before it pass and none is made behind it."""
    *before, last = verified(bundle)
    assert all(check.passed for check in before)
    assert not last.passed
    assert [check.name for check in (*before, last)] == list(CheckName)[: len(before) + 1]
    return last.name


def flipped(octets: bytes, at: int) -> bytes:
    """One bit of one byte is another; in JSON text it stays text of the same shape."""
    return octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :]


def with_header(bundle: Bundle, **changes: Any) -> Bundle:
    return replace(
        bundle, event=replace(bundle.event, header=replace(bundle.event.header, **changes))
    )


def with_flip(bundle: Bundle, part: str) -> Bundle:
    """The bundle with one byte of that part flipped."""
    event, header = bundle.event, bundle.event.header
    signature = header.signatures[0]
    match part:
        case "event":
            line = flipped(event.line, event.line.index(b"570"))
            return replace(bundle, event=replace(event, line=line))
        case "event-number":
            return replace(bundle, event=replace(event, seq=event.seq ^ 1))
        case "event-path":
            path = (flipped(event.path[0], 5), *event.path[1:])
            return replace(bundle, event=replace(event, path=path))
        case "frame":
            at = header.payload.index(b'"root":"') + 9
            digit = b"1" if header.payload[at : at + 1] == b"0" else b"0"
            payload = header.payload[:at] + digit + header.payload[at + 1 :]
            return with_header(bundle, payload=payload)
        case "frame-signature":
            return with_header(
                bundle, signatures=(replace(signature, sig=flipped(signature.sig, 9)),)
            )
        case "frame-keyid":
            return with_header(bundle, signatures=(replace(signature, keyid="A" * 43),))
        case "receipt":
            at = bundle.receipt.body.index(b'"frame":"') + 10
            digit = b"1" if bundle.receipt.body[at : at + 1] == b"0" else b"0"
            body = bundle.receipt.body[:at] + digit + bundle.receipt.body[at + 1 :]
            return replace(bundle, receipt=Signed(body, bundle.receipt.signature))
        case "receipt-signature":
            signed = Signed(bundle.receipt.body, flipped(bundle.receipt.signature, 30))
            return replace(bundle, receipt=signed)
        case "head":
            at = bundle.head.body.index(b'"size":') + 7
            body = bundle.head.body[:at] + b"6" + bundle.head.body[at + 1 :]
            return replace(bundle, head=Signed(body, bundle.head.signature))
        case "head-signature":
            return replace(bundle, head=Signed(bundle.head.body, flipped(bundle.head.signature, 0)))
        case "frame-path" | "receipt-path":
            name = part.replace("-path", "_in_log")
            logged = getattr(bundle, name)
            path = (*logged.path[:-1], flipped(logged.path[-1], 31))
            return replace(bundle, **{name: replace(logged, path=path)})
        case "frame-index" | "receipt-index":
            name = part.replace("-index", "_in_log")
            logged = getattr(bundle, name)
            return replace(bundle, **{name: replace(logged, index=logged.index ^ 1)})
        case "origin-document" | "destination-document":
            name = part.replace("-", "_") + "s"
            [document] = getattr(bundle, name)
            at = document.body.index(b'"exp":') + 7
            changed = Signed(flipped(document.body, at), document.signature)
            return replace(bundle, **{name: (changed,)})
        case _:
            name = part.removesuffix("-signature").replace("-", "_") + "s"
            [document] = getattr(bundle, name)
            changed = Signed(document.body, flipped(document.signature, 63))
            return replace(bundle, **{name: (changed,)})


class TestVerifyBundle:
    @pytest.mark.parametrize(("records", "seq", "entries"), [(1, 1, 2), (3, 2, 5), (64, 64, 33)])
    def test_passes_every_check_of_a_true_one(self, records: int, seq: int, entries: int) -> None:
        checks = verified(a_bundle(records=records, seq=seq, entries=entries))

        assert [(check.name, check.passed) for check in checks] == [(n, True) for n in CheckName]

    @pytest.mark.parametrize(
        ("part", "check"),
        [
            ("event", CheckName.EVENT),
            ("event-number", CheckName.EVENT),
            ("event-path", CheckName.EVENT),
            ("frame", CheckName.FRAME),
            ("frame-signature", CheckName.FRAME),
            ("frame-keyid", CheckName.FORM),
            ("receipt", CheckName.RECEIPT),
            ("receipt-signature", CheckName.RECEIPT),
            ("head", CheckName.TREE_HEAD),
            ("head-signature", CheckName.TREE_HEAD),
            ("frame-path", CheckName.FRAME_IN_LOG),
            ("frame-index", CheckName.FRAME_IN_LOG),
            ("receipt-path", CheckName.RECEIPT_IN_LOG),
            ("receipt-index", CheckName.RECEIPT_IN_LOG),
            ("origin-document", CheckName.ORIGIN_KEYS),
            ("origin-document-signature", CheckName.ORIGIN_KEYS),
            ("destination-document", CheckName.DESTINATION_KEYS),
            ("destination-document-signature", CheckName.DESTINATION_KEYS),
        ],
    )
    def test_fails_the_right_check_for_a_flipped_byte(self, part: str, check: CheckName) -> None:
        assert failing(with_flip(a_bundle(), part)) is check

    def test_accepts_none_of_many_random_flips(self) -> None:
        draw = random.Random(9162)
        text = write_bundle(a_bundle())
        failed: Counter[CheckName] = Counter()
        anchors = the_anchors()
        for _ in range(FLIPS):
            at, bit = draw.randrange(len(text)), 1 << draw.randrange(8)
            altered = text[:at] + bytes([text[at] ^ bit]) + text[at + 1 :]

            last = verify_bundle(altered, anchors)[-1]

            assert not last.passed, (at, bit)
            failed[last.name] += 1
        assert failed.total() == FLIPS
        assert failed.keys() == set(CheckName)

    def test_fails_for_another_frames_receipt(self) -> None:
        other = a_bundle(records=4).receipt

        assert failing(replace(a_bundle(), receipt=other)) is CheckName.RECEIPT

    def test_fails_for_a_receipt_that_the_origin_signed_itself(self) -> None:
        body = a_bundle().receipt.body.replace(KEYS[DEST].kid.encode(), KEYS[ORIGIN].kid.encode())
        forged = Signed(body, KEYS[ORIGIN].sign(RECEIPT, body))

        assert failing(replace(a_bundle(), receipt=forged)) is CheckName.RECEIPT

    def test_fails_for_a_log_that_neither_end_signed(self) -> None:
        bundle, stranger = a_bundle(), a_key(7)
        head = replace(head_of(bundle.head.body), kid=stranger.kid)
        body = msgspec.json.encode(head)
        forged = Signed(body, stranger.sign(TREE_HEAD, body))

        assert failing(replace(bundle, head=forged)) is CheckName.TREE_HEAD

    def test_fails_for_a_key_that_a_later_document_revokes(self) -> None:
        bundle = replace(a_bundle(), origin_documents=(a_document(ORIGIN, revoked=True),))

        assert failing(bundle) is CheckName.FRAME

    def test_fails_for_documents_of_another_root(self) -> None:
        forged = a_document(DEST, root=ROOTS[ORIGIN])

        assert failing(replace(a_bundle(), destination_documents=(forged,))) is (
            CheckName.DESTINATION_KEYS
        )

    def test_fails_for_a_frame_of_another_kind_of_envelope(self) -> None:
        assert failing(with_header(a_bundle(), payloadType=f"{FRAME}0")) is CheckName.FORM

    @pytest.mark.parametrize("text", [b"", b"{}", b"[]", b"\xff", b" " * (BUNDLE_BYTES_MAX + 1)])
    def test_fails_the_form_of_what_is_no_bundle(self, text: bytes) -> None:
        [check] = verified(text)

        assert (check.name, check.passed) == (CheckName.FORM, False)

    def test_fails_the_form_of_another_spelling(self) -> None:
        [check] = verified(write_bundle(a_bundle()).replace(b'"v":1', b'"v": 1'))

        assert (check.name, check.passed) == (CheckName.FORM, False)

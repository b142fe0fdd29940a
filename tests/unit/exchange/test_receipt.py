"""A receipt binds its receiver to one frame, and fits no other."""

from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any

import msgspec
import pytest

from services.exchange.domain.dsse import FRAME, RECEIPT
from services.exchange.domain.frame import Frame, decode_header, header_hash
from services.exchange.domain.keys import KeyRing, SigningKey
from services.exchange.domain.line import line_of
from services.exchange.domain.receipt import (
    Receipt,
    ReceiptBody,
    ReceiptMalformed,
    ReceiptReason,
    check_receipt,
    give_receipt,
    quarantine_hash,
    read_receipt,
)
from services.exchange.domain.receive import Apply
from tests.builders.eroad import (
    DEST,
    NOW,
    a_frame,
    a_key,
    a_peer_key,
    a_ring,
    an_envelope,
    received,
    some_frames,
    some_lines,
)

RECEIVER = a_key(7)
RING = a_ring(RECEIVER, hub=DEST)


def applied(frame: Frame) -> Apply:
    decision = received(frame)
    assert isinstance(decision, Apply)
    return decision


def checked(receipt: Receipt, frame: Frame, ring: KeyRing = RING) -> ReceiptBody | ReceiptReason:
    return check_receipt(receipt, header=frame.header, of=decode_header(frame.header), ring=ring)


def altered(
    receipt: Receipt,
    changes: Mapping[str, Any],
    *,
    key: SigningKey = RECEIVER,
    kind: str = RECEIPT,
) -> Receipt:
    body = msgspec.json.encode(msgspec.structs.replace(read_receipt(receipt), **changes))
    return Receipt(body, key.sign(kind, body))


class TestReceipt:
    def test_says_what_was_taken_and_what_was_put_aside(self) -> None:
        frame, _ = a_frame([*some_lines(2), line_of(an_envelope(3, hub="de-fra")), b"{}"])

        receipt = give_receipt(applied(frame), key=RECEIVER, now=NOW)

        body = checked(receipt, frame)
        assert isinstance(body, ReceiptBody)
        assert (body.first, body.n, body.accepted) == (1, 4, 2)
        assert body.frame == header_hash(frame.header)
        assert body.receiver == DEST
        assert body.quarantined == sha256(b"3 not-owner\n4 malformed-event\n").hexdigest()

    def test_of_a_clean_frame_names_no_quarantine(self) -> None:
        frame, _ = a_frame()

        assert quarantine_hash(applied(frame).aside) == sha256(b"").hexdigest()


class TestCheckReceipt:
    frame, _ = a_frame()
    receipt = give_receipt(applied(frame), key=RECEIVER, now=NOW)

    def test_refuses_an_unknown_key(self) -> None:
        stranger = give_receipt(applied(self.frame), key=a_key(8), now=NOW)

        assert checked(stranger, self.frame) is ReceiptReason.UNKNOWN_KEY

    def test_refuses_a_revoked_key(self) -> None:
        ring = KeyRing(DEST, [a_peer_key(RECEIVER, revoked=True)])

        assert checked(self.receipt, self.frame, ring) is ReceiptReason.REVOKED_KEY

    def test_refuses_a_key_outside_its_window(self) -> None:
        late = give_receipt(applied(self.frame), key=RECEIVER, now=NOW + timedelta(days=90))

        assert checked(late, self.frame) is ReceiptReason.KEY_OUTSIDE_WINDOW

    def test_refuses_a_signature_that_is_not_its_own(self) -> None:
        forged = altered(self.receipt, {"accepted": 2}, key=a_key(9))
        of_a_frame = altered(self.receipt, {}, kind=FRAME)

        assert checked(forged, self.frame) is ReceiptReason.WRONG_SIGNATURE
        assert checked(of_a_frame, self.frame) is ReceiptReason.WRONG_SIGNATURE

    def test_refuses_another_hubs_word(self) -> None:
        other = altered(self.receipt, {"receiver": "de-fra"})
        ring_of_another = a_ring(RECEIVER, hub="de-fra")

        assert checked(other, self.frame) is ReceiptReason.WRONG_RECEIVER
        assert checked(self.receipt, self.frame, ring_of_another) is ReceiptReason.WRONG_RECEIVER

    def test_refuses_a_receipt_for_another_frame(self) -> None:
        second = some_frames(2)[1]

        assert checked(self.receipt, second) is ReceiptReason.OTHER_FRAME

    @pytest.mark.parametrize("change", [{"n": 2}, {"first": 2}, {"accepted": 4}])
    def test_refuses_counts_that_do_not_fit(self, change: dict[str, int]) -> None:
        assert checked(altered(self.receipt, change), self.frame) is ReceiptReason.COUNT_MISMATCH

    @pytest.mark.parametrize("body", [b"", b"{}", b"x" * 3000])
    def test_refuses_what_is_no_receipt(self, body: bytes) -> None:
        broken = Receipt(body, self.receipt.signature)

        assert checked(broken, self.frame) is ReceiptReason.MALFORMED

    @pytest.mark.parametrize(
        ("old", "new"),
        [(b'"n":3', b'"n": 3'), (b'"v":1', b'"v":1,"x":1'), (b"T12:40", b"T29:40")],
    )
    def test_refuses_any_other_spelling(self, old: bytes, new: bytes) -> None:
        assert old in self.receipt.body

        with pytest.raises(ReceiptMalformed):
            read_receipt(Receipt(self.receipt.body.replace(old, new), self.receipt.signature))

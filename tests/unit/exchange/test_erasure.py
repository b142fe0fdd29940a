"""A receipt for an erasure is one hub's word on one key, and fits no other."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from services.exchange.domain.dsse import ERASURE, RECEIPT
from services.exchange.domain.erasure import (
    BODY_BYTES_MAX,
    ErasureBody,
    ErasureReceiptRefused,
    check_erasure_receipt,
    give_erasure_receipt,
)
from services.exchange.domain.receipt import Receipt
from services.exchange.domain.sealing import PersonKey
from tests.builders.eroad import DEST, NOW, ORIGIN, a_key, a_ring

RECEIVER = a_key(7)
RING = a_ring(RECEIVER, hub=DEST)
NAME = PersonKey.new().name


def given(**changes: Any) -> Receipt:
    words: dict[str, Any] = {"origin": ORIGIN, "receiver": DEST, "was_held": True, "now": NOW}
    return give_erasure_receipt(NAME, key=RECEIVER, **(words | changes))


def altered(**changes: Any) -> Receipt:
    body = msgspec.json.decode(given().body, type=ErasureBody)
    octets = msgspec.json.encode(msgspec.structs.replace(body, **changes))
    return Receipt(octets, RECEIVER.sign(ERASURE, octets))


def checked(receipt: Receipt) -> ErasureBody:
    return check_erasure_receipt(receipt, name=NAME, origin=ORIGIN, ring=RING)


class TestErasureReceipt:
    @pytest.mark.parametrize("was_held", [True, False])
    def test_says_what_was_deleted(self, was_held: bool) -> None:
        body = checked(given(was_held=was_held))

        assert (body.key, body.origin, body.receiver) == (NAME, ORIGIN, DEST)
        assert body.was_held is was_held
        assert datetime.fromisoformat(body.at) == NOW

    @pytest.mark.parametrize(
        "receipt",
        [
            altered(key=PersonKey.new().name),
            altered(origin="sg-sin"),
            altered(receiver=ORIGIN),
            altered(kid=a_key(8).kid),
            altered(at="yesterday"),
            altered(at=(NOW - timedelta(days=36_500)).isoformat()),
            Receipt(given().body, given(was_held=False).signature),
            Receipt(given().body, bytes(64)),
            Receipt(b"{}", given().signature),
            Receipt(b" " * (BODY_BYTES_MAX + 1), given().signature),
        ],
    )
    def test_is_refused_when_it_is_for_something_else_or_not_signed(self, receipt: Receipt) -> None:
        with pytest.raises(ErasureReceiptRefused):
            checked(receipt)

    def test_is_no_receipt_for_a_frame(self) -> None:
        body = given().body

        with pytest.raises(ErasureReceiptRefused):
            checked(Receipt(body, RECEIVER.sign(RECEIPT, body)))

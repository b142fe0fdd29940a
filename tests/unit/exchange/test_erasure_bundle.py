"""A bundle proves an erasure to whoever has the anchors; with a byte flipped it proves nothing."""

import random
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from services.exchange.domain.bundle import BUNDLE_BYTES_MAX, Signed, write_bundle
from services.exchange.domain.dsse import ERASURE
from services.exchange.domain.erasure_bundle import (
    ErasureBundle,
    ErasureCheckName,
    is_of_erasure,
    verify_erasure_bundle,
    write_erasure_bundle,
)
from services.exchange.domain.tree_head import EntryKind
from tests.builders.eroad import DEST, ORIGIN, a_key
from tests.builders.evidence import (
    ERASED_KEY,
    KEYS,
    ROOTS,
    a_bundle,
    a_document,
    an_erasure,
    the_anchors,
)

FLIPS = 1_000


def failing(bundle: ErasureBundle) -> ErasureCheckName:
    """The check that fails; all before it pass and none is made behind it."""
    checks = verify_erasure_bundle(write_erasure_bundle(bundle), the_anchors())
    *before, last = checks
    assert all(check.passed for check in before)
    assert not last.passed
    assert [check.name for check in checks] == list(ErasureCheckName)[: len(checks)]
    return last.name


def signed_otherwise(**changes: Any) -> ErasureBundle:
    """The bundle with another word in the receipt, signed by the destination all the same."""
    bundle = an_erasure()
    said = {**msgspec.json.decode(bundle.erasure.body), **changes}
    body = msgspec.json.encode(said)
    return replace(bundle, erasure=Signed(body, KEYS[DEST].sign(ERASURE, body)))


class TestErasureBundle:
    @pytest.mark.parametrize(
        ("log_of", "kind"), [(ORIGIN, EntryKind.ERASURE_GOT), (DEST, EntryKind.ERASURE_GIVEN)]
    )
    def test_proves_an_erasure_out_of_either_ends_log(self, log_of: str, kind: EntryKind) -> None:
        text = write_erasure_bundle(an_erasure(log_of, kind))

        checks = verify_erasure_bundle(text, the_anchors())

        assert [check.name for check in checks if check.passed] == list(ErasureCheckName)
        assert checks[3].detail.startswith(f"{DEST} has no key {ERASED_KEY} of {ORIGIN} since ")

    @pytest.mark.parametrize(
        ("bundle", "check"),
        [
            (signed_otherwise(key="no key"), ErasureCheckName.FORM),
            (replace(an_erasure(), origin_documents=()), ErasureCheckName.ORIGIN_KEYS),
            (
                replace(an_erasure(), destination_documents=(a_document(DEST, root=a_key(9)),)),
                ErasureCheckName.DESTINATION_KEYS,
            ),
            (
                replace(an_erasure(), destination_documents=(a_document(DEST, revoked=True),)),
                ErasureCheckName.ERASURE,
            ),
            (signed_otherwise(kid=a_key(9).kid), ErasureCheckName.ERASURE),
            (replace(an_erasure(), head=an_erasure().erasure), ErasureCheckName.TREE_HEAD),
            (signed_otherwise(was_held=False), ErasureCheckName.ERASURE_IN_LOG),
            (an_erasure(kind=EntryKind.RECEIPT_GOT), ErasureCheckName.ERASURE_IN_LOG),
            (an_erasure(DEST), ErasureCheckName.ERASURE_IN_LOG),
        ],
    )
    def test_fails_where_one_part_is_another(
        self, bundle: ErasureBundle, check: ErasureCheckName
    ) -> None:
        assert failing(bundle) is check

    def test_proves_nothing_with_one_bit_flipped_anywhere(self) -> None:
        text, chance = write_erasure_bundle(an_erasure()), random.Random(6)
        anchors = the_anchors()
        for _ in range(FLIPS):
            at, bit = chance.randrange(len(text)), 1 << chance.randrange(8)
            flipped = text[:at] + bytes([text[at] ^ bit]) + text[at + 1 :]
            assert not verify_erasure_bundle(flipped, anchors)[-1].passed, at

    def test_is_read_up_to_a_length_and_told_from_an_events(self) -> None:
        [long] = verify_erasure_bundle(b" " * (BUNDLE_BYTES_MAX + 1), the_anchors())

        assert (long.name, long.passed) == (ErasureCheckName.FORM, False)
        assert is_of_erasure(write_erasure_bundle(an_erasure()))
        assert not is_of_erasure(write_bundle(a_bundle()))
        assert not is_of_erasure(b"\xff{")

    def test_needs_the_anchors_of_both(self) -> None:
        anchors = {hub: pinned for hub, pinned in the_anchors().items() if hub != DEST}

        checks = verify_erasure_bundle(write_erasure_bundle(an_erasure()), anchors)

        assert set(ROOTS) == {ORIGIN, DEST}
        assert checks[-1] == (
            ErasureCheckName.DESTINATION_KEYS,
            False,
            f"no anchor of {DEST} is given",
        )

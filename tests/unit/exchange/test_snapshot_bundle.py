"""A bundle proves a record of a snapshot to whoever has the anchors; changed, it proves nothing."""

import random
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from services.exchange.domain.bundle import BUNDLE_BYTES_MAX, Signed, write_bundle
from services.exchange.domain.dsse import SNAPSHOT, SNAPSHOT_RECEIPT
from services.exchange.domain.snapshot_bundle import (
    SnapshotBundle,
    SnapshotCheckName,
    is_of_snapshot,
    verify_snapshot_bundle,
    write_snapshot_bundle,
)
from services.exchange.domain.tree_head import EntryKind
from tests.builders.eroad import DEST, ORIGIN, a_key
from tests.builders.evidence import (
    KEYS,
    a_bundle,
    a_document,
    a_snapshot_bundle,
    an_erasure,
    the_anchors,
)

FLIPS = 1_000
GOOD = a_snapshot_bundle()
Name = SnapshotCheckName


def failing(bundle: SnapshotBundle) -> SnapshotCheckName:
    """The check that fails; all before it pass and none is made behind it."""
    checks = verify_snapshot_bundle(write_snapshot_bundle(bundle), the_anchors())
    *before, last = checks
    assert all(check.passed for check in before)
    assert not last.passed
    assert [check.name for check in checks] == list(Name)[: len(checks)]
    return last.name


def part_of(**changes: Any) -> SnapshotBundle:
    """The bundle with another word in the part's header, signed by the origin all the same."""
    said = {**msgspec.json.decode(GOOD.record.part.body), **changes}
    body = msgspec.json.encode(said)
    part = Signed(body, KEYS[ORIGIN].sign(SNAPSHOT, body))
    return replace(GOOD, record=replace(GOOD.record, part=part))


def receipt_for(**changes: Any) -> SnapshotBundle:
    """The bundle with a receipt for something else, signed by the destination."""
    said = {**msgspec.json.decode(GOOD.receipt.body), **changes}
    body = msgspec.json.encode(said)
    return replace(GOOD, receipt=Signed(body, KEYS[DEST].sign(SNAPSHOT_RECEIPT, body)))


def record(**changes: Any) -> SnapshotBundle:
    return replace(GOOD, record=replace(GOOD.record, **changes))


class TestSnapshotBundle:
    @pytest.mark.parametrize(
        ("log_of", "kind"),
        [
            (DEST, EntryKind.SNAPSHOT_RECEIPT_GIVEN),
            (ORIGIN, EntryKind.SNAPSHOT_RECEIPT_GOT),
        ],
    )
    def test_proves_a_record_out_of_either_ends_log(self, log_of: str, kind: EntryKind) -> None:
        text = write_snapshot_bundle(a_snapshot_bundle(log_of, kind))

        checks = verify_snapshot_bundle(text, the_anchors())

        assert [check.name for check in checks if check.passed] == list(Name)
        assert checks[4].detail.endswith("number 1002")

    @pytest.mark.parametrize(
        ("bundle", "check"),
        [
            (part_of(v=2), Name.FORM),
            (replace(GOOD, origin_documents=()), Name.ORIGIN_KEYS),
            (
                replace(GOOD, destination_documents=(a_document(DEST, root=a_key(9)),)),
                Name.DESTINATION_KEYS,
            ),
            (record(part=Signed(GOOD.record.part.body, b"x" * 64)), Name.PART),
            (replace(GOOD, origin_documents=(a_document(ORIGIN, revoked=True),)), Name.PART),
            (record(seq=1_004), Name.EVENT),
            (record(line=GOOD.record.line + b" "), Name.EVENT),
            (record(path=GOOD.record.path[1:]), Name.EVENT),
            (part_of(seq=1_001), Name.EVENT),
            (record(part_path=()), Name.SNAPSHOT),
            (part_of(number=1), Name.SNAPSHOT),
            (part_of(chain="d" * 64, seq=2_001), Name.RECEIPT),
            (receipt_for(snapshot="e" * 64), Name.RECEIPT),
            (receipt_for(kid=a_key(9).kid), Name.RECEIPT),
            (replace(GOOD, head=GOOD.receipt), Name.TREE_HEAD),
            (a_snapshot_bundle(ORIGIN), Name.RECEIPT_IN_LOG),
            (a_snapshot_bundle(kind=EntryKind.RECEIPT_GIVEN), Name.RECEIPT_IN_LOG),
        ],
    )
    def test_fails_where_one_part_is_another(
        self, bundle: SnapshotBundle, check: SnapshotCheckName
    ) -> None:
        assert failing(bundle) is check

    def test_proves_nothing_with_one_bit_flipped_anywhere(self) -> None:
        text, chance = write_snapshot_bundle(GOOD), random.Random(7)
        anchors = the_anchors()
        for _ in range(FLIPS):
            at, bit = chance.randrange(len(text)), 1 << chance.randrange(8)
            flipped = text[:at] + bytes([text[at] ^ bit]) + text[at + 1 :]
            assert not verify_snapshot_bundle(flipped, anchors)[-1].passed, at

    def test_is_read_up_to_a_length_and_told_from_others(self) -> None:
        [long] = verify_snapshot_bundle(b" " * (BUNDLE_BYTES_MAX + 1), the_anchors())

        assert (long.name, long.passed) == (Name.FORM, False)
        assert is_of_snapshot(write_snapshot_bundle(GOOD))
        assert not is_of_snapshot(write_bundle(a_bundle()))
        assert not is_of_snapshot(msgspec.json.encode(an_erasure()))
        assert not is_of_snapshot(b"\xff{")

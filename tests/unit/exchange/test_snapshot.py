"""A snapshot's part holds exactly as it was signed, in its place, and each fault has its reason."""

from collections import deque
from collections.abc import Callable

import pytest

from services.exchange.domain.dsse import SNAPSHOT
from services.exchange.domain.frame import Frame, FrameOverLimit
from services.exchange.domain.receive import Refused
from services.exchange.domain.snapshot import (
    PARTS_MAX,
    Entry,
    InParts,
    OpenedPart,
    Taking,
    is_receipt_for,
    open_part,
    read_part,
    sign_for,
)
from services.exchange.domain.stream import Stream, StreamPosition
from tests.builders.eroad import DEST, NOW, STREAM, a_key, a_ring, snapshot_parts, some_lines

AT = StreamPosition(seq=2_000, chain="c" * 64)


def some_entries(count: int) -> list[Entry]:
    return [Entry(2 * n, line) for n, line in enumerate(some_lines(count), start=1)]


def some_parts(count: int = 501, *, stream: Stream = STREAM, key: int = 1) -> list[Frame]:
    """Two parts, if nothing else is said."""
    return snapshot_parts(some_entries(count), at=AT, stream=stream, key=a_key(key))


def opened(
    part: Frame, taking: Taking = Taking(), *, position: StreamPosition = StreamPosition()
) -> OpenedPart | Refused | None:
    return open_part(part, position, taking, stream=STREAM, ring=a_ring(a_key()))


def held(part: Frame, taking: Taking = Taking()) -> OpenedPart:
    found = opened(part, taking)
    assert isinstance(found, OpenedPart), found
    return found


class TestParts:
    def test_hold_every_record_under_its_number_and_end_where_the_chain_stood(self) -> None:
        first, second = some_parts()

        one = held(first)
        two = held(second, one.taking)

        assert [*one.entries, *two.entries] == some_entries(501)
        assert (one.is_last, two.is_last) == (False, True)
        assert two.position(StreamPosition()) == AT

    def test_may_hold_no_record_at_all(self) -> None:
        [only] = some_parts(0)

        assert held(only).entries == []
        assert held(only).is_last

    def test_are_bounded(self) -> None:
        with pytest.raises(FrameOverLimit, match="parts"):
            deque(InParts().add(Entry(n, b"x" * 300_000) for n in range(1, 2 * PARTS_MAX)), 0)

    def test_that_were_done_or_come_too_early_are_passed_over(self) -> None:
        first, second = some_parts()

        assert opened(second) is None
        assert opened(first, held(first).taking) is None
        assert opened(first, position=AT) is None

    def test_of_a_later_snapshot_begin_anew(self) -> None:
        first, _ = some_parts()
        other, _ = some_parts(502)

        again = held(other, held(first).taking)

        assert again.taking.roots == (read_part(other.header).root,)

    def test_of_two_snapshots_make_no_whole(self) -> None:
        first, second = some_parts()
        roots = ("a" * 64,)

        found = opened(second, Taking(read_part(first.header).snapshot, roots))

        assert isinstance(found, Refused)
        assert (found.reason, found.is_authentic) == ("root-mismatch", True)

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            (lambda part: part._replace(signature=bytes(64)), "wrong-signature"),
            (lambda part: part._replace(header=b" " + part.header), "malformed"),
            (lambda part: part._replace(header=b"x" * 3_000), "oversize"),
            (lambda part: part._replace(value=some_parts(2)[0].value), "count-mismatch"),
            (lambda part: part._replace(value=some_parts(502)[1].value), "count-mismatch"),
            (lambda part: part._replace(value=b"none"), "malformed"),
            (lambda _: some_parts(key=2)[0], "unknown-key"),
            (lambda _: some_parts(stream=Stream("sg-sin", DEST, "customs"))[0], "wrong-origin"),
            (
                lambda _: some_parts(stream=Stream("my-kul", "sg-sin", "customs"))[0],
                "wrong-audience",
            ),
            (lambda _: some_parts(stream=Stream("my-kul", DEST, "orders"))[0], "wrong-stream"),
        ],
    )
    def test_that_are_not_the_peers_own_have_each_a_reason(
        self, change: Callable[[Frame], Frame], reason: str
    ) -> None:
        found = opened(change(some_parts()[0]))

        assert isinstance(found, Refused)
        assert found.reason == reason

    def test_whose_numbers_do_not_grow_are_refused(self) -> None:
        entries = [Entry(2, b"{}"), Entry(1, b"{}")]
        [part] = snapshot_parts(entries, at=AT, key=a_key())

        found = opened(part)

        assert isinstance(found, Refused)
        assert found.reason == "malformed"

    def test_can_not_be_passed_off_as_frames(self) -> None:
        [part] = some_parts(1)
        key = a_key()

        assert part.signature == key.sign(SNAPSHOT, part.header)
        assert part.signature != key.sign("application/vnd.eroad.frame+json;v=1", part.header)


class TestReceipt:
    def test_is_for_one_snapshot_of_one_stream_by_its_destination(self) -> None:
        header = read_part(some_parts()[-1].header)
        other = read_part(some_parts(502)[-1].header)
        ring = a_ring(a_key(5), hub=DEST)
        receipt = sign_for(header, STREAM, key=a_key(5), now=NOW)

        assert is_receipt_for(receipt, header, STREAM, ring)
        assert not is_receipt_for(receipt, other, STREAM, ring)
        assert not is_receipt_for(receipt, header, Stream("my-kul", DEST, "orders"), ring)
        assert not is_receipt_for(receipt, header, STREAM, a_ring(a_key(6), hub=DEST))
        assert not is_receipt_for(receipt._replace(signature=bytes(64)), header, STREAM, ring)
        assert not is_receipt_for(receipt._replace(body=b"{}"), header, STREAM, ring)

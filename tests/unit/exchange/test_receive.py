"""Every wrong frame has exactly one right answer; what was sent arrives once and in order."""

from datetime import timedelta

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from services.exchange.domain.frame import (
    FRAME_VALUE_BYTES_MAX,
    HEADER_BYTES_MAX,
    Frame,
    header_hash,
    lines_of,
)
from services.exchange.domain.keys import KeyRing
from services.exchange.domain.merkle import root_of
from services.exchange.domain.receive import (
    Apply,
    Duplicate,
    Gap,
    RefusalReason,
    Refused,
)
from services.exchange.domain.stream import Stream, StreamPosition
from tests.builders.eroad import (
    NOW,
    ORIGIN,
    Destination,
    a_frame,
    a_key,
    a_peer_key,
    a_ring,
    received,
    resigned,
    some_frames,
    some_lines,
)


def refused(decision: object) -> RefusalReason:
    assert isinstance(decision, Refused), decision
    return decision.reason


class TestApply:
    def test_gives_every_record_its_number_and_its_exact_bytes(self) -> None:
        lines = some_lines(3)
        frame, sent_position = a_frame(lines)

        decision = received(frame)

        assert isinstance(decision, Apply)
        assert [(record.seq, record.line) for record in decision.records] == [
            (1, lines[0]),
            (2, lines[1]),
            (3, lines[2]),
        ]
        assert decision.position == sent_position
        assert decision.header_hash == header_hash(frame.header)

    def test_goes_on_from_frame_to_frame(self) -> None:
        position = StreamPosition()
        for frame in some_frames(5):
            decision = received(frame, position)
            assert isinstance(decision, Apply)
            position = decision.position

        assert position.seq == 15

    def test_verifies_a_frame_of_the_past_with_a_key_that_has_ended_since(self) -> None:
        long_ago = NOW - timedelta(days=400)
        frame, _ = a_frame(now=long_ago)

        decision = received(frame, ring=KeyRing(ORIGIN, [a_peer_key(a_key(), at=long_ago)]))

        assert isinstance(decision, Apply)

    def test_verifies_with_the_old_and_the_new_key_while_keys_rotate(self) -> None:
        ring = a_ring(a_key(1), a_key(2))
        first, position = a_frame(key=a_key(1))
        second, _ = a_frame(after=position, key=a_key(2))

        assert isinstance(received(first, ring=ring), Apply)
        assert isinstance(received(second, position, ring=ring), Apply)


class TestDuplicate:
    def test_is_the_newest_frame_once_more(self) -> None:
        frame, position = a_frame()

        assert received(frame, position) == Duplicate(1, 3)

    def test_is_an_older_frame_once_more(self) -> None:
        frames = some_frames(3)
        position = applied(frames)

        assert received(frames[0], position) == Duplicate(1, 3)
        assert received(frames[0], position, earlier=header_hash(frames[0].header)) == Duplicate(
            1, 3
        )

    def test_stays_harmless_when_its_key_was_revoked_since(self) -> None:
        frame, position = a_frame()
        ring = KeyRing(ORIGIN, [a_peer_key(a_key(), revoked=True)])

        assert received(frame, position, ring=ring) == Duplicate(1, 3)

    def test_stays_harmless_when_a_new_epoch_has_begun(self) -> None:
        first, position = a_frame()
        second, _ = a_frame(after=position)
        moved = StreamPosition(seq=3, chain=position.chain, epoch=1, epoch_allowed=2)
        newer = received(resigned(second, epoch=2), moved)
        assert isinstance(newer, Apply)

        again = received(first, newer.position, earlier=header_hash(first.header))

        assert again == Duplicate(1, 3)


class TestGap:
    def test_names_the_number_that_is_missing(self) -> None:
        frames = some_frames(3)

        assert received(frames[2], applied(frames[:1])) == Gap(expected=4, got=7)
        assert received(frames[1]) == Gap(expected=1, got=4)

    def test_is_not_believed_without_a_signature(self) -> None:
        far, _ = a_frame(after=StreamPosition(seq=90), key=a_key(2))

        assert refused(received(far)) is RefusalReason.UNKNOWN_KEY


class TestRefusedForItsKey:
    def test_of_a_key_nobody_showed(self) -> None:
        frame, _ = a_frame(key=a_key(2))

        assert refused(received(frame)) is RefusalReason.UNKNOWN_KEY

    def test_of_another_hubs_key(self) -> None:
        frame, _ = a_frame(key=a_key(3))

        decision = received(frame, ring=a_ring(a_key(1)))

        assert refused(decision) is RefusalReason.UNKNOWN_KEY

    def test_of_a_revoked_key(self) -> None:
        frame, _ = a_frame()
        ring = KeyRing(ORIGIN, [a_peer_key(a_key(), revoked=True)])

        assert refused(received(frame, ring=ring)) is RefusalReason.REVOKED_KEY

    @pytest.mark.parametrize("days", [-11, 80])
    def test_of_a_key_used_outside_its_window(self, days: int) -> None:
        frame, _ = a_frame(now=NOW + timedelta(days=days))

        assert refused(received(frame)) is RefusalReason.KEY_OUTSIDE_WINDOW

    def test_whose_name_is_on_another_keys_signature(self) -> None:
        frame, _ = a_frame(key=a_key(1))
        forged = frame._replace(signature=a_frame(key=a_key(2))[0].signature)

        decision = received(forged, ring=a_ring(a_key(1), a_key(2)))

        assert refused(decision) is RefusalReason.WRONG_SIGNATURE

    @pytest.mark.parametrize("signature", [b"", b"\x00" * 64, b"\x00" * 65])
    def test_without_a_signature(self, signature: bytes) -> None:
        frame, _ = a_frame()

        decision = received(frame._replace(signature=signature))

        assert refused(decision) is RefusalReason.WRONG_SIGNATURE

    def test_with_the_signature_of_another_kind_of_document(self) -> None:
        frame, _ = a_frame()
        other = a_key().sign("application/vnd.eroad.receipt+json;v=1", frame.header)

        decision = received(frame._replace(signature=other))

        assert refused(decision) is RefusalReason.WRONG_SIGNATURE

    def test_with_the_signature_of_another_frame(self) -> None:
        first, second = some_frames(2)

        decision = received(first._replace(signature=second.signature))

        assert refused(decision) is RefusalReason.WRONG_SIGNATURE


class TestRefusedForItsAddress:
    def test_from_another_origin(self) -> None:
        frame, _ = a_frame(stream=Stream("de-fra", "cn-hgh", "customs"))

        assert refused(received(frame)) is RefusalReason.WRONG_ORIGIN

    def test_for_another_destination(self) -> None:
        frame, _ = a_frame(stream=Stream("my-kul", "de-fra", "customs"))

        assert refused(received(frame)) is RefusalReason.WRONG_AUDIENCE

    def test_of_another_area(self) -> None:
        frame, _ = a_frame(stream=Stream("my-kul", "cn-hgh", "payments"))

        assert refused(received(frame)) is RefusalReason.WRONG_STREAM

    def test_of_another_partition(self) -> None:
        frame, _ = a_frame(stream=Stream("my-kul", "cn-hgh", "customs", 1))

        assert refused(received(frame)) is RefusalReason.WRONG_STREAM


class TestRefusedForItsPlace:
    def test_of_a_lower_epoch(self) -> None:
        frame, _ = a_frame()

        decision = received(frame, StreamPosition(epoch=2))

        assert refused(decision) is RefusalReason.LOWER_EPOCH

    def test_of_an_epoch_that_has_ended_behind_what_was_taken_of_it(self) -> None:
        frame, _ = a_frame()

        def ended(behind: int) -> StreamPosition:
            return StreamPosition(epoch_allowed=2, epoch_due=2, epoch_behind=behind)

        assert refused(received(frame, ended(2))) is RefusalReason.LOWER_EPOCH
        assert isinstance(received(frame, ended(3)), Apply)
        assert isinstance(received(resigned(frame, epoch=2), ended(0)), Apply)

    @pytest.mark.parametrize(("allowed", "epoch"), [(None, 2), (3, 4)])
    def test_of_an_epoch_nobody_announced(self, allowed: int | None, epoch: int) -> None:
        frame = resigned(a_frame()[0], epoch=epoch)

        decision = received(frame, StreamPosition(epoch_allowed=allowed))

        assert refused(decision) is RefusalReason.EPOCH_NOT_ANNOUNCED

    def test_unless_a_later_epoch_was_announced_which_is_then_still_awaited(self) -> None:
        frame = resigned(a_frame()[0], epoch=2)

        decision = received(frame, StreamPosition(epoch_allowed=3))

        assert isinstance(decision, Apply)
        assert (decision.position.epoch, decision.position.epoch_allowed) == (2, 3)

    def test_unless_the_epoch_was_announced_and_goes_on_where_we_stand(self) -> None:
        first, position = a_frame()
        second, _ = a_frame(after=position)
        allowing = StreamPosition(seq=3, chain=position.chain, epoch_allowed=2)

        decision = received(resigned(second, epoch=2), allowing)
        elsewhere = received(resigned(second, epoch=2, first=9), allowing)

        assert isinstance(decision, Apply)
        assert decision.position.epoch == 2
        assert decision.position.epoch_allowed is None
        assert elsewhere == Gap(expected=4, got=9)
        assert refused(received(second, decision.position)) is RefusalReason.LOWER_EPOCH
        assert first != second

    def test_when_it_does_not_follow_our_head(self) -> None:
        first, position = a_frame()
        second, _ = a_frame(after=position)
        cut = resigned(second, prev="f" * 64)

        decision = received(cut, position)

        assert isinstance(decision, Refused)
        assert decision.reason is RefusalReason.BROKEN_CHAIN
        assert decision.known_hash == header_hash(first.header)


class TestFork:
    """The same numbers signed twice with other content: equivocation, and the proof of it."""

    def test_of_the_newest_frame_is_told_from_a_duplicate(self) -> None:
        honest, position = a_frame(some_lines(3))
        other, _ = a_frame(some_lines(3, start=50))

        decision = received(other, position)

        assert isinstance(decision, Refused)
        assert decision.reason is RefusalReason.FORK
        assert decision.known_hash == header_hash(honest.header)
        assert decision.header_hash == header_hash(other.header)

    def test_of_an_older_frame_is_told_by_the_hash_that_was_kept(self) -> None:
        frames = some_frames(3)
        other, _ = a_frame(some_lines(3, start=50))

        decision = received(other, applied(frames), earlier=header_hash(frames[0].header))

        assert isinstance(decision, Refused)
        assert decision.reason is RefusalReason.FORK
        assert decision.known_hash == header_hash(frames[0].header)

    def test_is_also_a_frame_cut_anew_over_the_same_numbers(self) -> None:
        _, position = a_frame(some_lines(3))
        longer, _ = a_frame(some_lines(5))

        assert refused(received(longer, position)) is RefusalReason.FORK

    def test_is_not_believed_without_the_right_key(self) -> None:
        _, position = a_frame(some_lines(3))
        other, _ = a_frame(some_lines(3, start=50), key=a_key(2))

        assert refused(received(other, position)) is RefusalReason.UNKNOWN_KEY


class TestRefusedForItsContent:
    def test_when_the_header_is_too_long(self) -> None:
        frame, _ = a_frame()

        decision = received(frame._replace(header=b"{" * (HEADER_BYTES_MAX + 1)))

        assert refused(decision) is RefusalReason.OVERSIZE

    def test_when_the_value_is_too_long(self) -> None:
        frame, _ = a_frame()

        decision = received(frame._replace(value=b"x" * (FRAME_VALUE_BYTES_MAX + 1)))

        assert refused(decision) is RefusalReason.OVERSIZE

    def test_when_the_value_unpacks_to_too_much(self) -> None:
        frame, _ = a_frame()

        decision = received(frame._replace(value=zstandard.compress(b"\n" * 10**7)))

        assert refused(decision) is RefusalReason.OVERSIZE

    def test_when_the_header_is_not_one(self) -> None:
        frame, _ = a_frame()

        assert refused(received(frame._replace(header=b"{}"))) is RefusalReason.MALFORMED

    def test_when_the_value_is_not_zstd(self) -> None:
        frame, _ = a_frame()

        assert refused(received(frame._replace(value=b"{}\n" * 3))) is RefusalReason.MALFORMED

    @pytest.mark.parametrize("kept", [2, 4])
    def test_when_the_count_is_not_the_one_signed(self, kept: int) -> None:
        frame, _ = a_frame(some_lines(3))
        lines = some_lines(kept)

        decision = received(with_lines(frame, lines))

        assert refused(decision) is RefusalReason.COUNT_MISMATCH

    def test_when_a_line_was_altered(self) -> None:
        frame, _ = a_frame(some_lines(3))
        lines = lines_of(frame.value, count=3)
        lines[1] = lines[1].replace(b"570", b"571")

        assert refused(received(with_lines(frame, lines))) is RefusalReason.ROOT_MISMATCH

    def test_when_lines_changed_places(self) -> None:
        frame, _ = a_frame(some_lines(3))
        lines = lines_of(frame.value, count=3)[::-1]

        assert refused(received(with_lines(frame, lines))) is RefusalReason.ROOT_MISMATCH

    def test_when_the_signed_root_is_of_other_lines(self) -> None:
        frame, _ = a_frame(some_lines(3))
        lying = resigned(frame, root=root_of(some_lines(3, start=9)).hex())

        assert refused(received(lying)) is RefusalReason.ROOT_MISMATCH


class TestReason:
    def test_says_which_refusals_a_fresh_hub_document_may_heal(self) -> None:
        assert [reason for reason in RefusalReason if reason.may_heal] == [
            RefusalReason.UNKNOWN_KEY,
            RefusalReason.EPOCH_NOT_ANNOUNCED,
        ]


class TestAnyDelivery:
    @given(
        order=st.permutations(range(8)),
        repeats=st.lists(st.integers(0, 7), max_size=20),
    )
    def test_ends_with_the_same_records_however_frames_come(
        self, order: list[int], repeats: list[int]
    ) -> None:
        frames = some_frames(8, lines_each=2)
        here = Destination()

        for index in [*order, *repeats]:
            here.hear(frames[index])
        while here.position.seq < 16:  # a gap makes the receiver ask from where it stands
            here.hear(frames[here.position.seq // 2])

        assert here.applied == list(enumerate(some_lines(16), start=1))
        assert set(here.decisions) <= {"Apply", "Duplicate", "Gap"}


def applied(frames: list[Frame]) -> StreamPosition:
    """The position after these frames were applied in order."""
    here = Destination()
    for frame in frames:
        here.hear(frame)
    assert set(here.decisions) == {"Apply"}
    return here.position


def with_lines(frame: Frame, lines: list[bytes]) -> Frame:
    return frame._replace(value=zstandard.compress(b"\n".join(lines) + b"\n"))

"""A frame is built once, within its limits, and travels byte for byte."""

import base64
import hashlib
import json
import secrets

import pytest
import zstandard

from services.exchange.domain.frame import (
    FRAME_EVENTS_MAX,
    FRAME_RAW_BYTES_MAX,
    LINE_BYTES_MAX,
    Frame,
    FrameMalformed,
    FrameOverLimit,
    decode_header,
    fitting,
    header_hash,
    lines_of,
    pack,
    unpack,
)
from services.exchange.domain.merkle import root_of
from services.exchange.domain.stream import GENESIS, StreamPosition
from tests.builders.eroad import STREAM, a_frame, a_key, resigned, some_frames, some_lines

HALF = b"x" * (FRAME_RAW_BYTES_MAX // 2 - 1)


class TestBuildFrame:
    def test_says_in_its_header_all_that_a_receiver_checks(self) -> None:
        lines = some_lines(3)

        frame, _ = a_frame(lines)

        assert json.loads(frame.header) == {
            "v": 1,
            "origin": "my-kul",
            "dest": "cn-hgh",
            "stream": "customs",
            "p": 0,
            "epoch": 1,
            "first": 1,
            "n": 3,
            "prev": GENESIS,
            "root": root_of(lines).hex(),
            "schema_set": "sha256:5d41",
            "kid": a_key().kid,
            "ts": "2026-09-01T12:40:00.000Z",
            "enc": "zstd",
        }

    def test_writes_the_header_in_canonical_form(self) -> None:
        frame, _ = a_frame()
        members = json.loads(frame.header)

        canonical = json.dumps(members, sort_keys=True, separators=(",", ":"))

        assert frame.header == canonical.encode()

    def test_links_each_frame_to_the_header_before(self) -> None:
        first, position = a_frame(some_lines(3))
        second, after = a_frame(some_lines(2, start=4), after=position)

        assert position == StreamPosition(seq=3, chain=hashlib.sha256(first.header).hexdigest())
        assert decode_header(second.header).prev == position.chain
        assert decode_header(second.header).first == 4
        assert (after.seq, after.chain) == (5, header_hash(second.header))

    def test_keeps_the_lines_byte_for_byte(self) -> None:
        lines = [b'{"a": 1 }', b'{"b":2}', "{…}".encode(), b'{"c":\r3}\r', b"\x0b\x0c", b""]

        frame, _ = a_frame(lines)

        assert lines_of(frame.value, count=6) == lines

    def test_takes_as_many_events_as_the_limit_says_and_no_more(self) -> None:
        frame, _ = a_frame([b"{}"] * FRAME_EVENTS_MAX)

        assert decode_header(frame.header).n == FRAME_EVENTS_MAX
        with pytest.raises(FrameOverLimit):
            a_frame([b"{}"] * (FRAME_EVENTS_MAX + 1))

    def test_takes_as_many_bytes_as_the_limit_says_and_no_more(self) -> None:
        frame, _ = a_frame([HALF, HALF])

        assert lines_of(frame.value, count=2) == [HALF, HALF]
        with pytest.raises(FrameOverLimit):
            a_frame([HALF, HALF + b"x"])

    def test_takes_a_large_event_alone(self) -> None:
        large = b"x" * LINE_BYTES_MAX

        frame, _ = a_frame([large])

        assert lines_of(frame.value, count=1) == [large]
        with pytest.raises(FrameOverLimit):
            a_frame([large + b"x"])
        with pytest.raises(FrameOverLimit):
            a_frame([large, b"{}"])

    def test_refuses_a_value_that_no_bus_takes(self) -> None:
        noise = secrets.token_bytes(LINE_BYTES_MAX).replace(b"\n", b"n")

        with pytest.raises(FrameOverLimit, match="even compressed"):
            a_frame([noise])

    @pytest.mark.parametrize("lines", [[], [b"{}\n{}"], [b"{}", b"\n"]])
    def test_takes_whole_lines_only(self, lines: list[bytes]) -> None:
        with pytest.raises(FrameOverLimit):
            a_frame(lines)


class TestFitting:
    def test_stops_at_the_event_limit(self) -> None:
        assert fitting([b"{}"] * 501) == FRAME_EVENTS_MAX
        assert fitting([b"{}"] * 7) == 7
        assert fitting([]) == 0

    def test_stops_at_the_byte_limit(self) -> None:
        assert fitting([HALF, HALF, b"{}"]) == 2
        assert fitting([HALF, HALF + b"x"]) == 1

    def test_takes_what_build_frame_takes(self) -> None:
        lines = [secrets.token_bytes(2000).hex().encode() for _ in range(300)]

        count = fitting(lines)
        a_frame(lines[:count])

        with pytest.raises(FrameOverLimit):
            a_frame(lines[: count + 1])

    def test_lets_a_large_event_travel_alone(self) -> None:
        large = b"x" * LINE_BYTES_MAX

        assert fitting([large, b"{}"]) == 1
        assert fitting([b"{}", large]) == 1

    def test_refuses_an_event_that_fits_no_frame(self) -> None:
        with pytest.raises(FrameOverLimit, match="fits no frame"):
            fitting([b"x" * (LINE_BYTES_MAX + 1)])


class TestHeader:
    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (b'"n":3', b'"n": 3'),
            (b'"n":3', b'"n":3.0'),
            (b'"n":3', b'"n":0'),
            (b'"n":3', b'"n":501'),
            (b'"n":3', b'"n":3,"n":3'),
            (b'"n":3', b'"n":3,"more":1'),
            (b'"first":1', b'"first":0'),
            (b'"first":1', b'"first":9007199254740992'),
            (b'"v":1', b'"v":2'),
            (b'"enc":"zstd"', b'"enc":"none"'),
            (b'"dest":"cn-hgh"', b'"dest":"cn-hgh\\n"'),
            (b'"dest":"cn-hgh"', b'"dest":"\\u0063n-hgh"'),
            (b"T12:40:00.000Z", b"T25:40:00.000Z"),
            (b"T12:40:00.000Z", b"T12:40:00.000+"),
            (b'"p":0,', b""),
        ],
    )
    def test_is_refused_in_any_but_its_one_spelling(self, old: bytes, new: bytes) -> None:
        header = a_frame()[0].header
        assert old in header

        with pytest.raises(FrameMalformed):
            decode_header(header.replace(old, new))

    def test_is_refused_when_it_is_no_json_at_all(self) -> None:
        for header in (b"", b"{", b"\xff", b"[]"):
            with pytest.raises(FrameMalformed):
                decode_header(header)


class TestValue:
    def test_is_refused_before_a_bomb_is_unpacked(self) -> None:
        bomb = zstandard.compress(b"\n" * 50_000_000)
        assert len(bomb) < 10_000

        with pytest.raises(FrameOverLimit, match="50000000"):
            lines_of(bomb, count=1)

    def test_is_refused_when_several_events_have_the_room_of_a_large_one(self) -> None:
        value = zstandard.compress(b"x" * FRAME_RAW_BYTES_MAX + b"\n")

        assert len(lines_of(value, count=1)) == 1
        with pytest.raises(FrameOverLimit):
            lines_of(value, count=2)

    def test_is_refused_when_it_does_not_say_its_length(self) -> None:
        silent = zstandard.ZstdCompressor(write_content_size=False).compress(b"{}\n")

        with pytest.raises(FrameOverLimit):
            lines_of(silent, count=1)

    def test_is_refused_when_it_says_a_shorter_length(self) -> None:
        honest = zstandard.compress(b"{}\n" * 60)
        lying = honest[:5] + bytes([honest[5] - 1]) + honest[6:]
        assert zstandard.get_frame_parameters(lying).content_size == 179

        with pytest.raises(FrameMalformed):
            lines_of(lying, count=60)

    def test_is_refused_with_something_behind_it(self) -> None:
        with pytest.raises(FrameMalformed):
            lines_of(zstandard.compress(b"{}\n") * 2, count=2)

    @pytest.mark.parametrize("value", [b"", b"{}\n", zstandard.compress(b"{}")])
    def test_is_refused_when_it_is_not_lines_in_zstd(self, value: bytes) -> None:
        with pytest.raises(FrameMalformed):
            lines_of(value, count=1)


class TestPack:
    def test_reads_back_byte_for_byte_one_after_another(self) -> None:
        frames = some_frames(3)

        assert unpack(b"".join(map(pack, frames)), frames_max=3) == frames
        assert unpack(b"", frames_max=3) == []

    def test_refuses_more_frames_than_asked_for(self) -> None:
        with pytest.raises(FrameOverLimit):
            unpack(b"".join(map(pack, some_frames(3))), frames_max=2)

    def test_refuses_a_frame_that_is_cut_off(self) -> None:
        packed = pack(some_frames(1)[0])

        for length in (1, 10, 100, len(packed) - 1):
            with pytest.raises(FrameMalformed):
                unpack(packed[:length], frames_max=1)
        with pytest.raises(FrameMalformed):
            unpack(packed + b"\n", frames_max=2)


class TestStream:
    def test_names_the_topic_its_destination_reads(self) -> None:
        assert STREAM.topic == "eroad.cn-hgh.customs.v1"
        assert STREAM.key == "my-kul/cn-hgh/customs/0"
        assert STREAM.service == "customs"


class TestSignature:
    def test_is_the_same_for_the_same_frame(self) -> None:
        # Ed25519 is deterministic: a frame built from the same rows is the same evidence.
        assert a_frame() == a_frame()
        assert isinstance(resigned(a_frame()[0], epoch=2), Frame)
        assert len(base64.b64encode(a_frame()[0].signature)) == 88

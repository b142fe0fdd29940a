"""No frame with a flipped bit is ever applied with other content than was signed."""

import random
from collections import Counter

import pytest

from services.exchange.domain.frame import Frame
from services.exchange.domain.receive import Apply, RefusalReason, Refused
from tests.builders.eroad import a_frame, received, some_lines

FLIPS = 5_000
PARTS = ("header", "signature", "value")


class TestFlippedBits:
    @pytest.mark.parametrize("seed", [1])
    def test_are_never_applied_as_something_else(self, seed: int) -> None:
        draw = random.Random(seed)
        answers: Counter[str] = Counter()
        for flip in range(FLIPS):
            lines = some_lines(1 + flip % 4, start=1 + flip % 7)
            frame, _ = a_frame(lines)
            part = PARTS[flip % 3]

            decision = received(flipped(frame, part, draw))

            if isinstance(decision, Apply):
                # Some bits of zstd mean nothing; the lines that come out are still the signed ones.
                assert part == "value"
                assert [record.line for record in decision.records] == lines
                answers["apply-unchanged"] += 1
            else:
                assert isinstance(decision, Refused)
                answers[f"{part}:{decision.reason}"] += 1
        assert answers.total() == FLIPS
        assert answers["header:malformed"] > 0
        assert answers["header:wrong-signature"] > 0
        assert answers["signature:wrong-signature"] == len(range(1, FLIPS, 3))
        assert answers["value:root-mismatch"] > 0
        assert answers["apply-unchanged"] < FLIPS // 100

    def test_make_a_key_unknown_when_they_hit_its_name(self) -> None:
        frame, _ = a_frame()
        at = frame.header.index(b'"kid":"') + 10
        renamed = frame.header[:at] + b"A" + frame.header[at + 1 :]
        assert renamed != frame.header

        decision = received(frame._replace(header=renamed))

        assert isinstance(decision, Refused)
        assert decision.reason is RefusalReason.UNKNOWN_KEY


def flipped(frame: Frame, part: str, draw: random.Random) -> Frame:
    octets = bytearray(getattr(frame, part))
    octets[draw.randrange(len(octets))] ^= 1 << draw.randrange(8)
    return frame._replace(**{part: bytes(octets)})

"""One event of a frame can be shown and checked without the others."""

import base64
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.exchange.domain.dsse import RECEIPT
from services.exchange.domain.keys import KeyRing
from services.exchange.domain.line import envelope_of, line_of
from services.exchange.domain.merkle import leaf_hash
from services.exchange.domain.proof import (
    PROOF_BYTES_MAX,
    EventProof,
    NotInFrame,
    ProofMalformed,
    ProofReason,
    SignedHeader,
    check_proof,
    prove,
    read_proof,
    write_proof,
)
from tests.builders.eroad import (
    ORIGIN,
    a_frame,
    a_key,
    a_peer_key,
    a_ring,
    an_envelope,
    resigned,
    some_frames,
    some_lines,
)

FRAME = some_frames(2)[1]  # holds 4, 5 and 6


def changed(proof: EventProof, **changes: object) -> EventProof:
    return msgspec.structs.replace(proof, **changes)


def header_of(proof: EventProof, **changes: object) -> SignedHeader:
    return msgspec.structs.replace(proof.header, **changes)


class TestProof:
    @given(st.integers(1, 9), st.data())
    def test_holds_for_every_event_of_a_frame(self, size: int, data: st.DataObject) -> None:
        frame, _ = a_frame(some_lines(size))
        seq = data.draw(st.integers(1, size))

        proof = read_proof(write_proof(prove(frame, seq)))

        assert check_proof(proof, a_ring()) == an_envelope(seq)

    def test_shows_no_other_event(self) -> None:
        proof = prove(FRAME, 4)

        shown = b"".join((proof.header.payload, proof.line, *proof.path))

        assert b"dossier-4" in shown
        assert b"dossier-5" not in shown
        assert b"dossier-6" not in shown

    def test_has_the_header_as_a_dsse_envelope(self) -> None:
        header = json.loads(write_proof(prove(FRAME, 4)))["header"]

        assert header["payloadType"] == "application/vnd.eroad.frame+json;v=1"
        assert base64.b64decode(header["payload"]) == FRAME.header
        assert header["signatures"][0]["keyid"] == a_key().kid

    @pytest.mark.parametrize("seq", [3, 7])
    def test_is_not_made_for_an_event_that_is_elsewhere(self, seq: int) -> None:
        with pytest.raises(NotInFrame):
            prove(FRAME, seq)

    def test_is_not_read_from_something_else(self) -> None:
        padded = write_proof(prove(FRAME, 4)).ljust(PROOF_BYTES_MAX + 1)

        assert read_proof(padded[:-1]) == prove(FRAME, 4)
        for text in (b"", b"{}", padded):
            with pytest.raises(ProofMalformed):
                read_proof(text)

    def test_has_room_for_the_largest_event(self) -> None:
        large = line_of(an_envelope(content={"order_id": "x" * 1_000_000}))
        frame, _ = a_frame([large])

        assert check_proof(read_proof(write_proof(prove(frame, 1))), a_ring()) == envelope_of(large)


class TestCheckProof:
    proof = prove(FRAME, 5)

    def test_refuses_another_line(self) -> None:
        other = changed(self.proof, line=self.proof.line.replace(b"570", b"571"))

        assert check_proof(other, a_ring()) is ProofReason.WRONG_PATH

    def test_refuses_another_place(self) -> None:
        assert check_proof(changed(self.proof, seq=4), a_ring()) is ProofReason.WRONG_PATH
        assert check_proof(changed(self.proof, seq=7), a_ring()) is ProofReason.NOT_IN_STREAM

    def test_refuses_another_path(self) -> None:
        other = changed(self.proof, path=(leaf_hash(b"x"), *self.proof.path[1:]))

        assert check_proof(other, a_ring()) is ProofReason.WRONG_PATH

    def test_refuses_keys_of_another_hub(self) -> None:
        assert check_proof(self.proof, a_ring(hub="de-fra")) is ProofReason.NOT_IN_STREAM

    def test_refuses_an_unknown_revoked_or_ended_key(self) -> None:
        revoked = KeyRing(ORIGIN, [a_peer_key(a_key(), revoked=True)])
        late = prove(resigned(FRAME, ts="2027-09-01T12:40:00.000Z"), 5)

        assert check_proof(self.proof, a_ring(a_key(2))) is ProofReason.UNKNOWN_KEY
        assert check_proof(self.proof, revoked) is ProofReason.REVOKED_KEY
        assert check_proof(late, a_ring()) is ProofReason.KEY_OUTSIDE_WINDOW

    def test_refuses_a_header_nobody_signed(self) -> None:
        unsigned = changed(self.proof, header=header_of(self.proof, signatures=()))
        stranger = prove(resigned(FRAME, key=a_key(2)), 5)
        swapped = changed(
            self.proof, header=header_of(self.proof, signatures=stranger.header.signatures)
        )

        assert check_proof(unsigned, a_ring()) is ProofReason.WRONG_SIGNATURE
        assert check_proof(swapped, a_ring()) is ProofReason.WRONG_SIGNATURE

    def test_refuses_what_is_not_a_frames_header_or_an_event(self) -> None:
        for other in (
            changed(self.proof, header=header_of(self.proof, payloadType=RECEIPT)),
            changed(self.proof, header=header_of(self.proof, payload=b"{}")),
            changed(self.proof, line=b"{}"),
        ):
            assert check_proof(other, a_ring()) is ProofReason.MALFORMED

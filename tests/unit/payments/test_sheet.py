"""Settlement sheets: the same bytes at both hubs, and the first transfer at which two part."""

from dataclasses import dataclass

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.payments.domain.rejections import NoSigningKey, WindowIncomplete
from services.payments.domain.sheet import (
    LINES_PER_CHUNK,
    Obligation,
    Span,
    first_chunk_that_differs,
    first_line_that_differs,
    sheet_of,
    statement_of,
)
from services.payments.domain.signing import Signer

LEGS = [Obligation(n, f"trf-{n}", f"ord-{n % 40}", n if n % 7 else -n) for n in range(1, 1_701)]
SPAN = Span("cn-hgh", "my-kul", "CNY", 1, 0, len(LEGS))


class TestSheet:
    def test_is_the_same_for_the_same_legs_and_nets_them(self) -> None:
        first, second = sheet_of(SPAN, LEGS), sheet_of(SPAN, iter(LEGS))

        assert first == second
        assert first.net_minor == sum(leg.amount_minor for leg in LEGS)
        assert len(first.chunks) == 4

    @pytest.mark.parametrize("missing", [1, 700, 1_700])
    def test_is_not_computed_while_a_leg_is_missing(self, missing: int) -> None:
        with pytest.raises(WindowIncomplete) as refusal:
            sheet_of(SPAN, [leg for leg in LEGS if leg.no != missing])

        assert refusal.value.details["no"] == missing

    @pytest.mark.parametrize("changed", [1, LINES_PER_CHUNK, LINES_PER_CHUNK + 1, 1_700])
    def test_leads_to_the_first_transfer_that_differs(self, changed: int) -> None:
        altered = list(LEGS)
        altered[changed - 1] = LEGS[changed - 1]._replace(amount_minor=1_000_000)
        ours, theirs = sheet_of(SPAN, LEGS), sheet_of(SPAN, altered)

        place = first_chunk_that_differs(ours.chunks, theirs.chunks)
        lines = slice(place * LINES_PER_CHUNK, (place + 1) * LINES_PER_CHUNK)
        found = first_line_that_differs(LEGS[lines], altered[lines])

        assert ours.sha256 != theirs.sha256
        assert found is not None
        assert found.no == changed

    def test_says_when_nothing_differs(self) -> None:
        sheet = sheet_of(SPAN, LEGS)

        assert first_chunk_that_differs(sheet.chunks, sheet.chunks) == -1
        assert first_line_that_differs(LEGS[:3], LEGS[:3]) is None


@dataclass
class Pair:
    """Two hubs' keys, each knowing the other."""

    ours: Signer
    theirs: Signer


class TestSigner:
    @pytest.fixture
    def pair(self) -> Pair:
        one, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
        return Pair(
            Signer(one, {"my-kul": (other.public_key(),)}),
            Signer(other, {"cn-hgh": (one.public_key(),)}),
        )

    def test_is_believed_by_the_peer_for_exactly_this_sheet(self, pair: Pair) -> None:
        statement = statement_of(sheet_of(SPAN, LEGS))
        signature = pair.ours.sign(statement)

        assert pair.theirs.verifies("cn-hgh", statement, signature)
        assert not pair.theirs.verifies("cn-hgh", statement + b"1", signature)
        assert not pair.theirs.verifies("my-kul", statement, signature)
        assert not pair.theirs.verifies("cn-hgh", statement, "no hex")

    def test_without_a_key_signs_nothing(self) -> None:
        with pytest.raises(NoSigningKey):
            Signer().sign(b"")

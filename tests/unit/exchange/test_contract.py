"""Every step of a contract from every state by both parties, and what its deadlines do."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.exchange.domain.contract import (
    ANSWER_WITHIN,
    DECIDE_WITHIN,
    TERMS_BYTES_MAX,
    Contract,
    ContractState,
    Party,
    SharedType,
    Step,
    StepRefused,
    Terms,
    TermsInvalid,
    decode_terms,
    encode_terms,
    ended,
    moved,
    offered,
)

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
EXPIRES = NOW + timedelta(days=365)
TERMS = Terms(
    contract="ctr_my-kul_00000000000000000000000001",
    dest="sg-sin",
    expires=int(EXPIRES.timestamp()),
    onward_transfer=False,
    origin="my-kul",
    purpose="customs clearance",
    types=(SharedType("orders.order-placed.v1", ("order_id",)),),
)
ORIGIN, DEST = Party.ORIGIN, Party.DEST
S = ContractState

ALLOWED: dict[tuple[ContractState, Step, Party], ContractState] = {
    (S.OFFERED, Step.AGREE, DEST): S.AGREED,
    (S.AGREED, Step.VERIFY, ORIGIN): S.VERIFIED,
    (S.VERIFIED, Step.FINALISE, DEST): S.FINALISED,
    (S.FINALISED, Step.SUSPEND, ORIGIN): S.SUSPENDED,
    (S.FINALISED, Step.SUSPEND, DEST): S.SUSPENDED,
    (S.SUSPENDED, Step.RESUME, ORIGIN): S.FINALISED,
    **{
        (state, Step.TERMINATE, party): S.TERMINATED
        for state in S
        if state is not S.TERMINATED
        for party in Party
    },
}
"""The whole machine; the suspended contract below was suspended by the origin."""
AFTER = {
    Step.AGREE: S.AGREED,
    Step.VERIFY: S.VERIFIED,
    Step.FINALISE: S.FINALISED,
    Step.SUSPEND: S.SUSPENDED,
    Step.RESUME: S.FINALISED,
    Step.TERMINATE: S.TERMINATED,
}
MAY = {
    Step.AGREE: {DEST},
    Step.VERIFY: {ORIGIN},
    Step.FINALISE: {DEST},
    Step.SUSPEND: {ORIGIN, DEST},
    Step.RESUME: {ORIGIN, DEST},
    Step.TERMINATE: {ORIGIN, DEST},
}
BEHIND = {
    (Step.AGREE, S.VERIFIED),
    (Step.AGREE, S.FINALISED),
    (Step.AGREE, S.SUSPENDED),
    (Step.VERIFY, S.FINALISED),
    (Step.VERIFY, S.SUSPENDED),
    (Step.FINALISE, S.SUSPENDED),
}
"""Steps that a peer may tell again after both have moved on."""


def contract(state: ContractState = S.OFFERED, party: Party = ORIGIN) -> Contract:
    new = offered(encode_terms(TERMS), party=party, now=NOW)
    return replace(new, state=state, suspended_by=ORIGIN if state is S.SUSPENDED else None)


class TestSteps:
    @pytest.mark.parametrize(
        ("state", "step", "by"),
        list(itertools.product(S, (s for s in Step if s is not Step.OFFER), Party)),
    )
    def test_every_edge_is_taken_or_refused(
        self, state: ContractState, step: Step, by: Party
    ) -> None:
        held = contract(state)
        if (state, step, by) in ALLOWED:
            assert moved(held, step, by=by, now=LATER).state is ALLOWED[state, step, by]
        elif by in MAY[step] and (state is AFTER[step] or (step, state) in BEHIND):
            assert moved(held, step, by=by, now=LATER) == held  # told twice
        else:
            with pytest.raises(StepRefused):
                moved(held, step, by=by, now=LATER)

    def test_both_ends_keep_why_it_ended(self) -> None:
        after = moved(contract(), Step.TERMINATE, by=DEST, now=LATER, reason="not needed")
        assert (after.reason, after.since) == ("not needed", LATER)

    def test_resuming_forgets_why_it_was_suspended(self) -> None:
        held = moved(contract(S.FINALISED), Step.SUSPEND, by=DEST, now=NOW, reason="audit")
        assert (held.reason, held.suspended_by) == ("audit", DEST)
        back = moved(held, Step.RESUME, by=DEST, now=LATER)
        assert (back.reason, back.suspended_by) == (None, None)

    def test_only_what_is_final_shares(self) -> None:
        assert [state for state in S if contract(state).shares] == [S.FINALISED]


class TestDeadlines:
    def test_an_offer_waits_a_week_for_a_person(self) -> None:
        held = contract()
        assert ended(held, now=NOW + DECIDE_WITHIN - timedelta(seconds=1)) is held
        over = ended(held, now=NOW + DECIDE_WITHIN)
        assert (over.state, over.reason) == (S.TERMINATED, "offered-too-long")

    @pytest.mark.parametrize("step", [Step.AGREE, Step.VERIFY])
    def test_what_needs_nobody_waits_an_hour(self, step: Step) -> None:
        before = {Step.AGREE: S.OFFERED, Step.VERIFY: S.AGREED}[step]
        by = DEST if step is Step.AGREE else ORIGIN
        held = moved(contract(before), step, by=by, now=LATER)
        assert held.deadline == LATER + ANSWER_WITHIN
        assert ended(held, now=held.deadline).reason == f"{held.state}-too-long"

    @pytest.mark.parametrize("state", [S.FINALISED, S.SUSPENDED])
    def test_what_is_final_ends_with_its_terms(self, state: ContractState) -> None:
        held = replace(contract(state), deadline=EXPIRES)
        assert ended(held, now=EXPIRES).reason == "expired"

    def test_what_has_ended_stays_as_it_ended(self) -> None:
        held = replace(contract(S.TERMINATED), reason="not needed")
        assert ended(held, now=EXPIRES) is held

    @given(st.lists(st.tuples(st.sampled_from(Step), st.sampled_from(Party)), max_size=30))
    def test_no_walk_leaves_a_state_without_a_deadline(
        self, walk: list[tuple[Step, Party]]
    ) -> None:
        held = contract()
        for step, by in walk:
            if step is Step.OFFER:
                continue
            try:
                held = moved(held, step, by=by, now=LATER)
            except StepRefused:
                continue
        assert held.deadline <= EXPIRES
        assert ended(held, now=EXPIRES).state is S.TERMINATED


class TestTerms:
    def test_come_back_as_they_were_written(self) -> None:
        assert decode_terms(encode_terms(TERMS), now=NOW) == TERMS

    @pytest.mark.parametrize(
        "changed",
        [
            {"dest": "my-kul"},
            {"expires": int(NOW.timestamp())},
            {"types": TERMS.types * 2},
            {"types": ()},
            {"purpose": ""},
            {"onward_transfer": True},
            {"types": (SharedType("not a type"),)},
        ],
    )
    def test_refuse_what_can_not_be_agreed(self, changed: dict[str, object]) -> None:
        values = {name: getattr(TERMS, name) for name in TERMS.__struct_fields__}
        with pytest.raises(TermsInvalid):
            decode_terms(encode_terms(Terms(**{**values, **changed})), now=NOW)

    @pytest.mark.parametrize("body", [b"", b"{}", b"\xff", b"x" * (TERMS_BYTES_MAX + 1)])
    def test_refuse_what_is_none(self, body: bytes) -> None:
        with pytest.raises(TermsInvalid):
            decode_terms(body, now=NOW)

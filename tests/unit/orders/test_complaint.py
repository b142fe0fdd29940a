"""Complaints: every rung of the ladder, every silence, and the words in three languages."""

from collections.abc import Callable

import pytest

from services.orders.api.sentences import LANGUAGES, STEPS, language_of, sentence_of
from services.orders.domain.complaint import (
    C,
    ClaimTooHigh,
    Complaint,
    ComplaintNotThere,
    ComplaintState,
    Evidence,
    Stage,
    Step,
    TooMuchEvidence,
)
from shared.kernel.money import Money
from tests.builders.orders import NOON, cny
from tests.builders.returns import LADDER, a_complaint

OPENED = a_complaint()
OFFERED = OPENED.answered(cny(3_000), at=NOON, ladder=LADDER)
REJECTED = OPENED.answered(None, at=NOON, ladder=LADDER)
BEFORE_HUB = REJECTED.raised(by="buyer", at=NOON, ladder=LADDER)
DECIDED = BEFORE_HUB.decided(cny(2_000), at=NOON, ladder=LADDER)
APPEALED = DECIDED.raised(by="buyer", at=NOON, ladder=LADDER)
CLOSED = OFFERED.accepted(at=NOON)

AT: dict[ComplaintState, Complaint] = {
    C.OPENED: OPENED,
    C.SELLER_REPLY: OFFERED,
    C.MEDIATION: BEFORE_HUB,
    C.DECIDED: DECIDED,
    C.APPEALED: APPEALED,
    C.CLOSED: CLOSED,
}
MOVES: dict[str, Callable[[Complaint], Complaint]] = {
    "answer": lambda it: it.answered(cny(1), at=NOON, ladder=LADDER),
    "accept": lambda it: it.accepted(at=NOON),
    "raise": lambda it: it.raised(by="buyer", at=NOON, ladder=LADDER),
    "decide": lambda it: it.decided(cny(1), at=NOON, ladder=LADDER),
    "withdraw": lambda it: it.withdrawn(at=NOON),
}
EDGES: dict[ComplaintState, dict[str, ComplaintState]] = {
    C.OPENED: {"answer": C.SELLER_REPLY, "raise": C.MEDIATION, "withdraw": C.CLOSED},
    C.SELLER_REPLY: {"accept": C.CLOSED, "raise": C.MEDIATION, "withdraw": C.CLOSED},
    C.MEDIATION: {"decide": C.DECIDED, "withdraw": C.CLOSED},
    C.DECIDED: {"raise": C.APPEALED, "withdraw": C.CLOSED},
    C.APPEALED: {"decide": C.CLOSED, "withdraw": C.CLOSED},
    C.CLOSED: {},
}


class TestLadder:
    @pytest.mark.parametrize("move", MOVES)
    @pytest.mark.parametrize("state", ComplaintState)
    def test_is_climbed_along_its_edges_and_no_others(
        self, state: ComplaintState, move: str
    ) -> None:
        before = AT[state]
        assert before.state is state

        if move in EDGES[state]:
            after = MOVES[move](before)
            assert after.state is EDGES[state][move]
            assert len(after.steps) == len(before.steps) + 1
        else:
            with pytest.raises(ComplaintNotThere):
                MOVES[move](before)

    def test_gives_each_party_its_time(self) -> None:
        assert OPENED.due_at == NOON + LADDER.seller
        assert OFFERED.due_at == DECIDED.due_at == NOON + LADDER.buyer
        assert BEFORE_HUB.due_at == NOON + LADDER.hub
        assert APPEALED.due_at == NOON + LADDER.ombudsman
        assert CLOSED.due_at is None

    def test_grants_what_was_offered_or_decided_last(self) -> None:
        assert CLOSED.granted == cny(3_000)
        assert APPEALED.decided(cny(4_000), at=NOON, ladder=LADDER).granted == cny(4_000)
        dismissed = APPEALED.decided(cny(0), at=NOON, ladder=LADDER)
        assert (dismissed.outcome, dismissed.granted) == ("ombudsman-dismissed", cny(0))

    def test_takes_no_amount_beyond_the_claim(self) -> None:
        for amount in (cny(5_801), cny(-1)):
            with pytest.raises(ClaimTooHigh):
                OPENED.answered(amount, at=NOON, ladder=LADDER)
            with pytest.raises(ClaimTooHigh):
                BEFORE_HUB.decided(amount, at=NOON, ladder=LADDER)

    def test_lets_nobody_accept_a_rejection(self) -> None:
        with pytest.raises(ComplaintNotThere):
            REJECTED.accepted(at=NOON)


class TestSilence:
    @pytest.mark.parametrize(
        ("before", "state", "outcome", "granted"),
        [
            (OPENED, C.MEDIATION, "", None),
            (OFFERED, C.CLOSED, "offer-lapsed", None),
            (REJECTED, C.CLOSED, "not-pursued", None),
            (BEFORE_HUB, C.APPEALED, "", None),
            (DECIDED, C.CLOSED, "hub-decision-stands", cny(2_000)),
            (APPEALED, C.CLOSED, "ombudsman-silent", cny(2_000)),
        ],
    )
    def test_moves_every_open_state(
        self, before: Complaint, state: ComplaintState, outcome: str, granted: Money | None
    ) -> None:
        after = before.after_silence(at=NOON, ladder=LADDER)

        assert (after.state, after.outcome, after.granted) == (state, outcome, granted)

    def test_of_hub_and_ombudsman_never_costs_the_buyer(self) -> None:
        unheard = OPENED
        while unheard.state is not C.CLOSED:
            unheard = unheard.after_silence(at=NOON, ladder=LADDER)

        assert unheard.granted == unheard.claimed

    def test_changes_nothing_once_closed(self) -> None:
        assert CLOSED.after_silence(at=NOON, ladder=LADDER) is CLOSED


class TestEvidence:
    def test_is_kept_once_per_hash_and_up_to_a_limit(self) -> None:
        pieces = [
            Evidence(sha256=f"{n:064x}", by="buyer", media_type="image/jpeg", at=NOON)
            for n in range(21)
        ]

        held = OPENED.with_evidence(pieces[:20])

        assert len(held.evidence) == 20
        assert held.with_evidence(pieces[:3]) is held
        with pytest.raises(TooMuchEvidence):
            held.with_evidence(pieces[20:])
        with pytest.raises(ComplaintNotThere):
            CLOSED.with_evidence(pieces[:1])

    def test_and_the_buyers_words_stay_out_of_reprs(self) -> None:
        assert "Wensan" not in repr(a_complaint(text="I live at 1 Wensan Road"))
        assert OPENED.stage is Stage.SELLER


class TestSentences:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_name_the_amount_in_every_language(self, language: str) -> None:
        step = Step(what="seller-offered", by="seller", at=NOON, amount=cny(5_805))

        assert "CNY 58.05" in sentence_of(step, language)

    def test_exist_for_every_step_that_the_domain_takes(self) -> None:
        taken = {
            step.what
            for complaint in AT.values()
            for after in (complaint, complaint.after_silence(at=NOON, ladder=LADDER))
            for step in after.steps
        }

        assert taken <= set(STEPS)
        assert all(len(set(texts)) == 3 for texts in STEPS.values())

    def test_write_a_currency_without_decimals_without_them(self) -> None:
        step = Step(what="hub-granted", by="hub", at=NOON, amount=Money(580, "JPY"))

        assert sentence_of(step, "en") == "The hub grants JPY 580."

    @pytest.mark.parametrize(
        ("header", "language"),
        [
            (None, "en"),
            ("", "en"),
            ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
            ("zh-Hans-CN", "zh-Hans"),
            ("en;q=0.1, ms;q=0.9", "ms"),
            ("ms;q=0, en", "en"),
            ("fr, ms;q=0.5", "ms"),
            ("fr", "en"),
            (";;;", "en"),
        ],
    )
    def test_follow_what_is_asked_for(self, header: str | None, language: str) -> None:
        assert language_of(header) == language

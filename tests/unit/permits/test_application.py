"""An application, one step at a time, and thousands of random walks over its states."""

from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.permits.domain.application import (
    AppealTooLate,
    Application,
    OwnApplication,
    SameOfficer,
)
from services.permits.domain.states import DEEDS, ApplicationState, Deed, StepNotAllowed
from services.permits.domain.trail import changes_between
from tests.builders.permits import NOON, SELLER, a_wish, an_actor, an_application

S = ApplicationState
AMINAH, SITI, TAN = an_actor("aminah"), an_actor("siti"), an_actor("tan")
LATER = NOON + timedelta(hours=1)


def under_review() -> Application:
    submitted = an_application().submitted(at=NOON)
    return submitted.taken_up(AMINAH).passed_checks(AMINAH)


def proposed(outcome: str = "issue") -> Application:
    return under_review().decided(
        outcome,  # type: ignore[arg-type]
        reason="a reason",
        officer=AMINAH,
        at=NOON,
        four_eyes=True,
    )


def refused() -> Application:
    return proposed("refuse").countersigned(agree=True, reason="", officer=SITI, at=NOON)


class TestApplication:
    def test_is_decided_at_once_where_two_eyes_are_enough(self) -> None:
        decided = under_review().decided(
            "issue", reason="good", officer=AMINAH, at=NOON, four_eyes=False
        )

        assert decided.state is S.ISSUED

    def test_is_decided_by_two_members_not_two_keys_of_one(self) -> None:
        with pytest.raises(SameOfficer):
            proposed().countersigned(agree=True, reason="", officer=AMINAH, at=NOON)

        assert proposed().countersigned(agree=True, reason="", officer=SITI, at=NOON).state is (
            S.ISSUED
        )

    def test_goes_on_where_the_question_interrupted(self) -> None:
        asked = under_review().asked("which plant?", at=NOON, officer=AMINAH)

        answered = asked.answered("this one", {"plant_no": "MY-FD-0001"}, at=LATER)

        assert asked.state is S.AWAITING_EXPORTER
        assert answered.state is S.UNDER_REVIEW
        assert answered.wish.facts["plant_no"] == "MY-FD-0001"

    def test_stops_the_clock_while_the_exporter_is_asked(self) -> None:
        asked = under_review().asked("which plant?", at=LATER, officer=AMINAH)

        answered = asked.answered("this one", {}, at=LATER + timedelta(days=3))

        assert [(span.start, span.end) for span in answered.clock] == [
            (NOON, LATER),
            (LATER + timedelta(days=3), None),
        ]

    def test_is_never_decided_by_its_applicant(self) -> None:
        own = an_actor()
        assert own.member_id == SELLER

        with pytest.raises(OwnApplication):
            an_application().submitted(at=NOON).taken_up(own)

    def test_can_be_appealed_to_the_last_moment_and_once(self) -> None:
        last = NOON + timedelta(days=30)
        appealed = refused().appealed("please", at=last, within_days=30)
        dismissed = appealed.appeal_heard(allow=False, reason="no", officer=TAN, at=last)

        with pytest.raises(AppealTooLate):
            refused().appealed("please", at=last + timedelta(seconds=1), within_days=30)
        with pytest.raises(AppealTooLate):
            dismissed.appealed("please", at=last, within_days=30)

    def test_is_looked_at_again_when_the_appeal_is_allowed(self) -> None:
        appealed = refused().appealed("please", at=LATER, within_days=30)
        reviewed = appealed.appeal_heard(allow=True, reason="yes", officer=TAN, at=LATER)

        again = reviewed.decided("issue", reason="ok", officer=TAN, at=LATER, four_eyes=True)

        assert again.state is S.COUNTERSIGN


def try_deed(one: Application, deed: Deed, hours: int) -> Application:
    """Do a deed with officers who may do it."""
    at = NOON + timedelta(hours=hours)
    match deed:
        case Deed.EDIT:
            return one.edited(a_wish(quantity=hours + 1), pack_hash=one.pack_hash)
        case Deed.SUBMIT:
            return one.submitted(at=at)
        case Deed.TAKE_UP:
            return one.taken_up(AMINAH)
        case Deed.PASS_CHECKS:
            return one.passed_checks(AMINAH)
        case Deed.ASK:
            return one.asked("what?", at=at, officer=AMINAH)
        case Deed.ANSWER:
            return one.answered("that", {}, at=at)
        case Deed.ASSIGN:
            return one.assigned_to(
                TAN.member_id if hours % 2 else None,
                agency=(*one.desks, one.agency)[0],
                officer=AMINAH,
            )
        case Deed.CONSULT:
            return one.consulting(["MAQIS", "JKDM"][: 1 + hours % 2], officer=AMINAH, at=at)
        case Deed.ADVISE:
            opinion = ("approve", "approve-with-conditions", "refuse")[hours % 3]
            return one.advised(
                opinion,  # type: ignore[arg-type]
                agency=(*one.desks, "MAQIS")[0],
                reason="r",
                conditions=("keep it cold",) if hours % 3 == 1 else (),
                officer=TAN,
                at=at,
            )
        case Deed.END_CONSULTATION:
            return one.consultation_ended(AMINAH)
        case Deed.DECIDE:
            against = any(advice.opinion == "refuse" for advice in one.advice)
            outcome = "issue" if hours % 2 and not against else "refuse"
            return one.decided(
                outcome,  # type: ignore[arg-type]
                reason="r",
                officer=AMINAH,
                at=at,
                four_eyes=hours % 3 > 0,
            )
        case Deed.COUNTERSIGN:
            return one.countersigned(agree=hours % 5 > 0, reason="r", officer=SITI, at=at)
        case Deed.WITHDRAW:
            return one.withdrawn(at=at)
        case Deed.SUPERSEDE:
            return one.superseded(at=at)
        case Deed.APPEAL:
            return one.appealed("please", at=at, within_days=30)
        case Deed.HEAR_APPEAL:
            return one.appeal_heard(allow=hours % 2 > 0, reason="r", officer=TAN, at=at)


def chosen(one: Application, number: int) -> Deed:
    """Mostly a deed that is allowed, so that walks get far; sometimes any."""
    allowed = [deed for deed in Deed if one.state in DEEDS[deed]]
    among = allowed if number % 4 and allowed else list(Deed)
    return among[number % len(among)]


class TestRandomWalk:
    @settings(max_examples=300, deadline=None)
    @given(st.lists(st.integers(0, 1_000), max_size=40))
    @example([0, 1, 45, 255, 261, 2])
    def test_keeps_its_promises_wherever_it_leads(self, walk: list[int]) -> None:
        one, steps = an_application(), 0
        for hours, number in enumerate(walk):
            deed = chosen(one, number)
            try:
                after = try_deed(one, deed, hours)
            except StepNotAllowed:
                after = None
            except AppealTooLate:
                continue
            assert (after is not None) == (one.state in DEEDS[deed])
            if after is None:
                continue
            one, steps = after, steps + 1

            assert one.version == 1 + steps
            self._check_clock(one)
            self._check_decision(one)

    def _check_clock(self, one: Application) -> None:
        running = [span for span in one.clock if span.end is None]
        with_officers = one.state in {
            *(S.SUBMITTED, S.INITIAL_CHECKS, S.UNDER_REVIEW, S.CONSULTATION),
            *(S.COUNTERSIGN, S.UNDER_APPEAL),
        }
        assert len(running) == (1 if with_officers else 0)
        for earlier, later in zip(one.clock, one.clock[1:], strict=False):
            assert earlier.end is not None
            assert earlier.start <= earlier.end <= later.start

    def _check_decision(self, one: Application) -> None:
        assert (one.proposal is not None) == (one.state is S.COUNTERSIGN)
        assert (one.question is not None) == (one.state is S.AWAITING_EXPORTER)
        if one.state in {S.ISSUED, S.REFUSED}:
            assert one.decision is not None
        if one.countersigned_by is not None and one.decision is not None:
            assert one.countersigned_by.member_id != one.applicant_id

    @pytest.mark.parametrize("state", ApplicationState)
    def test_can_leave_every_state_but_the_last_ones(self, state: ApplicationState) -> None:
        leaves = any(state in states for states in DEEDS.values())

        assert leaves == (state not in {S.WITHDRAWN, S.SUPERSEDED})


class TestTrail:
    def test_names_every_leaf_that_changed_from_what_to_what(self) -> None:
        before = {"a": 1, "lines": [{"q": 1}, {"q": 2}], "facts": {}}
        after = {"a": 1, "lines": [{"q": 1}, {"q": 3}], "facts": {"plant": "x"}}

        changes = changes_between(before, after)

        assert [(c.field, c.before, c.after) for c in changes] == [
            ("facts.plant", None, "x"),
            ("lines[1].q", 2, 3),
        ]

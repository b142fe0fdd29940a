"""Every edge of both tables, the refused ones too."""

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest

from services.permits.domain.application import Application
from services.permits.domain.licence import Licence, StateSince
from services.permits.domain.states import (
    DEEDS,
    LICENCE_EDGES,
    ApplicationState,
    Deed,
    LicenceState,
    StepNotAllowed,
    check_edge,
)
from tests.builders.permits import (
    NOON,
    a_licence,
    a_line,
    a_wish,
    an_actor,
    an_application,
)

S, L = ApplicationState, LicenceState
AMINAH, SITI, TAN, WONG = (an_actor(name) for name in ("aminah", "siti", "tan", "wong"))
DO: Mapping[Deed, Callable[[Application], Application]] = {
    Deed.EDIT: lambda one: one.edited(a_wish(quantity=2), pack_hash=one.pack_hash),
    Deed.SUBMIT: lambda one: one.submitted(at=NOON),
    Deed.TAKE_UP: lambda one: one.taken_up(AMINAH),
    Deed.PASS_CHECKS: lambda one: one.passed_checks(AMINAH),
    Deed.ASSIGN: lambda one: one.assigned_to(
        WONG.member_id, agency=(*one.desks, "MOH")[0], officer=AMINAH
    ),
    Deed.CONSULT: lambda one: one.consulting(["MAQIS"], officer=AMINAH, at=NOON),
    Deed.ADVISE: lambda one: one.advised(
        "approve", agency="MAQIS", reason="r", conditions=(), officer=WONG, at=NOON
    ),
    Deed.END_CONSULTATION: lambda one: one.consultation_ended(AMINAH),
    Deed.ASK: lambda one: one.asked("what?", at=NOON, officer=AMINAH),
    Deed.ANSWER: lambda one: one.answered("that", {}, at=NOON),
    Deed.DECIDE: lambda one: one.decided(
        "refuse", reason="r", officer=AMINAH, at=NOON, four_eyes=True
    ),
    Deed.COUNTERSIGN: lambda one: one.countersigned(agree=True, reason="r", officer=SITI, at=NOON),
    Deed.WITHDRAW: lambda one: one.withdrawn(at=NOON),
    Deed.SUPERSEDE: lambda one: one.superseded(at=NOON),
    Deed.APPEAL: lambda one: one.appealed("please", at=NOON, within_days=30),
    Deed.HEAR_APPEAL: lambda one: one.appeal_heard(allow=True, reason="r", officer=TAN, at=NOON),
}
TO_REVIEW = (Deed.SUBMIT, Deed.TAKE_UP, Deed.PASS_CHECKS)
WAY_TO: Mapping[ApplicationState, tuple[Deed, ...]] = {
    S.DRAFT: (),
    S.SUBMITTED: (Deed.SUBMIT,),
    S.INITIAL_CHECKS: (Deed.SUBMIT, Deed.TAKE_UP),
    S.UNDER_REVIEW: TO_REVIEW,
    S.CONSULTATION: (*TO_REVIEW, Deed.CONSULT),
    S.COUNTERSIGN: (*TO_REVIEW, Deed.DECIDE),
    S.AWAITING_EXPORTER: (Deed.SUBMIT, Deed.ASK),
    S.REFUSED: (*TO_REVIEW, Deed.DECIDE, Deed.COUNTERSIGN),
    S.UNDER_APPEAL: (*TO_REVIEW, Deed.DECIDE, Deed.COUNTERSIGN, Deed.APPEAL),
    S.WITHDRAWN: (Deed.WITHDRAW,),
    S.SUPERSEDED: (Deed.SUBMIT, Deed.SUPERSEDE),
}
EDGES: Mapping[ApplicationState, Mapping[Deed, ApplicationState]] = {
    S.DRAFT: {Deed.EDIT: S.DRAFT, Deed.SUBMIT: S.SUBMITTED, Deed.WITHDRAW: S.WITHDRAWN},
    S.SUBMITTED: {
        Deed.TAKE_UP: S.INITIAL_CHECKS,
        Deed.ASSIGN: S.SUBMITTED,
        Deed.ASK: S.AWAITING_EXPORTER,
        Deed.WITHDRAW: S.WITHDRAWN,
        Deed.SUPERSEDE: S.SUPERSEDED,
    },
    S.INITIAL_CHECKS: {
        Deed.PASS_CHECKS: S.UNDER_REVIEW,
        Deed.ASSIGN: S.INITIAL_CHECKS,
        Deed.ASK: S.AWAITING_EXPORTER,
        Deed.WITHDRAW: S.WITHDRAWN,
        Deed.SUPERSEDE: S.SUPERSEDED,
    },
    S.UNDER_REVIEW: {
        Deed.CONSULT: S.CONSULTATION,
        Deed.DECIDE: S.COUNTERSIGN,
        Deed.ASSIGN: S.UNDER_REVIEW,
        Deed.ASK: S.AWAITING_EXPORTER,
        Deed.WITHDRAW: S.WITHDRAWN,
        Deed.SUPERSEDE: S.SUPERSEDED,
    },
    S.CONSULTATION: {
        Deed.ADVISE: S.UNDER_REVIEW,
        Deed.END_CONSULTATION: S.UNDER_REVIEW,
        Deed.ASSIGN: S.CONSULTATION,
        Deed.ASK: S.AWAITING_EXPORTER,
        Deed.WITHDRAW: S.WITHDRAWN,
        Deed.SUPERSEDE: S.SUPERSEDED,
    },
    S.COUNTERSIGN: {
        Deed.COUNTERSIGN: S.REFUSED,
        Deed.ASSIGN: S.COUNTERSIGN,
        Deed.WITHDRAW: S.WITHDRAWN,
        Deed.SUPERSEDE: S.SUPERSEDED,
    },
    S.AWAITING_EXPORTER: {
        Deed.ANSWER: S.SUBMITTED,
        Deed.WITHDRAW: S.WITHDRAWN,
        Deed.SUPERSEDE: S.SUPERSEDED,
    },
    S.ISSUED: {Deed.SUPERSEDE: S.SUPERSEDED},
    S.REFUSED: {Deed.APPEAL: S.UNDER_APPEAL},
    S.UNDER_APPEAL: {
        Deed.HEAR_APPEAL: S.UNDER_REVIEW,
        Deed.ASSIGN: S.UNDER_APPEAL,
        Deed.WITHDRAW: S.WITHDRAWN,
    },
    S.WITHDRAWN: {},
    S.SUPERSEDED: {},
}
LICENCE_DO: Mapping[LicenceState, Callable[[Licence], Licence]] = {
    L.SUSPENDED: lambda one: one.suspended(reason="r", at=NOON),
    L.REVOKED: lambda one: one.revoked(reason="r", at=NOON),
    L.SURRENDERED: lambda one: one.surrendered(reason="r", at=NOON),
    L.EXPIRED: lambda one: one.expired(at=NOON),
}


def application_in(state: ApplicationState) -> Application:
    """An application that came to a state by its deeds."""
    one = an_application()
    if state is S.ISSUED:
        for deed in TO_REVIEW:
            one = DO[deed](one)
        return one.decided("issue", reason="r", officer=AMINAH, at=NOON, four_eyes=False)
    for deed in WAY_TO[state]:
        one = DO[deed](one)
    assert one.state is state
    return one


class TestApplicationEdges:
    @pytest.mark.parametrize("state", ApplicationState)
    @pytest.mark.parametrize("deed", Deed)
    def test_lead_where_the_table_says_and_are_refused_elsewhere(
        self, state: ApplicationState, deed: Deed
    ) -> None:
        one = application_in(state)

        if deed in EDGES[state]:
            assert state in DEEDS[deed]
            assert DO[deed](one).state is EDGES[state][deed]
        else:
            with pytest.raises(StepNotAllowed) as refused:
                DO[deed](one)
            assert refused.value.details == {"current": state.value, "wanted": deed.value}


class TestLicenceEdges:
    @pytest.mark.parametrize("current", LicenceState)
    @pytest.mark.parametrize("wanted", LicenceState)
    def test_are_those_of_the_table(self, current: LicenceState, wanted: LicenceState) -> None:
        if wanted in LICENCE_EDGES[current]:
            check_edge(current, wanted)
        else:
            with pytest.raises(StepNotAllowed):
                check_edge(current, wanted)

    @pytest.mark.parametrize("current", LicenceState)
    @pytest.mark.parametrize("wanted", LICENCE_DO)
    def test_are_kept_to_by_every_deed(self, current: LicenceState, wanted: LicenceState) -> None:
        licence = a_licence(history=(StateSince(state=current, since=NOON),))

        if current in {L.REVOKED, L.SURRENDERED, L.EXPIRED} or (
            wanted is L.SUSPENDED and current in {L.SUSPENDED, L.EXHAUSTED}
        ):
            with pytest.raises(StepNotAllowed):
                LICENCE_DO[wanted](licence)
        else:
            assert LICENCE_DO[wanted](licence).state is wanted

    @pytest.mark.parametrize("current", LicenceState)
    def test_lead_back_from_suspension_only(self, current: LicenceState) -> None:
        licence = a_licence(history=(StateSince(state=current, since=NOON),))

        if current is L.SUSPENDED:
            back = licence.reinstated(reason="r", at=NOON + timedelta(hours=1))
            assert back.state is L.REINSTATED
        else:
            with pytest.raises(StepNotAllowed):
                licence.reinstated(reason="r", at=NOON)

    def test_lead_from_suspension_to_exhausted_when_it_was_used_up_meanwhile(self) -> None:
        licence = a_licence("1", a_line(used=128)).suspended(reason="r", at=NOON)

        assert licence.reinstated(reason="r", at=NOON).state is L.EXHAUSTED

    def test_lead_to_exhausted_and_back_with_the_last_piece(self) -> None:
        used_up = a_licence().with_line_changed(1, by=128, at=NOON)
        back = used_up.with_line_changed(1, by=-1, at=NOON)

        assert (used_up.state, back.state) == (L.EXHAUSTED, L.REINSTATED)

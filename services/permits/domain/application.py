"""An application for a permit: what is wanted, where it stands, who decided what about it.

Every method returns a new application, one version on, or raises. Two officers of two members look
at a decision where the permit's type asks for it (four eyes). Before one is proposed, other
agencies may be asked for advice, all at once. While the exporter is asked something the office's
clock stands still.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from services.permits.domain.actor import Actor
from services.permits.domain.consultation import (
    Advice,
    AgencyNotAsked,
    Opinion,
    consolidated,
    open_agencies,
    with_asked,
    with_given,
)
from services.permits.domain.permit_type import Finding, PermitType
from services.permits.domain.states import WITH_OFFICERS, ApplicationState, Deed, check_deed
from shared.kernel.errors import Conflict, Forbidden
from shared.kernel.money import Money

Outcome = Literal["issue", "refuse"]
_S = ApplicationState


class SameOfficer(Forbidden):
    """The second pair of eyes belongs to another officer than the first."""

    code = "permits.four-eyes"
    help = "Ask an officer registered as another member to do this."


class OwnApplication(Forbidden):
    """Nobody decides about an application of their own."""

    code = "permits.own-application"


class AppealTooLate(Conflict):
    """An appeal has a time limit, and there is one appeal."""

    code = "permits.appeal-too-late"


@dataclass(frozen=True, kw_only=True)
class WantedLine:
    """How much of one kind of good is wanted, in the unit it is written off in."""

    line_no: int
    hs_code: str
    description: str
    quantity: int
    unit: str
    value: Money | None = None


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What an applicant asks for: all that may change while it is a draft."""

    destination: str
    lines: tuple[WantedLine, ...]
    consignee: str = ""
    end_use: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Question:
    """What the exporter is asked; `asked_by` is None when a check found it without an officer."""

    text: str
    findings: tuple[Finding, ...]
    asked_by: Actor | None
    asked_at: datetime
    returns_to: ApplicationState


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What an officer decided or proposes."""

    outcome: Outcome
    reason: str
    officer: Actor
    at: datetime
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Span:
    """A stretch of time during which the office's clock ran; open while it runs."""

    start: datetime
    end: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Application:
    """One application."""

    id: str
    permit_type: str
    agency: str
    applicant_id: str
    country: str
    wish: Wish
    pack_hash: str
    state: ApplicationState = ApplicationState.DRAFT
    version: int = 1
    created_at: datetime
    submitted_at: datetime | None = None
    case_officer: Actor | None = None
    assigned: Mapping[str, str] = field(default_factory=dict)
    advice: tuple[Advice, ...] = ()
    question: Question | None = None
    answer: str = ""
    proposal: Decision | None = None
    decision: Decision | None = None
    countersigned_by: Actor | None = None
    disagreement: str = ""
    appeal: str = ""
    appeal_decision: str = ""
    clock: tuple[Span, ...] = ()
    licence_id: str | None = None
    supersedes: str | None = None

    @property
    def desks(self) -> tuple[str, ...]:
        """The agencies whose officers have to do something now."""
        if self.state is _S.CONSULTATION:
            return open_agencies(self.advice)
        return (self.agency,) if self.state in WITH_OFFICERS else ()

    def edited(self, wish: Wish, *, pack_hash: str) -> "Application":
        """Return the draft with other wishes."""
        check_deed(self.state, Deed.EDIT)
        return replace(self, wish=wish, pack_hash=pack_hash, version=self.version + 1)

    def submitted(self, *, at: datetime) -> "Application":
        """Hand the draft in; the office's clock starts."""
        check_deed(self.state, Deed.SUBMIT)
        return self._moved(_S.SUBMITTED, submitted_at=at)._clock_started(at)

    def taken_up(self, officer: Actor) -> "Application":
        """An officer starts on it."""
        self._check_officer(Deed.TAKE_UP, officer)
        assigned = {**self.assigned, self.agency: officer.member_id}
        return self._moved(_S.INITIAL_CHECKS, case_officer=officer, assigned=assigned)

    def assigned_to(self, member_id: str | None, *, agency: str, officer: Actor) -> "Application":
        """Say who works on it on an agency's desk; nobody, for None."""
        self._check_officer(Deed.ASSIGN, officer)
        if agency not in self.desks:
            raise AgencyNotAsked(f"it does not lie on the desk of {agency}")
        if member_id == self.applicant_id:
            raise OwnApplication("an applicant can't work on its own application")
        assigned = {name: who for name, who in self.assigned.items() if name != agency}
        if member_id is not None:
            assigned[agency] = member_id
        return self._moved(self.state, assigned=assigned)

    def passed_checks(self, officer: Actor) -> "Application":
        """The papers are complete; now the case itself is looked at."""
        self._check_officer(Deed.PASS_CHECKS, officer)
        return self._moved(_S.UNDER_REVIEW)

    def consulting(self, agencies: Sequence[str], *, officer: Actor, at: datetime) -> "Application":
        """Ask other agencies for advice, all at once; the case lies on the desk of each."""
        self._check_officer(Deed.CONSULT, officer)
        asked = with_asked(self.advice, agencies, deciding=self.agency, at=at)
        return self._moved(_S.CONSULTATION, advice=asked)

    def advised(
        self,
        opinion: Opinion,
        *,
        agency: str,
        reason: str,
        conditions: tuple[str, ...],
        officer: Actor,
        at: datetime,
    ) -> "Application":
        """Take an agency's advice; after the last one the case is under review again."""
        self._check_officer(Deed.ADVISE, officer)
        advice = with_given(
            self.advice,
            agency,
            opinion=opinion,
            reason=reason,
            conditions=conditions,
            officer=officer,
            at=at,
        )
        waits = bool(open_agencies(advice))
        return self._moved(_S.CONSULTATION if waits else _S.UNDER_REVIEW, advice=advice)

    def consultation_ended(self, officer: Actor) -> "Application":
        """Go on without the advice that has not come."""
        self._check_officer(Deed.END_CONSULTATION, officer)
        given = tuple(one for one in self.advice if not one.is_open)
        return self._moved(_S.UNDER_REVIEW, advice=given)

    def asked(
        self,
        text: str,
        *,
        at: datetime,
        officer: Actor | None = None,
        findings: tuple[Finding, ...] = (),
    ) -> "Application":
        """Ask the exporter something; the clock stands still until it is answered."""
        self._check_officer(Deed.ASK, officer)
        question = Question(
            text=text, findings=findings, asked_by=officer, asked_at=at, returns_to=self.state
        )
        return self._moved(_S.AWAITING_EXPORTER, question=question)._clock_stopped(at)

    def answered(self, text: str, facts: Mapping[str, str], *, at: datetime) -> "Application":
        """Take the exporter's answer and go on where the question interrupted."""
        check_deed(self.state, Deed.ANSWER)
        assert self.question is not None, "an application that waits was asked something"
        wish = replace(self.wish, facts={**self.wish.facts, **facts})
        moved = self._moved(self.question.returns_to, question=None, answer=text, wish=wish)
        return moved._clock_started(at)

    def decided(
        self, outcome: Outcome, *, reason: str, officer: Actor, at: datetime, four_eyes: bool
    ) -> "Application":
        """Decide, or where four eyes are asked for, propose the decision to a second officer.

        A permit carries the conditions of all who advised; AdviceRefuses when one advised against.
        """
        self._check_officer(Deed.DECIDE, officer)
        conditions = consolidated(self.advice) if outcome == "issue" else ()
        decision = Decision(
            outcome=outcome, reason=reason, officer=officer, at=at, conditions=conditions
        )
        if four_eyes:
            return self._moved(_S.COUNTERSIGN, proposal=decision)
        return self._finished(decision, at=at)

    def countersigned(
        self, *, agree: bool, reason: str, officer: Actor, at: datetime
    ) -> "Application":
        """A second officer agrees, and it is decided, or does not, and it is looked at again."""
        self._check_officer(Deed.COUNTERSIGN, officer)
        assert self.proposal is not None, "an application to countersign has a proposal"
        if self.proposal.officer.member_id == officer.member_id:
            raise SameOfficer("the officer who proposed a decision can't countersign it")
        if not agree:
            return self._moved(_S.UNDER_REVIEW, proposal=None, disagreement=reason)
        finished = self._finished(self.proposal, at=at)
        return replace(finished, proposal=None, countersigned_by=officer)

    def withdrawn(self, *, at: datetime) -> "Application":
        check_deed(self.state, Deed.WITHDRAW)
        return self._moved(_S.WITHDRAWN, question=None, proposal=None)._clock_stopped(at)

    def superseded(self, *, at: datetime) -> "Application":
        check_deed(self.state, Deed.SUPERSEDE)
        return self._moved(_S.SUPERSEDED, question=None, proposal=None)._clock_stopped(at)

    def appealed(self, text: str, *, at: datetime, within_days: int) -> "Application":
        """Ask for the refusal to be looked at again, once and in time."""
        check_deed(self.state, Deed.APPEAL)
        assert self.decision is not None, "a refused application was decided"
        if self.appeal or at > self.decision.at + timedelta(days=within_days):
            raise AppealTooLate(f"an appeal is made once, within {within_days} days")
        return self._moved(_S.UNDER_APPEAL, appeal=text, clock=())._clock_started(at)

    def appeal_heard(
        self, *, allow: bool, reason: str, officer: Actor, at: datetime
    ) -> "Application":
        """An officer who had no part in the refusal allows or dismisses the appeal."""
        self._check_officer(Deed.HEAR_APPEAL, officer)
        if officer.member_id in self._deciders():
            raise SameOfficer("who refused an application can't hear the appeal")
        if allow:
            return self._moved(_S.UNDER_REVIEW, appeal_decision=reason)
        return self._moved(_S.REFUSED, appeal_decision=reason)._clock_stopped(at)

    def _finished(self, decision: Decision, *, at: datetime) -> "Application":
        moved = self._moved(_FINAL[decision.outcome], decision=decision)
        return moved._clock_stopped(at)

    def _deciders(self) -> set[str]:
        actors = [self.countersigned_by, self.decision.officer if self.decision else None]
        return {actor.member_id for actor in actors if actor is not None}

    def _check_officer(self, deed: Deed, officer: Actor | None) -> None:
        check_deed(self.state, deed)
        if officer is not None and officer.member_id == self.applicant_id:
            raise OwnApplication("an applicant can't decide about its own application")

    def _moved(self, to: ApplicationState, **changes: Any) -> "Application":
        return replace(self, state=to, version=self.version + 1, **changes)

    def _clock_started(self, at: datetime) -> "Application":
        return replace(self, clock=(*self.clock, Span(start=at)))

    def _clock_stopped(self, at: datetime) -> "Application":
        stopped = tuple(replace(s, end=at) if s.end is None else s for s in self.clock)
        return replace(self, clock=stopped)


_FINAL: Mapping[Outcome, ApplicationState] = {"issue": _S.ISSUED, "refuse": _S.REFUSED}


def drafted(
    application_id: str,
    wanted: PermitType,
    wish: Wish,
    *,
    applicant_id: str,
    at: datetime,
    supersedes: str | None = None,
) -> Application:
    """Return a draft of an application, its goods checked against the type, or raise."""
    check_wish(wanted, wish)
    return Application(
        id=application_id,
        permit_type=wanted.key,
        agency=wanted.agency,
        applicant_id=applicant_id,
        country=wanted.country,
        wish=wish,
        pack_hash=wanted.pack_hash,
        created_at=at,
        supersedes=supersedes,
    )


def check_wish(wanted: PermitType, wish: Wish) -> None:
    """Raise GoodsNotCovered for a line that permits of this type are not given for."""
    for line in wish.lines:
        wanted.check_goods(line.hs_code, field=f"lines[{line.line_no}].hs_code")

"""A form that somebody filed: its number, its states, and every change of it.

lodged -> returned -> lodged (amended)        a cancelled one may be filed again
       -> accepted -> documentary check -> physical check -> released -> completed
and cancelled until it is completed. A form keeps its number through all of this. One that counts
and has findings is held: a permit refused it after it was accepted. A returned one
that nobody answers is cancelled; one of goods in transit that never arrive ends as undischarged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.customs.domain.basis import Finding
from services.customs.domain.forms.dossier import FormText
from services.customs.domain.lanes import Lane
from services.customs.domain.status import NOT_ANSWERED
from shared.kernel.errors import Conflict

NUMBER_PREFIX = "frm"
HISTORY_MAX = 200
"""Steps one form may have; whoever amends more often has a different problem."""
STEPS_TO_AN_END = 20
"""Steps kept for what follows the last filing, so that every form can come to its end."""


class FilingState(StrEnum):
    """Where a filed form stands."""

    LODGED = "lodged"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    DOCUMENTARY_CHECK = "documentary-check"
    PHYSICAL_CHECK = "physical-check"
    RELEASED = "released"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    UNDISCHARGED = "undischarged"


_S = FilingState
EDGES: Mapping[FilingState, frozenset[FilingState]] = {
    _S.LODGED: frozenset({_S.RETURNED, _S.ACCEPTED}),
    _S.RETURNED: frozenset({_S.LODGED, _S.CANCELLED}),
    _S.ACCEPTED: frozenset({_S.DOCUMENTARY_CHECK, _S.PHYSICAL_CHECK, _S.RELEASED}),
    _S.DOCUMENTARY_CHECK: frozenset({_S.LODGED, _S.PHYSICAL_CHECK, _S.RELEASED, _S.CANCELLED}),
    _S.PHYSICAL_CHECK: frozenset({_S.RELEASED, _S.CANCELLED}),
    _S.RELEASED: frozenset({_S.COMPLETED, _S.CANCELLED, _S.UNDISCHARGED}),
    _S.COMPLETED: frozenset(),
    _S.CANCELLED: frozenset({_S.LODGED}),
    _S.UNDISCHARGED: frozenset(),
}
"""Once somebody looks at the goods, the form can't be amended to fit what was found."""

COUNTS = frozenset(
    {_S.ACCEPTED, _S.DOCUMENTARY_CHECK, _S.PHYSICAL_CHECK, _S.RELEASED, _S.COMPLETED}
)
"""The states in which a form's goods count as moved by it."""
NOT_ARRIVED = "not-arrived"
"""Why a form of goods in transit ended by itself."""
MOVES_GOODS = frozenset({_S.RELEASED, _S.COMPLETED})
"""The states that a held form can't come to."""
BY_OFFICERS_ONLY = frozenset({_S.PHYSICAL_CHECK, _S.RELEASED})
"""The states from which only an officer cancels."""


class FilingStepNotAllowed(Conflict):
    """The form's state does not allow this step."""

    code = "customs.filing-step-not-allowed"
    help = "Read the form: its state says what may come next."


class FormHeld(FilingStepNotAllowed):
    """A permit that the form names refused it: its goods go nowhere until that is resolved."""

    code = "customs.form-held"
    help = "Amend or cancel the form, or have an officer resolve its findings."


def is_form_number(text: str) -> bool:
    """Say whether a receipt is a form of this gate, and not a paper of somebody else's."""
    return text.startswith(f"{NUMBER_PREFIX}_")


@dataclass(frozen=True, kw_only=True)
class FilingStep:
    """One change of a form's state: who made it and why."""

    state: FilingState
    at: datetime
    by: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Filing:
    """One filed form. `edition` counts what was filed under its number, `member_id` whose it is.

    `stated` is what somebody wrote, `text` the same with all that the hub knew or worked out.
    """

    number: str
    form: str
    member_id: str
    reference: str
    stated: FormText
    text: FormText = FormText()
    about: str = ""
    previous: str = ""
    edition: int = 1
    version: int = 1
    state: FilingState = FilingState.LODGED
    lane: Lane | None = None
    findings: tuple[Finding, ...] = ()
    history: tuple[FilingStep, ...] = ()
    deadline: datetime | None = None

    @property
    def counts(self) -> bool:
        return self.state in COUNTS

    @property
    def is_held(self) -> bool:
        """Say whether something was found after it was accepted that nobody resolved yet."""
        return self.counts and bool(self.findings)

    @property
    def released_at(self) -> datetime | None:
        """Return when its goods were let go, None before and once it is cancelled."""
        if self.state not in {_S.RELEASED, _S.COMPLETED}:
            return None
        since = self.history[self.lodged_version :]
        return next(step.at for step in since if step.state is _S.RELEASED)

    @property
    def lodged_version(self) -> int:
        """Return the version in which it was lodged last; every step is one version."""
        states = [step.state for step in self.history]
        return len(states) - states[::-1].index(_S.LODGED)

    def moved(self, to: FilingState, *, at: datetime, by: str, reason: str = "") -> "Filing":
        """Take one step, or raise FilingStepNotAllowed."""
        if to not in EDGES[self.state]:
            raise FilingStepNotAllowed(
                f"a form that is {self.state} can't become {to}",
                current=self.state.value,
                wanted=to.value,
            )
        if self.is_held and to in MOVES_GOODS:
            raise FormHeld(f"form {self.number} is held", findings=len(self.findings))
        room = STEPS_TO_AN_END if to is _S.LODGED else 0
        if len(self.history) + room >= HISTORY_MAX:
            raise FilingStepNotAllowed(f"a form has at most {HISTORY_MAX} steps")
        step = FilingStep(state=to, at=at, by=by, reason=reason)
        return replace(
            self,
            state=to,
            version=self.version + 1,
            history=(*self.history, step),
            deadline=None,
        )

    def held_for(self, found: tuple[Finding, ...], *, at: datetime, by: str) -> "Filing":
        """Note what was found after it was accepted; it is held until that is resolved."""
        new = tuple(finding for finding in found if finding not in self.findings)
        if not new:
            return self
        noted = self._noted(", ".join(sorted({one.code for one in new})), at=at, by=by)
        return replace(noted, findings=(*self.findings, *new))

    def resolved(self, *, at: datetime, by: str, reason: str) -> "Filing":
        """Let a held form go on, or raise FilingStepNotAllowed where nothing is open."""
        if not self.is_held:
            raise FilingStepNotAllowed(
                f"nothing of form {self.number} is to be resolved", current=self.state.value
            )
        return replace(self._noted(f"resolved: {reason}", at=at, by=by), findings=())

    def _noted(self, reason: str, *, at: datetime, by: str) -> "Filing":
        if len(self.history) >= HISTORY_MAX:
            raise FilingStepNotAllowed(f"a form has at most {HISTORY_MAX} steps")
        step = FilingStep(state=self.state, at=at, by=by, reason=reason)
        return replace(self, version=self.version + 1, history=(*self.history, step))

    def is_overdue(self, at: datetime) -> bool:
        return self.deadline is not None and self.deadline < at

    def ended(self, *, at: datetime, by: str) -> "Filing":
        """End a form that is overdue, or raise FilingStepNotAllowed."""
        if not self.is_overdue(at):
            raise FilingStepNotAllowed(f"nothing of form {self.number} is overdue")
        if self.state is _S.RETURNED:
            return self.moved(_S.CANCELLED, at=at, by=by, reason=NOT_ANSWERED)
        return self.moved(_S.UNDISCHARGED, at=at, by=by, reason=NOT_ARRIVED)

    def filed_again(self, stated: FormText, *, at: datetime, by: str) -> "Filing":
        """File it anew under the same number: amended, or after it was cancelled."""
        edition = self.edition + 1
        moved = self.moved(_S.LODGED, at=at, by=by, reason=f"edition {edition}")
        return replace(moved, stated=stated, edition=edition, lane=None, findings=())

    def looked_at_again(self, *, at: datetime, by: str, reason: str) -> "Filing":
        """Examine a returned form once more, because what was missing beside it has come."""
        return replace(self.moved(_S.LODGED, at=at, by=by, reason=reason), findings=())

    def returned(
        self, text: FormText, findings: tuple[Finding, ...], *, at: datetime, by: str
    ) -> "Filing":
        """Give it back with what is wrong."""
        reason = ", ".join(sorted({finding.code for finding in findings}))
        moved = self.moved(_S.RETURNED, at=at, by=by, reason=reason)
        return replace(moved, text=text, findings=findings)

    def accepted(self, text: FormText, lane: Lane, *, at: datetime, by: str) -> "Filing":
        """Take it, with what was worked out filled in, and follow its lane."""
        here = replace(self.moved(_S.ACCEPTED, at=at, by=by), text=text, lane=lane)
        checks = {Lane.RED: _S.PHYSICAL_CHECK, Lane.YELLOW: _S.DOCUMENTARY_CHECK}
        if lane in checks:
            return here.moved(checks[lane], at=at, by=by, reason=f"lane {lane.value}")
        return here.moved(_S.RELEASED, at=at, by=by)

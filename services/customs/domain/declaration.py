"""An import declaration: one parcel's way through the destination's customs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.customs.domain.basis import Finding
from services.customs.domain.documents import OrderDocument
from services.customs.domain.goods_return import AssessedLine
from services.customs.domain.lanes import Lane
from services.customs.domain.status import (
    BEFORE_ACCEPTANCE,
    DETAINED,
    EDGES,
    HELD,
    Status,
)
from shared.kernel.errors import Conflict
from shared.kernel.money import Money

RETURNS_DESK = "returns-desk"
"""The name under which a decided return stands in a declaration's history."""
HISTORY_MAX = 500
"""Steps one declaration may have; whoever amends more often has a different problem."""
STEPS_TO_AN_END = 20
"""Steps kept for what follows the last sending, so that every declaration can come to its end."""


class StepNotAllowed(Conflict):
    """The declaration's status does not allow this step."""

    code = "customs.step-not-allowed"
    help = "Read the declaration: its status says what may come next."


@dataclass(frozen=True, kw_only=True)
class Step:
    """One change of status: who made it and why."""

    status: Status
    at: datetime
    by: str
    reason: str = ""


def step_after(here: Status, history: Sequence[Step], step: Step) -> Step:
    """Return the step if the lattice allows it from here, or raise StepNotAllowed."""
    if step.status not in EDGES[here]:
        raise StepNotAllowed(
            f"a declaration in status {here.value} can't become {step.status.value}",
            current=here.value,
            wanted=step.status.value,
        )
    check_room(history, STEPS_TO_AN_END if step.status is Status.DECLARING else 0)
    return step


def check_room(history: Sequence[Step], kept: int) -> None:
    """Raise StepNotAllowed when one more step would not leave `kept` steps free."""
    if len(history) + kept >= HISTORY_MAX:
        raise StepNotAllowed(f"a declaration has at most {HISTORY_MAX} steps")


@dataclass(frozen=True, kw_only=True)
class TaxBill:
    """What is owed for a released parcel, under the number of its bill."""

    number: str
    tax: Money


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """One parcel's import declaration; every method returns a new one or raises StepNotAllowed.

    `to_inspect` is an officer's wish for goods that are not accepted yet, `withdrawn` the reason
    of a cancelled order or parcel, `amended_codes` goods codes corrected after a return,
    `deadline` the moment until which its papers must be complete, or its declarant may answer what
    was returned.
    """

    id: str
    logistics_no: str
    order_id: str
    order_no: str
    seller_id: str
    seller_hub: str
    marketplace_id: str = ""
    status: Status = Status.STORED
    version: int = 1
    lane: Lane | None = None
    to_inspect: bool = False
    withdrawn: str = ""
    relieved: Money | None = None
    amended_codes: tuple[tuple[int, str], ...] = ()
    findings: tuple[Finding, ...] = ()
    tax: Money | None = None
    assessed: tuple[AssessedLine, ...] = ()
    guarantor: str = ""
    tax_bill: TaxBill | None = None
    pack_digest: str = ""
    deadline: datetime | None = None
    history: tuple[Step, ...] = ()

    @property
    def is_before_acceptance(self) -> bool:
        return self.status in BEFORE_ACCEPTANCE

    @property
    def is_held(self) -> bool:
        return self.status in HELD

    def moved(
        self,
        to: Status,
        *,
        at: datetime,
        by: str,
        reason: str = "",
        deadline: datetime | None = None,
        **changed: Any,
    ) -> "Declaration":
        """Take one step along the lattice; `changed` are fields that change with it."""
        step = step_after(self.status, self.history, Step(status=to, at=at, by=by, reason=reason))
        history = (*self.history, step)
        return replace(
            self,
            status=to,
            version=self.version + 1,
            history=history,
            deadline=deadline,
            **changed,
        )

    def amended(self, codes: Mapping[int, str], *, at: datetime, by: str) -> "Declaration":
        """Correct goods codes of a declaration that was returned; it is declared again after."""
        if self.status is not Status.RETURNED:
            raise StepNotAllowed(
                f"only a returned declaration can be amended, not one in {self.status.value}",
                current=self.status.value,
            )
        check_room(self.history, STEPS_TO_AN_END)
        lines = ", ".join(str(line_no) for line_no in sorted(codes))
        note = Step(status=self.status, at=at, by=by, reason=f"goods code amended: line {lines}")
        return replace(
            self,
            amended_codes=tuple(sorted({**dict(self.amended_codes), **codes}.items())),
            version=self.version + 1,
            history=(*self.history, note),
        )

    def applied_to(self, order: OrderDocument) -> OrderDocument:
        """Return the order as it is declared: with the amended goods codes."""
        if not self.amended_codes:
            return order
        codes = dict(self.amended_codes)
        lines = (
            replace(line, hs_code=codes.get(line.line_no, line.hs_code)) for line in order.lines
        )
        return replace(order, lines=tuple(lines))

    def sent(self, *, at: datetime, by: str) -> "Declaration":
        """Declare, first or again after it was returned, and send it to the authority."""
        return self.moved(Status.DECLARING, at=at, by=by).moved(Status.SENT, at=at, by=by)

    def not_sent(self, *, at: datetime, by: str, deadline: datetime) -> "Declaration":
        """The declaration did not reach the authority (4); it is declared again by `deadline`."""
        return self.moved(Status.DECLARING, at=at, by=by).moved(
            Status.SEND_FAILED, at=at, by=by, reason="not reached", deadline=deadline
        )

    def returned(
        self,
        findings: tuple[Finding, ...],
        *,
        at: datetime,
        by: str,
        pack_digest: str,
        deadline: datetime,
    ) -> "Declaration":
        """The authority gives it back with what is wrong (100), to be answered by `deadline`."""
        reason = ", ".join(sorted({finding.code for finding in findings}))
        return self.moved(
            Status.RETURNED,
            at=at,
            by=by,
            reason=reason,
            findings=findings,
            pack_digest=pack_digest,
            deadline=deadline,
        )

    def is_overdue(self, at: datetime) -> bool:
        return self.deadline is not None and self.deadline < at

    def marked_withdrawn(self, reason: str) -> "Declaration":
        """Note why it is withdrawn, which ends its deadline, or with a blank that it stands again.

        Then it is answered anew, whatever was found before.
        """
        findings = self.findings if reason else ()
        return replace(self, withdrawn=reason, deadline=None, findings=findings)

    def accepted(
        self,
        *,
        tax: Money,
        assessed: tuple[AssessedLine, ...] = (),
        lane: Lane,
        at: datetime,
        by: str,
        pack_digest: str,
    ) -> "Declaration":
        """The authority takes it (120), works out the tax and draws a lane."""
        chosen = Lane.RED if self.to_inspect else lane
        return self.moved(
            Status.ACCEPTED,
            at=at,
            by=by,
            findings=(),
            tax=tax,
            assessed=assessed,
            lane=chosen,
            pack_digest=pack_digest,
        )

    def routed(self, *, bill_no: str, at: datetime, by: str) -> "Declaration":
        """Follow the lane: red goods are inspected, yellow papers read, the others released."""
        if self.lane is Lane.RED:
            return self.moved(Status.INSPECTED, at=at, by=by, reason="lane red")
        if self.lane is Lane.YELLOW:
            return self.moved(Status.MANUAL, at=at, by=by, reason="lane yellow")
        return self.released(bill_no=bill_no, at=at, by=by)

    def inspected(self, *, at: datetime, by: str, reason: str) -> "Declaration":
        """An officer wants to see the goods, now or as soon as the declaration is accepted."""
        if not self.is_before_acceptance:
            return self.moved(Status.INSPECTED, at=at, by=by, reason=reason)
        if self.to_inspect:
            return self
        wish = Step(status=self.status, at=at, by=by, reason=f"to be inspected: {reason}")
        return replace(
            self, to_inspect=True, version=self.version + 1, history=(*self.history, wish)
        )

    def detained(self, kind: Status, *, at: datetime, by: str, reason: str) -> "Declaration":
        """An officer keeps the goods after looking at them."""
        if kind not in DETAINED:
            raise StepNotAllowed(f"{kind.value} is not a detention", wanted=kind.value)
        return self.moved(kind, at=at, by=by, reason=reason)

    def released(self, *, bill_no: str, at: datetime, by: str, reason: str = "") -> "Declaration":
        """Let the parcel go to its buyer (800) and write the tax bill."""
        if self.withdrawn:
            raise StepNotAllowed(f"it was cancelled: {self.withdrawn}", current=self.status.value)
        here = self
        if here.status is Status.MANUAL:
            here = here.moved(Status.CONCLUDED, at=at, by=by, reason=reason)
        bill = None if here.tax is None else TaxBill(number=bill_no, tax=here.tax)
        return here.moved(Status.RELEASED, at=at, by=by, reason=reason, tax_bill=bill)

    def sent_back(self, *, at: datetime, by: str, reason: str) -> "Declaration":
        """The parcel may not enter (700) and returns to its seller."""
        return self.moved(Status.SENT_BACK, at=at, by=by, reason=reason)

    def gave_back(
        self, assessed: tuple[AssessedLine, ...], return_id: str, *, at: datetime
    ) -> "Declaration":
        """Goods of it went back: note which, and when."""
        note = Step(status=self.status, at=at, by=RETURNS_DESK, reason=f"went back: {return_id}")
        return replace(
            self, assessed=assessed, version=self.version + 1, history=(*self.history, note)
        )

    def closed(self, *, at: datetime, by: str) -> "Declaration":
        """The buyer has the parcel (899); nothing more can happen to it here."""
        return self.moved(Status.CLOSED, at=at, by=by)

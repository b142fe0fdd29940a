"""A retail parcel's way out of China, declared by a list (603) instead of a customs form.

Order, receipt of money and waybill must be there before the list is declared, and the goods must
be at the supervised site before they are released. Statuses are the authority's, as of imports.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from services.customs.domain.basis import Finding
from services.customs.domain.declaration import Step, StepNotAllowed, step_after
from services.customs.domain.goods_return import ReturnedQuantity, ReturnExceedsImport
from services.customs.domain.lanes import Lane
from services.customs.domain.retail_export import RetailList
from services.customs.domain.status import BEFORE_ACCEPTANCE, DETAINED, Status

RETURNS_MAX = 100


class ReturnUnknown(StepNotAllowed):
    """No return of that number was applied for."""

    code = "customs.export-return-unknown"


@dataclass(frozen=True, kw_only=True)
class ExportReturn:
    """Exported goods that come back (213): applied for, come back (215), decided."""

    reference: str
    lines: tuple[ReturnedQuantity, ...]
    applied_at: datetime
    arrived_at: datetime | None = None
    refusal: str = ""
    rule: str = ""


@dataclass(frozen=True, kw_only=True)
class ExportList:
    """One parcel's export list; every method returns a new one or raises StepNotAllowed.

    `number` is the authority's; `master_waybill` and `journey` come with the loading (607);
    `deadline` is the moment until which its declarant may answer what was returned.
    """

    id: str
    number: str
    logistics_no: str
    order_key: str
    status: Status = Status.STORED
    version: int = 1
    lane: Lane | None = None
    withdrawn: str = ""
    withdrawn_at: datetime | None = None
    findings: tuple[Finding, ...] = ()
    declared: RetailList
    master_waybill: str = ""
    journey: str = ""
    released_at: datetime | None = None
    departed_at: datetime | None = None
    summary: str = ""
    returns: tuple[ExportReturn, ...] = ()
    deadline: datetime | None = None
    history: tuple[Step, ...] = ()

    @property
    def is_before_acceptance(self) -> bool:
        return self.status in BEFORE_ACCEPTANCE

    @property
    def is_departed(self) -> bool:
        return self.status is Status.CLOSED

    def moved(self, to: Status, *, at: datetime, by: str, reason: str = "") -> "ExportList":
        step = step_after(self.status, self.history, Step(status=to, at=at, by=by, reason=reason))
        history = (*self.history, step)
        return replace(self, status=to, version=self.version + 1, history=history, deadline=None)

    def sent(self, *, at: datetime, by: str) -> "ExportList":
        return self.moved(Status.DECLARING, at=at, by=by).moved(Status.SENT, at=at, by=by)

    def not_sent(self, *, at: datetime, by: str, deadline: datetime) -> "ExportList":
        """The list did not reach the authority (4); it is declared again by `deadline`."""
        declaring = self.moved(Status.DECLARING, at=at, by=by)
        failed = declaring.moved(Status.SEND_FAILED, at=at, by=by, reason="not reached")
        return replace(failed, deadline=deadline)

    def returned(
        self, findings: tuple[Finding, ...], *, at: datetime, by: str, deadline: datetime
    ) -> "ExportList":
        """The authority gives the list back (100) with what is wrong, answered by `deadline`."""
        reason = ", ".join(sorted({finding.code for finding in findings}))
        moved = self.moved(Status.RETURNED, at=at, by=by, reason=reason)
        return replace(moved, findings=findings, deadline=deadline)

    def is_overdue(self, at: datetime) -> bool:
        return self.deadline is not None and self.deadline < at

    def accepted(self, lane: Lane, *, at: datetime, by: str) -> "ExportList":
        """The authority takes the list (120) and draws its lane."""
        moved = self.moved(Status.ACCEPTED, at=at, by=by)
        return replace(moved, findings=(), lane=lane)

    def routed(self, *, at: datetime, by: str) -> "ExportList":
        """The goods are at the site: red ones are inspected, yellow papers read, others go."""
        if self.lane is Lane.RED:
            return self.moved(Status.INSPECTED, at=at, by=by, reason="lane red")
        if self.lane is Lane.YELLOW:
            return self.moved(Status.MANUAL, at=at, by=by, reason="lane yellow")
        return self.released(at=at, by=by)

    def released(self, *, at: datetime, by: str, reason: str = "") -> "ExportList":
        here = self
        if here.status is Status.MANUAL:
            here = here.moved(Status.CONCLUDED, at=at, by=by, reason=reason)
        return replace(here.moved(Status.RELEASED, at=at, by=by, reason=reason), released_at=at)

    def detained(self, kind: Status, *, at: datetime, by: str, reason: str) -> "ExportList":
        if kind not in DETAINED:
            raise StepNotAllowed(f"{kind.value} is not a detention", wanted=kind.value)
        return self.moved(kind, at=at, by=by, reason=reason)

    def cancelled(self, reason: str, *, at: datetime, by: str) -> "ExportList":
        """Withdraw the list (605): before acceptance at once, later the goods are turned back."""
        if self.withdrawn:
            return self
        if self.is_before_acceptance:
            return replace(
                self,
                withdrawn=reason,
                withdrawn_at=at,
                deadline=None,
                version=self.version + 1,
            )
        return replace(self.moved(Status.SENT_BACK, at=at, by=by, reason=reason), withdrawn=reason)

    def listed_anew(self, listed: RetailList) -> "ExportList":
        """Let it stand again under its number, if the list was issued after it was withdrawn.

        Then it is answered anew, whatever was found before. What was sent back stays so: its
        goods are on their way to the seller.
        """
        at = self.withdrawn_at
        if not self.is_before_acceptance or at is None or listed.listed_at is None:
            return self
        if listed.listed_at <= at:
            return self
        return replace(self, withdrawn="", withdrawn_at=None, findings=(), version=self.version + 1)

    def loaded(self, master_waybill: str, journey: str) -> "ExportList":
        """Note the master waybill it goes under (607); until it departs another may replace it."""
        if self.status is not Status.RELEASED:
            raise StepNotAllowed(f"it is in status {self.status.value}", current=self.status.value)
        if (self.master_waybill, self.journey) == (master_waybill, journey):
            return self
        return replace(
            self, master_waybill=master_waybill, journey=journey, version=self.version + 1
        )

    def departed(
        self, master_waybill: str, *, left_at: datetime, at: datetime, by: str
    ) -> "ExportList":
        """It left the country under its master waybill (509) and is closed (899)."""
        if not self.master_waybill or self.master_waybill != master_waybill:
            raise StepNotAllowed("it is not loaded under this master waybill")
        if self.is_departed:
            return self
        return replace(self.moved(Status.CLOSED, at=at, by=by), departed_at=left_at)

    def summed_up(self, summary: str) -> "ExportList":
        """Note the summary that declares it (701)."""
        if not self.is_departed:
            raise StepNotAllowed(f"it is in status {self.status.value}", current=self.status.value)
        if self.summary not in ("", summary):
            raise StepNotAllowed("another summary declares it")
        return replace(self, summary=summary, version=self.version + 1)

    def coming_back(self, one: ExportReturn) -> "ExportList":
        """Apply for goods to come back (213); the same application changes nothing.

        Raises ReturnExceedsImport when more would come back than left.
        """
        if not self.is_departed:
            raise StepNotAllowed(f"it is in status {self.status.value}", current=self.status.value)
        if any(other.reference == one.reference for other in self.returns):
            return self
        if len(self.returns) >= RETURNS_MAX:
            raise StepNotAllowed(f"a list has at most {RETURNS_MAX} returns")
        self._check_room(one)
        return replace(self, returns=(*self.returns, one), version=self.version + 1)

    def find_return(self, reference: str) -> ExportReturn:
        """Return the application of that number, or raise ReturnUnknown."""
        for one in self.returns:
            if one.reference == reference:
                return one
        raise ReturnUnknown(f"no return {reference} was applied for")

    def came_back(self, decided: ExportReturn) -> "ExportList":
        """Put a return's decision in the place of its application."""
        kept = tuple(decided if one.reference == decided.reference else one for one in self.returns)
        return replace(self, returns=kept, version=self.version + 1)

    def _check_room(self, new: ExportReturn) -> None:
        left = {line.line_no: line.quantity for line in self.declared.lines}
        for one in (*self.returns, new):
            for line in one.lines:
                left[line.line_no] = left.get(line.line_no, 0) - line.quantity
        short = [line_no for line_no, quantity in left.items() if quantity < 0]
        if short:
            raise ReturnExceedsImport(f"line {min(short)} has fewer pieces", field="lines")

"""A complaint on its ladder: the seller answers first, then the hub decides, then the ombudsman.

    opened -> seller-reply -> closed                         the buyer takes the offer, or is silent
    opened, seller-reply -> mediation -> decided -> closed   raised to the hub, or the seller silent
    decided -> appealed -> closed                            raised to the ombudsman

Nobody can stop a complaint by saying nothing: every open state has a deadline and an end.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared.kernel.errors import Conflict, Rejected
from shared.kernel.money import Money


class Stage(StrEnum):
    """Whose turn it is on the ladder."""

    SELLER = "seller"
    HUB = "hub"
    OMBUDSMAN = "ombudsman"


class ComplaintState(StrEnum):
    """How far a complaint is."""

    OPENED = "opened"
    SELLER_REPLY = "seller-reply"
    MEDIATION = "mediation"
    DECIDED = "decided"
    APPEALED = "appealed"
    CLOSED = "closed"


C = ComplaintState
EVIDENCE_MAX = 20
"""Pieces of evidence of one complaint; a complaint is not an archive."""


class ComplaintNotThere(Conflict):
    """The complaint is not at the point where this can be done; `state` says where it is."""

    code = "orders.complaint-in-other-state"


class ClaimTooHigh(Rejected):
    """No more can be claimed, offered or granted than the order cost."""

    code = "orders.claim-too-high"


class TooMuchEvidence(Conflict):
    """A complaint holds twenty pieces of evidence and no more."""

    code = "orders.too-much-evidence"


@dataclass(frozen=True, kw_only=True)
class Ladder:
    """How long each party has, from the country's pack."""

    seller: timedelta
    buyer: timedelta
    hub: timedelta
    ombudsman: timedelta


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A piece of evidence by its hash; the file stays with whoever holds it."""

    sha256: str
    by: str
    media_type: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that happened to a complaint, in codes; `api/sentences.py` says it in words."""

    what: str
    by: str
    at: datetime
    amount: Money | None = None


@dataclass(frozen=True, kw_only=True)
class Complaint:
    """One complaint about one order."""

    id: str
    order_id: str
    order_no: str
    marketplace_id: str
    seller_id: str
    seller_hub: str
    buyer_hub: str
    about: str
    claimed: Money
    opened_at: datetime
    state: ComplaintState = C.OPENED
    stage: Stage = Stage.SELLER
    due_at: datetime | None = None
    offered: Money | None = None
    granted: Money | None = None
    outcome: str = ""
    text: str = field(default="", repr=False)
    """The buyer's own words; they stay at the buyer's hub and out of every log."""
    evidence: tuple[Evidence, ...] = ()
    steps: tuple[Step, ...] = ()
    version: int = 1

    def check(self, *states: ComplaintState) -> None:
        """Raise ComplaintNotThere unless the complaint is in one of these states."""
        if self.state not in states:
            raise ComplaintNotThere(f"the complaint is {self.state}", state=self.state.value)

    def check_amount(self, amount: Money, *, field: str) -> None:
        """Raise ClaimTooHigh unless the amount is within what was claimed."""
        amount_fits = Money(0, self.claimed.currency) <= amount <= self.claimed
        if not amount_fits:
            raise ClaimTooHigh(f"at most {self.claimed.minor} minor units", field=field)

    def answered(self, offered: Money | None, *, at: datetime, ladder: Ladder) -> "Complaint":
        """Return it with the seller's answer; an offer waits for the buyer to take it."""
        self.check(C.OPENED)
        if offered is not None:
            self.check_amount(offered, field="offered")
        what = "seller-rejected" if offered is None else "seller-offered"
        return self._stepped(
            what,
            by="seller",
            at=at,
            amount=offered,
            state=C.SELLER_REPLY,
            offered=offered,
            due_at=at + ladder.buyer,
        )

    def accepted(self, *, at: datetime) -> "Complaint":
        """Return it closed with the seller's offer, which the buyer takes."""
        self.check(C.SELLER_REPLY)
        if self.offered is None:
            raise ComplaintNotThere("the seller offers nothing", state=self.state.value)
        return self._closed("offer-accepted", by="buyer", at=at, granted=self.offered)

    def raised(self, *, by: str, at: datetime, ladder: Ladder) -> "Complaint":
        """Return it one rung higher: from the seller to the hub, from the hub to the ombudsman."""
        if self.state is C.DECIDED:
            return self._stepped(
                "raised-to-ombudsman",
                by=by,
                at=at,
                state=C.APPEALED,
                stage=Stage.OMBUDSMAN,
                due_at=at + ladder.ombudsman,
            )
        self.check(C.OPENED, C.SELLER_REPLY)
        return self._stepped(
            "raised-to-hub",
            by=by,
            at=at,
            state=C.MEDIATION,
            stage=Stage.HUB,
            due_at=at + ladder.hub,
        )

    def decided(self, granted: Money, *, at: datetime, ladder: Ladder) -> "Complaint":
        """Return it with the hub's decision, which may be appealed; the ombudsman's is final."""
        self.check(C.MEDIATION, C.APPEALED)
        self.check_amount(granted, field="granted")
        what = "granted" if granted.minor else "dismissed"
        if self.state is C.APPEALED:
            return self._closed(f"ombudsman-{what}", by="ombudsman", at=at, granted=granted)
        return self._stepped(
            f"hub-{what}",
            by="hub",
            at=at,
            amount=granted,
            state=C.DECIDED,
            granted=granted,
            due_at=at + ladder.buyer,
        )

    def withdrawn(self, *, at: datetime) -> "Complaint":
        """Return it called off by the buyer."""
        self.check(*set(C) - {C.CLOSED})
        return self._closed("withdrawn", by="buyer", at=at, granted=None)

    def with_evidence(self, new: Sequence[Evidence]) -> "Complaint":
        """Return it with more evidence; a hash that is there already is not kept twice."""
        self.check(*set(C) - {C.CLOSED})
        known = {piece.sha256 for piece in self.evidence}
        added = [piece for piece in new if piece.sha256 not in known]
        if not added:
            return self
        if len(self.evidence) + len(added) > EVIDENCE_MAX:
            raise TooMuchEvidence(f"{EVIDENCE_MAX} pieces are the most")
        moved = self._stepped("evidence-added", by=added[0].by, at=added[0].at)
        return replace(moved, evidence=(*self.evidence, *added))

    def after_silence(self, *, at: datetime, ladder: Ladder) -> "Complaint":
        """Return what silence makes of it once `due_at` has passed. It never costs the buyer."""
        match self.state:
            case C.OPENED:
                return self.raised(by="silence", at=at, ladder=ladder)
            case C.SELLER_REPLY if self.offered is not None:
                return self._closed("offer-lapsed", by="silence", at=at, granted=None)
            case C.SELLER_REPLY:
                return self._closed("not-pursued", by="silence", at=at, granted=None)
            case C.MEDIATION:
                moved = replace(self, state=C.DECIDED)
                return moved.raised(by="silence", at=at, ladder=ladder)
            case C.DECIDED:
                return self._closed("hub-decision-stands", by="hub", at=at, granted=self.granted)
            case C.APPEALED:
                granted = self.granted or self.offered or self.claimed
                return self._closed("ombudsman-silent", by="silence", at=at, granted=granted)
        return self

    def _closed(self, outcome: str, *, by: str, at: datetime, granted: Money | None) -> "Complaint":
        return self._stepped(
            outcome,
            by=by,
            at=at,
            amount=granted,
            state=C.CLOSED,
            outcome=outcome,
            granted=granted,
            due_at=None,
        )

    def _stepped(
        self, what: str, *, by: str, at: datetime, amount: Money | None = None, **changes: object
    ) -> "Complaint":
        step = Step(what=what, by=by, at=at, amount=amount)
        return replace(self, steps=(*self.steps, step), version=self.version + 1, **changes)  # type: ignore[arg-type]

"""What one hub agrees to share with another: the terms, and the steps by which both come to hold
the same.

    offered -> agreed -> verified -> finalised <-> suspended        any of them -> terminated
    origin     dest      origin      dest          either           either, or a deadline

Both ends keep the same state and, once it has ended, the same reason. Until it is final nothing
crosses; no state before that lasts longer than its deadline.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from services.exchange.domain.frame import Hub
from shared.kernel.errors import Conflict, Rejected

TYPES_MAX = 500
FIELDS_MAX = 200
TERMS_BYTES_MAX = 128 * 1024
DECIDE_WITHIN = timedelta(days=7)
"""How long an offer waits for a person at the other hub."""
ANSWER_WITHIN = timedelta(hours=1)
"""How long the steps may take that need nobody."""


class TermsInvalid(Rejected):
    """The terms can't be agreed: malformed, over already, or naming what may not be shared."""

    code = "exchange.terms-invalid"


class StepRefused(Conflict):
    """A contract in this state takes no such step from this hub."""

    code = "exchange.contract-step-refused"


class ContractState(StrEnum):
    """Where a contract stands, the same at both ends."""

    OFFERED = "offered"
    AGREED = "agreed"
    VERIFIED = "verified"
    FINALISED = "finalised"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"


class Step(StrEnum):
    """What a hub does to a contract, and tells the other hub."""

    OFFER = "offer"
    AGREE = "agree"
    VERIFY = "verify"
    FINALISE = "finalise"
    SUSPEND = "suspend"
    RESUME = "resume"
    TERMINATE = "terminate"


class Party(StrEnum):
    """Which end of the contract a hub is."""

    ORIGIN = "origin"
    DEST = "dest"


class SharedType(Struct, frozen=True, forbid_unknown_fields=True):
    """One type of event; `fields` is the allow-list, None every field its label lets go."""

    type: Annotated[str, Meta(pattern=r"^[a-z]+\.[a-z-]+\.v[0-9]{1,3}\Z", max_length=100)]
    fields: Annotated[tuple[str, ...], Meta(min_length=1, max_length=FIELDS_MAX)] | None = None


class Terms(Struct, frozen=True, forbid_unknown_fields=True):
    """What both hubs sign, byte for byte as the origin wrote it."""

    contract: Annotated[str, Meta(max_length=100)]
    dest: Hub
    expires: Annotated[int, Meta(ge=0, le=253_402_300_799)]
    onward_transfer: Literal[False]
    origin: Hub
    purpose: Annotated[str, Meta(min_length=1, max_length=200)]
    types: Annotated[tuple[SharedType, ...], Meta(min_length=1, max_length=TYPES_MAX)]

    @property
    def expires_at(self) -> datetime:
        return datetime.fromtimestamp(self.expires, UTC)

    def fields(self) -> Mapping[str, tuple[str, ...] | None]:
        """Return type to allow-list."""
        return {each.type: each.fields for each in self.types}


def encode_terms(terms: Terms) -> bytes:
    """Return the bytes that both hubs sign."""
    return msgspec.json.encode(terms)


def decode_terms(body: bytes, *, now: datetime) -> Terms:
    """Read terms, or raise TermsInvalid."""
    if len(body) > TERMS_BYTES_MAX:
        raise TermsInvalid(f"terms have at most {TERMS_BYTES_MAX} bytes")
    try:
        terms = msgspec.json.decode(body, type=Terms)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise TermsInvalid(str(error)) from error
    if terms.origin == terms.dest:
        raise TermsInvalid("a hub shares nothing with itself", field="dest")
    if len({each.type for each in terms.types}) != len(terms.types):
        raise TermsInvalid("a type is named twice", field="types")
    if terms.expires_at <= now:
        raise TermsInvalid("the contract would be over already", field="expires_at")
    return terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One contract as one of its hubs holds it."""

    id: str
    party: Party
    """Which end this hub is."""
    peer: str
    body: bytes
    """The terms, byte for byte."""
    terms: Terms
    state: ContractState
    since: datetime
    deadline: datetime
    """When it ends by itself unless it moves on."""
    suspended_by: Party | None = None
    reason: str | None = None
    """Why it was suspended or ended, the same at both ends."""

    @property
    def other(self) -> Party:
        return Party.DEST if self.party is Party.ORIGIN else Party.ORIGIN

    @property
    def shares(self) -> bool:
        """Whether the terms are in force."""
        return self.state is ContractState.FINALISED


_FORWARD = (
    ContractState.OFFERED,
    ContractState.AGREED,
    ContractState.VERIFIED,
    ContractState.FINALISED,
    ContractState.SUSPENDED,
)
_EITHER = frozenset(Party)
_STEPS: Mapping[Step, tuple[frozenset[Party], frozenset[ContractState], ContractState]] = {
    Step.AGREE: (
        frozenset({Party.DEST}),
        frozenset({ContractState.OFFERED}),
        ContractState.AGREED,
    ),
    Step.VERIFY: (
        frozenset({Party.ORIGIN}),
        frozenset({ContractState.AGREED}),
        ContractState.VERIFIED,
    ),
    Step.FINALISE: (
        frozenset({Party.DEST}),
        frozenset({ContractState.VERIFIED}),
        ContractState.FINALISED,
    ),
    Step.SUSPEND: (_EITHER, frozenset({ContractState.FINALISED}), ContractState.SUSPENDED),
    Step.RESUME: (_EITHER, frozenset({ContractState.SUSPENDED}), ContractState.FINALISED),
    Step.TERMINATE: (
        _EITHER,
        frozenset(ContractState) - {ContractState.TERMINATED},
        ContractState.TERMINATED,
    ),
}


def offered(
    body: bytes, *, party: Party, now: datetime, offered_at: datetime | None = None
) -> Contract:
    """Return the contract that an offer begins, at either end. Raises TermsInvalid."""
    terms = decode_terms(body, now=now)
    peer = terms.dest if party is Party.ORIGIN else terms.origin
    since = now if offered_at is None else offered_at
    return Contract(
        id=terms.contract,
        party=party,
        peer=peer,
        body=body,
        terms=terms,
        state=ContractState.OFFERED,
        since=since,
        deadline=min(since + DECIDE_WITHIN, terms.expires_at),
    )


def moved(
    contract: Contract, step: Step, *, by: Party, now: datetime, reason: str | None = None
) -> Contract:
    """Return the contract after a step, itself when the step was taken before.

    Raises StepRefused when this end may not take it, or not now.
    """
    who, before, after = _STEPS[step]
    if by not in who:
        raise StepRefused(f"the {by} can't {step} a contract", step=step.value)
    if contract.state not in before:
        if contract.state is after or _is_behind(step, after, contract.state):
            return contract
        raise StepRefused(
            f"a contract that is {contract.state} can't {step}", state=contract.state.value
        )
    if step is Step.RESUME and contract.suspended_by is not by:
        raise StepRefused("only who suspended a contract resumes it", step=step.value)
    return replace(
        contract,
        state=after,
        since=now,
        deadline=_deadline(contract, after, now),
        suspended_by=by if step is Step.SUSPEND else None,
        reason=reason if step in (Step.SUSPEND, Step.TERMINATE) else None,
    )


def ended(contract: Contract, *, now: datetime) -> Contract:
    """Return the contract as time leaves it: over once its deadline has passed."""
    if contract.state is ContractState.TERMINATED or now < contract.deadline:
        return contract
    over = now >= contract.terms.expires_at
    return replace(
        contract,
        state=ContractState.TERMINATED,
        since=now,
        suspended_by=None,
        reason="expired" if over else f"{contract.state}-too-long",
    )


def _is_behind(step: Step, after: ContractState, state: ContractState) -> bool:
    """Whether a step was taken before and is only told again."""
    if step in (Step.SUSPEND, Step.RESUME) or state not in _FORWARD or after not in _FORWARD:
        return False
    return _FORWARD.index(after) < _FORWARD.index(state)


def _deadline(contract: Contract, state: ContractState, now: datetime) -> datetime:
    ends = contract.terms.expires_at
    if state in (ContractState.AGREED, ContractState.VERIFIED):
        return min(now + ANSWER_WITHIN, ends)
    return ends

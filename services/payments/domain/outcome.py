"""What became of a command, and what set it off. Both are kept with the command for ever."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from services.payments.domain.commands import Command
from services.payments.domain.rejections import IdReused, Rejection, refuse


class Cause(NamedTuple):
    """What made us do it: an event by type and id, a caller's request, or time."""

    kind: str
    id: str


class Instruction(NamedTuple):
    """A command on its way to the ledger, with what set it off and the trace it belongs to."""

    command: Command
    cause: Cause
    traceparent: str = ""


class Outcome(NamedTuple):
    """Accepted with an answer, or rejected; `is_replay` when it was known before."""

    answer: Mapping[str, Any]
    rejection: Rejection | None = None
    is_replay: bool = False

    @property
    def code(self) -> str:
        return "accepted" if self.rejection is None else self.rejection.error.code

    def answered(self) -> Mapping[str, Any]:
        """Return the answer, or raise the rejection as its own error."""
        if self.rejection is not None:
            raise self.rejection.raised()
        return self.answer


class KnownOutcome(NamedTuple):
    """An outcome as it was kept, with the fingerprint of the command that got it."""

    fingerprint: bytes
    outcome: Outcome

    def for_same(self, fingerprint: bytes) -> Outcome:
        """Return the outcome again for the same command, a refusal for any other."""
        if fingerprint != self.fingerprint:
            return Outcome({}, refuse(IdReused, "this id came before with another content"))
        return self.outcome._replace(is_replay=True)

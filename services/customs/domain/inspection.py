"""What an inspection of goods finds, and what that does to the parcel."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from services.customs.domain.status import Status
from shared.kernel.errors import Rejected


class MissingLinesWrong(Rejected):
    """Missing pieces are named with the outcome `short`, and only then."""

    code = "customs.missing-lines-wrong"


class Outcome(StrEnum):
    """What was found."""

    CONFORM = "conform"
    SHORT = "short"
    MISDECLARED = "misdeclared"
    PROHIBITED = "prohibited"
    SMUGGLED = "smuggled"


CONSEQUENCES: Mapping[Outcome, Status] = MappingProxyType(
    {
        Outcome.CONFORM: Status.RELEASED,
        Outcome.SHORT: Status.RELEASED,
        Outcome.MISDECLARED: Status.DETAINED_FOR_CLEARANCE,
        Outcome.PROHIBITED: Status.DETAINED_FOR_LEGAL,
        Outcome.SMUGGLED: Status.DETAINED_FOR_SMUGGLING,
    }
)
"""What follows: missing goods bear no tax, the others wait for an officer's last word."""

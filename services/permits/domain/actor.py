"""Who does things: a member through one of its clients, and as an officer for which agencies."""

from collections.abc import Collection
from dataclasses import dataclass

from shared.kernel.errors import Forbidden


class NotYourAgency(Forbidden):
    """An officer decides and advises for the agencies that the hub's operator gave it, only."""

    code = "permits.not-your-agency"
    help = "Ask the hub's operator to give you this agency, or leave the case to its officers."


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who did something: the member, and the client it used."""

    member_id: str
    client_id: str


def check_agency(agencies: Collection[str], wanted: Collection[str]) -> None:
    """Raise NotYourAgency unless an officer of `agencies` is one of a wanted agency."""
    if not set(agencies) & set(wanted):
        raise NotYourAgency(f"this is for officers of {', '.join(sorted(wanted)) or 'nobody'}")

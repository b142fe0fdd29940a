"""A contact: the person whom officers, at the other hub too, may ask about a member's goods."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who is asked; `id` is new for each person, so that one can be erased and another named."""

    id: str
    name: str
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, kw_only=True)
class Contact:
    """A member's contact; `person` is None once it was erased, `version` counts on."""

    member_id: str
    version: int
    person: Person | None

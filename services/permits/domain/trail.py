"""The trail of an application or a licence: each field that a step changed, from what to what."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.permits.domain.actor import Actor
from services.permits.domain.states import Deed, LicenceDeed


@dataclass(frozen=True, kw_only=True)
class Change:
    """One field before and after; None where it was or is absent."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, kw_only=True)
class Step:
    """One deed and what it changed; without an actor, the service itself did it."""

    version: int
    deed: Deed
    actor: Actor | None
    at: datetime
    changes: tuple[Change, ...]


@dataclass(frozen=True, kw_only=True)
class LicenceStep:
    """One deed to a licence and what it changed; without an actor, time or customs did it.

    `cause` is the application it was issued for, the declaration that used it, or its successor.
    """

    version: int
    deed: LicenceDeed
    actor: Actor | None
    cause: str | None
    at: datetime
    changes: tuple[Change, ...]


def changes_between(before: Any, after: Any) -> tuple[Change, ...]:
    """Return every leaf that differs between two documents, in the order of their paths."""
    old, new = dict(_leaves(before, "")), dict(_leaves(after, ""))
    return tuple(
        Change(field=path, before=old.get(path), after=new.get(path))
        for path in sorted(old.keys() | new.keys())
        if old.get(path) != new.get(path)
    )


def _leaves(node: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(node, Mapping):
        for name, value in node.items():
            yield from _leaves(value, f"{path}.{name}" if path else str(name))
    elif isinstance(node, Sequence) and not isinstance(node, str):
        for index, value in enumerate(node):
            yield from _leaves(value, f"{path}[{index}]")
    else:
        yield path, node

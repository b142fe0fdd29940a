"""Why something was refused, in words that no door and no transport appear in.

    EroadError
    ├── Malformed     the request can't be read
    ├── Rejected      the request is understood and may not happen
    ├── NotFound      there is no such thing, or not for this caller
    ├── Conflict      it collides with what is already there
    ├── Forbidden     the caller is known and may not do this
    ├── Unauthenticated   the caller is not known
    ├── Throttled     too much at once; try again later
    └── Unavailable   something we depend on does not answer; try again later

Concrete errors live beside the code that raises them and carry a stable `code`.
`shared/web/problems.py` turns them into HTTP, `shared/messaging/consumer.py` into retry or
quarantine; nobody else translates them.
"""

from collections.abc import Sequence
from typing import Any, ClassVar


class EroadError(Exception):
    """A refusal with a stable code, the field it is about, and what to do about it."""

    code: ClassVar[str] = "internal"
    help: ClassVar[str] = ""

    def __init__(self, message: str, *, field: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.details = details


class Malformed(EroadError):
    """The request can't be read."""

    code = "malformed"


class Rejected(EroadError):
    """The request is understood and may not happen."""

    code = "rejected"


class NotFound(EroadError):
    """There is no such thing, or the caller may not know of it."""

    code = "not-found"


class Conflict(EroadError):
    """The request collides with what is already there."""

    code = "conflict"


class Forbidden(EroadError):
    """The caller is known and may not do this."""

    code = "forbidden"


class Unauthenticated(EroadError):
    """The caller could not be identified."""

    code = "unauthenticated"


class Throttled(EroadError):
    """Too much at once; `retry_after_s` says when to come back."""

    code = "throttled"

    def __init__(self, message: str, *, retry_after_s: int = 1, **details: Any) -> None:
        super().__init__(message, **details)
        self.retry_after_s = retry_after_s


class Unavailable(EroadError):
    """Something we depend on does not answer; `retry_after_s` says when to come back."""

    code = "unavailable"

    def __init__(self, message: str, *, retry_after_s: int = 2, **details: Any) -> None:
        super().__init__(message, **details)
        self.retry_after_s = retry_after_s


FIELD_LENGTH_MAX = 500


def field_at(place: Sequence[str | int]) -> str:
    """Spell where in a request a reader found something as all refusals do: `lines[1].price`.

    What is not in the body says so: `query.limit`, `header.if-match`.
    """
    parts = place[1:] if len(place) > 1 and place[0] == "body" else place
    spelled = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return spelled.removeprefix(".")[:FIELD_LENGTH_MAX]

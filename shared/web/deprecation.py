"""How a route says that it will go: in its own replies, long before it does, and in OpenAPI.

`Deprecation` (RFC 9745) tells since when, `Sunset` (RFC 8594) until when at least, and a link what
to use instead. Mark the route `deprecated=True` and give it the dependency of the same name.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from fastapi import Depends, Response

NOTICE = timedelta(days=180)
"""A route lives at least this long after it was deprecated."""


def deprecated(*, since: date, sunset: date, instead: str) -> Any:
    """Return a dependency that adds the headers; `instead` is the path of the new route."""
    assert sunset - since >= NOTICE, f"callers get {NOTICE.days} days to move"
    headers = {
        "Deprecation": f"@{int(_midnight(since).timestamp())}",
        "Sunset": f"{_midnight(sunset):%a, %d %b %Y %H:%M:%S} GMT",
        "Link": f'<{instead}>; rel="successor-version"',
    }

    async def say(response: Response) -> None:
        response.headers.update(headers)

    return Depends(say)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)

"""Cursor pages: stable under inserts, bounded, and opaque to the caller."""

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from shared.kernel.errors import Rejected

PAGE_MAX = 100
PAGE_DEFAULT = 50
NUMBER_DIGITS_MAX = 18
"""Every number of so many digits fits a column of 64 bits."""

Item = TypeVar("Item")

Limit = Annotated[int, Query(ge=1, le=PAGE_MAX, description="items per page")]
Cursor = Annotated[
    str | None,
    Query(min_length=1, max_length=400, description="`next_cursor` of the page before"),
]


class CursorMalformed(Rejected):
    """A cursor comes from `next_cursor` of a page and is passed back unchanged."""

    code = "cursor-malformed"


class Page(BaseModel, Generic[Item]):
    """Some items, and where the next ones start."""

    items: Annotated[list[Item], Field(max_length=PAGE_MAX)]
    next_cursor: Annotated[str | None, Field(max_length=400)] = None


def after(cursor: str | None) -> str:
    """Return the id after which the page starts; blank for the first page."""
    if cursor is None:
        return ""
    try:
        last_id = base64.urlsafe_b64decode(cursor.encode() + b"==").decode()
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise CursorMalformed("not a cursor of this list", field="cursor") from error
    if not last_id.isprintable():
        raise CursorMalformed("not a cursor of this list", field="cursor")
    return last_id


def number_after(cursor: str | None) -> int:
    """Return the number after which the page starts; 0 for the first page."""
    return number_in(after(cursor))


def number_in(mark: str) -> int:
    """Read the number that is (a part of) what a cursor says, 0 where it says nothing."""
    if mark and not (mark.isascii() and mark.isdigit() and len(mark) <= NUMBER_DIGITS_MAX):
        raise CursorMalformed("not a cursor of this list", field="cursor")
    return int(mark or 0)


def cursor_for(last_ids: Sequence[str], *, limit: int) -> str | None:
    """Return the cursor that follows a page of these ids, or None when it was the last."""
    if len(last_ids) < limit:
        return None
    return base64.urlsafe_b64encode(last_ids[-1].encode()).decode().rstrip("=")

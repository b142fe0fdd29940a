"""What counts as the database not answering, in SQLAlchemy's words and in the driver's own."""

import asyncpg
import pytest
from asyncpg.exceptions import (
    ConnectionDoesNotExistError,
    DeadlockDetectedError,
    DiskFullError,
    PostgresIOError,
    TooManyConnectionsError,
    UniqueViolationError,
)
from sqlalchemy.exc import DBAPIError

from shared.db.database import is_outage

AWAY = (
    ConnectionDoesNotExistError("connection was closed"),
    DeadlockDetectedError("a circle"),
    DiskFullError("no space left"),
    PostgresIOError("the disk fails"),
    TooManyConnectionsError("too many clients"),
    asyncpg.InterfaceError("connection is closed"),
    ConnectionResetError("reset"),
    TimeoutError("too slow"),
)
REFUSED = (
    UniqueViolationError("there is one already"),
    ValueError("not a number"),
)


@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
def test_is_an_outage(error: Exception) -> None:
    assert is_outage(error)


@pytest.mark.parametrize("error", REFUSED, ids=lambda error: type(error).__name__)
def test_is_a_refusal(error: Exception) -> None:
    assert not is_outage(error)


@pytest.mark.parametrize(
    ("error", "expected"),
    [(DiskFullError("no space left"), True), (UniqueViolationError("there is one already"), False)],
)
def test_is_judged_by_what_sqlalchemy_wraps(error: Exception, *, expected: bool) -> None:
    assert is_outage(DBAPIError("INSERT", {}, error)) is expected

"""Statements of SQL are compiled once a process, as in a service that lives long.

SQLAlchemy keeps them by engine, and a test has an engine of its own: to compile the same few
hundred statements again and again would be a seventh of the time of the component tests.
"""

from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine


class _ByKind(dict[Any, Any]):
    """Finds what was compiled for a database of the same kind, where SQLAlchemy names one alone."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_of_kind(key), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__(_of_kind(key), compiled)


def _of_kind(key: Any) -> Any:
    dialect, *statement = key
    return (type(dialect), *statement)


_kept = _ByKind()


def keep_compiled() -> None:
    """From now on let every connection of this process find what any of them compiled."""
    if not event.contains(Engine, "engine_connect", _share):
        event.listen(Engine, "engine_connect", _share)


def _share(connection: Connection) -> None:
    connection.execution_options(compiled_cache=_kept)

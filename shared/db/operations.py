"""Long work that outlives its request: kept whole, done in steps, each in a transaction of its own.

A step holds its operation, does the next lines and writes what became of them; all of it commits
or nothing does. So a worker that dies loses no line and does none twice, and the next one goes on.
What was asked is forgotten line by line as it is done: it may be somebody's personal data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    bindparam,
    delete,
    func,
    insert,
    null,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.types import Moment
from shared.kernel.errors import NotFound, Throttled

BELL = "operations"
"""Rung when there is work; the worker looks now and then anyway."""
RUNNING_PER_TENANT_MAX = 5
KEPT = timedelta(days=7)
"""How long an operation can be read after its end."""


Status = Literal["running", "succeeded", "failed"]


class OperationNotFound(NotFound):
    """There is no such operation, it is another's, or it ended more than a week ago."""

    code = "operation-not-found"


class TooManyOperations(Throttled):
    """A member has some operations running at a time; wait for one of them."""

    code = "too-many-operations"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One line of an operation: what is asked, or what is known to become of it already."""

    line: int
    ask: Mapping[str, Any] | None
    result: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Operation:
    """Long work of one tenant, and how far it is."""

    id: str
    tenant: str
    kind: str
    status: Status
    lines: int
    done: int
    refused: int
    problem: Mapping[str, Any] | None
    traceparent: str
    created_at: datetime
    finished_at: datetime | None

    @property
    def expires_at(self) -> datetime | None:
        return None if self.finished_at is None else self.finished_at + KEPT


def operation_tables(metadata: MetaData) -> tuple[Table, Table]:
    """Add the two tables of operations to a service's metadata, or return those already there."""
    if "operation" in metadata.tables:
        return metadata.tables["operation"], metadata.tables["operation_line"]
    operation = Table(
        "operation",
        metadata,
        Column("id", String(64), primary_key=True),
        Column("tenant", String(64), nullable=False),
        Column("kind", String(60), nullable=False),
        Column("status", String(20), nullable=False),
        Column("lines", Integer, nullable=False),
        Column("done", Integer, nullable=False),
        Column("refused", Integer, nullable=False),
        Column("problem", JSON(none_as_null=True)),
        Column("traceparent", String(60), nullable=False),
        Column("created_at", Moment, nullable=False),
        Column("stepped_at", Moment, nullable=False),
        Column("finished_at", Moment),
        Index("ix_operation_next", "status", "stepped_at"),
        Index("ix_operation_tenant", "tenant", "status"),
    )
    line = Table(
        "operation_line",
        metadata,
        Column("operation_id", String(64), ForeignKey("operation.id"), primary_key=True),
        Column("line", Integer, primary_key=True, autoincrement=False),
        Column("ask", JSON(none_as_null=True)),
        Column("result", JSON(none_as_null=True)),
    )
    return operation, line


class Operations:
    """The operations of one service; workers and members use the same rows."""

    def __init__(self, connection: AsyncConnection, metadata: MetaData) -> None:
        self._connection = connection
        self._operation, self._line = operation_tables(metadata)

    async def add(
        self,
        *,
        id: str,
        tenant: str,
        kind: str,
        asked: Sequence[Asked],
        traceparent: str,
        now: datetime,
    ) -> Operation:
        """Keep what is asked until it is done, or raise TooManyOperations."""
        await self._check_running(tenant)
        known = [one.result for one in asked if one.result is not None]
        new = Operation(
            id=id,
            tenant=tenant,
            kind=kind,
            status="running",
            lines=len(asked),
            done=len(known),
            refused=sum(map(_is_refusal, known)),
            problem=None,
            traceparent=traceparent,
            created_at=now,
            finished_at=None,
        )
        await self._connection.execute(insert(self._operation), {**vars(new), "stepped_at": now})
        if asked:
            rows = [{**vars(one), "operation_id": id} for one in asked]
            await self._connection.execute(insert(self._line), rows)
        return new

    async def get(self, operation_id: str, *, tenant: str) -> Operation:
        """Return an operation of this tenant, or raise OperationNotFound."""
        o = self._operation.c
        query = select(self._operation).where(o.id == operation_id, o.tenant == tenant)
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            raise OperationNotFound("there is no such operation")
        return _operation(row)

    async def results(
        self, operation_id: str, *, after: int, limit: int
    ) -> list[tuple[int, Mapping[str, Any]]]:
        """Return what became of lines, those after `after` that are done, by their number."""
        c = self._line.c
        rows = await self._connection.execute(
            select(c.line, c.result)
            .where(c.operation_id == operation_id, c.line > after, c.result.is_not(null()))
            .order_by(c.line)
            .limit(limit)
        )
        return [(row.line, row.result) for row in rows]

    async def next(self) -> Operation | None:
        """Hold the running operation that has waited longest, None when there is none."""
        o = self._operation.c
        query = (
            select(self._operation)
            .where(o.status == "running")
            .order_by(o.stepped_at, o.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else _operation(row)

    async def open_lines(self, operation_id: str, *, limit: int) -> list[Asked]:
        """Return the next lines that nothing is known of yet, by their number."""
        c = self._line.c
        rows = await self._connection.execute(
            select(c.line, c.ask)
            .where(c.operation_id == operation_id, c.result.is_(null()))
            .order_by(c.line)
            .limit(limit)
        )
        return [Asked(line=row.line, ask=row.ask) for row in rows]

    async def step(
        self, held: Operation, results: Mapping[int, Mapping[str, Any]], *, now: datetime
    ) -> Operation:
        """Keep what became of these lines and forget what they asked; the last ends the work."""
        c = self._line.c
        if results:
            await self._connection.execute(
                update(self._line)
                .where(c.operation_id == held.id, c.line == bindparam("of_line"))
                .values(ask=null(), result=bindparam("became")),
                [{"of_line": line, "became": dict(result)} for line, result in results.items()],
            )
        done = held.done + len(results)
        refused = held.refused + sum(map(_is_refusal, results.values()))
        values: dict[str, Any] = {"done": done, "refused": refused, "stepped_at": now}
        if done == held.lines:
            values |= {"status": "succeeded", "finished_at": now}
        return await self._change(held.id, values)

    async def fail(self, operation_id: str, problem: Mapping[str, Any], *, now: datetime) -> None:
        """End an operation that can't go on; what it did stays, what it asked is forgotten."""
        await self._connection.execute(
            update(self._line).where(self._line.c.operation_id == operation_id).values(ask=null())
        )
        ended = {"status": "failed", "problem": dict(problem), "finished_at": now}
        await self._change(operation_id, ended)

    async def forget_expired(self, *, now: datetime) -> None:
        """Take operations that ended long enough ago, with their lines."""
        await self._forget(self._operation.c.finished_at < now - KEPT)

    async def forget_of(self, tenant: str) -> None:
        """Take all operations of a tenant; what is running stops."""
        await self._forget(self._operation.c.tenant == tenant)

    async def _forget(self, which: Any) -> None:
        o, c = self._operation.c, self._line.c
        ids = select(o.id).where(which)
        await self._connection.execute(delete(self._line).where(c.operation_id.in_(ids)))
        await self._connection.execute(delete(self._operation).where(which))

    async def _check_running(self, tenant: str) -> None:
        o = self._operation.c
        query = select(func.count()).where(o.tenant == tenant, o.status == "running")
        running = await self._connection.scalar(query) or 0
        if running >= RUNNING_PER_TENANT_MAX:
            raise TooManyOperations(
                f"{running} operations of this member are running", retry_after_s=10
            )

    async def _change(self, operation_id: str, values: Mapping[str, Any]) -> Operation:
        table = self._operation
        row = await self._connection.execute(
            update(table).where(table.c.id == operation_id).values(values).returning(*table.c)
        )
        return _operation(row.one())


def _is_refusal(result: Mapping[str, Any]) -> bool:
    return result.get("problem") is not None


def _operation(row: Row[*tuple[object, ...]]) -> Operation:
    values = dict(row._mapping)
    values.pop("stepped_at")
    return Operation(**values)

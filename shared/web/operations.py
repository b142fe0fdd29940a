"""Long work over HTTP: 202 says where to look, and looking says how far it is."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from fastapi.responses import JSONResponse

from shared.contracts.operations import LineProblem, OperationResult, OperationView
from shared.db.operations import BELL, Asked, Operation, Operations
from shared.db.tx import Store, Tx
from shared.kernel.ids import ID_PATTERN
from shared.web.auth import Caller, requires
from shared.web.door import DoorRoute
from shared.web.pages import PAGE_DEFAULT, Cursor, CursorMalformed, Limit, Page, after, cursor_for

LOOK_AGAIN_S = 1
ASYNC = "respond-async"
LINE_DIGITS_MAX = 6
PATH = "/v1/operations"

OperationId = Annotated[str, Path(pattern=ID_PATTERN)]

ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {
        "model": OperationView,
        "description": "Accepted; Location says where to read how far it is",
    }
}
"""For routes that take `Prefer: respond-async`."""


async def prefers_async(
    prefer: Annotated[
        str | None, Header(max_length=200, description=f"`{ASYNC}`: 202 and an operation")
    ] = None,
) -> bool:
    """Whether the caller would rather be told where to look than wait (RFC 7240)."""
    asked = (one.partition(";")[0].strip().lower() for one in (prefer or "").split(","))
    return ASYNC in asked


PrefersAsync = Annotated[bool, Depends(prefers_async)]


async def kept_operations(request: Request) -> Callable[[Tx], Operations]:
    """Where this service keeps its operations."""
    store: Store[Any] = request.app.state.store
    return lambda tx: Operations(tx.connection, store.metadata)


Kept = Annotated[Callable[[Tx], Operations], Depends(kept_operations)]


async def accepted(
    tx: Tx, operations: Operations, *, tenant: str, kind: str, asked: Sequence[Asked]
) -> Response:
    """Keep work for the worker, in the request's transaction, and return the 202 that says so."""
    operation = await operations.add(
        id=tx.ids.new("opn"),
        tenant=tenant,
        kind=kind,
        asked=asked,
        traceparent=tx.traceparent,
        now=tx.now,
    )
    tx.ring(BELL)
    return JSONResponse(
        operation_view(operation).model_dump(mode="json"),
        status_code=202,
        headers={
            "Location": f"{PATH}/{operation.id}",
            "Retry-After": str(LOOK_AGAIN_S),
            "Preference-Applied": ASYNC,
        },
    )


def operations_router(*scopes: str, own_reading: Any) -> APIRouter:
    """Return the doors at which a member reads its own operations, on a narrowed unit of work."""
    router = APIRouter(prefix=PATH, tags=["operations"], route_class=DoorRoute)
    may_read = [Depends(requires(*scopes))]

    @router.get("/{operation_id}", dependencies=may_read)
    async def read(
        operation_id: OperationId,
        tx: Annotated[Tx, own_reading],
        caller: Caller,
        kept: Kept,
        response: Response,
    ) -> OperationView:
        """Read how far long work is; while it runs, Retry-After says when to look again."""
        operation = await kept(tx).get(operation_id, tenant=caller.member_id)
        if operation.status == "running":
            response.headers["Retry-After"] = str(LOOK_AGAIN_S)
        return operation_view(operation)

    @router.get("/{operation_id}/results", dependencies=may_read)
    async def results(
        operation_id: OperationId,
        tx: Annotated[Tx, own_reading],
        caller: Caller,
        kept: Kept,
        limit: Limit = PAGE_DEFAULT,
        cursor: Cursor = None,
    ) -> Page[OperationResult]:
        """What became of every line that is done, by its number; refused ones say why."""
        await kept(tx).get(operation_id, tenant=caller.member_id)
        found = await kept(tx).results(operation_id, after=_line(cursor), limit=limit)
        return Page(
            items=[OperationResult(line=line, **result) for line, result in found],
            next_cursor=cursor_for([str(line) for line, _ in found], limit=limit),
        )

    return router


def operation_view(operation: Operation) -> OperationView:
    """Return an operation in the words of the API."""
    return OperationView(
        id=operation.id,
        kind=operation.kind,
        status=operation.status,
        lines=operation.lines,
        done=operation.done,
        refused=operation.refused,
        problem=None if operation.problem is None else LineProblem(**operation.problem),
        created_at=operation.created_at,
        finished_at=operation.finished_at,
        expires_at=operation.expires_at,
    )


def _line(cursor: str | None) -> int:
    text = after(cursor) or "-1"
    if cursor and not (text.isascii() and text.isdigit() and len(text) <= LINE_DIGITS_MAX):
        raise CursorMalformed("not a cursor of this list", field="cursor")
    return int(text)

"""The HTTP door: one transaction per request, committed before the reply leaves.

A POST that creates needs an Idempotency-Key. Its reply is stored in the same transaction, so a
repeat gets the same reply, another body under the same key is refused, and two at once meet a 409.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AsyncExitStack
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from sqlalchemy import insert, select, text

from shared.db.tables import messaging_tables
from shared.db.tx import Store, Tx
from shared.kernel.errors import Conflict, Malformed, Rejected
from shared.kernel.strict_json import read_json
from shared.web.auth import Caller

KEY_LENGTH_MAX = 255
REPLY_BYTES_MAX = 1_000_000
REPLAYED = "Idempotency-Replayed"


class IdempotencyKeyMissing(Malformed):
    """Creating something needs an Idempotency-Key header, so that a retry can't do it twice."""

    code = "idempotency-key-missing"
    help = "Send a fresh Idempotency-Key (a UUID is fine) and repeat it only when you retry."


class IdempotencyKeyReused(Rejected):
    """The same Idempotency-Key came before with another request."""

    code = "idempotency-key-reused"
    help = "Use a new Idempotency-Key for a new request."


class RequestInFlight(Conflict):
    """The same request is being answered right now."""

    code = "request-in-flight"
    help = "Wait a moment and send it again: you will get the same reply."


class ParameterUnknown(Malformed):
    """The query has a parameter that the route does not know; to ignore it would mislead."""

    code = "parameter-unknown"
    help = "Leave it out, or spell it as the API's description does."

    def __init__(self, known: Collection[str]) -> None:
        named = ", ".join(sorted(known))
        told = f"the query here takes {named}" if known else "there are no parameters here"
        super().__init__(told, field="query")


class _Replay(Exception):
    """The reply to this request is known already."""

    def __init__(self, response: Response) -> None:
        self.response = response


class Door:
    """One request's way to the database."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._stack = AsyncExitStack()
        self._tx: Tx | None = None
        self._key: tuple[str, str] | None = None
        self._fingerprint = ""

    async def answer(self, handle: Callable[[Request], Awaitable[Response]]) -> Response:
        """Run the route; commit when it answers, roll back when it raises."""
        try:
            async with self._stack:
                response = await handle(self._request)
                if self._tx is not None and self._key is not None:
                    await self._remember(response)
                return response
        except _Replay as replay:
            return replay.response

    async def transaction(self, tenant: str, key: str | None) -> Tx:
        """Open the request's unit of work, or raise the reply given before under its key."""
        if self._tx is not None:
            return self._tx
        if key is None and self._request.method == "POST":
            raise IdempotencyKeyMissing("this needs an Idempotency-Key header")
        if key is not None:
            self._key = (tenant, key)
            self._fingerprint = await _fingerprint(self._request)
            await self._stack.enter_async_context(self._only_one())
        store: Store[Any] = self._request.app.state.store
        tx: Tx = await self._stack.enter_async_context(
            store.transaction(traceparent=self._request.state.traceparent)
        )
        if self._key is not None:
            await self._check_replay(tx)
        self._tx = tx
        return tx

    def _only_one(self) -> "_InFlight":
        return _InFlight(self._request.app.state.in_flight, self._key)

    async def _check_replay(self, tx: Tx) -> None:
        tenant, key = self._key or ("", "")
        store: Store[Any] = self._request.app.state.store
        if not store.database.is_sqlite:
            locked = await tx.connection.scalar(
                text("SELECT pg_try_advisory_xact_lock(hashtextextended(:key, 0))"),
                {"key": f"{tenant}/{key}"},
            )
            if not locked:
                raise RequestInFlight("the same request is being answered")
        table = messaging_tables(store.metadata).idempotency
        row = (
            await tx.connection.execute(
                select(table).where(table.c.tenant == tenant, table.c.key == key)
            )
        ).one_or_none()
        if row is None:
            return
        if row.fingerprint != self._fingerprint:
            raise IdempotencyKeyReused("this Idempotency-Key came before with another request")
        headers = {**json.loads(row.headers), REPLAYED: "true"}
        raise _Replay(Response(row.body, status_code=row.status, headers=headers))

    async def _remember(self, response: Response) -> None:
        assert self._tx is not None, "only a transaction can be remembered"
        assert self._key is not None, "only a key can be remembered"
        if response.status_code >= 400 or len(response.body) > REPLY_BYTES_MAX:
            return
        store: Store[Any] = self._request.app.state.store
        kept = {
            name: value
            for name, value in response.headers.items()
            if name in {"content-type", "location", "etag"}
        }
        await self._tx.connection.execute(
            insert(messaging_tables(store.metadata).idempotency),
            {
                "tenant": self._key[0],
                "key": self._key[1],
                "fingerprint": self._fingerprint,
                "status": response.status_code,
                "headers": json.dumps(kept),
                "body": bytes(response.body),
                "created_at": self._tx.now,
            },
        )


class _InFlight:
    """Holds a key while its request is being answered by this process."""

    def __init__(self, held: set[tuple[str, str]], key: tuple[str, str] | None) -> None:
        self._held = held
        self._key = key

    async def __aenter__(self) -> None:
        assert self._key is not None, "only a key can be held"
        if self._key in self._held:
            raise RequestInFlight("the same request is being answered")
        self._held.add(self._key)

    async def __aexit__(self, *error: object) -> None:
        self._held.discard(self._key or ("", ""))


class _StrictRequest(Request):
    """A request whose JSON means one thing; FastAPI alone would take UTF-16 and repeated names."""

    async def json(self) -> Any:
        return read_json(await self.body())


class DoorRoute(APIRoute):
    """A route whose dependencies may open the request's one transaction."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        handle = super().get_route_handler()
        known = _query_names(self.dependant)

        async def through_the_door(request: Request) -> Response:
            request = _StrictRequest(request.scope, request.receive)
            if not known.issuperset(request.query_params):
                raise ParameterUnknown(known)
            request.state.door = Door(request)
            return await request.state.door.answer(handle)  # type: ignore[no-any-return]

        return through_the_door


def _query_names(dependant: Dependant) -> frozenset[str]:
    """Return the query parameters that a route and all it depends on take."""
    own = (field.alias for field in dependant.query_params)
    return frozenset(own).union(*map(_query_names, dependant.dependencies))


async def transaction(
    request: Request,
    principal: Caller,
    idempotency_key: Annotated[
        str | None, Header(min_length=1, max_length=KEY_LENGTH_MAX, pattern=r"^[\x21-\x7e]+$")
    ] = None,
) -> Tx:
    """The request's unit of work, for routes that change something."""
    door: Door = request.state.door
    return await door.transaction(principal.member_id, idempotency_key)


async def reading(request: Request) -> AsyncIterator[Tx]:
    """A unit of work for routes that only look."""
    store: Store[Any] = request.app.state.store
    async with store.reading() as tx:
        yield tx


def narrowed(opened: Callable[..., Any], *, sees_all: Collection[str]) -> Any:
    """Return the dependency that shows a unit of work the caller's rows alone.

    Callers with one of the scopes `sees_all` work on rows of every member.
    """

    async def own(tx: Annotated[Tx, Depends(opened)], principal: Caller) -> Tx:
        if not any(map(principal.may, sees_all)):
            await tx.narrow_to(principal.member_id)
        return tx

    return Depends(own)


Transaction = Depends(transaction)
Reading = Depends(reading)


async def _fingerprint(request: Request) -> str:
    """Return what makes two requests the same: method, path, query and body."""
    head = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return hashlib.sha256(head + await request.body()).hexdigest()

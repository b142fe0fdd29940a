"""What the routes of `payments` are given."""

from typing import Annotated, Any

from fastapi import Depends, Header, Path, Request, Response

from services.payments.desk import PostingDesk
from services.payments.domain.commands import Command
from services.payments.domain.institutions import PaymentProvider, RateSource
from services.payments.domain.outcome import Cause, Instruction
from services.payments.store.tx import PaymentsTx
from shared.db.tx import Store
from shared.kernel.ids import ID_PATTERN, derived_id
from shared.web.auth import Caller, Principal
from shared.web.door import KEY_LENGTH_MAX, REPLAYED, IdempotencyKeyMissing, reading, transaction

OPERATE = "hub:operate"


class Counter:
    """Where one request meets the posting desk: its command's id, and the way in.

    The id follows from the caller and its Idempotency-Key, so a repeated request is the same
    command, for ever. Whatever a route reads beforehand, it reads in a transaction of its own that
    is over before the desk needs a connection.
    """

    def __init__(self, request: Request, response: Response, caller: Principal, key: str) -> None:
        state = request.app.state
        self._desk: PostingDesk = state.desk
        self._response = response
        self._traceparent: str = request.state.traceparent
        self._caller = caller
        self.store: Store[PaymentsTx] = state.store
        self.hub = self.store.ids.hub
        self.member = member_of(caller)
        self.command_id = derived_id("cmd", self.hub, "http", caller.member_id, key)

    async def post(self, command: Command) -> dict[str, Any]:
        """Return the ledger's answer, or raise its refusal."""
        cause = Cause("http", self._caller.client_id)
        outcome = await self._desk.post(Instruction(command, cause, self._traceparent))
        if outcome.is_replay:
            self._response.headers[REPLAYED] = "true"
        return dict(outcome.answered())


def member_of(caller: Principal) -> str | None:
    """Return whose things the caller may see; None means everybody's."""
    return None if caller.may(OPERATE) else caller.member_id


async def counter(
    request: Request,
    response: Response,
    caller: Caller,
    idempotency_key: Annotated[
        str | None, Header(min_length=1, max_length=KEY_LENGTH_MAX, pattern=r"^[\x21-\x7e]+$")
    ] = None,
) -> Counter:
    if idempotency_key is None:
        raise IdempotencyKeyMissing("this needs an Idempotency-Key header")
    return Counter(request, response, caller, idempotency_key)


async def provider(request: Request) -> PaymentProvider:
    found: PaymentProvider = request.app.state.provider
    return found


async def rates(request: Request) -> RateSource:
    found: RateSource = request.app.state.rates
    return found


AtCounter = Annotated[Counter, Depends(counter)]
PaymentsTransaction = Annotated[PaymentsTx, Depends(transaction)]
PaymentsReading = Annotated[PaymentsTx, Depends(reading)]
Provider = Annotated[PaymentProvider, Depends(provider)]
Rates = Annotated[RateSource, Depends(rates)]
PathId = Annotated[str, Path(pattern=ID_PATTERN)]

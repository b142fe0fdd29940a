"""What the routes of `logistics` are given."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Header, Path, Query, Request

from services.logistics.clients.planners import Planners
from services.logistics.domain.rates import RateCard
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.queries import Viewer
from shared.db.tx import Store
from shared.kernel.errors import Forbidden
from shared.kernel.ids import ID_PATTERN
from shared.web.auth import Caller
from shared.web.door import (
    KEY_LENGTH_MAX,
    Door,
    IdempotencyKeyMissing,
    reading,
    transaction,
)

SEE_ALL = ("logistics:carry", "hub:operate", "customs:decide")


class NotAForwarder(Forbidden):
    """Consolidations are run by forwarders (agents), carriers and the hub's operator."""

    code = "logistics.not-a-forwarder"
    help = "Give the parcel to a forwarder of this hub, who pools it with others."


async def viewer(principal: Caller) -> Viewer:
    """Who looks: carriers, officers and operators see all that moves, members their own."""
    return Viewer(
        member_id=principal.member_id, sees_all=any(principal.may(scope) for scope in SEE_ALL)
    )


async def forwarder(principal: Caller) -> Viewer:
    """Who may run consolidations: a forwarder its own, a carrier or the operator any."""
    carries = principal.may("logistics:carry")
    if not carries and not (principal.kind == "agent" and principal.may("logistics:write")):
        raise NotAForwarder("this is for forwarders and carriers")
    return Viewer(member_id=principal.member_id, sees_all=carries)


async def gate_tolerance_permille(request: Request) -> int:
    """How far the gate's scales may be off."""
    permille: int = request.app.state.gate_tolerance_permille
    return permille


async def rate_cards(request: Request) -> tuple[RateCard, ...]:
    """What carriers ask."""
    cards: tuple[RateCard, ...] = request.app.state.rate_cards
    return cards


async def store(request: Request) -> Store[LogisticsTx]:
    """The service's store, for routes that look, think, and only then change something."""
    kept: Store[LogisticsTx] = request.app.state.store
    return kept


async def planners(request: Request) -> Planners:
    """The processes that plan."""
    desk: Planners = request.app.state.planners
    return desk


async def late_transaction(
    request: Request,
    principal: Caller,
    idempotency_key: Annotated[
        str | None, Header(min_length=1, max_length=KEY_LENGTH_MAX, pattern=r"^[\x21-\x7e]+$")
    ] = None,
) -> Callable[[], Awaitable[LogisticsTx]]:
    """The request's unit of work, opened when the route asks: nothing is locked while it plans."""
    door: Door = request.state.door
    if idempotency_key is None:
        raise IdempotencyKeyMissing("this needs an Idempotency-Key header")

    async def opened() -> LogisticsTx:
        tx = await door.transaction(principal.member_id, idempotency_key)
        assert isinstance(tx, LogisticsTx), "this service's store opens its own units of work"
        return tx

    return opened


LogisticsTransaction = Annotated[LogisticsTx, Depends(transaction)]
LogisticsReading = Annotated[LogisticsTx, Depends(reading)]
Looking = Annotated[Viewer, Depends(viewer)]
Forwarding = Annotated[Viewer, Depends(forwarder)]
GateTolerance = Annotated[int, Depends(gate_tolerance_permille)]
PlannersDesk = Annotated[Planners, Depends(planners)]
LogisticsStore = Annotated[Store[LogisticsTx], Depends(store)]
LateTransaction = Annotated[Callable[[], Awaitable[LogisticsTx]], Depends(late_transaction)]
RateCards = Annotated[tuple[RateCard, ...], Depends(rate_cards)]

ParcelId = Annotated[str, Path(pattern=ID_PATTERN)]
ConsolidationId = Annotated[str, Path(pattern=ID_PATTERN)]
WaybillId = Annotated[str, Path(pattern=ID_PATTERN)]
LogisticsNumber = Annotated[str, Path(pattern=r"^[A-Z0-9][A-Z0-9-]{3,34}$")]
OfOrder = Annotated[
    str | None,
    Query(pattern=ID_PATTERN, description="the order, where a number is ambiguous"),
]

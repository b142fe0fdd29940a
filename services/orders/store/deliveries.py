"""How deliveries are kept: who is due, each subject's in their sequence, and the log."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.orders.domain.delivery import OPEN, Attempt, Delivery, DeliveryState
from services.orders.store.tables import webhook_delivery, webhook_endpoint
from shared.kernel.errors import NotFound

_d = webhook_delivery.c
_OPEN = sorted(state.value for state in OPEN)


class DeliveryNotFound(NotFound):
    """There is no such webhook delivery, or it is not yours to see."""

    code = "orders.delivery-not-found"


class Deliveries:
    """What was, is being and will be delivered."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, delivery_id: str, *, member_id: str) -> Delivery:
        """Return a delivery of a member, or raise DeliveryNotFound."""
        row = (
            await self._connection.execute(
                select(webhook_delivery).where(_d.id == delivery_id, _d.member_id == member_id)
            )
        ).one_or_none()
        if row is None:
            raise DeliveryNotFound(f"no webhook delivery {delivery_id}")
        return _delivery(row)

    async def hold(self, delivery_id: str) -> Delivery | None:
        """Return a delivery that is still there, held for changing it; its endpoint is held."""
        row = (
            await self._connection.execute(
                select(webhook_delivery).where(_d.id == delivery_id).with_for_update()
            )
        ).one_or_none()
        return None if row is None else _delivery(row)

    async def add(self, new: Sequence[Delivery]) -> None:
        if new:
            await self._connection.execute(insert(webhook_delivery), [_values(one) for one in new])

    async def last_sequence(self, endpoint_id: str, *, subject_id: str) -> int:
        """Return the sequence of an endpoint's last message about a subject, 0 before the first."""
        query = select(func.max(_d.sequence)).where(
            _d.endpoint_id == endpoint_id, _d.subject_id == subject_id
        )
        return int(await self._connection.scalar(query) or 0)

    async def save(self, changed: Delivery) -> None:
        await self._connection.execute(
            update(webhook_delivery).where(_d.id == changed.id).values(_values(changed))
        )

    async def claim(
        self, *, now: datetime, lease: timedelta, limit: int, per_endpoint: int
    ) -> list[Delivery]:
        """Return deliveries that are due, and keep others from them until the lease ends.

        Of one subject at one endpoint only the earliest open one is due, and one endpoint gets no
        more than its share: a slow receiver holds up neither its own subject nor the others.
        """
        due = await self._connection.execute(
            select(webhook_delivery)
            .where(_d.id.in_(_due_ids(now, limit=limit, per_endpoint=per_endpoint)))
            .order_by(_d.due_at, _d.id)
            .with_for_update(skip_locked=True)
        )
        # Another worker may have claimed between the choice and the lock.
        claimed = [d for d in map(_delivery, due) if d.state in OPEN and d.due_at <= now]
        if claimed:
            await self._connection.execute(
                update(webhook_delivery)
                .where(_d.id.in_([delivery.id for delivery in claimed]))
                .values(due_at=now + lease)
            )
        return [replace(delivery, due_at=now + lease) for delivery in claimed]

    async def give_up(self, endpoint_id: str) -> None:
        """Mark what is still open for a disabled endpoint as dead; a replay can revive it."""
        await self._connection.execute(
            update(webhook_delivery)
            .where(_d.endpoint_id == endpoint_id, _d.state.in_(_OPEN))
            .values(state=DeliveryState.DEAD.value)
        )

    async def replay_dead(self, endpoint_id: str, *, since: datetime, now: datetime) -> int:
        """Make an endpoint's dead deliveries due again, those made since then; return how many."""
        replayed = await self._connection.execute(
            update(webhook_delivery)
            .where(
                _d.endpoint_id == endpoint_id,
                _d.state == DeliveryState.DEAD.value,
                _d.created_at >= since,
            )
            .values(state=DeliveryState.PENDING.value, due_at=now, tried=0, replays=_d.replays + 1)
        )
        return replayed.rowcount

    async def page(
        self,
        *,
        member_id: str,
        after: str,
        limit: int,
        endpoint_id: str | None = None,
        subject_id: str | None = None,
        state: DeliveryState | None = None,
    ) -> list[Delivery]:
        """Return a member's deliveries by id, those after `after`."""
        query = select(webhook_delivery).where(_d.member_id == member_id, _d.id > after)
        wanted = {_d.endpoint_id: endpoint_id, _d.subject_id: subject_id, _d.state: state}
        for column, value in wanted.items():
            if value is not None:
                query = query.where(column == value)
        rows = await self._connection.execute(query.order_by(_d.id).limit(limit))
        return [_delivery(row) for row in rows]

    async def forget(self, *, before: datetime) -> None:
        """Delete what was made before, delivered or not."""
        await self._connection.execute(delete(webhook_delivery).where(_d.created_at < before))


def _due_ids(now: datetime, *, limit: int, per_endpoint: int) -> Any:
    earlier = webhook_delivery.alias("earlier")
    waits = exists().where(
        earlier.c.endpoint_id == _d.endpoint_id,
        earlier.c.subject_id == _d.subject_id,
        earlier.c.sequence < _d.sequence,
        earlier.c.state.in_(_OPEN),
    )
    turn = func.row_number().over(partition_by=_d.endpoint_id, order_by=(_d.due_at, _d.id))
    due = (
        select(_d.id, _d.due_at, turn.label("turn"))
        .join(webhook_endpoint, webhook_endpoint.c.id == _d.endpoint_id)
        .where(
            _d.state.in_(_OPEN),
            _d.due_at <= now,
            webhook_endpoint.c.disabled_at.is_(None),
            ~waits,
        )
        .subquery()
    )
    return (
        select(due.c.id)
        .where(due.c.turn <= per_endpoint)
        .order_by(due.c.due_at, due.c.id)
        .limit(limit)
    )


def _values(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "endpoint_id": delivery.endpoint_id,
        "member_id": delivery.member_id,
        "subject_id": delivery.subject_id,
        "sequence": delivery.sequence,
        "type": delivery.type,
        "body": delivery.body,
        "created_at": delivery.created_at,
        "due_at": delivery.due_at,
        "state": delivery.state.value,
        "tried": delivery.tried,
        "replays": delivery.replays,
        "delivered_at": delivery.delivered_at,
        "attempts": [
            {
                "at": attempt.at.isoformat(),
                "status": attempt.status,
                "error": attempt.error,
                "took_ms": attempt.took_ms,
            }
            for attempt in delivery.attempts
        ],
    }


def _delivery(row: Row[*tuple[object, ...]]) -> Delivery:
    return Delivery(
        id=row.id,
        endpoint_id=row.endpoint_id,
        member_id=row.member_id,
        subject_id=row.subject_id,
        sequence=row.sequence,
        type=row.type,
        body=row.body,
        created_at=row.created_at,
        due_at=row.due_at,
        state=DeliveryState(row.state),
        tried=row.tried,
        replays=row.replays,
        delivered_at=row.delivered_at,
        attempts=tuple(
            Attempt(
                at=datetime.fromisoformat(attempt["at"]),
                status=attempt["status"],
                error=attempt["error"],
                took_ms=attempt["took_ms"],
            )
            for attempt in row.attempts
        ),
    )

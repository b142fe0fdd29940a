"""How timelines are kept: append only, read by the parcel or consolidation they are about."""

from collections.abc import Sequence

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.logistics.domain.tracking import Classifier, TrackingEvent
from services.logistics.store.tables import tracking_event


class Timeline:
    """What was planned, expected and done."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add_all(self, events: Sequence[TrackingEvent]) -> None:
        if not events:
            return
        rows = [
            {
                "id": event.id,
                "subject_id": event.subject_id,
                "activity": event.activity,
                "classifier": event.classifier.value,
                "happens_at": event.happens_at,
                "recorded_at": event.recorded_at,
                "place": event.place,
                "simulated": event.simulated,
                "remark": event.remark,
                "reason": event.reason,
            }
            for event in events
        ]
        await self._connection.execute(insert(tracking_event), rows)

    async def of(self, subject_ids: Sequence[str], *, limit: int) -> list[TrackingEvent]:
        """Return what is on record about these subjects, the oldest first."""
        rows = await self._connection.execute(
            select(tracking_event)
            .where(tracking_event.c.subject_id.in_(subject_ids))
            .order_by(
                tracking_event.c.happens_at, tracking_event.c.recorded_at, tracking_event.c.id
            )
            .limit(limit)
        )
        return [
            TrackingEvent(
                id=row.id,
                subject_id=row.subject_id,
                activity=row.activity,
                classifier=Classifier(row.classifier),
                happens_at=row.happens_at,
                recorded_at=row.recorded_at,
                place=row.place,
                simulated=row.simulated,
                remark=row.remark,
                reason=row.reason,
            )
            for row in rows
        ]

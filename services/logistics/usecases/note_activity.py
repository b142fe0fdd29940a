"""Put a line on the timeline of a parcel or of a consolidation."""

from datetime import datetime

from services.logistics.domain.lane import office_of
from services.logistics.domain.tracking import Classifier, TrackingEvent
from services.logistics.store.tx import LogisticsTx

REMARK_LENGTH_MAX = 100


async def note_activity(
    tx: LogisticsTx,
    *subject_ids: str,
    activity: str,
    classifier: Classifier = Classifier.ACTUAL,
    happens_at: datetime | None = None,
    place: str | None = None,
    simulated: bool = False,
    remark: str = "",
    reason: str | None = None,
) -> None:
    """Note the same activity for each subject: here and now unless told otherwise."""
    await tx.timeline.add_all(
        [
            TrackingEvent(
                id=tx.ids.new("trk"),
                subject_id=subject_id,
                activity=activity,
                classifier=classifier,
                happens_at=happens_at or tx.now,
                recorded_at=tx.now,
                place=place or office_of(tx.hub),
                simulated=simulated,
                remark=remark[:REMARK_LENGTH_MAX],
                reason=reason,
            )
            for subject_id in subject_ids
        ]
    )

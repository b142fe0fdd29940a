"""Reads that need more than one lookup: what waits for an office's officers."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from services.permits.domain.sla import Promise, Risk, due_range
from services.permits.store.applications import OnDesk, QueueFilter
from services.permits.store.tx import PermitsTx
from services.permits.usecases.permit_book import PermitBook


@dataclass(frozen=True, kw_only=True)
class QueuedCase:
    """One case that waits on an agency's desk, and how its promise stands."""

    on: OnDesk
    promise: Promise


async def work_queue(
    tx: PermitsTx,
    *,
    agencies: Collection[str] | None,
    officer_id: str | None,
    risk: Risk | None,
    by_age: bool,
    after: tuple[date | datetime, str, str] | None,
    limit: int,
    book: PermitBook,
) -> list[QueuedCase]:
    """Return what lies on the desks of these agencies (None: of all), most urgent or oldest first.

    A case that several agencies are asked about is there once for each.
    """
    today = book.day_of(tx.now)
    due_from, due_to = (
        (None, None)
        if risk is None
        else due_range(risk, today=today, calendar=book.calendar(on=today))
    )
    wanted = QueueFilter(
        agencies=agencies,
        officer_id=officer_id,
        due_from=due_from,
        due_to=due_to,
        by_age=by_age,
        after=after,
    )
    cases = []
    for on in await tx.applications.queue(wanted, limit=limit):
        found = book.promise(on.application, now=tx.now)
        assert found is not None, "the clock runs while an officer has the case"
        cases.append(QueuedCase(on=on, promise=found))
    return cases

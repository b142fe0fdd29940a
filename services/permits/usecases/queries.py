"""Reads that need more than one lookup: what waits for an office's officers."""

from dataclasses import dataclass
from datetime import date, datetime

from services.permits.domain.application import Application
from services.permits.domain.sla import Promise, Risk, due_range
from services.permits.store.applications import QueueFilter
from services.permits.store.tx import PermitsTx
from services.permits.usecases.permit_book import PermitBook


@dataclass(frozen=True, kw_only=True)
class QueuedCase:
    """One case that waits, and how its promise stands."""

    application: Application
    promise: Promise


async def work_queue(
    tx: PermitsTx,
    *,
    agency: str | None,
    risk: Risk | None,
    by_age: bool,
    after: tuple[date | datetime, str] | None,
    limit: int,
    book: PermitBook,
) -> list[QueuedCase]:
    """Return the cases that wait for officers, most urgent or oldest first."""
    today = book.day_of(tx.now)
    due_from, due_to = (
        (None, None)
        if risk is None
        else due_range(risk, today=today, calendar=book.calendar(on=today))
    )
    wanted = QueueFilter(
        agency=agency, due_from=due_from, due_to=due_to, by_age=by_age, after=after
    )
    cases = []
    for application in await tx.applications.queue(wanted, limit=limit):
        found = book.promise(application, now=tx.now)
        assert found is not None, "the clock runs while an officer has the case"
        cases.append(QueuedCase(application=application, promise=found))
    return cases

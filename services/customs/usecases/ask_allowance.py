"""Does an amount fit what is left of a buyer's year? One bit, logged, and not asked too often.

Whoever may ask without end could find the exact amount by halves, so there is a limit an hour.
"""

from datetime import timedelta

from services.customs.domain.cbec import CbecRules, Limit, annual_findings
from services.customs.store.allowance_questions import AllowanceQuestion
from services.customs.store.tx import CustomsTx
from shared.kernel.errors import Rejected, Throttled
from shared.kernel.money import Money

QUESTIONS_PER_HOUR_MAX = 30
HOUR = timedelta(hours=1)


class QuestionsTooMany(Throttled):
    """An asker may ask so often about buyers' years within an hour, and no more."""

    code = "customs.allowance-questions-too-many"


class NoAnnualLimit(Rejected):
    """This country does not limit what a person imports in a year."""

    code = "customs.no-annual-limit"


async def ask_allowance(tx: CustomsTx, *, person: str, amount: Money, asker: str) -> bool:
    """Return whether an amount fits a person's year here, or raise QuestionsTooMany.

    The log keeps no person.
    """
    await tx.locks.hold([f"questions of {asker}"])
    await _count(tx, asker)
    on = tx.rulebook.day_of(tx.country, tx.now)
    used = await tx.allowances.used(person, on.year, currency=amount.currency)
    limit = _limit(tx)
    if amount.currency != limit.amount.currency:
        raise NoAnnualLimit(f"the year is counted in {limit.amount.currency}", field="currency")
    fits = not annual_findings(amount, limit, annual_used=used)
    await log_answer(tx, asker=asker, order_id=None, fits=fits)
    return fits


async def log_answer(tx: CustomsTx, *, asker: str, order_id: str | None, fits: bool) -> None:
    """Keep that somebody was told a bit about somebody's year."""
    question = AllowanceQuestion(
        id=tx.ids.new("alq"),
        asker=asker,
        asked_at=tx.now,
        order_id=order_id,
        fits=fits,
    )
    await tx.allowance_questions.add(question)


async def _count(tx: CustomsTx, asker: str) -> None:
    asked = await tx.allowance_questions.asked_since(
        asker, tx.now - HOUR, limit=QUESTIONS_PER_HOUR_MAX
    )
    if len(asked) >= QUESTIONS_PER_HOUR_MAX:
        wait = asked[-1] + HOUR - tx.now
        raise QuestionsTooMany(
            f"at most {QUESTIONS_PER_HOUR_MAX} questions an hour",
            retry_after_s=max(1, int(wait.total_seconds())),
        )


def _limit(tx: CustomsTx) -> Limit:
    rules = tx.rulebook.import_rules(tx.country, on=tx.rulebook.day_of(tx.country, tx.now))
    for taxation in rules.taxations.values():
        if isinstance(taxation, CbecRules):
            return taxation.annual_limit
    raise NoAnnualLimit(f"{tx.country} has no annual limit", field="amount_minor")

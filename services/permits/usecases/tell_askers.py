"""Tell those who asked when a rule has changed what they were told.

Every day, and after every publication, open answers are asked again: the same facts, under the
packs that count now. A day that was to come and has passed is asked of today; a question that was
about the past from the start stays about its own day.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

from services.permits.domain.advice import Advice, answer_for
from services.permits.store.tx import PermitsTx
from services.permits.usecases.give_guidance import rules_now
from services.permits.usecases.pack_shelf import PackShelf
from shared.contracts.permits.events import GuidanceSuperseded

ASKED_AGAIN_AT_ONCE_MAX = 200
REASON_LENGTH_MAX = 500


async def tell_askers(
    tx: PermitsTx, *, shelf: PackShelf, day_of: Callable[[datetime], date]
) -> None:
    """Ask a batch of open answers again, and say which of them no longer stand."""
    today = day_of(tx.now)
    mark = await rules_now(tx, shelf, today)
    for asked in await tx.answers.to_check(checked_under=mark, limit=ASKED_AGAIN_AT_ONCE_MAX):
        kept = await tx.answers.get(asked.answer_id)
        facts = kept.guidance.facts
        hashes = await shelf.current(tx, facts.origin, facts.destination)
        book = await shelf.book(tx, hashes.values())
        is_of_the_past = facts.on < day_of(kept.asked_at)
        on = facts.on if is_of_the_past else max(facts.on, today)
        now = answer_for(replace(facts, on=on), book)
        reason = difference(kept.guidance.advice, now)
        if reason is None:
            await tx.answers.checked(asked, under=mark)
            continue
        await tx.answers.superseded(asked, at=tx.now, reason=reason)
        event = GuidanceSuperseded(
            answer_id=asked.answer_id, asker_id=asked.asker_id, reason=reason, at=tx.now
        )
        await tx.emit(event, key=asked.answer_id)


def difference(before: Advice, after: Advice) -> str | None:
    """Say what of the answer changed: verdict, blockers, papers, days or cost; None if nothing."""
    changes = []
    if before.verdict is not after.verdict:
        changes.append(f"verdict {before.verdict.value} -> {after.verdict.value}")
    for name, old, new in (
        ("blockers", _blockers(before), _blockers(after)),
        ("papers", _papers(before), _papers(after)),
    ):
        gone, come = sorted(old - new), sorted(new - old)
        if gone or come:
            changes.append(f"{name} no longer {gone}, now {come}")
    if before.plan.total_days != after.plan.total_days:
        changes.append(f"days {before.plan.total_days} -> {after.plan.total_days}")
    if before.plan.costs != after.plan.costs:
        changes.append("costs changed")
    return "; ".join(changes)[:REASON_LENGTH_MAX] or None


def _blockers(advice: Advice) -> set[str]:
    return {f"{each.rule.key} {each.code}" for each in advice.blockers}


def _papers(advice: Advice) -> set[str]:
    return {each.paper.key for each in advice.plan.papers}

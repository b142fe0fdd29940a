"""Answer what somebody wants to move, and show an answer again."""

from dataclasses import dataclass

from services.permits.domain.facts import Facts
from services.permits.domain.guidance import answer_id, guide
from services.permits.store.answers import KeptAnswer
from services.permits.store.tx import PermitsTx
from services.permits.usecases.guidance_book import GuidanceBook


@dataclass(frozen=True, kw_only=True)
class Replay:
    """An answer as it was given; if its packs are still in force here, computed again."""

    answer: KeptAnswer
    is_current: bool
    is_reproduced: bool | None


async def give_guidance(tx: PermitsTx, *, facts: Facts, book: GuidanceBook) -> KeptAnswer:
    """Answer and keep the answer; asked again under the same packs it is the one given before."""
    hashes = book.pack_hashes(facts.origin, facts.destination)
    one = KeptAnswer(
        id=answer_id(tx.hub, facts, hashes),
        pack_hashes=hashes,
        guidance=guide(facts, book),
        asked_at=tx.now,
    )
    await tx.answers.add_once(one)
    return await tx.answers.get(one.id)


async def replay_guidance(tx: PermitsTx, *, answer_id: str, book: GuidanceBook) -> Replay:
    """Return a kept answer, and whether today's packs are the same and still give it."""
    kept = await tx.answers.get(answer_id)
    facts = kept.guidance.facts
    is_current = dict(kept.pack_hashes) == book.pack_hashes(facts.origin, facts.destination)
    return Replay(
        answer=kept,
        is_current=is_current,
        is_reproduced=guide(facts, book) == kept.guidance if is_current else None,
    )

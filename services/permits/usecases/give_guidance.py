"""Answer what somebody wants to move, and show an answer again, however old."""

from dataclasses import dataclass
from datetime import date

from services.permits.domain.facts import Facts
from services.permits.domain.guidance import answer_id, guide
from services.permits.store.answers import KeptAnswer
from services.permits.store.goods_index import GoodsIndex
from services.permits.store.pack_versions import PackVersionNotFound
from services.permits.store.tx import PermitsTx
from services.permits.usecases.check_facts import check_facts
from services.permits.usecases.pack_shelf import PackShelf


@dataclass(frozen=True, kw_only=True)
class Replay:
    """An answer as it was given. `is_current`: its packs count here today. It is computed again
    from its own packs; `is_reproduced` is None when a version of them is not held here.
    """

    answer: KeptAnswer
    is_current: bool
    is_reproduced: bool | None
    superseded: str | None


async def give_guidance(
    tx: PermitsTx,
    *,
    facts: Facts,
    asker_id: str,
    shelf: PackShelf,
    index: GoodsIndex,
    today: date,
) -> KeptAnswer:
    """Answer and keep the answer; asked again under the same packs it is the one given before."""
    hashes = await shelf.current(tx, facts.origin, facts.destination)
    book = await shelf.book(tx, hashes.values())
    check_facts(facts, book, index)
    one = KeptAnswer(
        id=answer_id(tx.hub, facts, hashes),
        pack_hashes=hashes,
        guidance=guide(facts, book),
        asked_at=tx.now,
    )
    await shelf.hold(tx, hashes.values())
    await tx.answers.add_once(one)
    await tx.answers.ask(one.id, asker_id=asker_id, checked_under=await rules_now(tx, shelf, today))
    return await tx.answers.get(one.id)


async def replay_guidance(
    tx: PermitsTx, *, answer_id: str, asker_id: str, shelf: PackShelf
) -> Replay:
    """Return a kept answer, whether its packs still count, and whether they still give it."""
    kept = await tx.answers.get(answer_id)
    facts = kept.guidance.facts
    current = await shelf.current(tx, facts.origin, facts.destination)
    try:
        book = await shelf.book(tx, kept.pack_hashes.values())
        is_reproduced: bool | None = guide(facts, book) == kept.guidance
    except PackVersionNotFound:
        is_reproduced = None
    standing = await tx.answers.standing(answer_id, asker_id=asker_id)
    return Replay(
        answer=kept,
        is_current=current == kept.pack_hashes,
        is_reproduced=is_reproduced,
        superseded=None if standing is None else standing[1],
    )


async def rules_now(tx: PermitsTx, shelf: PackShelf, today: date) -> str:
    """Return a mark that changes with the day and with every publication."""
    published = await tx.packs.newest()
    return f"{today.isoformat()} {published}"

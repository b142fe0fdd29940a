"""Take orders of marketplaces' buyers; the sellers' hubs hear of them without the people.

However many there are, each table is written once; what is wrong with one order spoils no other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.orders.domain.draft import Buyer, Draft
from services.orders.domain.facts import Fact, FactKind
from services.orders.domain.intake import IntakeRules, checked
from services.orders.domain.order import Order
from services.orders.store.orders import order_exists
from services.orders.store.timelines import Entry
from services.orders.store.tx import OrdersTx
from services.orders.usecases.announce_entries import News, announce_entries
from services.orders.usecases.order_saying import audience_of, order_words
from shared.contracts.orders.events import OrderPlaced
from shared.kernel.errors import Conflict, Rejected


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one draft: the order, or why not."""

    draft: Draft
    order: Order | None = None
    refusal: Rejected | Conflict | None = None


async def place_order(
    tx: OrdersTx, *, draft: Draft, marketplace_id: str, rules: IntakeRules
) -> Order:
    """Return the order as placed, or raise what is wrong with it; see `domain.intake`."""
    [outcome] = await place_orders(tx, drafts=[draft], marketplace_id=marketplace_id, rules=rules)
    if outcome.refusal is not None:
        raise outcome.refusal
    assert outcome.order is not None, "what is not refused is placed"
    return outcome.order


async def place_orders(
    tx: OrdersTx, *, drafts: Sequence[Draft], marketplace_id: str, rules: IntakeRules
) -> list[Outcome]:
    """Return the outcomes in the order of the drafts."""
    outcomes = [_checked(tx, draft, marketplace_id, rules) for draft in drafts]
    kept = await tx.orders.add_all([o.order for o in outcomes if o.order is not None])
    outcomes = [_unless_known(outcome, kept) for outcome in outcomes]
    await _say(tx, [(o.order, o.draft.buyer) for o in outcomes if o.order is not None])
    return outcomes


def _checked(tx: OrdersTx, draft: Draft, marketplace_id: str, rules: IntakeRules) -> Outcome:
    try:
        draft = checked(draft, rules)
    except (Rejected, Conflict) as refusal:
        return Outcome(draft=draft, refusal=refusal)
    order = Order(
        id=tx.ids.new("ord"),
        platform_code=draft.platform_code,
        order_no=draft.order_no,
        marketplace_id=marketplace_id,
        seller_id=draft.seller_id,
        seller_hub=draft.seller_hub,
        buyer_hub=tx.hub,
        channel=draft.channel,
        amounts=draft.amounts,
        lines=draft.lines,
        placed_at=tx.now,
    )
    return Outcome(draft=draft, order=order)


def _unless_known(outcome: Outcome, kept: Iterable[str]) -> Outcome:
    if outcome.order is None or outcome.order.id in kept:
        return outcome
    return Outcome(draft=outcome.draft, refusal=order_exists())


async def _say(tx: OrdersTx, placed: Sequence[tuple[Order, Buyer]]) -> None:
    """Keep the people, begin the timelines, tell the sellers' hubs and the marketplace."""
    if not placed:
        return
    await tx.orders.add_buyers({order.id: buyer for order, buyer in placed})
    news = [News(await _said(tx, order, buyer), order) for order, buyer in placed]
    await tx.timelines.begin([entry for entry, _ in news])
    await announce_entries(tx, news)


async def _said(tx: OrdersTx, order: Order, buyer: Buyer) -> Entry:
    said = await tx.emit(
        OrderPlaced(**order_words(order, buyer)),
        key=order.id,
        audience=audience_of(order),
        sequence=order.version,
    )
    fact = Fact(
        kind=FactKind.ORDER_PLACED,
        order_id=order.id,
        hub=tx.hub,
        event_id=said.id,
        occurred_at=order.placed_at,
    )
    return Entry(fact=fact, sequence=1, recorded_at=tx.now)

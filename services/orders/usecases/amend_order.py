"""Correct an order before anybody packs it: what its goods are, or where they go.

What it costs stays: amounts are charged, escrowed and declared as they are. Both hubs' customs hear
the whole order again and answer anew.
"""

from collections.abc import Sequence
from dataclasses import replace

from services.orders.domain.draft import Buyer, Draft, Line
from services.orders.domain.facts import FactKind
from services.orders.domain.intake import IntakeRules, checked
from services.orders.domain.order import Order
from services.orders.store.orders import OrderNotFound, Tenant
from services.orders.store.tx import OrdersTx
from services.orders.usecases.cancel_order import OrderChanged
from services.orders.usecases.order_saying import audience_of, order_words
from services.orders.usecases.say import say
from shared.contracts.orders.events import OrderAmended
from shared.kernel.errors import Rejected


class NothingAmended(Rejected):
    """The amendment leaves everything as it was."""

    code = "orders.nothing-amended"


async def amend_order(
    tx: OrdersTx,
    *,
    order_id: str,
    tenant: Tenant,
    rules: IntakeRules,
    lines: Sequence[Line] | None = None,
    phone: str | None = None,
    address: str | None = None,
    version: int | None = None,
) -> Order:
    """Return the order amended; what is None stays as it is.

    Raises OrderNotFound, OrderNotAmendable, OrderChanged, NothingAmended, or what is wrong with the
    new lines; see `domain.intake`. Only the marketplace that placed it can amend it.
    """
    await tx.timelines.hold([order_id])
    order = await tx.orders.get(order_id)
    buyer = (await tx.orders.buyers_of([order_id])).get(order_id)
    if tenant.member_id not in (None, order.marketplace_id) or buyer is None:
        raise OrderNotFound(f"no order {order_id}")
    if version is not None and version != order.version:
        raise OrderChanged(f"the order is at version {order.version}", version=order.version)
    order.check_amendable()
    reached = replace(buyer, phone=phone or buyer.phone, address=address or buyer.address)
    draft = checked(_draft_of(order, reached, order.lines if lines is None else lines), rules)
    named = {
        "lines": tuple(draft.lines) != tuple(order.lines),
        "phone": draft.buyer.phone != buyer.phone,
        "address": draft.buyer.address != buyer.address,
    }
    changed = [name for name, is_new in named.items() if is_new]
    if not changed:
        raise NothingAmended("everything is like that already")
    amended = order.amended(draft.lines)
    await tx.orders.amend(amended)
    await tx.orders.save_buyer(order_id, draft.buyer)
    await say(
        tx,
        OrderAmended(
            **order_words(amended, draft.buyer),
            amendment=amended.amendment,
            amended_at=tx.now,
        ),
        FactKind.ORDER_AMENDED,
        order_id=order_id,
        audience=audience_of(amended),
        sequence=amended.version,
        amendment=str(amended.amendment),
        changed=" ".join(changed),
    )
    return amended


def _draft_of(order: Order, buyer: Buyer, lines: Sequence[Line]) -> Draft:
    return Draft(
        platform_code=order.platform_code,
        order_no=order.order_no,
        channel=order.channel,
        seller_id=order.seller_id,
        seller_hub=order.seller_hub,
        buyer=buyer,
        amounts=order.amounts,
        lines=lines,
    )

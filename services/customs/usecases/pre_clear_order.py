"""At the origin: run the destination's rules on an order, and take in what its hub adds."""

from dataclasses import replace

from services.customs.domain.documents import OrderDocument
from services.customs.domain.preclearance import BuyerCheck, OrderAnswer, preclear
from services.customs.store.documents import Filed
from services.customs.store.tx import CustomsTx
from services.customs.usecases.announce import finding_words
from shared.contracts.customs.events import PreClearanceAnswered


async def pre_clear_order(tx: CustomsTx, heard: OrderDocument, *, amendment: int = 0) -> None:
    """Keep the order without its buyer, answer its latest amendment, and say the answer."""
    await tx.locks.hold([heard.order_id])
    filed = Filed(
        document=heard,
        key=heard.order_id,
        rank=amendment,
        order_id=heard.order_id,
        is_ours=False,
    )
    await tx.documents.keep([filed])
    order = await tx.documents.order(heard.order_id) or heard
    destination = order.buyer_hub[:2].upper()
    on = tx.rulebook.day_of(destination, tx.now)
    answer = preclear(
        order,
        tx.rulebook.import_rules(destination, on=on),
        tx.rulebook.rates(destination, order.lines, on=on),
    )
    before = await _standing(tx, order.order_id, order.order_no)
    after = replace(
        before,
        seller_id=order.seller_id,
        marketplace_id=order.marketplace_id,
        own=replace(answer, cost=None),
        tax=None if answer.cost is None else answer.cost.tax,
    )
    await _answer(tx, before, after)


async def hear_buyer_check(
    tx: CustomsTx, *, order_id: str, order_no: str, check: BuyerCheck
) -> None:
    """Add what the buyer's hub found; the answer is said again when that changes it."""
    await tx.locks.hold([order_id])
    before = await _standing(tx, order_id, order_no)
    await _answer(tx, before, before.with_buyer(check))


async def _standing(tx: CustomsTx, order_id: str, order_no: str) -> OrderAnswer:
    found = await tx.pre_clearances.find(order_id)
    return found or OrderAnswer(order_id=order_id, order_no=order_no)


async def _answer(tx: CustomsTx, before: OrderAnswer, after: OrderAnswer) -> None:
    if after == before:
        return
    if after.verdict is None or after.says_the_same_as(before):
        await tx.pre_clearances.save(after)
        return
    assert after.own is not None, "a verdict rests on the order itself"
    said = replace(after, version=before.version + 1, answered_at=tx.now)
    await tx.pre_clearances.save(said)
    event = PreClearanceAnswered(
        order_id=said.order_id,
        order_no=said.order_no,
        verdict=after.verdict.value,
        findings=finding_words(said.findings),
        pack_hash=after.own.pack_digest,
    )
    await tx.emit(event, key=said.order_id, sequence=said.version)

"""At the destination: check what only this hub may see of a buyer, and tell the seller's hub."""

from services.customs.domain.buyer_check import check_buyer as checks_of
from services.customs.domain.cbec import ANNUAL_USED
from services.customs.domain.documents import OrderDocument
from services.customs.domain.preclearance import BuyerCheck
from services.customs.store.tx import CustomsTx
from services.customs.usecases.announce import finding_words
from services.customs.usecases.ask_allowance import log_answer
from shared.contracts.customs.events import BuyerChecked
from shared.kernel.money import Money


async def check_buyer(tx: CustomsTx, order_id: str) -> None:
    """Check the buyer of an order as far as its documents are here; say it when it is new."""
    await tx.locks.hold([order_id])
    order = await tx.documents.order(order_id)
    if order is None or order.buyer_hub != tx.hub or order.seller_hub == tx.hub:
        return
    before = await tx.buyer_checks.find(order_id)
    checked, findings = checks_of(
        order,
        await tx.documents.payment(order_id),
        tx.rulebook.import_rules(tx.country, on=tx.rulebook.day_of(tx.country, tx.now)),
        annual_used=await _used_before(tx, order),
    )
    if before is not None and (before.checked, before.findings) == (checked, findings):
        return
    version = 1 if before is None else before.version + 1
    check = BuyerCheck(version=version, checked=checked, findings=findings)
    await tx.buyer_checks.save(order_id, check)
    await log_answer(
        tx,
        asker=order.seller_hub,
        order_id=order_id,
        fits=not any(finding.field == ANNUAL_USED for finding in findings),
    )
    event = BuyerChecked(
        order_id=order.order_id,
        order_no=order.order_no,
        version=version,
        checked=checked,
        findings=finding_words(findings),
    )
    await tx.emit(event, key=order_id, audience=(order.seller_hub,), sequence=version)


async def _used_before(tx: CustomsTx, order: OrderDocument) -> Money:
    """Return what the buyer used of this year, without what this order itself used."""
    own = await tx.declarations.of_orders([order.order_id])
    return await tx.allowances.used(
        order.orderer.id_number,
        tx.rulebook.day_of(tx.country, tx.now).year,
        currency=order.goods.currency,
        besides=[declaration.id for declaration in own],
    )

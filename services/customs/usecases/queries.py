"""Questions that change nothing."""

from datetime import date

from services.customs.domain.declaration import Declaration
from services.customs.domain.documents import OrderDocument
from services.customs.domain.drawback import DrawbackDecision, decide_drawback
from services.customs.domain.preclearance import PreClearance, preclear
from services.customs.store.tx import CustomsTx
from shared.kernel.money import Money


def ask_pre_clearance(
    tx: CustomsTx, order: OrderDocument, *, destination: str, annual_used: Money | None
) -> PreClearance:
    """Say what a destination would say of an order that need not exist."""
    on = tx.rulebook.day_of(destination, tx.now)
    return preclear(
        order,
        tx.rulebook.import_rules(destination, on=on),
        tx.rulebook.rates(destination, order.lines, on=on),
        annual_used=annual_used,
    )


async def missing_documents(tx: CustomsTx, declaration: Declaration) -> tuple[str, ...]:
    """Return which documents of a declaration have not come yet."""
    dossiers = await tx.documents.dossiers([declaration.logistics_no])
    return dossiers[declaration.logistics_no].missing


def check_drawback(
    tx: CustomsTx,
    *,
    scheme: str,
    duty_paid: Money,
    paid_on: date,
    exported_on: date,
    claimed_on: date,
    has_notice: bool,
) -> tuple[DrawbackDecision, str]:
    """Decide a drawback by this country's rules of the day of the claim, and name the rules."""
    decision = decide_drawback(
        duty_paid,
        paid_on=paid_on,
        exported_on=exported_on,
        claimed_on=claimed_on,
        has_notice=has_notice,
        rules=tx.rulebook.drawback(tx.country, scheme, on=claimed_on),
    )
    return decision, tx.rulebook.digest(tx.country)

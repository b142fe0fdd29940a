"""Draw a released parcel's tax on its guarantor's account, sum bills up, void what goes back."""

from services.customs.domain.assessment import Tax
from services.customs.domain.basis import Finding
from services.customs.domain.declaration import Declaration
from services.customs.domain.landed_cost import LandedCost
from services.customs.domain.tax_bill import DrawnBill, Guarantee
from services.customs.store.tx import CustomsTx
from shared.kernel.ids import derived_id
from shared.kernel.money import Money

BILLS_PER_SUMMARY_MAX = 2_000


def guarantor_of(declaration: Declaration) -> str:
    """The declaration's own guarantor, or else the platform, answers for the tax."""
    return declaration.guarantor or declaration.marketplace_id


async def guarantee_findings(
    tx: CustomsTx, declaration: Declaration, tax: Money
) -> tuple[Finding, ...]:
    """Say when the guarantor's account does not cover a tax; without an account nothing limits."""
    return await shortfall_of(tx, guarantor_of(declaration), tax)


async def shortfall_of(tx: CustomsTx, guarantor: str, tax: Money) -> tuple[Finding, ...]:
    """Say when an account does not cover a further tax; it is held until the transaction ends."""
    guarantee = await tx.tax_bills.guarantee(guarantor)
    if guarantee is None or guarantee.limit.currency != tax.currency:
        return ()
    await tx.locks.hold([guarantor])
    return guarantee.shortfall(drawn=await tx.tax_bills.drawn(guarantor, tax.currency), tax=tax)


async def note_bill(
    tx: CustomsTx, declaration: Declaration, cost: LandedCost, *, number: str
) -> None:
    """Work the bill out when a declaration is accepted; it is drawn when it is released."""
    currency = cost.consignment.currency
    parts = {kind: cost.of(kind) for kind in (Tax.DUTY, Tax.VAT, Tax.CONSUMPTION)}
    known = parts[Tax.DUTY] + parts[Tax.VAT] + parts[Tax.CONSUMPTION]
    await tx.tax_bills.note(
        DrawnBill(
            number=number,
            declaration_id=declaration.id,
            guarantor=guarantor_of(declaration),
            duty=parts[Tax.DUTY],
            vat=parts[Tax.VAT],
            consumption=parts[Tax.CONSUMPTION],
            other=cost.tax - known,
            voided=Money(0, currency),
            drawn_on=tx.rulebook.day_of(tx.country, tx.now),
        )
    )


async def void_bill(tx: CustomsTx, declaration: Declaration, part: Money) -> None:
    """Void a part of a declaration's bill as its goods go back."""
    bill = await tx.tax_bills.of_declaration(declaration.id)
    if bill is not None:
        await tx.tax_bills.save(bill.void(part))


async def summarise_bills(tx: CustomsTx, guarantor: str) -> list[DrawnBill]:
    """Put the guarantor's open bills into one payment order; return them."""
    await tx.locks.hold([guarantor])
    bills = await tx.tax_bills.open_bills(guarantor, limit=BILLS_PER_SUMMARY_MAX)
    if not bills:
        return []
    number = derived_id("pmo", tx.hub, f"{guarantor}/{bills[0].number}/{len(bills)}")
    summed = [bill.summarised(number) for bill in bills]
    for bill in summed:
        await tx.tax_bills.save(bill)
    return summed


async def open_guarantee(tx: CustomsTx, guarantor: str, limit: Money) -> Guarantee:
    """Open an account, or top it up: the new limit replaces the one before."""
    await tx.locks.hold([guarantor])
    before = await tx.tax_bills.guarantee(guarantor)
    version = 1 if before is None else before.version + 1
    guarantee = Guarantee(guarantor=guarantor, limit=limit, version=version)
    await tx.tax_bills.save_guarantee(guarantee)
    return guarantee

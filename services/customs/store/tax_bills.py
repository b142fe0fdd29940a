"""How tax bills and guarantee accounts are kept."""

from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.customs.domain.tax_bill import BillStatus, DrawnBill, Guarantee
from services.customs.store.codec import from_json, to_json
from services.customs.store.tables import guarantee, tax_bill
from shared.kernel.errors import NotFound
from shared.kernel.money import Money


class TaxBillNotFound(NotFound):
    """There is no such tax bill, or it is not yours to see."""

    code = "customs.tax-bill-not-found"


class TaxBills:
    """The tax bills of this hub, and the accounts they are drawn on."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of_declaration(self, declaration_id: str) -> DrawnBill | None:
        return await self._one(tax_bill.c.declaration_id == declaration_id)

    async def get(self, number: str) -> DrawnBill:
        """Return a bill, or raise TaxBillNotFound."""
        found = await self._one(tax_bill.c.number == number)
        if found is None:
            raise TaxBillNotFound(f"no tax bill {number}")
        return found

    async def save(self, bill: DrawnBill) -> None:
        values = {
            "declaration_id": bill.declaration_id,
            "guarantor": bill.guarantor,
            "status": bill.status.value,
            "owed_minor": bill.owed.minor,
            "currency": bill.tax.currency,
            "body": to_json(bill),
        }
        here = tax_bill.c.number == bill.number
        changed = await self._connection.execute(update(tax_bill).where(here).values(values))
        if changed.rowcount == 0:
            await self._connection.execute(insert(tax_bill), {"number": bill.number, **values})

    async def drop(self, declaration_id: str) -> None:
        """Forget the bill of goods that never entered: its status says it is void."""
        bill = await self.of_declaration(declaration_id)
        if bill is not None:
            await self.save(bill.void(bill.owed))

    async def drawn(self, guarantor: str, currency: str) -> Money:
        """Return what a guarantor answers for and has not been asked to pay yet."""
        query = select(func.coalesce(func.sum(tax_bill.c.owed_minor), 0)).where(
            tax_bill.c.guarantor == guarantor,
            tax_bill.c.status == BillStatus.GENERATED.value,
            tax_bill.c.currency == currency,
        )
        return Money(int((await self._connection.execute(query)).scalar_one()), currency)

    async def drawn_by_currency(self, guarantor: str) -> list[Money]:
        owed = func.sum(tax_bill.c.owed_minor)
        query = (
            select(tax_bill.c.currency, owed.label("owed"))
            .where(
                tax_bill.c.guarantor == guarantor,
                tax_bill.c.status == BillStatus.GENERATED.value,
            )
            .group_by(tax_bill.c.currency)
            .order_by(tax_bill.c.currency)
        )
        rows = await self._connection.execute(query)
        return [Money(int(row.owed), row.currency) for row in rows]

    async def open_bills(self, guarantor: str, *, limit: int) -> list[DrawnBill]:
        query = select(tax_bill.c.body).where(
            tax_bill.c.guarantor == guarantor, tax_bill.c.status == BillStatus.GENERATED.value
        )
        rows = await self._connection.execute(query.order_by(tax_bill.c.number).limit(limit))
        return [from_json(body, DrawnBill) for body in rows.scalars()]

    async def guarantee(self, guarantor: str) -> Guarantee | None:
        query = select(guarantee.c.body).where(guarantee.c.guarantor == guarantor)
        body = (await self._connection.execute(query)).scalar_one_or_none()
        return None if body is None else from_json(body, Guarantee)

    async def save_guarantee(self, one: Guarantee) -> None:
        values = {"version": one.version, "body": to_json(one)}
        here = guarantee.c.guarantor == one.guarantor
        changed = await self._connection.execute(update(guarantee).where(here).values(values))
        if changed.rowcount == 0:
            await self._connection.execute(
                insert(guarantee), {"guarantor": one.guarantor, **values}
            )

    async def _one(self, condition: Any) -> DrawnBill | None:
        query = select(tax_bill.c.body).where(condition)
        body = (await self._connection.execute(query)).scalar_one_or_none()
        return None if body is None else from_json(body, DrawnBill)

"""How tax bills and guarantee accounts are kept."""

from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.customs.domain.tax_bill import HELD, BillStatus, DrawnBill, Guarantee
from services.customs.store.codec import from_json, slices, to_json
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
        self._noted: dict[str, DrawnBill] = {}
        self._guarantees: dict[str, Guarantee | None] = {}

    async def of_declaration(self, declaration_id: str) -> DrawnBill | None:
        return await self._one(tax_bill.c.declaration_id == declaration_id)

    async def get(self, number: str) -> DrawnBill:
        """Return a bill, or raise TaxBillNotFound."""
        found = await self._one(tax_bill.c.number == number)
        if found is None:
            raise TaxBillNotFound(f"no tax bill {number}")
        return found

    async def note(self, bill: DrawnBill) -> None:
        """Note a bill, to be written by `flush`; until then it counts as drawn all the same."""
        self._noted[bill.number] = bill

    async def flush(self) -> None:
        """Write the bills noted, new ones all at once."""
        noted, self._noted = self._noted, {}
        known: set[str] = set()
        for some in slices(sorted(noted)):
            query = select(tax_bill.c.number).where(tax_bill.c.number.in_(some))
            known |= set((await self._connection.execute(query)).scalars())
        new = [_values(bill) for number, bill in noted.items() if number not in known]
        if new:
            await self._connection.execute(insert(tax_bill), new)
        for number in known:
            await self.save(noted[number])

    async def save(self, bill: DrawnBill) -> None:
        here = tax_bill.c.number == bill.number
        changed = await self._connection.execute(update(tax_bill).where(here).values(_values(bill)))
        if changed.rowcount == 0:
            await self._connection.execute(insert(tax_bill), _values(bill))

    async def drop(self, declaration_id: str) -> None:
        """Forget the bill of goods that never entered: its status says it is void."""
        bill = await self.of_declaration(declaration_id)
        if bill is not None:
            await self.save(bill.void(bill.owed))

    async def drawn(self, guarantor: str, currency: str) -> Money:
        """Return what a guarantor answers for and has not been asked to pay yet."""
        query = select(func.coalesce(func.sum(tax_bill.c.owed_minor), 0)).where(
            tax_bill.c.guarantor == guarantor,
            tax_bill.c.status.in_(HELD),
            tax_bill.c.currency == currency,
        )
        written = int((await self._connection.execute(query)).scalar_one())
        noted = sum(
            bill.owed.minor
            for bill in self._noted.values()
            if (bill.guarantor, bill.tax.currency) == (guarantor, currency)
        )
        return Money(written + noted, currency)

    async def drawn_by_currency(self, guarantor: str) -> list[Money]:
        owed = func.sum(tax_bill.c.owed_minor)
        query = (
            select(tax_bill.c.currency, owed.label("owed"))
            .where(
                tax_bill.c.guarantor == guarantor,
                tax_bill.c.status.in_(HELD),
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
        if guarantor in self._guarantees:
            return self._guarantees[guarantor]
        query = select(guarantee.c.body).where(guarantee.c.guarantor == guarantor)
        body = (await self._connection.execute(query)).scalar_one_or_none()
        self._guarantees[guarantor] = None if body is None else from_json(body, Guarantee)
        return self._guarantees[guarantor]

    async def save_guarantee(self, one: Guarantee) -> None:
        self._guarantees[one.guarantor] = one
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


def _values(bill: DrawnBill) -> dict[str, Any]:
    return {
        "number": bill.number,
        "declaration_id": bill.declaration_id,
        "guarantor": bill.guarantor,
        "status": bill.status.value,
        "owed_minor": bill.owed.minor,
        "currency": bill.tax.currency,
        "body": to_json(bill),
    }

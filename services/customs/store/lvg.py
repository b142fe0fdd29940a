"""How low-value sales, registered sellers and their returns are kept."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.customs.domain.lvg import LvgEntry, LvgFigures, LvgReturn
from services.customs.store.codec import from_json, slices, to_json
from services.customs.store.tables import lvg_entry, lvg_return, lvg_seller
from shared.kernel.money import Money


@dataclass(frozen=True, kw_only=True)
class LvgSeller:
    """A seller registered for the tax, under the number that its parcels show."""

    seller_id: str
    number: str
    registered_on: date
    registered_by: str


class LowValueGoods:
    """The low-value sales into this hub's country."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._noted: dict[str, LvgEntry] = {}

    def note(self, entry: LvgEntry) -> None:
        """Note what a parcel adds, to be written by `flush`."""
        self._noted[entry.declaration_id] = entry

    async def flush(self) -> None:
        """Write what was noted; a parcel noted before is replaced."""
        noted, self._noted = self._noted, {}
        known: set[str] = set()
        for some in slices(sorted(noted)):
            query = select(lvg_entry.c.declaration_id).where(lvg_entry.c.declaration_id.in_(some))
            known |= set((await self._connection.execute(query)).scalars())
        new = [_values(entry) for key, entry in noted.items() if key not in known]
        if new:
            await self._connection.execute(insert(lvg_entry), new)
        for key in known:
            here = lvg_entry.c.declaration_id == key
            values = _values(noted[key])
            await self._connection.execute(update(lvg_entry).where(here).values(values))

    async def of_period(
        self, period: str, *, currency: str, sellers: Collection[str] | None = None
    ) -> LvgFigures:
        """Return what a quarter's parcels come to, of all sellers or of some."""
        where = [lvg_entry.c.period == period, lvg_entry.c.currency == currency]
        if sellers is not None:
            where.append(lvg_entry.c.seller_id.in_(sorted(sellers)))
        return await self._sum(where, currency)

    async def since(self, day: date, seller_id: str, *, currency: str) -> LvgFigures:
        """Return what a seller's parcels released on or after a day come to."""
        where = [
            lvg_entry.c.seller_id == seller_id,
            lvg_entry.c.released_on >= day.isoformat(),
            lvg_entry.c.currency == currency,
        ]
        return await self._sum(where, currency)

    async def seller(self, seller_id: str) -> LvgSeller | None:
        query = select(lvg_seller).where(lvg_seller.c.seller_id == seller_id)
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            return None
        values = {**row._mapping, "registered_on": date.fromisoformat(row.registered_on)}
        return LvgSeller(**values)

    async def register(self, one: LvgSeller) -> None:
        """Register a seller, or correct its registration."""
        values = {
            "number": one.number,
            "registered_on": one.registered_on.isoformat(),
            "registered_by": one.registered_by,
        }
        here = lvg_seller.c.seller_id == one.seller_id
        changed = await self._connection.execute(update(lvg_seller).where(here).values(values))
        if changed.rowcount == 0:
            await self._connection.execute(
                insert(lvg_seller), {"seller_id": one.seller_id, **values}
            )

    async def returned(self, return_id: str) -> LvgReturn | None:
        query = select(lvg_return.c.body).where(lvg_return.c.return_id == return_id)
        body = (await self._connection.execute(query)).scalar_one_or_none()
        return None if body is None else from_json(body, LvgReturn)

    async def save(self, one: LvgReturn) -> None:
        values = {"seller_id": one.seller_id, "period": one.period, "body": to_json(one)}
        here = lvg_return.c.return_id == one.id
        changed = await self._connection.execute(update(lvg_return).where(here).values(values))
        if changed.rowcount == 0:
            await self._connection.execute(insert(lvg_return), {"return_id": one.id, **values})

    async def _sum(self, where: list[Any], currency: str) -> LvgFigures:
        columns = (lvg_entry.c.sales_minor, lvg_entry.c.tax_minor, lvg_entry.c.other_tax_minor)
        sums = [func.coalesce(func.sum(column), 0) for column in columns]
        row = (await self._connection.execute(select(func.count(), *sums).where(*where))).one()
        sales, tax, other = (Money(int(minor), currency) for minor in row[1:])
        return LvgFigures(parcels=int(row[0]), sales=sales, tax=tax, other_tax=other)


def _values(entry: LvgEntry) -> dict[str, Any]:
    return {
        "declaration_id": entry.declaration_id,
        "seller_id": entry.seller_id,
        "period": entry.period,
        "released_on": entry.released_on.isoformat(),
        "sales_minor": entry.sales.minor,
        "tax_minor": entry.tax.minor,
        "other_tax_minor": entry.other_tax.minor,
        "currency": entry.tax.currency,
    }

"""How the catalogue is kept: one row for each version of an item."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import Row, insert, or_, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.orders.domain.item import Item, ItemVersionOld
from services.orders.store.tables import item
from shared.kernel.errors import NotFound
from shared.kernel.money import Money

_i = item.c
_HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


class ItemNotFound(NotFound):
    """There is no such item in the caller's catalogue, or none in force on that day."""

    code = "orders.item-not-found"


class Items:
    """The catalogues of this hub's members."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, item_id: str, *, owner_id: str) -> Item:
        """Return one version of an item of a member, or raise ItemNotFound."""
        query = select(item).where(_i.id == item_id, _i.owner_id == owner_id)
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            raise ItemNotFound(f"no item {item_id}")
        return _item(row)

    async def hold_newest(self, sku: str, *, owner_id: str) -> Item | None:
        """Return the newest version of an item, None when it has none.

        Until the transaction ends nobody else can add one. SQLite has one writer anyway.
        """
        if self._connection.dialect.name == "postgresql":
            await self._connection.execute(_HOLD, {"name": f"item/{owner_id}/{sku}"})
        query = (
            select(item)
            .where(_i.owner_id == owner_id, _i.sku == sku)
            .order_by(_i.valid_from.desc())
            .limit(1)
        )
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else _item(row)

    async def in_force(self, skus: Collection[str], *, owner_id: str, on: date) -> dict[str, Item]:
        """Return the versions of these items that are in force on a day, by sku."""
        rows = await self._connection.execute(
            select(item).where(_i.owner_id == owner_id, _i.sku.in_(skus), *_in_force(on))
        )
        return {row.sku: _item(row) for row in rows}

    async def page(
        self, *, owner_id: str, after: str, limit: int, sku: str | None, on: date | None
    ) -> list[Item]:
        """Return versions of a member's items by id; of one item, or in force on a day, only."""
        query = select(item).where(_i.owner_id == owner_id, _i.id > after)
        if sku is not None:
            query = query.where(_i.sku == sku)
        if on is not None:
            query = query.where(*_in_force(on))
        rows = await self._connection.execute(query.order_by(_i.id).limit(limit))
        return [_item(row) for row in rows]

    async def add(self, new: Item) -> None:
        """Keep a version, or raise ItemVersionOld when one begins on its day already."""
        try:
            await self._connection.execute(insert(item), _values(new))
        except IntegrityError as error:
            raise ItemVersionOld(
                f"a version of this item is in force from {new.valid_from} on", field="valid_from"
            ) from error

    async def end(self, ended: Item) -> None:
        """Keep where a version ends; nothing else of it ever changes."""
        await self._connection.execute(
            update(item).where(_i.id == ended.id).values(valid_until=ended.valid_until)
        )


def _in_force(on: date) -> tuple[Any, ...]:
    return (_i.valid_from <= on, or_(_i.valid_until.is_(None), _i.valid_until > on))


def _values(one: Item) -> dict[str, Any]:
    return {
        "id": one.id,
        "owner_id": one.owner_id,
        "sku": one.sku,
        "gtin": one.gtin,
        "description": one.description,
        "codes": dict(one.codes),
        "origin": one.origin,
        "currency": one.unit_price.currency,
        "unit_price_minor": one.unit_price.minor,
        "net_weight_g": one.net_weight_g,
        "valid_from": one.valid_from,
        "valid_until": one.valid_until,
        "registered_at": one.registered_at,
    }


def _item(row: Row[*tuple[object, ...]]) -> Item:
    return Item(
        id=row.id,
        owner_id=row.owner_id,
        sku=row.sku,
        gtin=row.gtin,
        description=row.description,
        codes=row.codes,
        origin=row.origin,
        unit_price=Money(row.unit_price_minor, row.currency),
        net_weight_g=row.net_weight_g,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        registered_at=row.registered_at,
    )

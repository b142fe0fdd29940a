"""How documents are kept: the newest of each, with personal data in a column of its own."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.customs.domain.documents import (
    Booking,
    Delivery,
    Departure,
    Dossier,
    ExportProof,
    GoodsList,
    OrderDocument,
    PaymentDocument,
    WaybillDocument,
    Withdrawal,
)
from services.customs.store.codec import from_json, slices, to_json
from services.customs.store.tables import document

Document = (
    OrderDocument
    | PaymentDocument
    | WaybillDocument
    | Booking
    | ExportProof
    | Departure
    | Withdrawal
    | Delivery
    | GoodsList
)
KINDS: Mapping[str, type[Document]] = MappingProxyType(
    {
        "order": OrderDocument,
        "payment": PaymentDocument,
        "waybill": WaybillDocument,
        "booking": Booking,
        "export": ExportProof,
        "departure": Departure,
        "withdrawal": Withdrawal,
        "delivery": Delivery,
        "goods_list": GoodsList,
    }
)
NAMES: Mapping[type[Document], str] = {kind: name for name, kind in KINDS.items()}
PERSONAL: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "order": ("orderer", "consignee"),
        "payment": ("payer",),
        "waybill": ("consignee",),
        "goods_list": ("buyer", "consignee_address"),
    }
)
OPENING = ("booking", "goods_list")
"""The documents that tie a parcel to its order, and from which on it has a declaration."""


@dataclass(frozen=True, kw_only=True)
class Filed:
    """A document and where it belongs; of two with one key the higher rank is kept.

    `is_ours` says that its person lives at this hub, so that personal fields are kept apart.
    """

    document: Document
    key: str
    rank: int = 0
    order_id: str | None = None
    logistics_no: str | None = None
    is_ours: bool = True

    @property
    def kind(self) -> str:
        return NAMES[type(self.document)]


class Documents:
    """The documents this hub's customs has been told of."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def keep(self, filed: Sequence[Filed]) -> None:
        """Keep each document unless one of its key and at least its rank is kept already."""
        newest = {(one.kind, one.key): one for one in sorted(filed, key=lambda one: one.rank)}
        ranks = await self._ranks(list(newest))
        new = [one for pair, one in newest.items() if pair not in ranks]
        if new:
            await self._connection.execute(insert(document), [_values(one) for one in new])
        for one in newest.values():
            known = ranks.get((one.kind, one.key))
            if known is not None and known < one.rank:
                here = (document.c.kind == one.kind) & (document.c.key == one.key)
                await self._connection.execute(update(document).where(here).values(_values(one)))

    async def order(self, order_id: str) -> OrderDocument | None:
        rows = await self._rows(document.c.kind == "order", document.c.key == order_id)
        return _read(rows[0], OrderDocument) if rows else None

    async def orders(self, order_ids: Collection[str]) -> dict[str, OrderDocument]:
        """Return those of these orders that are known, by id."""
        found: dict[str, OrderDocument] = {}
        for some in slices(sorted(order_ids)):
            rows = await self._rows(document.c.kind == "order", document.c.key.in_(some))
            found |= {row.key: _read(row, OrderDocument) for row in rows}
        return found

    async def known(
        self, pairs: Sequence[tuple[str, str]]
    ) -> dict[tuple[str, str], tuple[Document, int]]:
        """Return what is kept under these kinds and keys, and with which rank."""
        found: dict[tuple[str, str], tuple[Document, int]] = {}
        pair = tuple_(document.c.kind, document.c.key)
        for some in slices(pairs):
            for row in await self._rows(pair.in_(some)):
                found[row.kind, row.key] = (_read(row, KINDS[row.kind]), row.rank)
        return found

    async def payment(self, order_id: str) -> PaymentDocument | None:
        rows = await self._rows(document.c.kind == "payment", document.c.order_id == order_id)
        return _read(rows[0], PaymentDocument) if rows else None

    async def parcels_of(self, order_id: str) -> list[str]:
        """Return the numbers of the parcels booked for an order."""
        rows = await self._rows(document.c.kind.in_(OPENING), document.c.order_id == order_id)
        return sorted({row.key for row in rows})

    async def orders_of(self, logistics_nos: Collection[str]) -> dict[str, str]:
        """Return the order of each parcel whose booking, or else whose list, is known."""
        found: dict[str, str] = {}
        for some in slices(sorted(logistics_nos)):
            rows = await self._rows(document.c.kind.in_(OPENING), document.c.key.in_(some))
            listed = {row.key: row.order_id for row in rows if row.kind != "booking"}
            found |= listed | {row.key: row.order_id for row in rows if row.kind == "booking"}
        return found

    async def dossiers(self, logistics_nos: Collection[str]) -> dict[str, Dossier]:
        """Return what is known of each parcel, with what is known of its order."""
        by_parcel: dict[str, dict[str, Any]] = {number: {} for number in logistics_nos}
        order_of: dict[str, str] = {}
        for some in slices(sorted(logistics_nos)):
            for row in await self._rows(document.c.logistics_no.in_(some)):
                by_parcel[row.logistics_no][row.kind] = _read(row, KINDS[row.kind])
                if row.kind == "booking" or (
                    row.kind == "goods_list" and row.logistics_no not in order_of
                ):
                    order_of[row.logistics_no] = row.order_id
        by_order: dict[str, dict[str, Any]] = {order_id: {} for order_id in order_of.values()}
        for some in slices(sorted(by_order)):
            of_order = document.c.logistics_no.is_(None)
            for row in await self._rows(document.c.order_id.in_(some), of_order):
                by_order[row.order_id][row.kind] = _read(row, KINDS[row.kind])
        return {
            number: Dossier(**{**by_order.get(order_of.get(number, ""), {}), **found})
            for number, found in by_parcel.items()
        }

    async def _ranks(self, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
        ranks: dict[tuple[str, str], int] = {}
        pair = tuple_(document.c.kind, document.c.key)
        for some in slices(pairs):
            query = select(document.c.kind, document.c.key, document.c.rank).where(pair.in_(some))
            for row in await self._connection.execute(query):
                ranks[row.kind, row.key] = row.rank
        return ranks

    async def _rows(self, *conditions: Any) -> Sequence[Row[Any]]:
        query = select(document).where(*conditions).order_by(document.c.rank, document.c.key)
        return (await self._connection.execute(query)).all()


def _values(one: Filed) -> dict[str, Any]:
    body = to_json(one.document)
    personal = None
    if one.is_ours and one.kind in PERSONAL:
        personal = {name: body.pop(name) for name in PERSONAL[one.kind]}
    return {
        "kind": one.kind,
        "key": one.key,
        "rank": one.rank,
        "order_id": one.order_id,
        "logistics_no": one.logistics_no,
        "body": body,
        "personal": personal,
    }


def _read(row: Row[Any], kind: type[Any]) -> Any:
    return from_json({**row.body, **(row.personal or {})}, kind)

"""How retail exports are kept: the newest of each paper, the lists, and what sums them up."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import bindparam, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.customs.domain.export_list import ExportList
from services.customs.domain.export_summary import ExportSummary
from services.customs.domain.retail_export import (
    ExportPapers,
    RetailArrival,
    RetailList,
    RetailOrder,
    RetailPaper,
    RetailReceipt,
    RetailWaybill,
)
from services.customs.domain.status import Status
from services.customs.store.codec import from_json, slices, to_json
from services.customs.store.tables import export_list, export_paper, export_summary
from shared.kernel.errors import NotFound

KINDS: Mapping[str, type[RetailPaper]] = MappingProxyType(
    {
        "order": RetailOrder,
        "receipt": RetailReceipt,
        "waybill": RetailWaybill,
        "goods_list": RetailList,
        "arrival": RetailArrival,
    }
)
NAMES: Mapping[type[RetailPaper], str] = {kind: name for name, kind in KINDS.items()}


class ExportListNotFound(NotFound):
    """There is no such export list, or it is not yours to see."""

    code = "customs.export-list-not-found"


class ExportSummaryNotFound(NotFound):
    """There is no such summary, or it is not yours to see."""

    code = "customs.export-summary-not-found"


@dataclass(frozen=True, kw_only=True)
class FiledPaper:
    """A paper and where it belongs; of two with one key the higher rank is kept."""

    document: RetailPaper
    key: str
    rank: int
    order_key: str | None = None
    logistics_no: str | None = None

    @property
    def kind(self) -> str:
        return NAMES[type(self.document)]


class ExportLists:
    """The retail exports that were declared at this hub."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def keep(self, filed: Sequence[FiledPaper]) -> None:
        """Keep each paper unless one of its key and at least its rank is kept already."""
        newest = {(one.kind, one.key): one for one in sorted(filed, key=lambda one: one.rank)}
        known = await self.known(list(newest))
        new = [one for pair, one in newest.items() if pair not in known]
        if new:
            await self._connection.execute(insert(export_paper), [_paper(one) for one in new])
        for pair, one in newest.items():
            if pair in known and known[pair][1] < one.rank:
                here = (export_paper.c.kind == one.kind) & (export_paper.c.key == one.key)
                await self._connection.execute(update(export_paper).where(here).values(_paper(one)))

    async def known(
        self, pairs: Sequence[tuple[str, str]]
    ) -> dict[tuple[str, str], tuple[RetailPaper, int]]:
        """Return what is kept under these kinds and keys, and with which rank."""
        found: dict[tuple[str, str], tuple[RetailPaper, int]] = {}
        pair = tuple_(export_paper.c.kind, export_paper.c.key)
        for some in slices(pairs):
            for row in await self._connection.execute(select(export_paper).where(pair.in_(some))):
                found[row.kind, row.key] = (from_json(row.body, KINDS[row.kind]), row.rank)
        return found

    async def parcels_of(self, order_keys: Collection[str]) -> dict[str, list[str]]:
        """Return the numbers of the parcels listed for each of these orders."""
        found: dict[str, list[str]] = {}
        for some in slices(sorted(order_keys)):
            query = (
                select(export_paper.c.order_key, export_paper.c.logistics_no)
                .where(export_paper.c.kind == "goods_list", export_paper.c.order_key.in_(some))
                .order_by(export_paper.c.logistics_no)
            )
            for row in await self._connection.execute(query):
                found.setdefault(row.order_key, []).append(row.logistics_no)
        return found

    async def papers(self, logistics_nos: Collection[str]) -> dict[str, ExportPapers]:
        """Return what is known of each listed parcel, with what is known of its order."""
        by_parcel: dict[str, dict[str, Any]] = {}
        for some in slices(sorted(logistics_nos)):
            query = select(export_paper).where(export_paper.c.logistics_no.in_(some))
            for row in await self._connection.execute(query):
                paper = from_json(row.body, KINDS[row.kind])
                by_parcel.setdefault(row.logistics_no, {})[row.kind] = paper
        listed = {n: found for n, found in by_parcel.items() if "goods_list" in found}
        order_keys = {found["goods_list"].order_key for found in listed.values()}
        by_order: dict[str, dict[str, Any]] = {}
        for some in slices(sorted(order_keys)):
            query = select(export_paper).where(
                export_paper.c.order_key.in_(some), export_paper.c.logistics_no.is_(None)
            )
            for row in await self._connection.execute(query):
                paper = from_json(row.body, KINDS[row.kind])
                by_order.setdefault(row.order_key, {})[row.kind] = paper
        return {
            number: ExportPapers(**by_order.get(found["goods_list"].order_key, {}), **found)
            for number, found in listed.items()
        }

    async def get(self, list_id: str) -> ExportList:
        """Return a list, or raise ExportListNotFound."""
        for one in await self._among("id", [list_id]):
            return one
        raise ExportListNotFound(f"no export list {list_id}")

    async def of_parcels(self, logistics_nos: Collection[str]) -> dict[str, ExportList]:
        return {one.logistics_no: one for one in await self._among("logistics_no", logistics_nos)}

    async def numbered(self, numbers: Collection[str]) -> dict[str, ExportList]:
        """Return those of these lists that are known, by the authority's number."""
        return {one.number: one for one in await self._among("number", numbers)}

    async def add(self, new: Sequence[ExportList]) -> None:
        if new:
            await self._connection.execute(insert(export_list), [_list(one) for one in new])

    async def save(self, changed: Sequence[ExportList]) -> None:
        if not changed:
            return
        names = ("status", "version", "deadline", "body")
        statement = (
            update(export_list)
            .where(export_list.c.id == bindparam("this_id"))
            .values({name: bindparam(f"new_{name}") for name in names})
        )
        rows = [
            {"this_id": one.id, **{f"new_{name}": _list(one)[name] for name in names}}
            for one in changed
        ]
        await self._connection.execute(statement, rows)

    async def overdue(self, *, at: datetime, limit: int) -> list[str]:
        """Return the ids of lists whose deadline has passed, those first that passed first."""
        query = select(export_list.c.id).where(export_list.c.deadline < at)
        ordered = query.order_by(export_list.c.deadline, export_list.c.id).limit(limit)
        return list((await self._connection.execute(ordered)).scalars())

    async def page(
        self, *, after: str, limit: int, status: Status | None = None
    ) -> list[ExportList]:
        query = select(export_list.c.body).where(export_list.c.id > after)
        if status is not None:
            query = query.where(export_list.c.status == status.value)
        rows = await self._connection.execute(query.order_by(export_list.c.id).limit(limit))
        return [from_json(body, ExportList) for body in rows.scalars()]

    async def find_summary(self, number: str) -> ExportSummary | None:
        query = select(export_summary.c.body).where(export_summary.c.number == number)
        body = (await self._connection.execute(query)).scalar_one_or_none()
        return None if body is None else from_json(body, ExportSummary)

    async def summary(self, number: str) -> ExportSummary:
        """Return a summary, or raise ExportSummaryNotFound."""
        found = await self.find_summary(number)
        if found is None:
            raise ExportSummaryNotFound(f"no summary {number}")
        return found

    async def save_summary(self, one: ExportSummary) -> None:
        values = {"agent_code": one.agent_code, "body": to_json(one)}
        here = export_summary.c.number == one.number
        changed = await self._connection.execute(update(export_summary).where(here).values(values))
        if changed.rowcount == 0:
            new = {"number": one.number, **values}
            await self._connection.execute(insert(export_summary), new)

    async def _among(self, column: str, keys: Collection[str]) -> list[ExportList]:
        found: list[ExportList] = []
        for some in slices(sorted(keys)):
            query = select(export_list.c.body).where(export_list.c[column].in_(some))
            rows = await self._connection.execute(query.order_by(export_list.c.id))
            found += [from_json(body, ExportList) for body in rows.scalars()]
        return found


def _paper(one: FiledPaper) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "key": one.key,
        "rank": one.rank,
        "order_key": one.order_key,
        "logistics_no": one.logistics_no,
        "body": to_json(one.document),
    }


def _list(one: ExportList) -> dict[str, Any]:
    return {
        "id": one.id,
        "number": one.number,
        "logistics_no": one.logistics_no,
        "status": one.status.value,
        "version": one.version,
        "deadline": one.deadline,
        "body": to_json(one),
    }

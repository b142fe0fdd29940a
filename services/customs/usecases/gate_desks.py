"""The two desks at which papers are filed by message: of imports and of exports.

Both file, match and answer in the same way; they differ in what they keep and whom they ask.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from services.customs.domain.declaration import Declaration
from services.customs.domain.export_list import ExportList
from services.customs.domain.gate import receipt
from services.customs.domain.gate.message import GateDocument
from services.customs.domain.gate.receipt import Receipt
from services.customs.domain.status import Status
from services.customs.store.documents import Filed
from services.customs.store.export_lists import FiledPaper
from services.customs.store.tx import CustomsTx
from services.customs.usecases.export_papers import EXPORT_FILINGS
from services.customs.usecases.gate_documents import FILINGS, Reader
from services.customs.usecases.gather_dossiers import file_documents
from services.customs.usecases.gather_exports import file_export_papers

NO_REBATE = (
    "seller-not-registered",
    "the seller's code is no member's: its order opens no rebate case",
)
Read = Callable[[Reader, GateDocument], Any]
Kept = Mapping[tuple[str, str], tuple[Any, int]]


class Desk(Protocol):
    """What filing needs of the side it files for."""

    @property
    def filings(self) -> Mapping[str, Read]: ...
    async def known(self, tx: CustomsTx, pairs: Sequence[tuple[str, str]]) -> Kept: ...
    async def settled(self, tx: CustomsTx, filed: Mapping[int, Any]) -> set[int]: ...
    async def file(self, tx: CustomsTx, filed: Sequence[Any]) -> None: ...
    async def standing(self, tx: CustomsTx, keys: Sequence[str]) -> Mapping[str, Receipt]: ...


class ImportDesk:
    """Orders, payments, waybills and lists of goods that come in."""

    filings: Mapping[str, Read] = FILINGS

    async def known(self, tx: CustomsTx, pairs: Sequence[tuple[str, str]]) -> Kept:
        return await tx.documents.known(pairs)

    async def settled(self, tx: CustomsTx, filed: Mapping[int, Filed]) -> set[int]:
        """Return which of these belong to a parcel that is accepted already."""
        orders = {one.order_id for one in filed.values() if one.logistics_no is None}
        of_order = {
            order_id: await tx.documents.parcels_of(order_id)
            for order_id in sorted(one for one in orders if one is not None)
        }
        parcels = {
            number: of_order[one.order_id or ""] if one.logistics_no is None else [one.logistics_no]
            for number, one in filed.items()
        }
        standing = await tx.declarations.of_parcels({n for some in parcels.values() for n in some})
        return {
            number
            for number, numbers in parcels.items()
            if any(n in standing and not standing[n].is_before_acceptance for n in numbers)
        }

    async def file(self, tx: CustomsTx, filed: Sequence[Filed]) -> None:
        await file_documents(tx, filed)

    async def standing(self, tx: CustomsTx, keys: Sequence[str]) -> Mapping[str, Receipt]:
        declared = await tx.declarations.of_parcels(keys)
        return {number: list_receipt(one) for number, one in declared.items()}


class ExportDesk:
    """Orders, receipts of money, waybills and lists of goods that leave."""

    filings: Mapping[str, Read] = EXPORT_FILINGS

    async def known(self, tx: CustomsTx, pairs: Sequence[tuple[str, str]]) -> Kept:
        return await tx.export_lists.known(pairs)

    async def settled(self, tx: CustomsTx, filed: Mapping[int, FiledPaper]) -> set[int]:
        """Return which of these belong to a parcel whose list is accepted already."""
        orders = {one.order_key for one in filed.values() if one.order_key is not None}
        of_order = await tx.export_lists.parcels_of(orders)
        parcels = {
            number: of_order.get(one.order_key or "", [])
            if one.logistics_no is None
            else [one.logistics_no]
            for number, one in filed.items()
        }
        standing = await tx.export_lists.of_parcels({n for some in parcels.values() for n in some})
        return {
            number
            for number, numbers in parcels.items()
            if any(n in standing and not standing[n].is_before_acceptance for n in numbers)
        }

    async def file(self, tx: CustomsTx, filed: Sequence[FiledPaper]) -> None:
        await file_export_papers(tx, filed)

    async def standing(self, tx: CustomsTx, keys: Sequence[str]) -> Mapping[str, Receipt]:
        declared = await tx.export_lists.of_parcels(keys)
        sellers = await tx.filers.find({one.declared.seller_code for one in declared.values()})
        return {
            number: export_receipt(one, is_seller_known=one.declared.seller_code in sellers)
            for number, one in declared.items()
        }


def list_receipt(declaration: Declaration) -> Receipt:
    """Return what the gate says of a list today; a list that waits for papers is declared (2)."""
    waits = "waits for order, payment and waybill"
    return _receipt(declaration, waits=waits, number=receipt.list_number(declaration.id))


def export_receipt(one: ExportList, *, is_seller_known: bool) -> Receipt:
    """Return what the gate says of an export list today, and if nobody could be paid its rebate."""
    waits = "waits for order, receipt of money and waybill"
    answer = _receipt(one, waits=waits, number=one.number)
    return answer if is_seller_known else receipt.remarked(answer, *NO_REBATE)


def _receipt(one: Declaration | ExportList, *, waits: str, number: str) -> Receipt:
    if one.status is Status.RETURNED:
        return receipt.returned(one.findings)
    if one.status is Status.STORED:
        return receipt.at(Status.DECLARING, waits)
    return receipt.at(one.status, number=number)


DESKS: tuple[Desk, ...] = (ImportDesk(), ExportDesk())
"""Whoever has a message among its filings files it."""

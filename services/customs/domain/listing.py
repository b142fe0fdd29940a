"""A parcel declared by a list (China's message 621), where no hub on the e-road exported it.

The list stands in for booking, export proof and departure: with order, payment and waybill beside
it the dossier is complete, and every field they share is compared.
"""

from dataclasses import dataclass, replace

from services.customs.domain.basis import Finding
from services.customs.domain.documents import (
    Booking,
    CompleteDossier,
    Departure,
    Dossier,
    ExportProof,
    GoodsList,
    ListedGoods,
    OrderDocument,
    OrderedGoods,
)
from services.customs.domain.matching import plain
from shared.kernel.money import total

LIST_MISMATCH = "list-mismatch"
STANDS_FOR = frozenset({"booking", "export", "departure"})


@dataclass(frozen=True, kw_only=True)
class ListedDossier:
    """A dossier that a list completes, and what the list itself says differently."""

    dossier: CompleteDossier
    findings: tuple[Finding, ...]


def complete_by_list(dossier: Dossier) -> ListedDossier | None:
    """Return the dossier with the list in place of what the origin says; None while incomplete."""
    goods_list, order = dossier.goods_list, dossier.order
    if goods_list is None or order is None or dossier.payment is None or dossier.waybill is None:
        return None
    coded = _with_codes(order, goods_list)
    waybill = dossier.waybill
    if not waybill.order_no:
        waybill = replace(waybill, order_no=order.order_no)
    complete = CompleteDossier(
        order=coded,
        payment=dossier.payment,
        waybill=waybill,
        booking=_booking(order, goods_list),
        export=_proof(goods_list),
        departure=Departure(
            consolidation_id="",
            master_waybill=goods_list.master_waybill,
            departed_at=goods_list.listed_at,
        ),
    )
    return ListedDossier(dossier=complete, findings=tuple(_differences(coded, goods_list)))


def named_for_lists(finding: Finding) -> Finding:
    """Return a finding that names the list wherever it stood in for another document."""
    documents = tuple("list" if name in STANDS_FOR else name for name in finding.documents)
    return replace(finding, documents=tuple(dict.fromkeys(documents)))


def _with_codes(order: OrderDocument, goods_list: GoodsList) -> OrderDocument:
    """Goods codes and weights stand in the list only; the order names the lines."""
    listed = {goods.line_no: goods for goods in goods_list.goods}
    lines = tuple(_coded(line, listed.get(line.line_no)) for line in order.lines)
    return replace(order, channel=goods_list.channel, lines=lines)


def _coded(line: OrderedGoods, listed: ListedGoods | None) -> OrderedGoods:
    if listed is None:
        return line
    return replace(line, hs_code=listed.hs_code, net_weight_g=listed.net_weight_g)


def _booking(order: OrderDocument, goods_list: GoodsList) -> Booking:
    return Booking(
        parcel_id="",
        logistics_no=goods_list.logistics_no,
        order_id=order.order_id,
        order_no=goods_list.order_no,
        seller_id=goods_list.seller_code,
        gross_weight_g=goods_list.gross_weight_g,
        packages=goods_list.packages,
    )


def _proof(goods_list: GoodsList) -> ExportProof:
    first = goods_list.goods[0].total_price.currency
    return ExportProof(
        declaration_id="",
        form="621",
        consolidation_id="",
        master_waybill=goods_list.master_waybill,
        gross_weight_g=goods_list.gross_weight_g,
        net_weight_g=goods_list.net_weight_g,
        fob=total([goods.total_price for goods in goods_list.goods], first),
    )


def _differences(order: OrderDocument, goods_list: GoodsList) -> list[Finding]:
    address = "" if order.consignee is None else plain("address", order.consignee.address)
    checks = [
        ("buyer.id_number", order.orderer.id_number == goods_list.buyer.id_number),
        ("buyer.name", _same_name(order.orderer.name, goods_list.buyer.name)),
        ("consignee.address", plain("address", goods_list.consignee_address) == address),
        ("freight", order.freight == goods_list.freight),
        ("lines", {g.line_no for g in goods_list.goods} == {line.line_no for line in order.lines}),
    ]
    listed = {goods.line_no: goods for goods in goods_list.goods}
    for line in order.lines:
        goods = listed.get(line.line_no)
        if goods is not None:
            place = f"lines[{line.line_no}]"
            checks.append((f"{place}.quantity", line.quantity == goods.quantity))
            checks.append((f"{place}.unit_price", line.unit_price == goods.unit_price))
            checks.append((f"{place}.origin", line.origin == goods.origin))
    return [_differs(field) for field, agrees in checks if not agrees]


def _same_name(one: str | None, other: str | None) -> bool:
    return plain("name", one or "") == plain("name", other or "")


def _differs(field: str) -> Finding:
    return Finding(
        code=LIST_MISMATCH,
        field=field,
        documents=("order", "list"),
        remedy=f"Make the list's {field} equal to the order's, and send the list again.",
    )

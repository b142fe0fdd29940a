"""The papers of a parcel that leaves by retail export, and what must agree between them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from services.customs.domain.basis import Basis, Finding
from services.customs.domain.listing import LIST_MISMATCH
from shared.kernel.codes import CodeInvalid, check_hs
from shared.kernel.money import Money, total


@dataclass(frozen=True, kw_only=True)
class RetailLine:
    """One kind of goods; the order knows neither its code nor its destination."""

    line_no: int
    quantity: int
    unit_price: Money
    total_price: Money
    hs_code: str = ""
    destination: str = ""


@dataclass(frozen=True, kw_only=True)
class RetailOrder:
    """What was sold (303)."""

    order_key: str
    order_no: str
    seller_code: str
    goods: Money
    freight: Money
    lines: tuple[RetailLine, ...]


@dataclass(frozen=True, kw_only=True)
class RetailReceipt:
    """What was paid for it, and when the money came (403)."""

    order_key: str
    seller_code: str
    amount: Money
    received_at: datetime


@dataclass(frozen=True, kw_only=True)
class RetailWaybill:
    """What the carrier took (505)."""

    logistics_no: str
    carrier_code: str
    gross_weight_g: int
    packages: int


@dataclass(frozen=True, kw_only=True)
class RetailList:
    """What is declared (603)."""

    logistics_no: str
    order_key: str
    order_no: str
    seller_code: str
    producer_code: str
    agent_code: str
    carrier_code: str
    trader_reference: str
    office: str
    border_office: str
    channel: str
    transport_mode: str
    destination: str
    gross_weight_g: int
    net_weight_g: int
    packages: int
    lines: tuple[RetailLine, ...]
    listed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class RetailArrival:
    """The goods are at the supervised site (507)."""

    logistics_no: str
    operator_code: str
    arrived_at: datetime


RetailPaper = RetailOrder | RetailReceipt | RetailWaybill | RetailList | RetailArrival


@dataclass(frozen=True, kw_only=True)
class ExportPapers:
    """What is known of one parcel; the list ties it to its order."""

    order: RetailOrder | None = None
    receipt: RetailReceipt | None = None
    waybill: RetailWaybill | None = None
    goods_list: RetailList | None = None
    arrival: RetailArrival | None = None

    def missing(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return which of these papers have not come."""
        known = {one.name for one in fields(self)}
        assert known >= set(names), f"papers are {sorted(known)}"
        return tuple(name for name in names if getattr(self, name) is None)


@dataclass(frozen=True, kw_only=True)
class ExportListRules:
    """What a country asks of an export list on one day.

    `papers` must be there before it is declared, `release_papers` before the goods are released.
    Lists that agree in `summary_by` make one declaration, and their lines that agree in
    `summary_lines_by` one line of it, due on a day of the month after they left.
    """

    papers: tuple[str, ...]
    release_papers: tuple[str, ...]
    summary_by: tuple[str, ...]
    summary_lines_by: tuple[str, ...]
    summary_day: int
    basis: Basis
    channels: frozenset[str]
    channel_basis: Basis
    hs_digits: int
    hs_basis: Basis
    sums_basis: Basis


def export_findings(papers: ExportPapers, rules: ExportListRules) -> tuple[Finding, ...]:
    """Return everything in which the papers of a parcel disagree with each other or the rules."""
    goods_list, order = papers.goods_list, papers.order
    assert goods_list is not None, "papers are compared once there is a list"
    findings = [*_form_findings(goods_list, rules)]
    if order is not None:
        findings += _sum_findings(order, rules.sums_basis.rule)
        findings += _order_findings(order, goods_list)
    if papers.receipt is not None and order is not None:
        findings += _receipt_findings(papers.receipt, order)
    if papers.waybill is not None:
        findings += _waybill_findings(papers.waybill, goods_list)
    return tuple(findings)


def _form_findings(goods_list: RetailList, rules: ExportListRules) -> list[Finding]:
    findings = []
    if goods_list.channel not in rules.channels:
        remedy = "Name a channel by which goods leave: " + ", ".join(sorted(rules.channels))
        findings.append(_finding(rules.channel_basis.rule, "channel", ("list",), remedy))
    for line in goods_list.lines:
        try:
            check_hs(line.hs_code, digits=rules.hs_digits)
        except CodeInvalid:
            remedy = f"Give the national goods code of {rules.hs_digits} digits."
            field = f"lines[{line.line_no}].hs_code"
            findings.append(_finding(rules.hs_basis.rule, field, ("list",), remedy))
    if goods_list.net_weight_g > goods_list.gross_weight_g:
        remedy = "Goods weigh no more than with what they are packed in."
        findings.append(_finding(LIST_MISMATCH, "net_weight", ("list",), remedy))
    return findings


def _sum_findings(order: RetailOrder, rule: str) -> list[Finding]:
    """Check price times quantity, and that the lines make the goods value."""
    lines = [line for line in order.lines if line.unit_price * line.quantity != line.total_price]
    findings = [
        _finding(
            rule, f"lines[{line.line_no}].total_price", ("order",), "Make it price × quantity."
        )
        for line in lines
    ]
    currencies = {line.total_price.currency for line in order.lines} | {order.goods.currency}
    if len(currencies) > 1:
        remedy = "State all of an order's amounts in one currency."
        return [*findings, _finding(rule, "currency", ("order",), remedy)]
    if total([line.total_price for line in order.lines], order.goods.currency) != order.goods:
        findings.append(_finding(rule, "goods", ("order",), "Make it the sum of the lines."))
    return findings


def _order_findings(order: RetailOrder, goods_list: RetailList) -> list[Finding]:
    ordered = {line.line_no: line for line in order.lines}
    listed = {line.line_no: line for line in goods_list.lines}
    checks = [
        ("seller", order.seller_code == goods_list.seller_code),
        ("lines", ordered.keys() == listed.keys()),
    ]
    for line_no in sorted(ordered.keys() & listed.keys()):
        one, other = ordered[line_no], listed[line_no]
        checks += [
            (f"lines[{line_no}].quantity", one.quantity == other.quantity),
            (f"lines[{line_no}].unit_price", one.unit_price == other.unit_price),
            (f"lines[{line_no}].total_price", one.total_price == other.total_price),
        ]
    return _differing(checks, ("order", "list"))


def _receipt_findings(receipt: RetailReceipt, order: RetailOrder) -> list[Finding]:
    is_one_currency = order.goods.currency == order.freight.currency
    checks = [
        ("seller", receipt.seller_code == order.seller_code),
        ("charge", is_one_currency and receipt.amount == order.goods + order.freight),
    ]
    return _differing(checks, ("order", "receipt"))


def _waybill_findings(waybill: RetailWaybill, goods_list: RetailList) -> list[Finding]:
    checks = [
        ("carrier", waybill.carrier_code == goods_list.carrier_code),
        ("gross_weight", waybill.gross_weight_g == goods_list.gross_weight_g),
        ("packages", waybill.packages == goods_list.packages),
    ]
    return _differing(checks, ("waybill", "list"))


def _differing(checks: Sequence[tuple[str, bool]], documents: tuple[str, str]) -> list[Finding]:
    remedy = f"Make it the same in {documents[0]} and {documents[1]}, and send the change."
    return [
        _finding(LIST_MISMATCH, field, documents, remedy) for field, agrees in checks if not agrees
    ]


def _finding(code: str, field: str, documents: tuple[str, ...], remedy: str) -> Finding:
    return Finding(code=code, field=field, documents=documents, remedy=remedy)

"""How aggregates become rows and rows become aggregates again."""

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from sqlalchemy import Row, Table

from services.payments.domain.advance import Advance, AdvanceState, Pledge
from services.payments.domain.dispute import Dispute, DisputeKind, DisputeState
from services.payments.domain.line import OrderLine
from services.payments.domain.order import OrderMoney, OrderParcel
from services.payments.domain.original import PaidItem, Payee, PaymentOriginal, VerifiedBy
from services.payments.domain.payment import Payment, PaymentState
from services.payments.domain.payout import Payout, PayoutState
from services.payments.domain.quote import Amounts, Fix, Quote, QuoteState
from services.payments.domain.rates import Mid
from services.payments.domain.rebate import RebateCase, RebateState
from services.payments.domain.receipt import Receipt, ReceiptState
from services.payments.domain.refund import Refund, RefundState
from services.payments.domain.reserve import ReserveSlice
from services.payments.domain.scorecard import Reason
from services.payments.domain.state import Aggregate
from services.payments.domain.tax_bill import TaxBill
from services.payments.domain.window import Window, WindowState
from services.payments.store import bank_tables, finance_tables, tables
from shared.kernel.money import Rounding

AnyRow = Row[*tuple[Any, ...]]

TABLES: Mapping[type[Aggregate], Table] = {
    OrderMoney: tables.order_money,
    Payment: tables.payment,
    Refund: tables.refund,
    Quote: tables.quote,
    Payout: tables.payout,
    Dispute: tables.dispute,
    TaxBill: tables.tax_bill,
    ReserveSlice: tables.reserve_slice,
    Advance: finance_tables.advance,
    RebateCase: finance_tables.rebate_case,
    Window: finance_tables.settlement_window,
    Receipt: bank_tables.receipt,
    PaymentOriginal: tables.payment_original,
}


def values_of(aggregate: Aggregate | OrderParcel) -> dict[str, Any]:
    """Return the row that keeps an aggregate."""
    if isinstance(aggregate, OrderMoney | OrderParcel):
        return _plain(aggregate) | {"lines": json.dumps(aggregate.lines)}
    if isinstance(aggregate, PaymentOriginal):
        lists = {"payee": json.dumps(aggregate.payee), "items": json.dumps(aggregate.items)}
        return _plain(aggregate) | lists
    if isinstance(aggregate, Quote):
        return _quote_values(aggregate)
    if isinstance(aggregate, RebateCase):
        return _plain(aggregate) | {"evidence": json.dumps(aggregate.evidence)}
    if isinstance(aggregate, Advance):
        return _advance_values(aggregate)
    return _plain(aggregate)


def order_of(row: AnyRow) -> OrderMoney:
    lines = tuple(OrderLine(*each) for each in json.loads(row.lines))
    return OrderMoney(**{**row._mapping, "lines": lines})


def parcel_of(row: AnyRow) -> OrderParcel:
    return OrderParcel(**{**row._mapping, "lines": tuple(json.loads(row.lines))})


def payment_of(row: AnyRow) -> Payment:
    return Payment(**{**row._mapping, "state": PaymentState(row.state)})


def refund_of(row: AnyRow) -> Refund:
    return Refund(**{**row._mapping, "state": RefundState(row.state)})


def payout_of(row: AnyRow) -> Payout:
    return Payout(**{**row._mapping, "state": PayoutState(row.state)})


def dispute_of(row: AnyRow) -> Dispute:
    kind, state = DisputeKind(row.kind), DisputeState(row.state)
    return Dispute(**{**row._mapping, "kind": kind, "state": state})


def tax_bill_of(row: AnyRow) -> TaxBill:
    return TaxBill(**row._mapping)


def reserve_of(row: AnyRow) -> ReserveSlice:
    return ReserveSlice(**row._mapping)


def advance_of(row: AnyRow) -> Advance:
    kept = {
        "state": AdvanceState(row.state),
        "pledges": tuple(Pledge(*each) for each in json.loads(row.pledges)),
        "reasons": tuple(Reason(*each) for each in json.loads(row.reasons)),
    }
    return Advance(**{**row._mapping, **kept})


def _advance_values(advance: Advance) -> dict[str, Any]:
    values = _plain(advance)
    lists = {name: json.dumps(values[name]) for name in ("pledges", "reasons")}
    return values | lists


def rebate_of(row: AnyRow) -> RebateCase:
    kept = {"state": RebateState(row.state), "evidence": tuple(json.loads(row.evidence))}
    return RebateCase(**{**row._mapping, **kept})


def window_of(row: AnyRow) -> Window:
    return Window(**{**row._mapping, "state": WindowState(row.state)})


def receipt_of(row: AnyRow) -> Receipt:
    return Receipt(**{**row._mapping, "state": ReceiptState(row.state)})


def original_of(row: AnyRow) -> PaymentOriginal:
    kept = {
        "verified_by": VerifiedBy(row.verified_by),
        "payee": Payee(*json.loads(row.payee)),
        "items": tuple(PaidItem(*each) for each in json.loads(row.items)),
    }
    return PaymentOriginal(**{**row._mapping, **kept})


def quote_of(row: AnyRow) -> Quote:
    return Quote(
        id=row.id,
        seller_id=row.seller_id,
        provider=row.provider,
        is_simulated=row.is_simulated,
        fix=Fix(row.fix),
        source_currency=row.source_currency,
        target_currency=row.target_currency,
        amounts=Amounts(row.source_minor, row.at_mid_minor, row.target_minor, row.fee_minor),
        spread_bp=row.spread_bp,
        rounding=Rounding(row.rounding),
        rate=row.rate,
        legs=tuple(_mid_of(leg) for leg in json.loads(row.legs)),
        state=QuoteState(row.state),
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def _quote_values(quote: Quote) -> dict[str, Any]:
    values = _plain(quote)
    source, at_mid, target, fee = values.pop("amounts")
    legs = [
        [mid.base, mid.counter, mid.unit, str(mid.rate), mid.source, mid.at.isoformat()]
        for mid in quote.legs
    ]
    return values | {
        "source_minor": source,
        "at_mid_minor": at_mid,
        "target_minor": target,
        "fee_minor": fee,
        "legs": json.dumps(legs),
    }


def _mid_of(leg: list[Any]) -> Mid:
    base, counter, unit, rate, source, at = leg
    return Mid(base, counter, unit, Decimal(rate), source, datetime.fromisoformat(at))


def _plain(aggregate: Any) -> dict[str, Any]:
    values = {}
    for field in fields(aggregate):
        value = getattr(aggregate, field.name)
        values[field.name] = value.value if isinstance(value, Enum) else value
    return values

"""Orders, commands and whole books of a hub, in memory, with the scenario's figures as defaults.

`Books` is the posting desk without a database: same outcomes for the same ids, for ever.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from services.payments.domain.accounts import AccountKey, account_key
from services.payments.domain.commands import Command, fingerprint
from services.payments.domain.corrections import Entry, PostCorrection
from services.payments.domain.decide import decide
from services.payments.domain.disputes import OpenDispute, RuleDispute
from services.payments.domain.escrow import AuthorisePayment, CapturePayment, EndAuthorisation
from services.payments.domain.facts import Fact
from services.payments.domain.line import OrderLine
from services.payments.domain.line_release import ReleaseLines
from services.payments.domain.order import OrderMoney, OrderParcel
from services.payments.domain.payment import Payment
from services.payments.domain.proceeds import ReleaseOrder
from services.payments.domain.refunds import ConfirmRefund, RequestRefund
from services.payments.domain.rejections import IdReused, Rejection, refuse
from services.payments.domain.rules import Percentage, Rules, TaxPeriod
from services.payments.domain.state import Context, Decision, State, accept
from services.payments.domain.tax import BookTax, TaxShare
from services.payments.domain.transfers import Transfer, TransferKind, transfer_id
from shared.kernel.ids import derived_id
from shared.kernel.money import Rounding

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
CN, MY = "cn-hgh", "my-kul"


def some_rules(**changes: Any) -> Rules:
    """5 % commission and 0.3 % exchange fee, both half up; the fee at least one minor unit."""
    rules = Rules(
        commission=Percentage(rate=Decimal("0.05"), rounding=Rounding.HALF_UP),
        exchange_fee=Percentage(rate=Decimal("0.003"), rounding=Rounding.HALF_UP, at_least_minor=1),
        tax_authority="CN-GACC",
        tax_period=TaxPeriod.MONTH,
        hold_lifetime=timedelta(days=7),
        quote_lifetime=timedelta(seconds=60),
        rate_age_max=timedelta(hours=24),
        rate_move_bp_max=500,
    )
    return replace(rules, **changes)


def an_id(prefix: str, name: str, hub: str = CN) -> str:
    return derived_id(prefix, hub, name)


SELLER = an_id("mbr", "seller", MY)
MARKETPLACE = an_id("mbr", "a member")


def an_order(name: str = "A-001", **changes: Any) -> OrderMoney:
    """Order A-001 of the scenario: 58.00 goods, 12.00 freight, 6.37 tax, 76.37 paid."""
    order = OrderMoney(
        id=an_id("ord", name),
        order_no=f"TASIK-20260901-{name}",
        marketplace_id=MARKETPLACE,
        seller_id=SELLER,
        seller_hub=MY,
        buyer_hub=CN,
        currency="CNY",
        goods_minor=5800,
        tax_minor=637,
        paid_minor=7637,
    )
    return replace(order, **changes)


def an_order_of_three(name: str = "A-003", **changes: Any) -> OrderMoney:
    """100.00 of goods in lines of 33.33, 33.33 and 33.34, 10.00 freight, 9.10 tax."""
    lines = (OrderLine(1, 1, 3333), OrderLine(2, 2, 3333), OrderLine(3, 3, 3334))
    amounts: dict[str, Any] = {"goods_minor": 10000, "tax_minor": 910, "paid_minor": 11910}
    return an_order(name, **{**amounts, "lines": lines, **changes})


def a_parcel(name: str = "A-001", **changes: Any) -> OrderParcel:
    parcel = OrderParcel(order_id=an_id("ord", name), logistics_no="KV26090100001", is_booked=True)
    return replace(parcel, **changes)


@dataclass
class Books:
    """One hub's ledger in memory."""

    hub: str = CN
    now: datetime = NOON
    rules: Rules = field(default_factory=some_rules)
    state: State = field(default_factory=State)
    outcomes: dict[str, tuple[bytes, Decision | Rejection]] = field(default_factory=dict)
    log: list[tuple[str, int, Transfer]] = field(default_factory=list)
    """Every transfer in order, with its command's id and its place in the command."""
    facts: list[Fact] = field(default_factory=list)

    def post(self, command: Command) -> Decision | Rejection:
        """Decide a command, take it over and remember the outcome under its id."""
        print_of = fingerprint(command)
        known = self.outcomes.get(command.id)
        if known is not None:
            same = known[0] == print_of
            return known[1] if same else refuse(IdReused, "this id came with another content")
        self.state.open(command.accounts(self.hub))
        outcome = decide(self.state, command, Context(self.hub, self.now, self.rules))
        if isinstance(outcome, Rejection):
            if outcome.is_final:
                self.outcomes[command.id] = (print_of, outcome)
            return outcome
        self.outcomes[command.id] = (print_of, outcome)
        accept(self.state, outcome)
        self.log += [(command.id, n, transfer) for n, transfer in enumerate(outcome.transfers)]
        self.facts += outcome.facts
        return outcome

    def accepted(self, command: Command) -> Decision:
        """Post a command that must be accepted."""
        outcome = self.post(command)
        assert isinstance(outcome, Decision), outcome
        return outcome

    def refused(self, command: Command) -> str:
        """Post a command that must be refused; return the code."""
        outcome = self.post(command)
        assert isinstance(outcome, Rejection), outcome
        return outcome.error.code

    def balance(self, code: str, currency: str = "CNY") -> int:
        account = self.state.accounts.get(account_key(code, currency))
        return 0 if account is None else account.balance

    def sums(self) -> dict[str, int]:
        """The sum of all accounts per currency."""
        sums: dict[str, int] = {}
        for key, account in self.state.accounts.items():
            sums[key.currency] = sums.get(key.currency, 0) + account.credits - account.debits
        return sums

    def counters(self) -> dict[AccountKey, tuple[int, int, int, int]]:
        return {
            key: (a.debits, a.credits, a.debits_pending, a.credits_pending)
            for key, a in self.state.accounts.items()
        }

    def replayed(self) -> dict[AccountKey, tuple[int, int, int, int]]:
        """What the counters must be: every transfer of the log, counted from zero."""
        totals: dict[AccountKey, list[int]] = {key: [0] * 4 for key in self.state.accounts}
        held: dict[str, int] = {}
        for command_id, position, transfer in self.log:
            debit, credit = totals[transfer.debit], totals[transfer.credit]
            if transfer.kind is TransferKind.HOLD:
                held[transfer_id(self.hub, command_id, position)] = transfer.amount
                debit[2] += transfer.amount
                credit[3] += transfer.amount
                continue
            if transfer.kind is not TransferKind.POST:
                back = held.pop(transfer.pending_id)
                debit[2] -= back
                credit[3] -= back
            if transfer.kind in (TransferKind.POST, TransferKind.CAPTURE):
                debit[0] += transfer.amount
                credit[1] += transfer.amount
        return {key: (t[0], t[1], t[2], t[3]) for key, t in totals.items()}

    def knows(self, order: OrderMoney | None = None) -> OrderMoney:
        """Let the books know an order."""
        order = order or an_order()
        self.state.put(order)
        return order

    def authorised(self, order: OrderMoney | None = None) -> Payment:
        order = self.knows(order)
        self.accepted(authorise(order))
        return self.state.payments[an_id("pay", order.order_no)]

    def captured(self, order: OrderMoney | None = None) -> Payment:
        payment = self.authorised(order)
        self.accepted(capture(payment))
        return self.state.payments[payment.id]

    def released(self, order: OrderMoney | None = None) -> Payment:
        payment = self.captured(order)
        self.accepted(release(self.state.orders[payment.order_id]))
        return self.state.payments[payment.id]


def authorise(order: OrderMoney, **changes: Any) -> AuthorisePayment:
    command = AuthorisePayment(
        id=an_id("cmd", f"authorise {order.id}"),
        payment_id=an_id("pay", order.order_no),
        order_id=order.id,
        provider="simulated",
        pay_transaction_id="P260901000001",
        currency=order.currency,
        amount_minor=order.paid_minor,
        payer_id_number="330106190001010017",
        payer_name="Zhang San",
    )
    return replace(command, **changes)


def capture(payment: Payment, **changes: Any) -> CapturePayment:
    command = CapturePayment(
        id=an_id("cmd", f"capture {payment.id}"),
        payment_id=payment.id,
        order_id=payment.order_id,
        provider=payment.provider,
        currency=payment.currency,
        amount_minor=payment.authorised_minor,
    )
    return replace(command, **changes)


def end(payment: Payment, **changes: Any) -> EndAuthorisation:
    command = EndAuthorisation(
        id=an_id("cmd", f"end {payment.id}"),
        payment_id=payment.id,
        order_id=payment.order_id,
        provider=payment.provider,
        currency=payment.currency,
    )
    return replace(command, **changes)


def release(order: OrderMoney, **changes: Any) -> ReleaseOrder:
    command = ReleaseOrder(
        id=an_id("cmd", f"release {order.id}"),
        order_id=order.id,
        payment_id=an_id("pay", order.order_no),
        seller_id=order.seller_id,
        seller_hub=order.seller_hub,
        currency=order.currency,
        tax_minor=order.tax_minor,
        tax_authority="CN-GACC",
        tax_period="2026-09",
    )
    return replace(command, **changes)


def release_lines(order: OrderMoney, *lines: int, **changes: Any) -> ReleaseLines:
    command = ReleaseLines(
        id=an_id("cmd", f"release {order.id} {lines}"),
        order_id=order.id,
        payment_id=order.payment_id,
        seller_id=order.seller_id,
        seller_hub=order.seller_hub,
        currency=order.currency,
        lines=lines,
    )
    return replace(command, **changes)


def refund(payment: Payment, name: str = "1", **changes: Any) -> RequestRefund:
    command = RequestRefund(
        id=an_id("cmd", f"refund {payment.id} {name}"),
        refund_id=an_id("rfd", f"{payment.id} {name}"),
        payment_id=payment.id,
        order_id=payment.order_id,
        provider=payment.provider,
        seller_id=SELLER,
        seller_hub=MY,
        currency=payment.currency,
        reason="buyer-asked",
    )
    return replace(command, **changes)


def book_tax(order: OrderMoney, **changes: Any) -> BookTax:
    """The tax bill of order A-001: 6.37."""
    command = BookTax(
        id=an_id("cmd", f"tax {order.id}"),
        bill_id=an_id("bil", order.id),
        bill_no="T-1",
        order_id=order.id,
        logistics_no="KV26090100001",
        seller_id=order.seller_id,
        seller_hub=order.seller_hub,
        currency=order.currency,
        amount_minor=order.tax_minor,
        authority="CN-GACC",
        period="2026-09",
    )
    return replace(command, **changes)


def tax_share(order: OrderMoney, minor: int = 637) -> TaxShare:
    return TaxShare(an_id("bil", order.id), "CN-GACC", "2026-09", minor)


def dispute(payment: Payment, **changes: Any) -> OpenDispute:
    command = OpenDispute(
        id=an_id("cmd", f"dispute {payment.id}"),
        dispute_id=an_id("dsp", payment.id),
        payment_id=payment.id,
        order_id=payment.order_id,
        currency=payment.currency,
        kind="chargeback",
        reason="not-as-described",
    )
    return replace(command, **changes)


def rule(payment: Payment, outcome: str = "lost", **changes: Any) -> RuleDispute:
    command = RuleDispute(
        id=an_id("cmd", f"rule {payment.id}"),
        dispute_id=an_id("dsp", payment.id),
        payment_id=payment.id,
        order_id=payment.order_id,
        provider=payment.provider,
        seller_id=SELLER,
        seller_hub=MY,
        currency=payment.currency,
        outcome=outcome,
    )
    return replace(command, **changes)


def confirm(asked: RequestRefund, **changes: Any) -> ConfirmRefund:
    command = ConfirmRefund(
        id=an_id("cmd", f"confirm {asked.refund_id}"),
        refund_id=asked.refund_id,
        payment_id=asked.payment_id,
        order_id=asked.order_id,
        provider=asked.provider,
        currency=asked.currency,
    )
    return replace(command, **changes)


def correction(*entries: Sequence[Any], name: str = "1") -> PostCorrection:
    """Entries as (debit, credit, currency, minor units)."""
    return PostCorrection(
        id=an_id("cmd", f"correction {name}"),
        entries=tuple(Entry(*entry) for entry in entries),
        ref="a correction",
    )

"""The state a command is decided on, what a decision is, and how it is taken over.

Deciding never changes anything. `accept` is the one function that does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from services.payments.domain.accounts import Account, AccountKey, new_account
from services.payments.domain.advance import Advance
from services.payments.domain.dispute import Dispute
from services.payments.domain.facts import Fact
from services.payments.domain.order import OrderMoney
from services.payments.domain.original import PaymentOriginal
from services.payments.domain.payment import Payment
from services.payments.domain.payout import Payout
from services.payments.domain.quote import Quote
from services.payments.domain.rebate import RebateCase
from services.payments.domain.receipt import Receipt
from services.payments.domain.refund import Refund
from services.payments.domain.rejections import Rejection
from services.payments.domain.reserve import ReserveSlice
from services.payments.domain.rules import Rules
from services.payments.domain.tax_bill import TaxBill
from services.payments.domain.transfers import (
    Movements,
    Transfer,
    floor_broken,
    move,
    movements_of,
)
from services.payments.domain.window import Window

Aggregate = (
    OrderMoney
    | Payment
    | Refund
    | Quote
    | Payout
    | Dispute
    | TaxBill
    | ReserveSlice
    | Advance
    | RebateCase
    | Window
    | Receipt
    | PaymentOriginal
)
PLACES: Mapping[type[Aggregate], str] = {
    OrderMoney: "orders",
    Payment: "payments",
    Refund: "refunds",
    Quote: "quotes",
    Payout: "payouts",
    Dispute: "disputes",
    TaxBill: "tax_bills",
    ReserveSlice: "reserves",
    Advance: "advances",
    RebateCase: "rebates",
    Window: "windows",
    Receipt: "receipts",
    PaymentOriginal: "originals",
}
"""Where `State` keeps each kind of row; `Touches` has the same names, but for `originals`,
which no decision reads."""


class Context(NamedTuple):
    """What is the same for every command of a batch."""

    hub: str
    now: datetime
    rules: Rules


@dataclass(slots=True)
class State:
    """The accounts and rows a batch of commands touches, as they are while it is decided."""

    accounts: dict[AccountKey, Account] = field(default_factory=dict)
    orders: dict[str, OrderMoney] = field(default_factory=dict)
    payments: dict[str, Payment] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)
    quotes: dict[str, Quote] = field(default_factory=dict)
    payouts: dict[str, Payout] = field(default_factory=dict)
    disputes: dict[str, Dispute] = field(default_factory=dict)
    tax_bills: dict[str, TaxBill] = field(default_factory=dict)
    reserves: dict[str, ReserveSlice] = field(default_factory=dict)
    advances: dict[str, Advance] = field(default_factory=dict)
    rebates: dict[str, RebateCase] = field(default_factory=dict)
    windows: dict[str, Window] = field(default_factory=dict)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    originals: dict[str, PaymentOriginal] = field(default_factory=dict)

    def open(self, keys: Iterable[AccountKey]) -> None:
        """Make sure that these accounts exist, empty if they are new."""
        for key in keys:
            if key not in self.accounts:
                self.accounts[key] = new_account(key)

    def put(self, aggregate: Aggregate) -> None:
        """Keep the newest version of a row."""
        getattr(self, PLACES[type(aggregate)])[aggregate.id] = aggregate


class Decision(NamedTuple):
    """What an accepted command does: money, rows, words for others, and the caller's answer."""

    transfers: Sequence[Transfer]
    changed: Sequence[Aggregate]
    facts: Sequence[Fact]
    answer: Mapping[str, Any]
    moved: Movements


def decided(
    state: State,
    transfers: Sequence[Transfer],
    *,
    answer: Mapping[str, Any],
    changed: Sequence[Aggregate] = (),
    facts: Sequence[Fact] = (),
) -> Decision | Rejection:
    """Return the decision to make these transfers, or the refusal if an account can't bear it."""
    moved = movements_of(transfers)
    broken = floor_broken(state.accounts, moved)
    return broken or Decision(transfers, changed, facts, answer, moved)


def accept(state: State, decision: Decision) -> None:
    """Take a decision over, so that the next command sees it."""
    move(state.accounts, decision.moved)
    for aggregate in decision.changed:
        state.put(aggregate)

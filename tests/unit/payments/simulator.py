"""A seeded simulator of two hubs: orders, refunds, deliveries, peers' messages late, twice and in
any order, exchange and payouts; every step is checked against an independent model.

A failing seed gives the same failure again. The model shares no arithmetic with the ledger.
"""

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from services.payments.domain.accounts import Account, AccountKey
from services.payments.domain.commands import Command
from services.payments.domain.escrow import AuthorisePayment, CapturePayment, EndAuthorisation
from services.payments.domain.exchange import TakeQuote
from services.payments.domain.facts import Reclaimed, Released
from services.payments.domain.line import OrderLine
from services.payments.domain.line_release import ReleaseLines
from services.payments.domain.order import OrderMoney
from services.payments.domain.payment import PaymentState
from services.payments.domain.payouts import RequestPayout, SettlePayout
from services.payments.domain.proceeds import ReleaseOrder
from services.payments.domain.quote import Fix, FxProvider, Quote, QuoteState, Wish, price
from services.payments.domain.rates import Mid, cross_rate
from services.payments.domain.refunds import ConfirmRefund, RequestRefund
from services.payments.domain.rejections import IdReused, Rejection
from services.payments.domain.settlement import (
    ChargeFreight,
    FreightDue,
    ReceiveProceeds,
    ReturnProceeds,
)
from services.payments.domain.state import Decision
from services.payments.domain.transfers import TransferKind, transfer_id
from shared.kernel.money import Money, split
from tests.builders.payments import CN, MY, NOON, Books

REDELIVERED = 0.15
"""The share of steps that say again what was said before."""
DIGITS = {"CNY": 2, "MYR": 2}
HOUSE = FxProvider("sim-harbour", 15, True)
MID = Mid("CNY", "MYR", 1, Decimal("0.6100"), "fixture", NOON)
CROSS = cross_rate([MID], source="CNY", target="MYR")


class Broken(AssertionError):
    """An invariant does not hold; the message names it."""


@dataclass
class Watched:
    """One hub's books, and the model that watches them."""

    books: Books
    shadow: dict[AccountKey, list[int]] = field(
        default_factory=lambda: defaultdict(lambda: [0] * 4)
    )
    holds: dict[str, int] = field(default_factory=dict)
    said: list[tuple[Command, Any]] = field(default_factory=list)
    posts: int = 0

    def post(self, command: Command) -> Decision | Rejection:
        """Post a command and check everything that can be checked at once."""
        self.posts += 1
        keys = set(command.accounts(self.books.hub))
        before = {key: _counters(self.books.state.accounts.get(key)) for key in keys}
        known = command.id in self.books.outcomes
        facts = len(self.books.facts)
        outcome = self.books.post(command)
        if isinstance(outcome, Rejection) or known:
            after = {key: _counters(self.books.state.accounts.get(key)) for key in keys}
            if before != after or len(self.books.facts) != facts:
                raise Broken("a rejection or a repetition changed something")
            return outcome
        self._count(command, outcome)
        self._check(keys)
        self.said.append((command, outcome))
        return outcome

    def repeat(self, rng: random.Random) -> None:
        """Say an old command again, as it was or with another content."""
        if not self.said:
            return
        command, outcome = rng.choice(self.said)
        if self.post(command) is not outcome:
            raise Broken("the same id got another outcome")
        if hasattr(command, "amount_minor") and rng.random() < 0.1:
            changed: Any = command
            other = replace(changed, amount_minor=123_456_789)
            refused = self.post(other)
            if not isinstance(refused, Rejection) or refused.error is not IdReused:
                raise Broken("another content under a known id was not refused")

    def _count(self, command: Command, decision: Decision) -> None:
        for position, transfer in enumerate(decision.transfers):
            debit, credit = self.shadow[transfer.debit], self.shadow[transfer.credit]
            kind = transfer.kind
            if kind is TransferKind.HOLD:
                number = transfer_id(self.books.hub, command.id, position)
                self.holds[number] = transfer.amount
                debit[2] += transfer.amount
                credit[3] += transfer.amount
                continue
            if kind is not TransferKind.POST:
                held = self.holds.pop(transfer.pending_id, None)
                if held is None or transfer.amount > held:
                    raise Broken("a hold was resolved twice or for more than it held")
                debit[2] -= held
                credit[3] -= held
            if kind is TransferKind.POST or kind is TransferKind.CAPTURE:
                debit[0] += transfer.amount
                credit[1] += transfer.amount

    def _check(self, keys: set[AccountKey]) -> None:
        for key in keys:
            account = self.books.state.accounts[key]
            if _counters(account) != tuple(self.shadow[key]):
                raise Broken(f"{key.code}: the counters are not what the transfers add up to")
            if account.floor is not None and account.available < account.floor:
                raise Broken(f"{key.code}: below its floor")

    def check_all(self) -> None:
        """What is too much to look at after every step."""
        accounts = self.books.state.accounts
        self._check(set(accounts))
        if any(self.books.sums().values()):
            raise Broken(f"a currency does not sum to zero: {self.books.sums()}")
        pending = sum(account.debits_pending for account in accounts.values())
        if pending != sum(self.holds.values()):
            raise Broken("the pending counters are not the open holds")
        if self.books.counters() != self.books.replayed():
            raise Broken("replaying the log gives other counters")


def _counters(account: Account | None) -> tuple[int, int, int, int]:
    if account is None:
        return (0, 0, 0, 0)
    return (account.debits, account.credits, account.debits_pending, account.credits_pending)


class Simulator:
    """One history of both hubs, all of it decided by the seed."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.buyers = Watched(Books(hub=CN))
        self.sellers = Watched(Books(hub=MY))
        self.count = 0
        self.captured: dict[str, int] = {}
        self.refunded: dict[str, int] = defaultdict(int)
        self.parted: dict[str, int] = defaultdict(int)
        self.elsewhere: dict[str, int] = defaultdict(int)
        self.commission: dict[str, int] = defaultdict(int)
        self.tax_bills = 0
        self.on_the_road: list[Command] = []
        self.refunds: list[RequestRefund] = []
        self.payouts: list[RequestPayout] = []
        self.quotes: list[Quote] = []
        self.orders: list[OrderMoney] = []
        self.members = [f"mbr-{n}" for n in range(5)]
        self._deeds: list[Callable[[], None]] = [
            self.order,
            self.order,
            self.authorise,
            self.authorise,
            self.capture,
            self.capture,
            self.capture,
            self.release,
            self.release,
            self.release_lines,
            self.release_lines,
            self.refund,
            self.confirm,
            self.end,
            self.deliver,
            self.deliver,
            self.deliver,
            self.quote,
            self.take,
            self.payout,
            self.settle,
            self.freight,
            self.wait,
        ]

    def run(self, steps: int) -> None:
        """Take `steps` steps, let the road run dry, and check the whole."""
        rng = self.rng
        for _ in range(steps):
            if rng.random() < REDELIVERED:
                rng.choice((self.buyers, self.sellers)).repeat(rng)
            else:
                rng.choice(self._deeds)()
        while self.on_the_road:
            self.deliver()
        self.check()

    @property
    def posts(self) -> int:
        """How many commands were posted and checked so far."""
        return self.buyers.posts + self.sellers.posts

    def check(self) -> None:
        self.buyers.check_all()
        self.sellers.check_all()
        due_to = self.buyers.books.balance(f"due_to_hub:{MY}")
        due_from = self.sellers.books.balance(f"due_from_hub:{CN}")
        if due_to != due_from:
            raise Broken(f"we owe {due_to}, they say {due_from}")
        if self.buyers.books.balance("tax_payable:CN-GACC:2026-09") != self.tax_bills:
            raise Broken("tax payable is not the sum of the tax bills")

    def order(self) -> None:
        goods, freight = self.rng.randrange(1, 600_000), self.rng.randrange(20_000)
        tax = (goods + freight) * 91 // 1000
        n = self._next()
        order = OrderMoney(
            id=f"ord-{n}",
            order_no=f"no-{n}",
            marketplace_id="mkt",
            seller_id=self.rng.choice(self.members),
            seller_hub=MY if self.rng.random() < 0.8 else CN,
            buyer_hub=CN,
            currency="CNY",
            goods_minor=goods,
            tax_minor=tax,
            paid_minor=goods + freight + tax,
            lines=self._lines(goods),
        )
        self.buyers.books.state.put(order)
        self.orders.append(order)

    def _lines(self, goods: int) -> tuple[OrderLine, ...]:
        """Cut the goods into one to four lines, some of which may cost nothing."""
        cuts = sorted(self.rng.randrange(goods + 1) for _ in range(self.rng.randrange(4)))
        ends = [*cuts, goods]
        return tuple(
            OrderLine(no, 1, end - start)
            for no, (start, end) in enumerate(zip([0, *cuts], ends, strict=True), start=1)
        )

    def authorise(self) -> None:
        order = self._an_order()
        if order is None:
            return
        n = self._next()
        self.buyers.post(
            AuthorisePayment(
                id=f"cmd-{n}",
                payment_id=f"pay-{n}",
                order_id=order.id,
                provider="simulated",
                pay_transaction_id=f"P{n}",
                currency="CNY",
                amount_minor=order.paid_minor - (self.rng.random() < 0.05),
                is_approved=self.rng.random() < 0.9,
            )
        )

    def capture(self) -> None:
        order = self._an_order()
        if order is None or not order.payment_id:
            return
        payment = self.buyers.books.state.payments[order.payment_id]
        part = self.rng.random() < 0.1
        amount = payment.authorised_minor // 2 if part else payment.authorised_minor
        outcome = self.buyers.post(
            CapturePayment(
                id=f"cmd-{self._next()}",
                payment_id=payment.id,
                order_id=order.id,
                provider=payment.provider,
                currency="CNY",
                amount_minor=max(1, amount),
            )
        )
        if isinstance(outcome, Decision):
            self.captured[order.id] = max(1, amount)
        self._check_order(order.id)

    def end(self) -> None:
        order = self._an_order()
        if order is None or not order.payment_id or self.rng.random() < 0.7:
            return
        self.buyers.post(
            EndAuthorisation(
                id=f"cmd-{self._next()}",
                payment_id=order.payment_id,
                order_id=order.id,
                provider="simulated",
                currency="CNY",
                has_expired=self.rng.random() < 0.5,
            )
        )

    def release(self) -> None:
        order = self._an_order()
        if order is None or not order.payment_id:
            return
        outcome = self.buyers.post(
            ReleaseOrder(
                id=f"cmd-release-{order.id}-{self.rng.randrange(2)}",
                order_id=order.id,
                payment_id=order.payment_id,
                seller_id=order.seller_id,
                seller_hub=order.seller_hub,
                currency="CNY",
                tax_minor=order.tax_minor,
                tax_authority="CN-GACC",
                tax_period="2026-09",
            )
        )
        if isinstance(outcome, Decision) and order.id not in self._released:
            self._released.add(order.id)
            self.commission[order.id] += outcome.answer["commission_minor"]
            self.tax_bills += order.tax_minor
            self._tell(outcome)
        self._check_order(order.id)

    def release_lines(self) -> None:
        """Release some lines that are held; what the others may claim must stay."""
        order = self._an_order()
        if order is None or not order.payment_id:
            return
        order = self.buyers.books.state.orders[order.id]
        some = tuple(no for no in order.claims() if self.rng.random() < 0.5)
        if not some:
            return
        command = ReleaseLines(
            id=f"cmd-{self._next()}",
            order_id=order.id,
            payment_id=order.payment_id,
            seller_id=order.seller_id,
            seller_hub=order.seller_hub,
            currency="CNY",
            lines=some,
        )
        outcome = self.buyers.post(command)
        if isinstance(outcome, Decision):
            self.parted[order.id] += sum(transfer.amount for transfer in outcome.transfers)
            self.commission[order.id] += outcome.answer["commission_minor"]
            self._tell(outcome)
        self._check_order(order.id)

    def refund(self) -> None:
        order = self._an_order()
        if order is None or not order.payment_id:
            return
        n = self._next()
        some = self.rng.randrange(1, order.paid_minor + 2) if self.rng.random() < 0.8 else None
        command = RequestRefund(
            id=f"cmd-{n}",
            refund_id=f"rfd-{n}",
            payment_id=order.payment_id,
            order_id=order.id,
            provider="simulated",
            seller_id=order.seller_id,
            seller_hub=order.seller_hub,
            currency="CNY",
            reason="buyer-asked",
            amount_minor=some,
            of_lines=tuple(line.no for line in order.lines if self.rng.random() < 0.15),
        )
        outcome = self.buyers.post(command)
        if isinstance(outcome, Decision):
            self.refunds.append(command)
            self._count_refund(order.id, outcome)
            self.refunded[order.id] += outcome.answer["amount"]["amount_minor"]
            self._tell(outcome)
        self._check_order(order.id)

    def _count_refund(self, order_id: str, outcome: Decision) -> None:
        """Count what a refund took from elsewhere than its order's escrow."""
        for transfer in outcome.transfers:
            if transfer.credit.code != "buyer_refund_payable":
                continue
            if transfer.debit.code == "fees":
                self.commission[order_id] -= transfer.amount
            if transfer.debit.code != f"escrow:{order_id}":
                self.elsewhere[order_id] += transfer.amount

    def confirm(self) -> None:
        if not self.refunds:
            return
        asked = self.rng.choice(self.refunds)
        self.buyers.post(
            ConfirmRefund(
                id=f"cmd-confirm-{asked.refund_id}-{self.rng.randrange(2)}",
                refund_id=asked.refund_id,
                payment_id=asked.payment_id,
                order_id=asked.order_id,
                provider=asked.provider,
                currency="CNY",
            )
        )

    def deliver(self) -> None:
        """Hear one message of the peer: any of those on the road, sometimes leaving it there."""
        if not self.on_the_road:
            return
        place = self.rng.randrange(len(self.on_the_road))
        self.sellers.post(self.on_the_road[place])
        if self.rng.random() > REDELIVERED:
            self.on_the_road.pop(place)

    def quote(self) -> None:
        fix = Fix.SOURCE if self.rng.random() < 0.7 else Fix.TARGET
        wish = Wish("CNY", "MYR", fix, self.rng.randrange(10, 200_000))
        books = self.sellers.books
        amounts = price(wish, cross=CROSS, provider=HOUSE, rules=books.rules, digits=DIGITS)
        quote = Quote(
            id=f"fxq-{self._next()}",
            seller_id=self.rng.choice(self.members),
            provider=HOUSE.name,
            is_simulated=True,
            fix=fix,
            source_currency="CNY",
            target_currency="MYR",
            amounts=amounts,
            spread_bp=HOUSE.spread_bp,
            rounding=books.rules.exchange_fee.rounding,
            rate=CROSS.shown(),
            legs=CROSS.legs,
            state=QuoteState.OPEN,
            created_at=books.now,
            expires_at=books.now + books.rules.quote_lifetime,
        )
        books.state.put(quote)
        self.quotes.append(quote)

    def take(self) -> None:
        if not self.quotes:
            return
        quote = self.rng.choice(self.quotes[-4:])
        outcome = self.sellers.post(
            TakeQuote(
                id=f"cmd-{self._next()}",
                quote_id=quote.id,
                seller_id=quote.seller_id,
                source_currency="CNY",
                target_currency="MYR",
            )
        )
        if isinstance(outcome, Decision) and quote.amounts.net * 100 >= quote.amounts.source * 61:
            raise Broken("an exchange gained")

    def payout(self) -> None:
        n = self._next()
        command = RequestPayout(
            id=f"cmd-{n}",
            payout_id=f"out-{n}",
            seller_id=self.rng.choice(self.members),
            currency=self.rng.choice(("CNY", "MYR")),
            amount_minor=self.rng.randrange(1, 200_000),
            beneficiary="MBBEMYKL/5123456789",
        )
        if isinstance(self.sellers.post(command), Decision):
            self.payouts.append(command)

    def settle(self) -> None:
        if not self.payouts:
            return
        asked = self.rng.choice(self.payouts)
        self.sellers.post(
            SettlePayout(
                id=f"cmd-{self._next()}",
                payout_id=asked.payout_id,
                seller_id=asked.seller_id,
                currency=asked.currency,
                bank_account="simulated",
                return_reason="closed" if self.rng.random() < 0.2 else "",
            )
        )

    def freight(self) -> None:
        n = self._next()
        weights = [self.rng.randrange(1, 20) for _ in range(4)]
        total = self.rng.randrange(1, 300_000)
        shares = split(Money(total, "MYR"), weights)
        self.sellers.post(
            ChargeFreight(
                id=f"cmd-{n}",
                consolidation_id=f"con-{n}",
                currency="MYR",
                shares=tuple(
                    FreightDue(f"ord-{i}", self.rng.choice(self.members), share.minor)
                    for i, share in enumerate(shares)
                ),
            )
        )
        if self.sellers.books.balance(f"freight:con-{n}", "MYR") != total:
            raise Broken("the shares do not add up to the freight")

    def wait(self) -> None:
        """Let time pass: quotes run out, once in a long while authorisations too."""
        step = timedelta(days=2) if self.rng.random() < 0.02 else timedelta(seconds=20)
        self.buyers.books.now += step
        self.sellers.books.now += step

    @property
    def _released(self) -> set[str]:
        return self.__dict__.setdefault("_released_orders", set())  # type: ignore[no-any-return]

    def _an_order(self) -> OrderMoney | None:
        """One of the newest orders, as the buyers' hub knows it now."""
        if not self.orders:
            return None
        newest = self.rng.randrange(max(0, len(self.orders) - 8), len(self.orders))
        return self.buyers.books.state.orders[self.orders[newest].id]

    def _next(self) -> int:
        self.count += 1
        return self.count

    def _tell(self, decision: Decision) -> None:
        """Put what concerns the peer on the road, in no particular order."""
        for fact in decision.facts:
            if isinstance(fact, Released) and fact.creditor_hub == MY:
                kind: type[Command] = ReceiveProceeds
            elif isinstance(fact, Reclaimed):
                kind = ReturnProceeds
            else:
                continue
            # Both kinds may name one transfer, so the kind is part of the id.
            values: dict[str, Any] = {
                "id": f"cmd-{kind.NAME}-{fact.transfer_id}",
                "peer": CN,
                "peer_transfer_id": fact.transfer_id,
                "order_id": fact.order_id,
                "seller_id": fact.seller_id,
                "currency": fact.currency,
                "amount_minor": fact.amount,
            }
            self.on_the_road.append(kind(**values))

    def _check_order(self, order_id: str) -> None:
        books = self.buyers.books
        captured, refunded = self.captured.get(order_id, 0), self.refunded[order_id]
        if refunded > captured:
            raise Broken("more was refunded than captured")
        held = books.balance(f"escrow:{order_id}")
        left = captured - refunded - self.parted[order_id] + self.elsewhere[order_id]
        if held != (0 if order_id in self._released else left):
            raise Broken(f"{order_id}: the escrow is not captured - released - refunded")
        order = books.state.orders[order_id]
        if self.commission[order_id] > books.rules.commission.of(order.goods_kept_minor):
            raise Broken(f"{order_id}: commission was taken on goods that are not kept")
        shares = dict(order.shares())
        if any(line.refunded_minor > shares[line.no] for line in order.lines):
            raise Broken(f"{order_id}: a line got more back than its share")
        payment_id = books.state.orders[order_id].payment_id
        if captured and books.balance(f"refundable:{payment_id}") != captured - refunded:
            raise Broken(f"{order_id}: the refund cap is not captured - refunded")
        state = books.state.payments[payment_id].state if payment_id else None
        if (state is PaymentState.REFUNDED) != (captured > 0 and captured == refunded):
            raise Broken(f"{order_id}: the state does not say what was refunded")

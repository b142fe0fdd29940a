"""Advances: explained scores, exact prices, nothing financed twice, repaid out of what arrives."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.payments.domain.accounts import account_key
from services.payments.domain.advance import Advance, AdvanceState, Pledge, expected_loss
from services.payments.domain.exchange import TakeQuote
from services.payments.domain.facts import Repaid
from services.payments.domain.finance import (
    AdjustPledge,
    DisburseAdvance,
    EaseAdvance,
    ProvisionAdvance,
)
from services.payments.domain.scorecard import FACTORS, TradeFacts, reason_for, score
from services.payments.domain.settlement import ReceiveProceeds
from tests.builders.payments import CN, MY, NOON, SELLER, Books, an_id

ORDERS = [an_id("ord", f"A-{n}") for n in range(3)]


def an_advance(name: str = "1", **changes: Any) -> Advance:
    """60 % of 9,508.80 CNY of goods, as in the scenario: 5,800.37 MYR for a fee of 52.20."""
    values = {
        "id": an_id("adv", name, MY),
        "seller_id": SELLER,
        "state": AdvanceState.OFFERED,
        "currency": "MYR",
        "principal_minor": 580_037,
        "fee_minor": 5_220,
        "collateral_currency": "CNY",
        "collateral_minor": 1_584_800,
        "share_bp": 6_000,
        "limit_minor": 2_500_000,
        "rate": "0.61",
        "pledges": tuple(Pledge(order, 5_800) for order in ORDERS),
        "model": "m",
        "score": 575,
        "reasons": (),
        "consented_at": NOON,
        "offered_at": NOON,
        "expires_at": NOON + timedelta(hours=24),
    }
    return Advance(**{**values, **changes})


def disburse(advance: Advance, **changes: Any) -> DisburseAdvance:
    command = DisburseAdvance(
        id=an_id("cmd", f"disburse {advance.id}", MY),
        advance_id=advance.id,
        seller_id=SELLER,
        currency=advance.currency,
        collateral_currency="CNY",
        pledges=advance.pledges,
    )
    return replace(command, **changes)


def pledge(order: str, minor: int = 5_800, name: str = "") -> AdjustPledge:
    return AdjustPledge(
        id=an_id("cmd", f"pledge {order} {name}", MY),
        order_id=order,
        currency="CNY",
        change_minor=minor,
    )


def proceeds(minor: int, advances: tuple[str, ...], name: str = "1") -> ReceiveProceeds:
    return ReceiveProceeds(
        id=an_id("cmd", f"proceeds {name}", MY),
        peer=CN,
        peer_transfer_id=an_id("trf", name),
        order_id=ORDERS[0],
        seller_id=SELLER,
        currency="MYR",
        amount_minor=minor,
        advances=advances,
    )


@pytest.fixture
def books() -> Books:
    books = Books(hub=MY)
    for order in ORDERS:
        books.accepted(pledge(order))
    return books


def offered(books: Books, name: str = "1", **changes: Any) -> Advance:
    advance = an_advance(name, **changes)
    books.state.put(advance)
    return advance


class TestScore:
    def test_of_the_scenarios_new_seller_gives_60_percent_and_four_reasons(self) -> None:
        seller = TradeFacts(
            days_trading=0, refunded_bp=75, largest_marketplace_bp=10_000, largest_order_bp=3_465
        )

        scored = score(seller)

        assert scored.points == 575
        assert scored.band is not None
        assert scored.band.share_bp == 6_000
        assert [reason.factor for reason in scored.reasons] == [
            "days-trading",
            "orders-released",
            "advances-repaid",
            "marketplace-share",
        ]
        assert scored.reasons[0].better_at == 90
        assert scored.reasons[3].better_at == 9_499

    def test_is_the_same_for_the_same_facts(self) -> None:
        assert score(TradeFacts()) == score(TradeFacts())

    def test_declines_who_owes_and_is_new_and_refunds_a_lot(self) -> None:
        assert score(TradeFacts(refunded_bp=2_000, owes=True)).band is None

    @pytest.mark.parametrize("factor", FACTORS, ids=lambda factor: factor.name)
    def test_what_would_change_it_really_would(self, factor: Any) -> None:
        for value in [None, *range(0, 10_001, 50)]:
            points = factor.points(value)
            better = [b.points for b in factor.bins if b.points > points]
            reason = reason_for(factor, value)
            if better:
                assert factor.points(reason.better_at) == reason.better_points > points
            else:
                assert reason.better_at is None


class TestDisburse:
    def test_pays_the_principal_and_books_the_fee(self, books: Books) -> None:
        advance = offered(books)

        answer = books.accepted(disburse(advance)).answer

        assert answer["advanced"]["amount_minor"] == 950_880
        assert books.balance(f"seller:{SELLER}:available", "MYR") == 580_037
        assert books.balance(f"advance:{advance.id}", "MYR") == 585_257
        assert books.balance("fees", "MYR") == 5_220
        assert books.balance(f"exposure:{SELLER}", "MYR") == 585_257
        assert set(books.sums().values()) == {0}

    def test_refuses_to_finance_an_order_twice(self, books: Books) -> None:
        books.accepted(disburse(offered(books)))

        assert books.refused(disburse(offered(books, "2"))) == "payments.already-financed"

    def test_refuses_an_order_that_was_refunded_meanwhile(self, books: Books) -> None:
        advance = offered(books)
        books.accepted(pledge(ORDERS[1], -5_800, "refund"))

        assert books.refused(disburse(advance)) == "payments.already-financed"

    def test_refuses_to_pass_the_sellers_limit(self, books: Books) -> None:
        first = offered(books, pledges=(Pledge(ORDERS[0], 5_800),))
        second = offered(
            books, "2", pledges=(Pledge(ORDERS[1], 5_800),), limit_minor=585_257 * 2 - 1
        )
        books.accepted(disburse(first))

        assert books.refused(disburse(second)) == "payments.cap-exceeded"

    def test_refuses_an_offer_that_is_over_or_taken(self, books: Books) -> None:
        taken = offered(books)
        books.accepted(disburse(taken))
        late = offered(books, "2", expires_at=NOON)

        again = disburse(taken, id=an_id("cmd", "again", MY))
        assert books.refused(again) == "payments.advance-state"
        assert books.refused(disburse(late)) == "payments.quote-expired"


class TestRepay:
    def test_takes_what_arrives_until_nothing_is_owed(self, books: Books) -> None:
        advance = offered(books)
        books.accepted(disburse(advance))

        books.accepted(proceeds(100_000, (advance.id,)))
        books.accepted(proceeds(999_376, (advance.id,), "2"))
        books.accepted(proceeds(1_000, (advance.id,), "3"))

        kept = books.state.advances[advance.id]
        assert (kept.state, kept.owed_minor) == (AdvanceState.REPAID, 0)
        told = [fact.amount for fact in books.facts if isinstance(fact, Repaid)]
        assert told == [100_000, 485_257]
        assert books.balance(f"exposure:{SELLER}", "MYR") == 0
        arrived = 580_037 + 100_000 + 999_376 + 1_000
        assert books.balance(f"seller:{SELLER}:available", "MYR") == arrived - 585_257

    def test_leaves_the_scenarios_4_141_19_of_9_993_76(self, books: Books) -> None:
        advance = offered(books)
        books.accepted(disburse(advance))

        books.accepted(proceeds(999_376, (advance.id,)))

        left = books.balance(f"seller:{SELLER}:available", "MYR") - 580_037
        assert left == 414_119

    def test_takes_only_a_share_under_hardship(self, books: Books) -> None:
        advance = offered(books)
        books.accepted(disburse(advance))
        ease = EaseAdvance(
            id=an_id("cmd", "ease", MY), advance_id=advance.id, until=NOON + timedelta(days=60)
        )
        books.accepted(ease)

        books.accepted(proceeds(100_000, (advance.id,)))

        assert books.state.advances[advance.id].repaid_minor == 20_000

    def test_is_the_same_command_whichever_advances_were_found(self, books: Books) -> None:
        advance = offered(books)
        books.accepted(disburse(advance))
        first = books.accepted(proceeds(100, (advance.id,)))

        assert books.post(proceeds(100, ())) is first

    def test_comes_out_of_an_exchange_too(self) -> None:
        take = TakeQuote(
            id="c",
            quote_id="q",
            seller_id=SELLER,
            source_currency="CNY",
            target_currency="MYR",
            advances=("adv",),
        )

        assert account_key("advance:adv", "MYR") in take.accounts(MY)
        assert take.touches().advances == ("adv",)


class TestProvision:
    @pytest.mark.parametrize(
        ("days", "expected"), [(0, 5_268), (31 + 30, 52_674), (91 + 30, 158_020)]
    )
    def test_grows_with_the_days_overdue(self, books: Books, days: int, expected: int) -> None:
        advance = offered(books)
        books.accepted(disburse(advance))
        books.now += timedelta(days=days)

        books.accepted(
            ProvisionAdvance(id=an_id("cmd", "p", MY), advance_id=advance.id, currency="MYR")
        )

        assert books.balance(f"provision:{advance.id}", "MYR") == expected
        assert books.balance("credit_loss", "MYR") == expected

    def test_falls_to_nothing_when_it_is_repaid(self, books: Books) -> None:
        advance = offered(books)
        books.accepted(disburse(advance))
        provide = ProvisionAdvance(id=an_id("cmd", "p", MY), advance_id=advance.id, currency="MYR")
        books.accepted(provide)
        books.accepted(proceeds(585_257, (advance.id,)))

        books.accepted(replace(provide, id=an_id("cmd", "p2", MY)))

        assert books.balance(f"provision:{advance.id}", "MYR") == 0
        assert expected_loss(books.state.advances[advance.id], NOON) == 0

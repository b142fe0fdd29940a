"""The seller's hub: what a peer owes, what it takes back, what freight costs."""

from typing import Any

import pytest

from services.payments.domain.settlement import (
    ChargeFreight,
    FreightDue,
    ReceiveProceeds,
    ReturnProceeds,
)
from tests.builders.payments import CN, MY, SELLER, Books, an_id


@pytest.fixture
def books() -> Books:
    return Books(hub=MY)


def proceeds(name: str = "1", **changes: Any) -> ReceiveProceeds:
    return ReceiveProceeds(**_peer("receive", name, changes))


def back(name: str = "1", **changes: Any) -> ReturnProceeds:
    return ReturnProceeds(**_peer("return", name, changes))


def _peer(kind: str, name: str, changes: dict[str, Any]) -> dict[str, Any]:
    values = {
        "id": an_id("cmd", f"{kind} {name}", MY),
        "peer": CN,
        "peer_transfer_id": an_id("trf", name),
        "order_id": an_id("ord", name),
        "seller_id": SELLER,
        "currency": "CNY",
        "amount_minor": 6710,
    }
    return {**values, **changes}


class TestReceiveProceeds:
    def test_makes_the_money_available_to_the_seller(self, books: Books) -> None:
        books.accepted(proceeds())

        assert books.balance(f"due_from_hub:{CN}") == 6710
        assert books.balance(f"seller:{SELLER}:available") == 6710
        assert books.sums() == {"CNY": 0}

    def test_changes_nothing_when_told_twice(self, books: Books) -> None:
        books.accepted(proceeds())
        books.accepted(proceeds())

        assert books.balance(f"due_from_hub:{CN}") == 6710

    def test_books_nothing_when_nothing_is_left_of_the_order(self, books: Books) -> None:
        assert books.accepted(proceeds(amount_minor=0)).transfers == []

    def test_repays_what_the_seller_owes_first(self, books: Books) -> None:
        books.accepted(back("old", amount_minor=1000))

        books.accepted(proceeds())

        assert books.balance(f"seller_receivable:{SELLER}") == 0
        assert books.balance(f"seller:{SELLER}:available") == 5710


class TestReturnProceeds:
    def test_takes_available_money_first_and_books_the_rest_as_owed(self, books: Books) -> None:
        books.accepted(proceeds(amount_minor=600))

        books.accepted(back(amount_minor=1000))

        assert books.balance(f"seller:{SELLER}:available") == 0
        assert books.balance(f"seller_receivable:{SELLER}") == 400
        assert books.balance(f"due_from_hub:{CN}") == -400

    def test_may_arrive_before_the_proceeds_it_takes_back(self, books: Books) -> None:
        books.accepted(back())
        books.accepted(proceeds())

        assert books.balance(f"seller:{SELLER}:available") == 0
        assert books.balance(f"seller_receivable:{SELLER}") == 0
        assert books.balance(f"due_from_hub:{CN}") == 0


class TestChargeFreight:
    def test_books_every_share_and_the_exact_total(self, books: Books) -> None:
        other = an_id("mbr", "other", MY)
        shares = tuple(
            FreightDue(an_id("ord", str(n)), SELLER if n % 2 else other, amount)
            for n, amount in enumerate([1591, 1592, 0, 1591])
        )
        command = ChargeFreight(
            id=an_id("cmd", "freight", MY),
            consolidation_id=an_id("con", "1", MY),
            currency="MYR",
            shares=shares,
        )

        decision = books.accepted(command)

        assert len(decision.transfers) == 3
        assert books.balance(f"freight:{an_id('con', '1', MY)}", "MYR") == 4774
        assert books.balance(f"seller:{SELLER}:freight", "MYR") == 1592 + 1591
        assert books.balance(f"seller:{other}:freight", "MYR") == 1591

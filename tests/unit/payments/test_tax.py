"""Tax money: payable on the bill, given back on a return, paid for a period to the unit."""

from typing import Any

import pytest

from services.payments.domain.facts import Reclaimed, Released, TaxDue
from services.payments.domain.tax import RemitTax, due_by
from tests.builders.payments import (
    MY,
    NOON,
    Books,
    an_id,
    book_tax,
    refund,
    release,
    tax_share,
)

PAYABLE = "tax_payable:CN-GACC:2026-09"


@pytest.fixture
def books() -> Books:
    return Books()


def remit(minor: int, **changes: Any) -> RemitTax:
    values: dict[str, Any] = {
        "id": an_id("cmd", "remit"),
        "return_id": an_id("txr", "1"),
        "authority": "CN-GACC",
        "period": "2026-09",
        "currency": "CNY",
        "bills_minor": minor,
        "bank_account": "simulated",
    }
    return RemitTax(**{**values, **changes})


class TestBookTax:
    def test_moves_the_bill_out_of_escrow_at_once(self, books: Books) -> None:
        payment = books.captured()

        books.accepted(book_tax(books.state.orders[payment.order_id]))

        assert books.balance(PAYABLE) == 637
        assert books.balance(f"escrow:{payment.order_id}") == 7000
        assert isinstance(books.facts[-1], TaxDue)

    def test_leaves_the_release_as_it_was_without_it(self, books: Books) -> None:
        payment = books.captured()
        books.accepted(book_tax(books.state.orders[payment.order_id]))

        books.accepted(release(books.state.orders[payment.order_id]))

        assert books.balance(PAYABLE) == 637
        assert books.balance(f"due_to_hub:{MY}") == 6710
        told = books.facts[-1]
        assert isinstance(told, Released)
        assert (told.amount, told.tax, told.commission) == (6710, 637, 290)

    def test_charges_the_seller_for_what_the_escrow_does_not_cover(self, books: Books) -> None:
        payment = books.captured()
        books.accepted(refund(payment))

        books.accepted(book_tax(books.state.orders[payment.order_id]))

        assert books.balance(PAYABLE) == 637
        assert books.balance(f"due_to_hub:{MY}") == -637
        assert isinstance(books.facts[-1], Reclaimed)


class TestReturn:
    """A-012 of the scenario: 58.00 goods and 6.37 tax come back, freight stays."""

    def test_gives_64_37_of_which_tax_6_37_and_takes_no_commission_on_it(
        self, books: Books
    ) -> None:
        payment = books.captured()
        order = books.state.orders[payment.order_id]
        books.accepted(book_tax(order))
        books.accepted(release(order))

        command = refund(payment, amount_minor=6437, goods_minor=5800, tax=(tax_share(order),))
        books.accepted(command)

        assert books.balance("buyer_refund_payable") == 6437
        assert books.balance(PAYABLE) == 0
        assert books.balance("fees") == 0
        assert books.balance(f"due_to_hub:{MY}") == 1200
        assert books.state.tax_bills[tax_share(order).bill_id].returned_minor == 637
        assert books.sums() == {"CNY": 0}

    def test_before_the_release_leaves_the_seller_the_freight(self, books: Books) -> None:
        payment = books.captured()
        order = books.state.orders[payment.order_id]
        books.accepted(book_tax(order))
        books.accepted(
            refund(payment, amount_minor=6437, goods_minor=5800, tax=(tax_share(order),))
        )

        books.accepted(release(books.state.orders[order.id]))

        assert books.balance(f"due_to_hub:{MY}") == 1200
        assert books.balance("fees") == 0
        assert books.balance(f"escrow:{order.id}") == 0

    def test_of_a_paid_period_is_owed_by_the_authority(self, books: Books) -> None:
        payment = books.captured()
        order = books.state.orders[payment.order_id]
        books.accepted(book_tax(order))
        books.accepted(remit(637))

        books.accepted(refund(payment, amount_minor=637, goods_minor=0, tax=(tax_share(order),)))

        assert books.balance("tax_refund_receivable:CN-GACC:2026-09") == 637
        assert books.balance("buyer_refund_payable") == 637

    @pytest.mark.parametrize("parts", [(1, 5799), (2900, 2900), (1933, 1933, 1934)])
    def test_in_parts_gives_the_same_commission_back(
        self, books: Books, parts: tuple[int, ...]
    ) -> None:
        payment = books.released()

        for n, part in enumerate(parts):
            books.accepted(refund(payment, str(n), amount_minor=part))

        assert books.balance("fees") == 0
        assert books.balance(f"due_to_hub:{MY}") == 6710 - 5510


class TestLostParcel:
    def test_is_paid_by_its_insurer_and_leaves_the_seller_70_00(self, books: Books) -> None:
        payment = books.captured()
        order = books.state.orders[payment.order_id]
        books.accepted(book_tax(order))

        books.accepted(refund(payment, insured_minor=7637, reason="parcel-lost"))

        assert books.balance("buyer_refund_payable") == 7637
        assert books.balance(f"insurance_receivable:{order.id}") == 7637
        assert books.balance(f"due_to_hub:{MY}") == 7000
        assert books.balance(PAYABLE) == 637
        told = books.facts[-1]
        assert isinstance(told, Released)
        assert (told.amount, told.commission) == (7000, 0)

    def test_without_insurance_costs_its_seller_the_tax(self, books: Books) -> None:
        payment = books.captured()
        books.accepted(book_tax(books.state.orders[payment.order_id]))

        books.accepted(refund(payment, reason="parcel-lost"))

        assert books.balance(f"due_to_hub:{MY}") == -637


class TestRemitTax:
    def test_pays_exactly_what_the_bills_say(self, books: Books) -> None:
        payment = books.captured()
        books.accepted(book_tax(books.state.orders[payment.order_id]))

        books.accepted(remit(637))

        assert books.balance(PAYABLE) == 0
        assert books.balance("bank:simulated") == -637
        again = remit(637, id=an_id("cmd", "again"))
        assert books.refused(again) == "payments.nothing-to-remit"

    def test_refuses_when_bills_and_ledger_differ(self, books: Books) -> None:
        payment = books.captured()
        books.accepted(book_tax(books.state.orders[payment.order_id]))

        assert books.refused(remit(636)) == "payments.tax-return-differs"

    def test_is_due_at_the_end_of_the_month_after_the_period(self) -> None:
        assert due_by("2026-Q3", NOON).isoformat()[:10] == "2026-11-01"
        assert due_by("2026-12", NOON).isoformat()[:10] == "2027-02-01"

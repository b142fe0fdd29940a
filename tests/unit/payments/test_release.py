"""The waterfall: tax, then commission, then the seller, here or behind a peer hub."""

from services.payments.domain.facts import Reclaimed, Released
from services.payments.domain.payment import PaymentState
from services.payments.domain.proceeds import waterfall
from services.payments.domain.transfers import transfer_id
from tests.builders.payments import (
    CN,
    MY,
    SELLER,
    Books,
    an_id,
    an_order,
    confirm,
    refund,
    release,
)


class TestWaterfall:
    def test_pays_tax_before_commission_before_the_seller(self) -> None:
        assert waterfall(held=7637, tax_due=637, commission=290) == (637, 290, 6710, 0)
        assert waterfall(held=700, tax_due=637, commission=290) == (637, 63, 0, 0)
        assert waterfall(held=600, tax_due=637, commission=290) == (600, 0, 0, 37)


class TestReleaseOrder:
    def test_gives_the_scenarios_figures_for_order_a_001(self) -> None:
        books = Books()

        payment = books.released()

        assert payment.state is PaymentState.RELEASED
        assert books.balance("tax_payable:CN-GACC:2026-09") == 637
        assert books.balance("fees") == 290
        assert books.balance(f"due_to_hub:{MY}") == 7637 - 637 - 290
        assert books.balance(f"escrow:{payment.order_id}") == 0

    def test_tells_the_creditor_hub_what_it_is_owed(self) -> None:
        books = Books()

        books.released()

        fact = books.facts[-1]
        assert isinstance(fact, Released)
        assert (fact.amount, fact.tax, fact.commission) == (6710, 637, 290)
        assert (fact.creditor_hub, fact.seller_id) == (MY, SELLER)
        assert fact.transfer_id in {transfer_id(CN, cause, n) for cause, n, _ in books.log}

    def test_pays_a_seller_at_home_directly(self) -> None:
        books = Books()
        order = an_order(seller_hub=CN)

        books.released(order)

        assert books.balance(f"seller:{SELLER}:available") == 6710
        assert books.balance(f"due_to_hub:{CN}") == 0

    def test_happens_once(self) -> None:
        books = Books()
        books.released()
        before = books.counters()
        order = next(iter(books.state.orders.values()))

        books.accepted(release(order))
        second = release(order, id=an_id("cmd", "second"))

        assert books.refused(second) == "payments.order-already-released"
        assert books.counters() == before

    def test_refuses_an_order_whose_payment_was_not_captured(self) -> None:
        books = Books()
        payment = books.authorised()

        command = release(books.state.orders[payment.order_id])

        assert books.refused(command) == "payments.payment-state"

    def test_charges_the_sellers_hub_for_tax_the_escrow_no_longer_covers(self) -> None:
        books = Books()
        payment = books.captured()
        asked = refund(payment)
        books.accepted(asked)
        books.accepted(confirm(asked))

        books.accepted(release(books.state.orders[payment.order_id]))

        assert books.balance("tax_payable:CN-GACC:2026-09") == 637
        assert books.balance(f"due_to_hub:{MY}") == -637
        reclaimed = books.facts[-1]
        assert isinstance(reclaimed, Reclaimed)
        assert (reclaimed.amount, reclaimed.reason) == (637, "tax-not-covered")
        assert books.sums() == {"CNY": 0}

    def test_counts_every_word_said_about_the_order(self) -> None:
        books = Books()
        payment = books.captured()
        asked = refund(payment)
        books.accepted(asked)
        books.accepted(confirm(asked))
        books.accepted(release(books.state.orders[payment.order_id]))

        assert [getattr(fact, "version", None) for fact in books.facts] == [1, 2, 3, 4]

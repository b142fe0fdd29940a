"""Ids and outcomes: the same id gets the same answer for ever, another content is refused."""

import pytest

from services.payments.domain.accounts import AccountUnknown, account_key, chart_entry, new_account
from services.payments.domain.commands import fingerprint
from services.payments.domain.rejections import ERRORS, Rejection
from services.payments.domain.transfers import Purpose, Transfer, movements_of
from tests.builders.payments import SELLER, Books, an_id, an_order, authorise, correction

AVAILABLE = f"seller:{SELLER}:available"
PINNED = "b15d4f3b20de4177"
"""Start of the fingerprint of a plain authorisation; it may never change."""
NUMBER = 5478419487924620140
"""The number of the account `fees` in CNY; it may never change."""


class TestFingerprint:
    def test_is_the_same_for_the_same_content_under_any_id(self) -> None:
        command = authorise(an_order())

        assert fingerprint(command) == fingerprint(authorise(an_order(), id=an_id("cmd", "x")))

    def test_differs_when_any_field_does(self) -> None:
        command = authorise(an_order())

        assert fingerprint(command) != fingerprint(authorise(an_order(), amount_minor=1))
        assert fingerprint(command) != fingerprint(authorise(an_order(), payer_name="Li Si"))

    def test_leaves_out_fields_that_have_their_default(self) -> None:
        plain = authorise(an_order(), payer_name=None, payer_id_number=None)

        # Pinned: a field added later with a default must not change old commands.
        assert fingerprint(plain).hex()[:16] == PINNED


class TestOutcomes:
    def test_of_a_refusal_are_kept_like_those_of_a_success(self) -> None:
        books = Books()
        empty = correction((AVAILABLE, "bank:simulated", "MYR", 5))

        assert books.refused(empty) == "payments.insufficient-funds"
        books.accepted(correction(("bank:simulated", AVAILABLE, "MYR", 5), name="2"))

        assert books.refused(empty) == "payments.insufficient-funds"
        assert books.balance(AVAILABLE, "MYR") == 5

    def test_refuse_another_content_under_a_known_id(self) -> None:
        books = Books()
        books.accepted(correction(("bank:simulated", AVAILABLE, "MYR", 5)))

        other = correction(("bank:simulated", AVAILABLE, "MYR", 6))

        assert books.refused(other) == "payments.id-reused"
        assert books.balance(AVAILABLE, "MYR") == 5

    def test_can_be_raised_by_their_code(self) -> None:
        for code, error in ERRORS.items():
            raised = Rejection(error, "no", {"field": "amount", "left": 1}, True).raised()

            assert (raised.code, raised.field, raised.details) == (code, "amount", {"left": 1})


class TestCorrections:
    def test_post_all_their_entries_or_none(self) -> None:
        books = Books()
        entries = (("bank:simulated", AVAILABLE, "MYR", 5), (AVAILABLE, "fees", "MYR", 6))

        assert books.refused(correction(*entries)) == "payments.insufficient-funds"
        assert books.balance("bank:simulated", "MYR") == 0

    @pytest.mark.parametrize(
        "entry",
        [("bank:x", "bank:x", "MYR", 1), ("refundable:pay", "bank:x", "MYR", 1)],
        ids=["an account with itself", "a cap with money"],
    )
    def test_refuse_entries_that_mean_nothing(self, entry: tuple[str, str, str, int]) -> None:
        assert Books().refused(correction(entry)) == "payments.entry-mixed"


class TestChart:
    @pytest.mark.parametrize(
        ("code", "kind", "floor"),
        [
            ("escrow:ord_1", "liability", 0),
            ("seller:mbr_1:available", "liability", 0),
            ("seller:mbr_1:freight", "asset", 0),
            ("psp:simulated", "asset", None),
            ("refundable:pay_1", "memo", 0),
            ("fees", "income", None),
        ],
    )
    def test_says_what_an_account_is_by_its_code(
        self, code: str, kind: str, floor: int | None
    ) -> None:
        entry = chart_entry(code)

        assert (entry.kind.value, entry.floor) == (kind, floor)

    @pytest.mark.parametrize("code", ["savings:x", "seller:x", "seller:x:debts", "", "a" * 200])
    def test_refuses_what_it_does_not_have(self, code: str) -> None:
        with pytest.raises(AccountUnknown):
            new_account(account_key(code, "CNY"))

    def test_numbers_accounts_alike_everywhere(self) -> None:
        assert account_key("fees", "CNY").number == NUMBER
        assert account_key("fees", "MYR").number != NUMBER
        assert 0 < NUMBER < 2**63


class TestMovements:
    @pytest.mark.parametrize(
        "transfer",
        [
            Transfer(account_key("fees", "CNY"), account_key("fees", "CNY"), 1, Purpose.TAX, "x"),
            Transfer(account_key("fees", "CNY"), account_key("fees", "MYR"), 1, Purpose.TAX, "x"),
            Transfer(account_key("fees", "CNY"), account_key("bank:x", "CNY"), 0, Purpose.TAX, "x"),
        ],
        ids=["one account", "two currencies", "no amount"],
    )
    def test_refuse_transfers_that_could_not_balance(self, transfer: Transfer) -> None:
        with pytest.raises(AssertionError):
            movements_of([transfer])

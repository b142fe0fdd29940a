"""The auditor calls right books right, and names what was tampered with."""

from collections.abc import Sequence

import pytest

from services.payments.domain.audit import GENESIS, Auditor, Batch, Counters, Posted, batch_hash
from services.payments.domain.transfers import transfer_id
from tests.builders.payments import CN, NOON, Books, an_order, refund, release


def the_books() -> Books:
    """An order released and partly refunded, another one still on hold."""
    books = Books()
    payment = books.captured()
    books.accepted(refund(payment, amount_minor=1000))
    books.accepted(release(books.state.orders[payment.order_id]))
    books.authorised(an_order("A-002"))
    return books


def posted(books: Books) -> list[Posted]:
    return [
        Posted(
            id=transfer_id(CN, command_id, position),
            debit=transfer.debit.number,
            credit=transfer.credit.number,
            currency=transfer.debit.currency,
            amount=transfer.amount,
            purpose=int(transfer.purpose),
            kind=transfer.kind.value,
            pending_id=transfer.pending_id,
            command_id=command_id,
            ref=transfer.ref,
        )
        for command_id, position, transfer in books.log
    ]


def counters(books: Books) -> list[Counters]:
    return [
        Counters(
            number=key.number,
            code=key.code,
            currency=key.currency,
            is_debit_normal=account.is_debit_normal,
            floor=account.floor,
            debits=account.debits,
            credits=account.credits,
            debits_pending=account.debits_pending,
            credits_pending=account.credits_pending,
        )
        for key, account in books.state.accounts.items()
    ]


def sealed(transfers: Sequence[Posted], size: int = 3) -> list[tuple[Batch, list[Posted]]]:
    batches, previous = [], GENESIS
    for number, start in enumerate(range(0, len(transfers), size), 1):
        part = list(transfers[start : start + size])
        seal = batch_hash(previous, desk="desk-0", number=number, at=NOON, transfers=part)
        batches.append((Batch("desk-0", number, NOON, previous, seal), part))
        previous = seal
    return batches


def audited(
    batches: Sequence[tuple[Batch, list[Posted]]],
    accounts: Sequence[Counters],
    holds: Sequence[str],
) -> Auditor:
    auditor = Auditor()
    for batch, transfers in batches:
        auditor.batch(batch, transfers)
    auditor.compare(accounts)
    auditor.compare_holds(holds)
    return auditor


def open_holds(books: Books) -> list[str]:
    payments = books.state.payments.values()
    return [payment.hold_id for payment in payments if payment.state == "authorised"]


class TestAuditor:
    def test_finds_nothing_wrong_with_right_books(self) -> None:
        books = the_books()

        auditor = audited(sealed(posted(books)), counters(books), open_holds(books))
        auditor.compare_chains({"desk-0": (3, sealed(posted(books))[-1][0].hash)})

        assert auditor.findings == []
        assert auditor.transfers == len(books.log) == 9
        assert dict(auditor.sums) == {"CNY": 0}

    def test_names_the_batch_in_which_a_transfer_was_changed(self) -> None:
        books = the_books()
        batches = sealed(posted(books))
        batches[1][1][0] = batches[1][1][0]._replace(amount=1)

        findings = audited(batches, counters(books), open_holds(books)).findings

        assert ("chain", "desk-0/2") in {(f.check, f.subject) for f in findings}

    def test_names_the_place_where_a_batch_was_taken_out(self) -> None:
        books = the_books()
        batches = sealed(posted(books))
        del batches[1]

        findings = audited(batches, counters(books), open_holds(books)).findings

        assert findings[0][:2] == ("chain", "desk-0/3")

    def test_notices_when_the_last_batch_was_taken_out(self) -> None:
        batches = sealed(posted(the_books()))
        auditor = Auditor()
        for batch, transfers in batches[:-1]:
            auditor.batch(batch, transfers)

        auditor.compare_chains({"desk-0": (len(batches), batches[-1][0].hash)})

        assert [finding.check for finding in auditor.findings] == ["chain"]

    def test_names_the_account_whose_counters_were_changed(self) -> None:
        books = the_books()
        accounts = [
            row._replace(credits=row.credits + 1) if row.code == "fees" else row
            for row in counters(books)
        ]

        findings = audited(sealed(posted(books)), accounts, open_holds(books)).findings

        assert [(f.check, f.subject) for f in findings] == [
            ("counters", "fees CNY"),
            ("sum", "CNY"),
        ]

    @pytest.mark.parametrize("change", ["forgotten", "invented"])
    def test_notices_holds_that_are_not_listed_or_not_there(self, change: str) -> None:
        books = the_books()
        holds = [] if change == "forgotten" else [*open_holds(books), "trf_x"]

        findings = audited(sealed(posted(books)), counters(books), holds).findings

        assert [f.check for f in findings] == ["hold"]

    def test_notices_an_account_below_its_floor(self) -> None:
        books = the_books()
        accounts = [row._replace(floor=10**9) if row.floor == 0 else row for row in counters(books)]

        findings = audited(sealed(posted(books)), accounts, open_holds(books)).findings

        assert {f.check for f in findings} == {"floor"}

"""What a bank's entries are: certain matches first, a reason for what is left."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from services.payments.domain.matching import How, Known, Reason, Result, match
from services.payments.domain.statement import BankEntry, Booking, normal, reference_of
from tests.builders.payments import an_id

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)


def booking(name: str, amount: int = -5_000, **changes: Any) -> Booking:
    ref = an_id("out", name)
    return Booking(an_id("trf", name), amount, NOON, ref)._replace(**changes)


def entry(name: str, amount: int = -5_000, about: str = "", **changes: Any) -> BankEntry:
    references = (reference_of(an_id("out", about)),) if about else ()
    return BankEntry(f"BANK-{name}", amount, NOON, references)._replace(**changes)


def matched(result: Result) -> list[tuple[How, int, int]]:
    return [(m.how, len(m.entries), len(m.bookings)) for m in result.matches]


def reasons(result: Result) -> list[tuple[Reason, int]]:
    return [(each.reason, each.amount_minor) for each in result.differences]


class TestReference:
    def test_with_the_same_amount_is_certain_even_among_twins(self) -> None:
        result = match([entry("1", about="b")], Known(open=[booking("a"), booking("b")]))

        assert matched(result) == [(How.REFERENCE, 1, 1)]
        assert result.matches[0].bookings[0].ref == an_id("out", "b")

    def test_survives_what_banks_do_to_it(self) -> None:
        ours = reference_of(an_id("out", "a"))
        spaced = entry("1", references=("NOTE", f"{ours[:8]} {ours[8:].lower()}"))

        assert normal(f"{ours[:8]}-{ours[8:]}") == ours
        assert matched(match([spaced], Known(open=[booking("a")]))) == [(How.REFERENCE, 1, 1)]

    def test_with_another_amount_is_a_difference_of_exactly_so_much(self) -> None:
        result = match([entry("1", -5_001, about="a")], Known(open=[booking("a")]))

        assert reasons(result) == [(Reason.AMOUNT_DIFFERS, -1)]

    def test_told_twice_is_a_duplicate(self) -> None:
        twice = [entry("1", about="a"), entry("2", about="a")]

        result = match(twice, Known(open=[booking("a")]))

        assert matched(result) == [(How.REFERENCE, 1, 1)]
        assert reasons(result) == [(Reason.DUPLICATE_ENTRY, -5_000)]

    def test_of_what_was_settled_before_coming_back_is_a_reversal(self) -> None:
        back = entry("2", 5_000, about="a", is_reversal=True)

        result = match([back], Known(open=[], settled=[booking("a")]))

        assert [(e.servicer_ref, b.ref) for e, b in result.reversed] == [
            ("BANK-2", an_id("out", "a"))
        ]


class TestManyToMany:
    def test_parts_of_one_booking_come_to_it(self) -> None:
        parts = [entry("1", -2_000, about="a"), entry("2", -3_000, about="a")]

        assert matched(match(parts, Known(open=[booking("a")]))) == [(How.PARTS, 2, 1)]

    def test_parts_that_do_not_come_to_it_are_no_match(self) -> None:
        parts = [entry("1", -2_000, about="a"), entry("2", -2_999, about="a")]

        result = match(parts, Known(open=[booking("a")]))

        assert matched(result) == []
        assert sum(amount for _, amount in reasons(result)) == -2_000 - 2_999 + 5_000

    def test_one_entry_stands_for_a_whole_payment_file(self) -> None:
        file = {"FILE1": [reference_of(an_id("out", name)) for name in ("a", "b", "c")]}
        known = Known(open=[booking("a"), booking("b"), booking("d")], batches=file)

        result = match([entry("1", -10_000, references=("FILE1",))], known)

        assert matched(result) == [(How.BATCH, 1, 2)]

    def test_a_payment_file_that_comes_to_something_else_is_no_match(self) -> None:
        file = {"FILE1": [reference_of(an_id("out", name)) for name in ("a", "b")]}
        known = Known(open=[booking("a"), booking("b")], batches=file)

        result = match([entry("1", -9_999, references=("FILE1",))], known)

        assert matched(result) == []
        assert reasons(result) == [(Reason.UNEXPECTED_DEBIT, -9_999)]

    def test_a_sum_counts_only_when_no_other_choice_fits(self) -> None:
        certain = [booking("a", -1_000), booking("b", -2_500), booking("c", -7_000)]
        unsure = [*certain, booking("d", -3_500 + 900), booking("e", -900)]

        one = match([entry("1", -3_500)], Known(open=certain))
        other = match([entry("1", -3_500)], Known(open=unsure))

        assert matched(one) == [(How.SUM, 1, 2)]
        assert matched(other) == []
        assert reasons(other) == [(Reason.UNEXPECTED_DEBIT, -3_500)]


class TestAmountAndDay:
    def test_match_where_only_one_pair_fits(self) -> None:
        assert matched(match([entry("1")], Known(open=[booking("a")]))) == [
            (How.AMOUNT_AND_DAY, 1, 1)
        ]

    def test_never_choose_among_two(self) -> None:
        two_bookings = match([entry("1")], Known(open=[booking("a"), booking("b")]))
        two_entries = match([entry("1"), entry("2")], Known(open=[booking("a")]))

        assert matched(two_bookings) == matched(two_entries) == []
        assert len(two_entries.differences) == 2

    def test_do_not_reach_over_days(self) -> None:
        far = entry("1", booked_at=NOON + timedelta(days=3, seconds=1))

        assert matched(match([far], Known(open=[booking("a")]))) == []


class TestLeft:
    def test_credits_are_incoming_and_debits_unexpected(self) -> None:
        result = match([entry("1", 900), entry("2", -800)], Known(open=[]))

        assert [each.amount_minor for each in result.incoming] == [900]
        assert reasons(result) == [(Reason.UNEXPECTED_DEBIT, -800)]

    def test_every_entry_and_booking_ends_in_one_place_and_every_sen_is_counted(self) -> None:
        """A bank that does everything wrong at random; what is told apart must add up."""
        for seed in range(300):
            draw = random.Random(seed)
            open_bookings = [
                booking(str(n), draw.choice([-1, 1]) * draw.randrange(1, 6) * 100)
                for n in range(draw.randrange(1, 8))
            ]
            told = _told(draw, open_bookings)

            result = match(told, Known(open=open_bookings))

            entries = [e.servicer_ref for m in result.matches for e in m.entries]
            entries += [d.entry.servicer_ref for d in result.differences]
            entries += [e.servicer_ref for e, _ in result.reversed]
            entries += [e.servicer_ref for e in result.incoming]
            bookings = [b.transfer_id for m in result.matches for b in m.bookings]
            bookings += [d.booking.transfer_id for d in result.differences if d.booking]
            assert sorted(entries) == sorted(e.servicer_ref for e in told), seed
            assert len(bookings) == len(set(bookings)), seed
            for found in result.matches:
                assert sum(e.amount_minor for e in found.entries) == sum(
                    b.amount_minor for b in found.bookings
                ), seed


def _told(draw: random.Random, bookings: list[Booking]) -> list[BankEntry]:
    told: list[BankEntry] = []
    for each in bookings:
        base = BankEntry("", each.amount_minor, NOON, (each.reference,))
        match draw.randrange(7):
            case 0:
                told += [base, base]
            case 1:
                pass
            case 2:
                told.append(base._replace(amount_minor=each.amount_minor * 2))
            case 3:
                told.append(base._replace(references=()))
            case 4:
                told += [base, base._replace(amount_minor=-each.amount_minor, is_reversal=True)]
            case _:
                told.append(base)
    return [each._replace(servicer_ref=f"B{n}") for n, each in enumerate(told)]

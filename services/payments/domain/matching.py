"""Matching a bank's entries with our bookings: certain things first, a person for the rest.

The cascade: our reference with the same amount; several entries of one booking, or several
bookings in one entry; amount and day where only one pair fits; a sum of few bookings where only
one choice fits. What is left gets a reason. Nothing is edited by a match: what must move moves by
a posting of its own.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from itertools import combinations
from typing import NamedTuple

from services.payments.domain.statement import BankEntry, Booking, normal

DAYS_APART_MAX = timedelta(days=3)
"""How far the bank's day and ours may lie apart where only the amount speaks."""
SUM_CANDIDATES_MAX = 12
SUM_PARTS_MAX = 6


class How(StrEnum):
    """By what an entry and a booking were recognised."""

    REFERENCE = "reference"
    PARTS = "parts"
    BATCH = "batch"
    AMOUNT_AND_DAY = "amount-and-day"
    SUM = "sum"


class Reason(StrEnum):
    """Why bank and ledger differ."""

    NOT_ON_STATEMENT = "not-on-statement"
    AMOUNT_DIFFERS = "amount-differs"
    DUPLICATE_ENTRY = "duplicate-entry"
    UNEXPECTED_DEBIT = "unexpected-debit"
    UNEXPECTED_CREDIT = "unexpected-credit"
    OPENING_BALANCE = "opening-balance"


class Match(NamedTuple):
    """Entries and bookings that are the same money."""

    entries: tuple[BankEntry, ...]
    bookings: tuple[Booking, ...]
    how: How


class Difference(NamedTuple):
    """An entry that is not, or not quite, what we booked."""

    entry: BankEntry
    reason: Reason
    booking: Booking | None = None

    @property
    def amount_minor(self) -> int:
        """What the bank has more than the ledger, negative when it has less."""
        booked = 0 if self.booking is None else self.booking.amount_minor
        return self.entry.amount_minor - booked


@dataclass
class Result:
    """What became of the entries; `incoming` is money nobody announced, `reversed` comes back."""

    matches: list[Match] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    reversed: list[tuple[BankEntry, Booking]] = field(default_factory=list)
    incoming: list[BankEntry] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a pass is decided on. `settled` are bookings that were matched before, `batches` the
    references of the orders in each payment file by the file's own reference."""

    open: Sequence[Booking]
    settled: Sequence[Booking] = ()
    batches: Mapping[str, Sequence[str]] = field(default_factory=dict)


class _Open:
    """Bookings that wait for their entry, found by reference and by amount."""

    def __init__(self, bookings: Iterable[Booking]) -> None:
        self._open = {booking.transfer_id: booking for booking in bookings}
        self._by_reference: dict[str, list[Booking]] = defaultdict(list)
        self._by_amount: dict[int, list[Booking]] = defaultdict(list)
        for booking in self._open.values():
            self._by_reference[booking.reference].append(booking)
            self._by_amount[booking.amount_minor].append(booking)

    def named(self, references: Iterable[str]) -> list[Booking]:
        found = (each for ref in references for each in self._by_reference.get(ref, ()))
        return list({b.transfer_id: b for b in found if b.transfer_id in self._open}.values())

    def of_amount(self, entry: BankEntry) -> list[Booking]:
        found = self._by_amount.get(entry.amount_minor, ())
        return [b for b in found if b.transfer_id in self._open and _near(entry, b)]

    def near(self, entry: BankEntry) -> list[Booking]:
        """Return the bookings of the entry's direction and days, none when there are too many."""
        found = [
            booking
            for booking in self._open.values()
            if _near(entry, booking) and booking.amount_minor * entry.amount_minor > 0
        ]
        return found if len(found) <= SUM_CANDIDATES_MAX else []

    def take(self, bookings: Iterable[Booking]) -> None:
        for booking in bookings:
            del self._open[booking.transfer_id]


def match(entries: Sequence[BankEntry], known: Known) -> Result:
    """Say what each entry is; every entry and every booking ends in at most one place."""
    result, waiting = Result(), _Open(known.open)
    settled: dict[str, list[Booking]] = defaultdict(list)
    for booking in known.settled:
        settled[booking.reference].append(booking)

    left = _by_reference(entries, waiting, settled, result)
    left = _in_parts(left, waiting, settled, result)
    left = _by_batch(left, waiting, known.batches, result)
    left = _by_what_came_before(left, waiting, settled, result)
    left = _by_amount_and_day(left, waiting, result)
    left = _by_sum(left, waiting, result)
    for entry in left:
        if entry.amount_minor > 0:
            result.incoming.append(entry)
        else:
            result.differences.append(Difference(entry, Reason.UNEXPECTED_DEBIT))
    return result


_Settled = dict[str, list[Booking]]


def _by_reference(
    entries: Sequence[BankEntry], waiting: _Open, settled: _Settled, result: Result
) -> list[BankEntry]:
    left = []
    for entry in entries:
        fitting = [
            booking
            for booking in waiting.named(_references(entry))
            if booking.amount_minor == entry.amount_minor
        ]
        if entry.is_reversal or not fitting:
            left.append(entry)
            continue
        first = min(fitting, key=lambda booking: (booking.at, booking.transfer_id))
        _matched(result, waiting, settled, Match((entry,), (first,), How.REFERENCE))
    return left


def _in_parts(
    entries: list[BankEntry], waiting: _Open, settled: _Settled, result: Result
) -> list[BankEntry]:
    """Several entries under one reference that come to what was booked under it."""
    groups: dict[str, list[BankEntry]] = defaultdict(list)
    for entry in entries:
        named = {booking.reference for booking in waiting.named(_references(entry))}
        if len(named) == 1 and not entry.is_reversal:
            groups[named.pop()].append(entry)
    taken: set[str] = set()
    for reference, parts in groups.items():
        bookings = waiting.named([reference])
        if len(parts) + len(bookings) > 2 and _total(parts) == _total(bookings):
            found = Match(tuple(parts), tuple(bookings), How.PARTS)
            _matched(result, waiting, settled, found)
            taken.update(part.servicer_ref for part in parts)
    return [entry for entry in entries if entry.servicer_ref not in taken]


def _by_batch(
    entries: list[BankEntry],
    waiting: _Open,
    batches: Mapping[str, Sequence[str]],
    result: Result,
) -> list[BankEntry]:
    """One entry for a whole payment file of ours, less what the bank never sent."""
    left = []
    for entry in entries:
        references = [ref for name in _references(entry) for ref in batches.get(name, ())]
        bookings = waiting.named(references)
        if bookings and _total(bookings) == entry.amount_minor:
            waiting.take(bookings)
            result.matches.append(Match((entry,), tuple(bookings), How.BATCH))
        else:
            left.append(entry)
    return left


def _by_what_came_before(
    entries: list[BankEntry], waiting: _Open, settled: _Settled, result: Result
) -> list[BankEntry]:
    """Entries that carry a reference of ours and still do not fit: each has a name."""
    left = []
    for entry in entries:
        references = _references(entry)
        before = [booking for ref in references for booking in settled.get(ref, ())]
        undone = [b for b in before if b.amount_minor == -entry.amount_minor]
        named = waiting.named(references)
        same_way = [b for b in named if b.amount_minor * entry.amount_minor > 0]
        if undone:
            result.reversed.append((entry, undone[0]))
        elif same_way:
            waiting.take(same_way[:1])
            result.differences.append(Difference(entry, Reason.AMOUNT_DIFFERS, same_way[0]))
        elif before and entry.amount_minor < 0:
            again = any(b.amount_minor == entry.amount_minor for b in before)
            reason = Reason.DUPLICATE_ENTRY if again else Reason.UNEXPECTED_DEBIT
            result.differences.append(Difference(entry, reason))
        else:
            left.append(entry)
    return left


def _by_amount_and_day(entries: list[BankEntry], waiting: _Open, result: Result) -> list[BankEntry]:
    rivals: dict[int, int] = defaultdict(int)
    for entry in entries:
        rivals[entry.amount_minor] += 1
    left = []
    for entry in entries:
        fitting = waiting.of_amount(entry)
        if len(fitting) == 1 and rivals[entry.amount_minor] == 1 and not entry.is_reversal:
            waiting.take(fitting)
            result.matches.append(Match((entry,), tuple(fitting), How.AMOUNT_AND_DAY))
        else:
            left.append(entry)
    return left


def _by_sum(entries: list[BankEntry], waiting: _Open, result: Result) -> list[BankEntry]:
    left = []
    for entry in entries:
        choices = [] if entry.is_reversal else _sums(waiting.near(entry), entry.amount_minor)
        if len(choices) == 1:
            waiting.take(choices[0])
            result.matches.append(Match((entry,), choices[0], How.SUM))
        else:
            left.append(entry)
    return left


def _sums(bookings: Sequence[Booking], amount: int) -> list[tuple[Booking, ...]]:
    """Return up to two choices of bookings that come to the amount: one is certain, two are not."""
    found = []
    for size in range(2, min(SUM_PARTS_MAX, len(bookings)) + 1):
        for choice in combinations(bookings, size):
            if _total(choice) == amount:
                found.append(choice)
                if len(found) > 1:
                    return found
    return found


def _matched(result: Result, waiting: _Open, settled: _Settled, found: Match) -> None:
    waiting.take(found.bookings)
    result.matches.append(found)
    for booking in found.bookings:
        settled[booking.reference].append(booking)


def _references(entry: BankEntry) -> list[str]:
    named = [normal(reference) for reference in entry.references]
    return [*dict.fromkeys(reference for reference in named if reference)]


def _near(entry: BankEntry, booking: Booking) -> bool:
    return abs(entry.booked_at - booking.at) <= DAYS_APART_MAX


def _total(them: Iterable[BankEntry | Booking]) -> int:
    return sum(each.amount_minor for each in them)

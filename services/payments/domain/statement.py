"""What a bank says about an account: statements, their entries, and the bookings they confirm.

Amounts are signed, in minor units, positive when money comes into our account.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from shared.kernel.errors import Conflict, Rejected

REFERENCE_LENGTH_MAX = 35
"""What a bank carries of our reference (EndToEndId)."""


class StatementUnreadable(Rejected):
    """The document is not a statement or notification that we understand."""

    code = "payments.statement-unreadable"
    help = "Send camt.053 or camt.054 in UTF-8, at most 1 MB; the message says what is wrong."


class StatementUnbalanced(Rejected):
    """Opening balance and entries do not come to the closing balance."""

    code = "payments.statement-unbalanced"
    help = "Ask the bank for the statement again; nothing of it was taken."


class StatementOutOfLine(Conflict):
    """A statement continues the one before it: the next number, the balance it ended with."""

    code = "payments.statement-out-of-line"
    help = "Send the statements in order; `expected` is the number that comes next."


class StatementDiffers(Conflict):
    """A statement of this number was taken before, with another content."""

    code = "payments.statement-differs"


class BankEntry(NamedTuple):
    """One booked entry of a bank; `servicer_ref` is the bank's own name for it.

    `references` are all carriers in which our reference may have survived.
    """

    servicer_ref: str
    amount_minor: int
    booked_at: datetime
    references: tuple[str, ...] = ()
    is_reversal: bool = False
    text: str = ""
    party: str = ""
    party_account: str = ""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A camt.053: entries between two balances; `sequence` has no gaps."""

    account: str
    currency: str
    sequence: int
    opening_minor: int
    closing_minor: int
    from_at: datetime
    until_at: datetime
    entries: Sequence[BankEntry] = field(default_factory=tuple)

    def check(self) -> None:
        """Raise StatementUnbalanced unless the balances and entries agree."""
        moved = sum(entry.amount_minor for entry in self.entries)
        if self.opening_minor + moved != self.closing_minor:
            raise StatementUnbalanced(
                f"{self.opening_minor} and {moved} do not come to {self.closing_minor}",
                sequence=self.sequence,
            )


@dataclass(frozen=True, kw_only=True)
class Notification:
    """A camt.054: entries told before their statement; they come again in it."""

    account: str
    currency: str
    entries: Sequence[BankEntry] = field(default_factory=tuple)


class Booking(NamedTuple):
    """One transfer of ours on a bank account; `ref` is what it is about."""

    transfer_id: str
    amount_minor: int
    at: datetime
    ref: str

    @property
    def reference(self) -> str:
        return reference_of(self.ref)


def reference_of(ref: str) -> str:
    """Return the reference under which something of ours travels through banks.

    Ids are longer than banks carry; their last part alone is unique.
    """
    return normal(ref.rpartition("_")[2])


def normal(reference: str) -> str:
    """Return a reference without what banks change in it: case, spaces, dashes."""
    return "".join(c for c in reference.upper() if c.isalnum())[:REFERENCE_LENGTH_MAX]

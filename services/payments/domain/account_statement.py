"""What happened on one account in a period: two balances, and every posting between them.

Amounts are whole minor units. A balance is on the account's normal side, so an entry's `change`
is positive when it makes the balance larger, whichever side it was posted on. Holds are promises
and stand on no statement until they are captured.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from services.payments.domain.accounts import AccountKey
from shared.kernel.errors import NotFound, Rejected


class AccountNotFound(NotFound):
    """Nothing was ever posted to this account, or it is not yours to see."""

    code = "payments.account-not-found"


class PeriodWrong(Rejected):
    """A period starts before it ends and ends no later than now."""

    code = "payments.period-wrong"
    help = "Send `from` and `until` with their time zone; `until` is the first moment after it."


class Place(NamedTuple):
    """Where a transfer stands: its desk, its batch there, its position in it."""

    desk: str
    batch: int
    position: int


class StatementLine(NamedTuple):
    """One posting on the account; `balance_minor` is what the account held after it."""

    transfer_id: str
    at: datetime
    side: str
    amount_minor: int
    change_minor: int
    balance_minor: int
    counter_account: str
    purpose: str
    about: str
    command_id: str
    command: str
    cause: str
    cause_id: str


@dataclass(frozen=True, kw_only=True)
class AccountStatement:
    """One page of an account's period. `opening` and `closing` are the period's, `debits` and
    `credits` its turnover; `brought` is what the account held before this page's first line;
    `last` is where its last line stands."""

    account: AccountKey
    kind: str
    from_at: datetime
    until_at: datetime
    opening_minor: int
    closing_minor: int
    debits_minor: int
    credits_minor: int
    brought_minor: int
    lines: Sequence[StatementLine]
    last: Place | None
    is_first: bool
    is_last: bool

    @property
    def carried_minor(self) -> int:
        """What the account held after this page's last line."""
        return self.brought_minor + sum(line.change_minor for line in self.lines)

    def check(self) -> None:
        """Assert that balances and lines agree: a statement that doesn't add up is our mistake."""
        turnover = abs(self.debits_minor - self.credits_minor)
        assert abs(self.closing_minor - self.opening_minor) == turnover, "the turnover explains it"
        assert not self.is_first or self.brought_minor == self.opening_minor, "it opens so"
        assert not self.is_last or self.carried_minor == self.closing_minor, "it closes so"
        assert not self.lines or self.lines[-1].balance_minor == self.carried_minor, "line by line"


def check_period(from_at: datetime, until_at: datetime, *, now: datetime) -> None:
    """Raise PeriodWrong unless the period is over and has a length."""
    if from_at.tzinfo is None or until_at.tzinfo is None:
        raise PeriodWrong("a moment needs its time zone", field="from")
    if until_at > now:
        raise PeriodWrong("the period is not over yet", field="until")
    if from_at >= until_at:
        raise PeriodWrong("the period starts at or after its end", field="from")

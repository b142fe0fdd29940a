"""What a bank or provider kept: an operator says so, and the ledger follows the bank."""

from dataclasses import dataclass
from typing import ClassVar

from services.payments.domain import accounts
from services.payments.domain.accounts import AccountKey
from services.payments.domain.commands import Command
from services.payments.domain.rejections import Rejection
from services.payments.domain.state import Context, Decision, State, decided
from services.payments.domain.transfers import Purpose, Transfer


@dataclass(frozen=True, slots=True, kw_only=True)
class BookBankFee(Command):
    """The difference of a break is what the bank charges."""

    NAME: ClassVar[str] = "book-bank-fee"
    ABOUT: ClassVar[str] = "break_id"

    break_id: str
    account: str
    currency: str
    amount_minor: int

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return (
            accounts.teller_cost(self.account, self.currency),
            accounts.told(self.account, self.currency),
        )


def book_bank_fee(state: State, command: BookBankFee, context: Context) -> Decision | Rejection:
    cost, bank = command.accounts(context.hub)
    moved = Transfer(cost, bank, command.amount_minor, Purpose.BANK_FEE, command.break_id)
    return decided(state, (moved,), answer={"break_id": command.break_id})

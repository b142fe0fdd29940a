"""Operators' own postings: a correction is a new linked set of transfers, never an edit."""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from services.payments.domain.accounts import (
    TOLD,
    AccountKey,
    AccountKind,
    account_key,
    chart_entry,
)
from services.payments.domain.commands import Command
from services.payments.domain.rejections import EntryMixed, Rejection, refuse
from services.payments.domain.state import Context, Decision, State, decided
from services.payments.domain.transfers import Purpose, Transfer


class Entry(NamedTuple):
    """One movement an operator asks for, in minor units."""

    debit: str
    credit: str
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PostCorrection(Command):
    """Post these entries together or not at all; `ref` says what they correct."""

    NAME: ClassVar[str] = "post-correction"
    ABOUT: ClassVar[str] = "ref"

    entries: tuple[Entry, ...]
    ref: str

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return tuple(
            account_key(code, entry.currency)
            for entry in self.entries
            for code in (entry.debit, entry.credit)
        )


def post_correction(
    state: State, command: PostCorrection, context: Context
) -> Decision | Rejection:
    for debit, credit, _, _ in command.entries:
        if debit == credit or _is_cap(debit) is not _is_cap(credit):
            return refuse(EntryMixed, "caps and money do not mix, nor an account with itself")
        if debit.startswith(TOLD) and credit.startswith(TOLD):
            return refuse(
                EntryMixed, "money between two told accounts leaves one, then comes to one"
            )
    transfers = [
        Transfer(
            account_key(debit, currency),
            account_key(credit, currency),
            amount,
            Purpose.CORRECTION,
            command.ref,
        )
        for debit, credit, currency, amount in command.entries
    ]
    return decided(state, transfers, answer={"transfers": len(transfers)})


def _is_cap(code: str) -> bool:
    return chart_entry(code).kind is AccountKind.MEMO

"""Accounts and the chart that says what each kind of account means.

An account is two counters (and two more for holds) of one currency. Its kind follows from the
first words of its code, so nobody can open `escrow:...` as an asset by mistake. Every cap is an
account that may not fall below its floor; there is no other way to limit anything here.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from shared.kernel.errors import Rejected

ACCOUNT_CODE_LENGTH_MAX = 160
CACHED_ACCOUNTS_MAX = 65_536


class AccountUnknown(Rejected):
    """The chart of accounts has no such account."""

    code = "payments.account-unknown"


class AccountKind(StrEnum):
    """Which side of the books an account belongs to."""

    ASSET = "asset"
    LIABILITY = "liability"
    INCOME = "income"
    EXPENSE = "expense"
    POSITION = "position"
    MEMO = "memo"


class ChartEntry(NamedTuple):
    """What every account whose code starts like this is; `floor` is in minor units."""

    kind: AccountKind
    floor: int | None
    meaning: str


CHART: Mapping[str, ChartEntry] = {
    "psp": ChartEntry(AccountKind.ASSET, None, "buyers' money at a payment provider"),
    "bank": ChartEntry(AccountKind.ASSET, None, "the hub's money at a bank"),
    "due_from_hub": ChartEntry(AccountKind.ASSET, None, "what a peer hub owes us"),
    "seller_receivable": ChartEntry(AccountKind.ASSET, 0, "what a seller must give back"),
    "seller:freight": ChartEntry(AccountKind.ASSET, 0, "freight a seller still owes"),
    "advance": ChartEntry(AccountKind.ASSET, 0, "an advance to a seller and its fee, not repaid"),
    "tax_refund_receivable": ChartEntry(AccountKind.ASSET, None, "tax an authority gives back"),
    "insurance_receivable": ChartEntry(AccountKind.ASSET, 0, "what an insurer owes for one order"),
    "rebate_receivable": ChartEntry(AccountKind.ASSET, 0, "what an authority owes for one case"),
    "rebate_clawback": ChartEntry(AccountKind.LIABILITY, 0, "rebates an authority wants back"),
    "escrow": ChartEntry(AccountKind.LIABILITY, 0, "a buyer's money, held for one order"),
    "seller:available": ChartEntry(AccountKind.LIABILITY, 0, "a seller's money, free to use"),
    "seller:reserve": ChartEntry(AccountKind.LIABILITY, 0, "a seller's money, kept back a while"),
    "provision": ChartEntry(AccountKind.LIABILITY, 0, "expected loss on one advance"),
    "transit": ChartEntry(AccountKind.LIABILITY, 0, "a payout the bank has not confirmed"),
    "tax_payable": ChartEntry(AccountKind.LIABILITY, 0, "tax due to an authority for a period"),
    "freight": ChartEntry(AccountKind.LIABILITY, 0, "what a consolidation's carrier is owed"),
    "buyer_refund_payable": ChartEntry(AccountKind.LIABILITY, 0, "refunds not yet confirmed"),
    "due_to_hub": ChartEntry(AccountKind.LIABILITY, None, "what we owe a peer hub"),
    "unmatched": ChartEntry(AccountKind.LIABILITY, 0, "one receipt nobody can explain yet"),
    "fees": ChartEntry(AccountKind.INCOME, None, "commission and exchange fees earned"),
    "fx_spread": ChartEntry(AccountKind.INCOME, None, "what exchange earned over the mid rate"),
    "rounding": ChartEntry(AccountKind.INCOME, None, "at most one unit per converted leg"),
    "bank_cost": ChartEntry(AccountKind.EXPENSE, None, "what banks charge or keep"),
    "psp_cost": ChartEntry(AccountKind.EXPENSE, None, "what payment providers charge"),
    "chargeback_loss": ChartEntry(AccountKind.EXPENSE, None, "chargebacks nobody else bears"),
    "credit_loss": ChartEntry(AccountKind.EXPENSE, None, "expected and real loss on advances"),
    "fx_position": ChartEntry(AccountKind.POSITION, None, "open exchange position, per currency"),
    "refundable": ChartEntry(AccountKind.MEMO, 0, "cap: what may still be refunded"),
    "refundable_issued": ChartEntry(AccountKind.MEMO, None, "the other side of all refund caps"),
    "financeable": ChartEntry(AccountKind.MEMO, 0, "cap: what may still be financed on one order"),
    "claimable": ChartEntry(AccountKind.MEMO, 0, "cap: what may still be claimed on one case"),
    "exposure": ChartEntry(AccountKind.MEMO, 0, "cap: what a seller's advances come to in all"),
    "caps_issued": ChartEntry(AccountKind.MEMO, None, "the other side of all finance caps"),
}


class AccountKey(NamedTuple):
    """What names an account: its code and its currency. `account_key` makes it.

    The 63-bit number under which the account is stored follows from both, the same at every
    process, so that opening an account needs no round trip; two codes that met would be refused by
    the database's unique code, never mixed up.
    """

    code: str
    currency: str
    number: int


@lru_cache(maxsize=CACHED_ACCOUNTS_MAX)
def account_key(code: str, currency: str) -> AccountKey:
    """Return what names the account; kept, as every command asks for the same ones again."""
    digest = hashlib.sha256(f"{code}\x1f{currency}".encode()).digest()
    return AccountKey(code, currency, int.from_bytes(digest[:8]) >> 1)


@dataclass(slots=True)
class Account:
    """The counters of one account, in minor units; they only grow, except the pending ones."""

    key: AccountKey
    kind: AccountKind
    floor: int | None
    debits: int = 0
    credits: int = 0
    debits_pending: int = 0
    credits_pending: int = 0

    @property
    def is_debit_normal(self) -> bool:
        # Asked for every movement of every command: a set would hash the kind each time.
        return self.kind is AccountKind.ASSET or self.kind is AccountKind.EXPENSE

    @property
    def balance(self) -> int:
        """The posted balance, positive on the account's normal side."""
        posted = self.credits - self.debits
        return -posted if self.is_debit_normal else posted

    @property
    def available(self) -> int:
        """The balance less what holds have promised away; the floor is a limit on this."""
        if self.is_debit_normal:
            return self.debits - self.credits - self.credits_pending
        return self.credits - self.debits - self.debits_pending


@lru_cache(maxsize=CACHED_ACCOUNTS_MAX)
def chart_entry(code: str) -> ChartEntry:
    """Return what the account `code` is, or raise AccountUnknown."""
    parts = code.split(":")
    name = parts[0]
    if name == "seller" and len(parts) == 3:
        name = f"seller:{parts[2]}"
    entry = CHART.get(name)
    if entry is None or len(code) > ACCOUNT_CODE_LENGTH_MAX:
        raise AccountUnknown("the chart of accounts has no such account", account=code[:100])
    return entry


def new_account(key: AccountKey) -> Account:
    """Return the empty account of this name, as the chart describes it."""
    entry = chart_entry(key.code)
    return Account(key=key, kind=entry.kind, floor=entry.floor)


def psp(provider: str, currency: str) -> AccountKey:
    return account_key(f"psp:{provider}", currency)


def bank(account: str, currency: str) -> AccountKey:
    return account_key(f"bank:{account}", currency)


BANK = "bank:"
PROVIDERS = "psp:"
TOLD = (BANK, PROVIDERS)
"""Accounts whose money somebody else holds and tells us about in statements."""


def is_providers(account: str) -> bool:
    """Say whether a statement's account is at a payment provider: those are named in full."""
    return account.startswith(PROVIDERS)


def told(account: str, currency: str) -> AccountKey:
    """Return the account that a statement is about."""
    return account_key(account, currency) if is_providers(account) else bank(account, currency)


def teller_cost(account: str, currency: str) -> AccountKey:
    """Return where the fees of whoever holds this account are booked."""
    return account_key("psp_cost" if is_providers(account) else "bank_cost", currency)


def escrow(order_id: str, currency: str) -> AccountKey:
    return account_key(f"escrow:{order_id}", currency)


def seller_available(seller_id: str, currency: str) -> AccountKey:
    return account_key(f"seller:{seller_id}:available", currency)


def seller_freight(seller_id: str, currency: str) -> AccountKey:
    return account_key(f"seller:{seller_id}:freight", currency)


def seller_receivable(seller_id: str, currency: str) -> AccountKey:
    return account_key(f"seller_receivable:{seller_id}", currency)


def transit(payout_id: str, currency: str) -> AccountKey:
    return account_key(f"transit:{payout_id}", currency)


def tax_payable(authority: str, period: str, currency: str) -> AccountKey:
    return account_key(f"tax_payable:{authority}:{period}", currency)


def freight(consolidation_id: str, currency: str) -> AccountKey:
    return account_key(f"freight:{consolidation_id}", currency)


def due_to_hub(peer: str, currency: str) -> AccountKey:
    return account_key(f"due_to_hub:{peer}", currency)


def due_from_hub(peer: str, currency: str) -> AccountKey:
    return account_key(f"due_from_hub:{peer}", currency)


def refundable(payment_id: str, currency: str) -> AccountKey:
    return account_key(f"refundable:{payment_id}", currency)


def fees(currency: str) -> AccountKey:
    return account_key("fees", currency)


def fx_spread(currency: str) -> AccountKey:
    return account_key("fx_spread", currency)


def fx_position(currency: str) -> AccountKey:
    return account_key("fx_position", currency)


def buyer_refund_payable(currency: str) -> AccountKey:
    return account_key("buyer_refund_payable", currency)


def refundable_issued(currency: str) -> AccountKey:
    return account_key("refundable_issued", currency)


def seller_reserve(seller_id: str, currency: str) -> AccountKey:
    return account_key(f"seller:{seller_id}:reserve", currency)


def tax_refund_receivable(authority: str, period: str, currency: str) -> AccountKey:
    return account_key(f"tax_refund_receivable:{authority}:{period}", currency)


def insurance_receivable(order_id: str, currency: str) -> AccountKey:
    return account_key(f"insurance_receivable:{order_id}", currency)


def caps_issued(currency: str) -> AccountKey:
    return account_key("caps_issued", currency)


def of_one(kind: str, subject: str, currency: str) -> AccountKey:
    """Return the account that the chart keeps for one subject, as `advance:{id}`."""
    assert kind in CHART, "the chart names every kind"
    return account_key(f"{kind}:{subject}", currency)

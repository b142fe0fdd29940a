"""What a seller owes here, and how it is taken out of money that is available to it.

First what a refund left owing, then freight. Each is an account, so nothing is taken twice.
"""

from services.payments.domain import accounts
from services.payments.domain.accounts import AccountKey
from services.payments.domain.state import State
from services.payments.domain.transfers import Purpose, Transfer


def debt_accounts(seller_id: str, currency: str) -> tuple[AccountKey, ...]:
    """Return the accounts of a seller's debts, in the order in which they are paid."""
    return (
        accounts.seller_receivable(seller_id, currency),
        accounts.seller_freight(seller_id, currency),
    )


def collect_debts(state: State, seller_id: str, currency: str, *, out_of: int) -> list[Transfer]:
    """Return the transfers that pay a seller's debts from what is available, at most `out_of`."""
    available = accounts.seller_available(seller_id, currency)
    receivable, freight = debt_accounts(seller_id, currency)
    transfers = []
    left = out_of
    for debt, purpose in (
        (receivable, Purpose.RECEIVABLE_REPAID),
        (freight, Purpose.FREIGHT_COLLECTED),
    ):
        paid = min(left, state.accounts[debt].balance)
        if paid > 0:
            transfers.append(Transfer(available, debt, paid, purpose, seller_id))
            left -= paid
    return transfers

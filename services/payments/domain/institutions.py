"""What we ask of the institutions that hold the real money; who they are is decided elsewhere."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple, Protocol

from services.payments.domain.original import ProviderAnswer
from services.payments.domain.payout import Payout
from services.payments.domain.quote import FxProvider
from services.payments.domain.rates import Mid
from services.payments.domain.statement import BankEntry, Booking
from shared.kernel.money import Money


class BankAnswer(NamedTuple):
    """What a bank says about a payout: sent under a reference, or returned for a reason."""

    reference: str
    return_reason: str


class Bank(Protocol):
    """Where the hub's money is; `account` names it in the ledger."""

    @property
    def account(self) -> str: ...

    async def answer(self, payout: Payout) -> BankAnswer:
        """Say what became of a payout; the same payout gets the same answer."""
        ...


class Teller(Protocol):
    """Whoever holds our money and says in statements what it did with it."""

    @property
    def account(self) -> str: ...

    @property
    def remembers(self) -> timedelta: ...

    def entries(self, booking: Booking, beneficiary: str) -> Sequence[BankEntry]:
        """Say what the statement holds for something we booked; always the same."""
        ...


class PaymentProvider(Protocol):
    """Where buyers' money is; `name` names it in the ledger."""

    @property
    def name(self) -> str: ...

    async def authorise(self, order_id: str, amount: Money, instrument: str) -> ProviderAnswer:
        """Ask for the buyer's money, and return the answer with both messages."""
        ...

    async def has_refunded(self, refund_id: str) -> bool:
        """Say whether the buyer has the money back."""
        ...


class RateSource(Protocol):
    """Whoever says mid rates, and the houses that exchange at them."""

    @property
    def houses(self) -> Sequence[FxProvider]: ...

    async def mids(self, source: str, target: str) -> Sequence[Mid]:
        """Return the newest mid rates that may lead from one to the other, or raise Unavailable."""
        ...

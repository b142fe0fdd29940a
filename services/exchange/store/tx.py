"""The unit of work of `exchange`."""

from functools import cached_property

from services.exchange.store.contracts import Contracts
from services.exchange.store.incoming import Incoming
from services.exchange.store.outgoing import Outgoing
from shared.db.tx import Tx


class ExchangeTx(Tx):
    """One transaction and the repositories on it."""

    @cached_property
    def contracts(self) -> Contracts:
        return Contracts(self.connection)

    @cached_property
    def outgoing(self) -> Outgoing:
        return Outgoing(self.connection)

    @cached_property
    def incoming(self) -> Incoming:
        return Incoming(self.connection)

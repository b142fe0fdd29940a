"""The unit of work of `orders`."""

from functools import cached_property

from services.orders.domain.complaint import Complaint
from services.orders.domain.goods_return import GoodsReturn
from services.orders.domain.recall import Recall
from services.orders.store.cases import Cases, complaints, recalls, returns
from services.orders.store.consolidations import Consolidations
from services.orders.store.deliveries import Deliveries
from services.orders.store.endpoints import Endpoints
from services.orders.store.items import Items
from services.orders.store.orders import Orders
from services.orders.store.resets import Resets
from services.orders.store.tables import metadata
from services.orders.store.timelines import Timelines
from services.orders.store.vault import Vault
from shared.db.operations import Operations
from shared.db.tx import Tx


class OrdersTx(Tx):
    """One transaction and the repositories on it; `vault` seals secrets in the database."""

    vault: Vault = Vault()

    @cached_property
    def orders(self) -> Orders:
        return Orders(self.connection)

    @cached_property
    def timelines(self) -> Timelines:
        return Timelines(self.connection)

    @cached_property
    def consolidations(self) -> Consolidations:
        return Consolidations(self.connection)

    @cached_property
    def items(self) -> Items:
        return Items(self.connection)

    @cached_property
    def endpoints(self) -> Endpoints:
        return Endpoints(self.connection, self.vault)

    @cached_property
    def deliveries(self) -> Deliveries:
        return Deliveries(self.connection)

    @cached_property
    def operations(self) -> Operations:
        return Operations(self.connection, metadata)

    @cached_property
    def resets(self) -> Resets:
        return Resets(self.connection)

    @cached_property
    def returns(self) -> Cases[GoodsReturn]:
        return returns(self.connection)

    @cached_property
    def complaints(self) -> Cases[Complaint]:
        return complaints(self.connection)

    @cached_property
    def recalls(self) -> Cases[Recall]:
        return recalls(self.connection)


def sealed_by(vault: Vault) -> type[OrdersTx]:
    """Return the unit of work of a service that has these keys."""
    return type("SealedOrdersTx", (OrdersTx,), {"vault": vault})

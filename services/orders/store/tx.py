"""The unit of work of `orders`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
from services.orders.store.timelines import Timelines
from shared.db.tx import Tx


class OrdersTx(Tx):
    """One transaction and the repositories on it."""

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
        return Endpoints(self.connection)

    @cached_property
    def deliveries(self) -> Deliveries:
        return Deliveries(self.connection)

    @cached_property
    def returns(self) -> Cases[GoodsReturn]:
        return returns(self.connection)

    @cached_property
    def complaints(self) -> Cases[Complaint]:
        return complaints(self.connection)

    @cached_property
    def recalls(self) -> Cases[Recall]:
        return recalls(self.connection)

    @asynccontextmanager
    async def attempt(self) -> AsyncIterator[None]:
        """Do something that may be refused without spoiling the rest of the transaction.

        An exception takes back what was written and said inside the block, and goes on.
        """
        mark = self.mark()
        savepoint = await self.connection.begin_nested()
        try:
            yield
        except BaseException:
            await savepoint.rollback()
            self.unsay(mark)
            raise
        await savepoint.commit()

"""The unit of work of `logistics`."""

from functools import cached_property

from services.logistics.store.carriages import Carriages
from services.logistics.store.consolidations import Consolidations
from services.logistics.store.handling_units import HandlingUnits
from services.logistics.store.heard_orders import HeardOrders
from services.logistics.store.inbound import InboundConsolidations, InboundParcels
from services.logistics.store.load_plans import LoadPlans
from services.logistics.store.numbers import NumberSeries
from services.logistics.store.parcels import Parcels
from services.logistics.store.tracking import Timeline
from services.logistics.store.waybills import Waybills
from shared.db.tx import Tx


class LogisticsTx(Tx):
    """One transaction and the repositories on it."""

    @cached_property
    def heard_orders(self) -> HeardOrders:
        return HeardOrders(self.connection)

    @cached_property
    def parcels(self) -> Parcels:
        return Parcels(self.connection)

    @cached_property
    def consolidations(self) -> Consolidations:
        return Consolidations(self.connection)

    @cached_property
    def carriages(self) -> Carriages:
        return Carriages(self.connection)

    @cached_property
    def handling_units(self) -> HandlingUnits:
        return HandlingUnits(self.connection)

    @cached_property
    def load_plans(self) -> LoadPlans:
        return LoadPlans(self.connection)

    @cached_property
    def waybills(self) -> Waybills:
        return Waybills(self.connection)

    @cached_property
    def inbound_consolidations(self) -> InboundConsolidations:
        return InboundConsolidations(self.connection)

    @cached_property
    def inbound_parcels(self) -> InboundParcels:
        return InboundParcels(self.connection)

    @cached_property
    def timeline(self) -> Timeline:
        return Timeline(self.connection)

    @cached_property
    def numbers(self) -> NumberSeries:
        return NumberSeries(self.connection)

"""How `logistics` is put together: the only file that knows every room."""

from functools import partial
from pathlib import Path

from services.logistics.api import (
    assignments,
    bills,
    carriage,
    consolidations,
    handling_units,
    inbound,
    load_plans,
    parcels,
    rates,
    routes,
    tracking,
    waybills,
)
from services.logistics.clients.planners import Planners
from services.logistics.clients.simulated_carriers import read_carriers
from services.logistics.consumers import customs, logistics, orders, payments
from services.logistics.settings import LogisticsSettings
from services.logistics.store.rate_cards import read_rate_cards
from services.logistics.store.tables import metadata
from services.logistics.store.tx import LogisticsTx
from services.logistics.timers import CARRIERS_S, TIMERS
from services.logistics.usecases.follow_carriers import follow_carriers
from shared.kernel.clock import Clock
from shared.messaging.bus import EventBus
from shared.runtime.service import Service, every
from shared.runtime.wiring import store_for, verifier_for
from shared.web.client import Transport

NAME = "logistics"


def create_service(
    settings: LogisticsSettings,
    *,
    bus: EventBus,
    clock: Clock,
    transport: Transport | None = None,
) -> Service:
    """Build the service; nothing runs before `Service.running()`."""
    carriers = read_carriers()
    planners = Planners(processes=settings.planner_processes)
    service = Service(
        name=NAME,
        settings=settings,
        store=store_for(settings, NAME, metadata=metadata, tx_type=LogisticsTx, clock=clock),
        migrations=Path(__file__).parent / "store" / "migrations",
        bus=bus,
        verifier=verifier_for(settings, clock=clock, transport=transport),
        description="Parcels, consolidations, waybills, tracking. The carrier is simulated.",
        routers=[
            parcels.router,
            consolidations.router,
            handling_units.router,
            routes.router,
            load_plans.router,
            assignments.router,
            carriage.router,
            bills.router,
            waybills.router,
            inbound.router,
            tracking.router,
            rates.router,
        ],
        hearings=[
            *orders.SUBSCRIPTIONS,
            *payments.SUBSCRIPTIONS,
            *customs.SUBSCRIPTIONS,
            *logistics.SUBSCRIPTIONS,
        ],
        timers=[*TIMERS, every(CARRIERS_S, partial(follow_carriers, carriers=carriers))],
        on_stop=[planners.stop],
    )
    service.app.state.carriers = carriers
    service.app.state.gs1_company_prefix = settings.gs1_company_prefix
    service.app.state.planners = planners
    service.app.state.gate_tolerance_permille = settings.gate_tolerance_permille
    service.app.state.rate_cards = read_rate_cards(settings.tariffs_directory)
    return service

"""How `customs` is put together: the only file that knows every room."""

from pathlib import Path

from services.customs.api import (
    allowances,
    declarations,
    drawbacks,
    export_declarations,
    gate,
    landed_costs,
    pre_clearances,
    rebates,
    tax_bills,
)
from services.customs.consumers import customs, logistics, orders, payments
from services.customs.settings import CustomsSettings
from services.customs.store.tables import metadata
from services.customs.store.tx import ruled_by
from services.customs.usecases.country_rules import PackRulebook
from shared.kernel.clock import Clock
from shared.messaging.bus import EventBus
from shared.packs.loader import load_packs
from shared.runtime.service import Service
from shared.runtime.wiring import store_for, verifier_for
from shared.web.client import Transport

NAME = "customs"


def create_service(
    settings: CustomsSettings,
    *,
    bus: EventBus,
    clock: Clock,
    transport: Transport | None = None,
) -> Service:
    """Build the service; nothing runs before `Service.running()`."""
    rulebook = PackRulebook(
        load_packs(), seed=settings.risk_seed, forces_lanes=settings.profile == "test"
    )
    return Service(
        name=NAME,
        settings=settings,
        store=store_for(settings, NAME, metadata=metadata, tx_type=ruled_by(rulebook), clock=clock),
        migrations=Path(__file__).parent / "store" / "migrations",
        bus=bus,
        verifier=verifier_for(settings, clock=clock, transport=transport),
        description="Landed costs, pre-clearance, and declarations at both ends of a lane. "
        "Answers of customs come from a simulator; nothing is filed with any authority.",
        routers=[
            landed_costs.router,
            landed_costs.advice_router,
            pre_clearances.router,
            declarations.router,
            export_declarations.router,
            allowances.router,
            gate.router,
            tax_bills.router,
            rebates.router,
            drawbacks.router,
        ],
        hearings=[
            *orders.SUBSCRIPTIONS,
            *payments.SUBSCRIPTIONS,
            *logistics.SUBSCRIPTIONS,
            *customs.SUBSCRIPTIONS,
        ],
    )

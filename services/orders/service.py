"""How `orders` is put together: the only file that knows every room."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import structlog

from services.orders.api import (
    carts,
    complaints,
    items,
    order_sheets,
    orders,
    recalls,
    reset,
    returns,
    webhooks,
)
from services.orders.api.deps import OWN_READING
from services.orders.clients.landed_costs import LandedCosts
from services.orders.consumers import complaints as peer_complaints
from services.orders.consumers import customs, logistics, payments, permits
from services.orders.consumers import orders as peer_orders
from services.orders.consumers import returns as peer_returns
from services.orders.settings import OrdersSettings
from services.orders.store.tables import metadata
from services.orders.store.tx import OrdersTx, sealed_by
from services.orders.store.vault import Vault
from services.orders.timers import FORGET_S, delivering, jobs, timers
from services.orders.usecases.country_rules import Intake
from services.orders.usecases.seal_secrets import seal_secrets
from shared.db.tx import Store
from shared.kernel.clock import Clock
from shared.messaging.bus import EventBus
from shared.packs.loader import load_packs
from shared.runtime.operations import forgetting, operating
from shared.runtime.service import Service, every
from shared.runtime.wiring import store_for, verifier_for
from shared.web.client import Transport
from shared.web.operations import operations_router
from shared.web.webhooks import WebhookSender

log = structlog.get_logger(__name__)

NAME = "orders"
OPERATIONS = operations_router("orders:read", "orders:write", own_reading=OWN_READING)


def create_service(
    settings: OrdersSettings,
    *,
    bus: EventBus,
    clock: Clock,
    transport: Transport | None = None,
) -> Service:
    """Build the service; nothing runs before `Service.running()`."""
    vault = Vault.from_text(
        "" if settings.vault_keys is None else settings.vault_keys.get_secret_value()
    )
    store = store_for(settings, NAME, metadata=metadata, tx_type=sealed_by(vault), clock=clock)
    intake = Intake(packs=load_packs(), hub=settings.hub, peers=settings.peers)
    loopback_allowed = settings.webhook_loopback_allowed

    def sender() -> WebhookSender:
        return WebhookSender(loopback_allowed=loopback_allowed)

    service = Service(
        name=NAME,
        settings=settings,
        store=store,
        migrations=Path(__file__).parent / "store" / "migrations",
        bus=bus,
        verifier=verifier_for(settings, clock=clock, transport=transport),
        description="Orders of marketplaces' buyers, and what becomes of them at both hubs.",
        routers=[
            order_sheets.router,  # before orders: /export is no order
            orders.router,
            returns.router,
            complaints.router,
            recalls.router,
            items.router,
            carts.router,
            OPERATIONS,
            webhooks.endpoints,
            webhooks.deliveries,
            *([reset.router] if settings.profile == "test" else []),
        ],
        hearings=[
            *peer_orders.SUBSCRIPTIONS,
            *peer_returns.SUBSCRIPTIONS,
            *peer_complaints.subscriptions(intake),
            *payments.SUBSCRIPTIONS,
            *customs.SUBSCRIPTIONS,
            *logistics.SUBSCRIPTIONS,
            *permits.SUBSCRIPTIONS,
        ],
        timers=[*timers(intake), every(FORGET_S, forgetting(store))],
        loops=[delivering(store, sender), operating(store, jobs(intake))],
        on_start=[sealing(store, vault, is_live=settings.profile == "live")],
    )
    service.app.state.intake = intake
    service.app.state.return_address = settings.return_address or f"Returns desk, {settings.hub}"
    service.app.state.landed_costs = LandedCosts(settings.customs_url, transport=transport)
    service.app.state.webhook_loopback_allowed = loopback_allowed
    return service


def sealing(
    store: Store[OrdersTx], vault: Vault, *, is_live: bool
) -> Callable[[], Coroutine[Any, Any, None]]:
    """Return what seals, before the service answers, everything kept without its newest key."""

    async def seal() -> None:
        if is_live and not vault.has_keys:
            log.warning("secrets.not-sealed", help="set EROAD_VAULT_KEYS_FILE")
        sealed = vault.has_keys
        while sealed:
            async with store.transaction() as tx:
                sealed = await seal_secrets(tx) > 0

    return seal

"""How `payments` is put together: the only file that knows every room."""

from datetime import timedelta
from pathlib import Path

from services.payments.api import (
    advances,
    banking,
    books,
    disputes,
    order_money,
    payment_documents,
    payments,
    rebates,
    repatriations,
    sellers,
    settlements,
    statements,
    taxes,
    transfers,
)
from services.payments.clients.reference_rates import ReferenceRates
from services.payments.clients.simulated import FixtureRates, SimulatedBank, SimulatedProvider
from services.payments.consumers import customs, logistics, orders
from services.payments.consumers import payments as peers
from services.payments.desk import PostingDesk
from services.payments.settings import PaymentsSettings
from services.payments.store.tables import metadata
from services.payments.store.tx import bound
from services.payments.timers import timers_for
from services.payments.usecases.read_law import term_of_proceeds
from shared.kernel.clock import Clock
from shared.messaging.bus import EventBus
from shared.packs.loader import load_packs
from shared.runtime.service import Service
from shared.runtime.wiring import store_for, verifier_for
from shared.web.client import Transport

NAME = "payments"


def create_service(
    settings: PaymentsSettings,
    *,
    bus: EventBus,
    clock: Clock,
    transport: Transport | None = None,
) -> Service:
    """Build the service; nothing runs before `Service.running()`."""
    home_by = term_of_proceeds(load_packs(), settings.hub)
    tx_type = bound(settings.rules(home_by), bound_desk="events")
    store = store_for(settings, NAME, metadata=metadata, tx_type=tx_type, clock=clock)
    is_test = settings.profile == "test"
    provider, bank = SimulatedProvider(is_test, clock), SimulatedBank(is_test)
    signer = settings.signer()
    service = Service(
        name=NAME,
        settings=settings,
        store=store,
        migrations=Path(__file__).parent / "store" / "migrations",
        bus=bus,
        verifier=verifier_for(settings, clock=clock, transport=transport),
        description="The ledger: escrow, tax, exchange, payouts, settlement between hubs.",
        routers=[  # a request is compared with route after route: the busiest come first
            transfers.router,
            payments.router,
            payment_documents.router,
            disputes.router,
            sellers.router,
            taxes.router,
            advances.router,
            rebates.router,
            repatriations.router,
            settlements.router,
            banking.router,
            books.router,
            order_money.router,
            statements.router,
        ],
        hearings=[
            *orders.SUBSCRIPTIONS,
            *logistics.SUBSCRIPTIONS,
            *customs.SUBSCRIPTIONS,
            *peers.subscriptions(signer, bank_account=bank.account),
        ],
        timers=timers_for(
            bank, provider, signer, delay=timedelta(seconds=settings.simulated_delay_s)
        ),
    )
    state = service.app.state
    state.desk = PostingDesk(
        store, name=f"desk-{settings.member_name}", queue_max=settings.desk_queue_max
    )
    state.provider = provider
    state.signer = signer
    fixtures = settings.fixture_rates if is_test else {}
    state.rates = FixtureRates(fixtures, settings.houses(), clock, ReferenceRates(clock))
    return service

"""How `permits` is put together: the only file that knows every room."""

from pathlib import Path

from services.permits.api import (
    applications,
    decisions,
    documents,
    guidance,
    licences,
    permit_types,
    work_queue,
)
from services.permits.consumers import customs
from services.permits.domain.document import DocumentKey
from services.permits.settings import PermitsSettings
from services.permits.store.goods_index import GoodsIndex
from services.permits.store.tables import metadata
from services.permits.store.tx import PermitsTx
from services.permits.timers import TIMERS
from services.permits.usecases.guidance_book import GuidanceBook, goods_words
from services.permits.usecases.permit_book import PermitBook
from shared.kernel.clock import Clock
from shared.messaging.bus import EventBus
from shared.packs.loader import load_packs
from shared.runtime.service import Service
from shared.runtime.wiring import store_for, verifier_for
from shared.web.client import Transport

NAME = "permits"


def create_service(
    settings: PermitsSettings,
    *,
    bus: EventBus,
    clock: Clock,
    transport: Transport | None = None,
) -> Service:
    """Build the service; nothing runs before `Service.running()`."""
    packs = load_packs()
    service = Service(
        name=NAME,
        settings=settings,
        store=store_for(settings, NAME, metadata=metadata, tx_type=PermitsTx, clock=clock),
        migrations=Path(__file__).parent / "store" / "migrations",
        bus=bus,
        verifier=verifier_for(settings, clock=clock, transport=transport),
        description="What may be traded and with which papers; applications, licences and "
        "their write-off. Decisions are simulated; nothing is filed with any authority.",
        routers=[
            guidance.router,
            permit_types.router,
            applications.router,
            decisions.router,
            licences.router,
            documents.router,
            work_queue.router,
        ],
        hearings=customs.SUBSCRIPTIONS,
        timers=TIMERS,
    )
    book = PermitBook(packs, country=settings.hub[:2].upper())
    service.app.state.book = book
    service.app.state.document_key = (
        None
        if settings.signing_key is None
        else DocumentKey.from_pem(settings.signing_key.get_secret_value())
    )
    service.app.state.guidance_book = GuidanceBook(packs)
    service.app.state.goods_index = GoodsIndex(goods_words(packs, on=book.day_of(clock.now())))
    return service

"""How `permits` is put together: the only file that knows every room."""

from pathlib import Path

from services.permits.api import (
    advice,
    agencies,
    applications,
    decisions,
    documents,
    guidance,
    licences,
    permit_types,
    work_queue,
)
from services.permits.api import packs as packs_api
from services.permits.consumers import customs, orders, permits
from services.permits.domain.issuers import read_issuers
from services.permits.domain.signing import DocumentKey, IssuerKey, Keys
from services.permits.settings import PermitsSettings
from services.permits.store.goods_index import GoodsIndex
from services.permits.store.tables import metadata
from services.permits.store.tx import PermitsTx
from services.permits.timers import timers
from services.permits.usecases.guidance_book import goods_words
from services.permits.usecases.nomenclature import nomenclature_of
from services.permits.usecases.pack_shelf import PackShelf
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
    shelf, book = PackShelf(packs), PermitBook(packs, country=settings.hub[:2].upper())
    signer = _signer(settings)
    issuers = _issuers(settings, signer)
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
            advice.router,
            agencies.router,
            licences.router,
            documents.router,
            packs_api.router,
            work_queue.router,
        ],
        hearings=[
            *customs.SUBSCRIPTIONS,
            *permits.subscriptions(issuers),
            *(orders.TEST_SUBSCRIPTIONS if settings.profile == "test" else []),
        ],
        timers=timers(shelf, book, signer),
    )
    service.app.state.book = book
    service.app.state.document_key = signer
    service.app.state.issuers = issuers
    service.app.state.shelf = shelf
    service.app.state.goods_index = GoodsIndex(
        goods_words(packs, on=book.day_of(clock.now())), nomenclature_of(settings.nomenclature_file)
    )
    return service


def _signer(settings: PermitsSettings) -> DocumentKey | None:
    if settings.signing_key is None:
        return None
    return DocumentKey.from_pem(settings.signing_key.get_secret_value())


def _issuers(settings: PermitsSettings, signer: DocumentKey | None) -> Keys:
    """Return the keys that are believed: those of the file, and this hub's own."""
    known = read_issuers(settings.issuers_file.read_bytes()) if settings.issuers_file else {}
    if signer is None:
        return known
    own = IssuerKey(hub=settings.hub, public=signer.private.public_key())
    return {**known, signer.kid: own}

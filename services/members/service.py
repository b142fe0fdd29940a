"""How `members` is put together: the only file that knows every room."""

from contextlib import suppress
from pathlib import Path

from services.members.api import clients, contacts, members, oauth, permissions
from services.members.domain.token import TokenKey
from services.members.settings import MembersSettings
from services.members.store.members import MemberExists
from services.members.store.tables import metadata
from services.members.store.tx import MembersTx
from services.members.usecases.found_hub import found_hub
from shared.kernel.clock import Clock
from shared.messaging.bus import EventBus
from shared.runtime.service import Service
from shared.runtime.wiring import store_for, verifier_for
from shared.web.client import Transport

NAME = "members"


def create_service(
    settings: MembersSettings,
    *,
    bus: EventBus,
    clock: Clock,
    transport: Transport | None = None,
) -> Service:
    """Build the service; nothing runs before `Service.running()`."""
    store = store_for(settings, NAME, metadata=metadata, tx_type=MembersTx, clock=clock)

    async def ensure_operator() -> None:
        if settings.operator_secret is None:
            return
        # An api and a worker start together: whoever comes second finds the hub founded.
        with suppress(MemberExists):
            async with store.transaction() as tx:
                await found_hub(tx, secret=settings.operator_secret.get_secret_value())

    service = Service(
        name=NAME,
        settings=settings,
        store=store,
        migrations=Path(__file__).parent / "store" / "migrations",
        bus=bus,
        verifier=verifier_for(settings, clock=clock, transport=transport),
        description="Who may act at this hub: members, API clients, tokens.",
        routers=[
            members.router,
            contacts.router,
            clients.router,
            permissions.router,
            oauth.router,
        ],
        on_start=[ensure_operator],
    )
    service.app.state.token_key = TokenKey.from_pem(settings.token_key.get_secret_value())
    service.app.state.profile = settings.profile
    return service

"""What `permits` of peers says: versions of their countries' packs, signed."""

from services.permits.domain.signing import Keys
from services.permits.store.tx import PermitsTx
from services.permits.usecases.keep_published_pack import keep_published_pack
from shared.contracts.permits.events import PackPublished
from shared.messaging.consumer import Hearing, on


def subscriptions(keys: Keys) -> list[Hearing]:
    """What is heard, believing these issuers' keys."""

    async def on_pack_published(event: PackPublished, tx: PermitsTx) -> None:
        assert tx.cause is not None, "a peer's pack comes with an event"
        await keep_published_pack(tx, event=event, hub=tx.cause.hub, keys=keys)

    return [on(PackPublished, on_pack_published, source="peers")]

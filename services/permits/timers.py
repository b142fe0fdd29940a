"""What `permits` does because time passed."""

from services.permits.domain.signing import DocumentKey
from services.permits.store.tx import PermitsTx
from services.permits.usecases.expire_licences import expire_licences
from services.permits.usecases.pack_shelf import PackShelf
from services.permits.usecases.permit_book import PermitBook
from services.permits.usecases.publish_pack import publish_pack
from services.permits.usecases.tell_askers import tell_askers
from shared.runtime.service import Timer, every

EXPIRY_S = 60.0
PUBLISH_S = 5.0
TELL_S = 15.0


def timers(shelf: PackShelf, book: PermitBook, signer: DocumentKey | None) -> list[Timer]:
    """What happens, and how often."""

    async def publish_own_pack(tx: PermitsTx) -> None:
        """Say what came with the software, once; without a key nobody would believe it.

        A hub whose country has no pack has nothing to say.
        """
        if signer is not None and book.country in shelf.shipped.countries():
            await publish_pack(tx, pack=shelf.shipped.of(book.country), signer=signer)

    async def tell(tx: PermitsTx) -> None:
        await tell_askers(tx, shelf=shelf, day_of=book.day_of)

    return [
        every(EXPIRY_S, expire_licences),
        every(PUBLISH_S, publish_own_pack),
        every(TELL_S, tell),
    ]

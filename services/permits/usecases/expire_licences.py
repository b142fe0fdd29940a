"""End the licences whose time has run out."""

from services.permits.store.tx import PermitsTx
from services.permits.usecases.change_licence import keep_licence


async def expire_licences(tx: PermitsTx) -> None:
    for licence in await tx.licences.out_of_time(now=tx.now):
        await keep_licence(tx, licence, licence.expired(at=tx.now))

"""End the licences whose time has run out."""

from services.permits.domain.states import LicenceDeed
from services.permits.store.tx import PermitsTx
from services.permits.usecases.change_licence import keep_licence


async def expire_licences(tx: PermitsTx) -> None:
    for licence in await tx.licences.out_of_time(now=tx.now):
        expired = licence.expired(at=tx.now)
        await keep_licence(tx, licence, expired, deed=LicenceDeed.EXPIRE, by=None)

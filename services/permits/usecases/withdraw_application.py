"""Take an application back before it is decided."""

from services.permits.domain.actor import Actor
from services.permits.domain.application import Application
from services.permits.domain.states import Deed
from services.permits.store.tx import PermitsTx
from services.permits.usecases.keep_step import keep_step, own_application
from services.permits.usecases.permit_book import PermitBook


async def withdraw_application(
    tx: PermitsTx, *, application_id: str, by: Actor, book: PermitBook
) -> Application:
    before = await own_application(tx, application_id, by=by, expected=None)
    after = before.withdrawn(at=tx.now)
    return await keep_step(tx, before, after, deed=Deed.WITHDRAW, by=by, book=book)

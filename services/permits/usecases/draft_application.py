"""Draft an application, change the draft, or draft one that will supersede another."""

from services.permits.domain.actor import Actor
from services.permits.domain.application import (
    Application,
    Wish,
    check_wish,
    drafted,
)
from services.permits.domain.states import ApplicationState, Deed, check_deed
from services.permits.store.tx import PermitsTx
from services.permits.usecases.keep_step import keep_step, own_application
from services.permits.usecases.permit_book import PermitBook


async def draft_application(
    tx: PermitsTx,
    *,
    permit_type: str,
    wish: Wish,
    by: Actor,
    book: PermitBook,
    supersedes: str | None = None,
) -> Application:
    """Open a draft, or raise PermitTypeUnknown or GoodsNotCovered."""
    wanted = book.permit_type(permit_type, on=book.day_of(tx.now))
    draft = drafted(
        tx.ids.new("app"),
        wanted,
        wish,
        applicant_id=by.member_id,
        at=tx.now,
        supersedes=supersedes,
    )
    await tx.applications.add(draft, by=by)
    return draft


async def edit_draft(
    tx: PermitsTx,
    *,
    application_id: str,
    wish: Wish,
    by: Actor,
    book: PermitBook,
    expected: int | None,
) -> Application:
    """Change what a draft asks for."""
    before = await own_application(tx, application_id, by=by, expected=expected)
    wanted = book.permit_type(before.permit_type, on=book.day_of(tx.now))
    check_wish(wanted, wish)
    after = before.edited(wish, pack_hash=wanted.pack_hash)
    return await keep_step(tx, before, after, deed=Deed.EDIT, by=by, book=book)


async def amend_application(
    tx: PermitsTx, *, application_id: str, by: Actor, book: PermitBook
) -> Application:
    """Open a draft that supersedes an application: at once, or once issued, when it is issued.

    Until then an issued permit stays as good as it was.
    """
    before = await own_application(tx, application_id, by=by, expected=None)
    check_deed(before.state, Deed.SUPERSEDE)
    if before.state is not ApplicationState.ISSUED:
        after = before.superseded(at=tx.now)
        await keep_step(tx, before, after, deed=Deed.SUPERSEDE, by=by, book=book)
    return await draft_application(
        tx,
        permit_type=before.permit_type,
        wish=before.wish,
        by=by,
        book=book,
        supersedes=before.id,
    )

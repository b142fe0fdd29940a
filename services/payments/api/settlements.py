"""Settlement between hubs over HTTP, for operators: close a window, read it, see a difference."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from services.payments.api.deps import PathId, PaymentsReading, PaymentsTransaction
from services.payments.domain.rejections import WindowNotKnown
from services.payments.domain.signing import Signer
from services.payments.domain.window import Window
from services.payments.usecases.settle_window import close_window
from shared.contracts.event import MoneyWords
from shared.contracts.payments.settlement import CloseWindow, WindowView
from shared.web.auth import requires
from shared.web.door import DoorRoute

router = APIRouter(
    prefix="/v1/settlements",
    tags=["settlement"],
    route_class=DoorRoute,
    dependencies=[Depends(requires("hub:operate"))],
)


async def signer(request: Request) -> Signer:
    found: Signer = request.app.state.signer
    return found


@router.post("", status_code=201)
async def close(
    body: CloseWindow, tx: PaymentsTransaction, key: Annotated[Signer, Depends(signer)]
) -> WindowView:
    """Close the window of all this hub owes a peer up to now, and send it our signed sheet."""
    window = await close_window(tx, peer=body.peer, currency=body.currency, signer=key)
    return _view(window)


@router.get("/{window_id}")
async def read(window_id: PathId, tx: PaymentsReading) -> WindowView:
    """Read a window: both hashes, and the first transfer that differs if one does."""
    window = await tx.windows.find(window_id)
    if window is None:
        raise WindowNotKnown("there is no such window")
    return _view(window)


def _view(window: Window) -> WindowView:
    return WindowView(
        id=window.id,
        debtor=window.debtor,
        creditor=window.creditor,
        window_no=window.window_no,
        after_no=window.after_no,
        until_no=window.until_no,
        net=MoneyWords(amount_minor=window.net_minor, currency=window.currency),
        state=window.state.value,
        ours_sha256=window.ours_sha256 or None,
        theirs_sha256=window.theirs_sha256 or None,
        difference=window.difference or None,
        settled_at=window.settled_at,
    )

"""Settle with a peer hub: the debtor closes a window, both compute and sign, its bank pays."""

from dataclasses import replace
from datetime import timedelta

from services.payments.domain.outcome import Cause, Instruction
from services.payments.domain.rejections import (
    NothingToSettle,
    SheetForged,
    WindowIncomplete,
    WindowStateWrong,
)
from services.payments.domain.sheet import (
    Obligation,
    Sheet,
    Span,
    first_chunk_that_differs,
    first_line_that_differs,
    sheet_of,
    statement_of,
)
from services.payments.domain.signing import Signer
from services.payments.domain.window import Window, WindowState
from services.payments.domain.windows import SettleWindow
from services.payments.store.tx import PaymentsTx
from services.payments.usecases.commit import commit, post
from shared.contracts.event import MoneyWords
from shared.contracts.payments.events import (
    ProceedsReceived,
    SheetDisputed,
    SheetLine,
    SheetSigned,
    WindowSettled,
)
from shared.kernel.ids import derived_id

PER_PASS_MAX = 50


async def close_window(tx: PaymentsTx, *, peer: str, currency: str, signer: Signer) -> Window:
    """Close the window of all we owe a peer up to now, and sign its sheet.

    Raises NothingToSettle, or WindowStateWrong while the last window is not settled.
    """
    await tx.take_turn()
    last = await tx.windows.last_window(tx.hub, peer, currency)
    if last is not None and last.state is not WindowState.SETTLED:
        raise WindowStateWrong(f"window {last.window_no} is {last.state}", window_id=last.id)
    after = 0 if last is None else last.until_no
    until = await tx.windows.last_no(tx.hub, peer, currency)
    if until == after:
        raise NothingToSettle("nothing is owed since the last window", peer=peer)
    number = 1 if last is None else last.window_no + 1
    window = Window(
        id=derived_id("win", tx.hub, peer, currency, str(number)),
        debtor=tx.hub,
        creditor=peer,
        currency=currency,
        window_no=number,
        after_no=after,
        until_no=until,
        state=WindowState.CLOSED,
        closed_at=tx.now,
    )
    return await _sign(tx, window, await computed(tx, window.span), signer)


async def computed(tx: PaymentsTx, span: Span) -> Sheet:
    """Return the sheet of a window from our own log, or raise WindowIncomplete."""
    return sheet_of(span, [each async for each in tx.windows.obligations(span)])


async def note_sheet(tx: PaymentsTx, event: SheetSigned, *, signer: Signer) -> None:
    """Keep a peer's sheet if its signature holds; raises SheetForged."""
    await tx.take_turn()
    peer = event.creditor if event.debtor == tx.hub else event.debtor
    span = Span(
        event.debtor,
        event.creditor,
        event.net.currency,
        event.window_no,
        event.after_no,
        event.until_no,
    )
    theirs = Sheet(span, event.net.amount_minor, event.chunks, event.sheet_sha256)
    said_by = tx.hub if tx.cause is None else tx.cause.hub
    if event.signed_by != peer or said_by != peer:
        raise SheetForged(
            f"{said_by} may not sign for {event.signed_by}", window_id=event.window_id
        )
    if not signer.verifies(peer, statement_of(theirs), event.signature):
        raise SheetForged("the signature does not fit the sheet", window_id=event.window_id)
    window = await tx.windows.find(event.window_id)
    if window is None:
        window = Window(
            id=event.window_id,
            debtor=event.debtor,
            creditor=event.creditor,
            currency=span.currency,
            window_no=span.window_no,
            after_no=span.after_no,
            until_no=span.until_no,
            state=WindowState.CLOSED,
            closed_at=tx.now,
        )
    window = replace(
        window,
        theirs_sha256=event.sheet_sha256,
        theirs_signature=event.signature,
        theirs_chunks=",".join(event.chunks),
    )
    await tx.windows.save(window)
    if window.ours_sha256:
        await _compare(tx, window)


async def answer_sheets(tx: PaymentsTx, *, signer: Signer) -> None:
    """Compute and sign the sheets that debtors wait for, once all of their legs are here."""
    await tx.take_turn()
    if not signer.can_sign:
        return
    for window in await tx.windows.unanswered(creditor=tx.hub, limit=PER_PASS_MAX):
        try:
            sheet = await computed(tx, window.span)
        except WindowIncomplete:
            continue  # It is still on the road; the next pass looks again.
        await _compare(tx, await _sign(tx, window, sheet, signer))


async def note_dispute(tx: PaymentsTx, event: SheetDisputed) -> None:
    """Find the first transfer that a peer has otherwise, and stop the window at it."""
    await tx.take_turn()
    window = await tx.windows.find(event.window_id)
    if window is None or window.state is WindowState.SETTLED:
        return
    theirs = [
        Obligation(line.no, line.transfer_id, line.order_id, line.amount.amount_minor)
        for line in event.lines
    ]
    ours = await tx.windows.chunk(window.span, event.chunk)
    found = first_line_that_differs(ours, theirs)
    named = "" if found is None else f"{found.no} {found.transfer_id}"
    await tx.windows.save(replace(window, state=WindowState.DISPUTED, difference=named))
    if window.debtor == tx.hub and event.said_by != tx.hub:
        # The other side hears our lines too, so that both name the same transfer.
        await _dispute(tx, window, event.chunk)


async def pay_windows(tx: PaymentsTx, *, bank_account: str, delay: timedelta) -> None:
    """Have our bank send what agreed windows come to."""
    windows = await tx.windows.unpaid(debtor=tx.hub, until=tx.now - delay, limit=PER_PASS_MAX)
    cause = Cause("time", "bank")
    if windows:
        await commit(
            tx, [Instruction(_settle(tx, window, bank_account), cause) for window in windows]
        )


async def receive_window(tx: PaymentsTx, event: WindowSettled, *, bank_account: str) -> None:
    """The peer's bank has sent a window: book it, and say whose proceeds are home."""
    await tx.take_turn()
    window = await tx.windows.find(event.window_id)
    if window is None or window.creditor != tx.hub or window.ours_sha256 != event.sheet_sha256:
        raise SheetForged("that window was not agreed", window_id=event.window_id)
    outcome = await post(tx, _settle(tx, window, bank_account))
    outcome.answered()
    for row in await tx.windows.proceeds(window.span):
        if row.amount_minor <= 0:
            continue
        home = ProceedsReceived(
            order_id=row.order_id,
            order_no=row.order_no,
            seller_id=row.seller_id,
            amount=MoneyWords(amount_minor=int(row.amount_minor), currency=window.currency),
            received_at=event.settled_at,
        )
        await tx.emit(home, key=row.order_id)


def _settle(tx: PaymentsTx, window: Window, bank_account: str) -> SettleWindow:
    return SettleWindow(
        id=derived_id("cmd", tx.hub, SettleWindow.NAME, window.id),
        window_id=window.id,
        debtor=window.debtor,
        creditor=window.creditor,
        currency=window.currency,
        bank_account=bank_account,
    )


async def _sign(tx: PaymentsTx, window: Window, sheet: Sheet, signer: Signer) -> Window:
    """Sign our sheet, keep it, and send it to the peer."""
    signature = signer.sign(statement_of(sheet))
    signed = replace(
        window, net_minor=sheet.net_minor, ours_sha256=sheet.sha256, ours_signature=signature
    )
    await tx.windows.save(signed)
    event = SheetSigned(
        window_id=window.id,
        debtor=window.debtor,
        creditor=window.creditor,
        window_no=window.window_no,
        after_no=window.after_no,
        until_no=window.until_no,
        net=MoneyWords(amount_minor=sheet.net_minor, currency=window.currency),
        sheet_sha256=sheet.sha256,
        chunks=sheet.chunks,
        signed_by=tx.hub,
        key_id=signer.key_id,
        signature=signature,
    )
    await tx.emit(event, key=window.id, audience=(window.peer(tx.hub),))
    return signed


async def _compare(tx: PaymentsTx, window: Window) -> None:
    """Agree on equal sheets; otherwise say our lines of the first chunk that differs."""
    if window.ours_sha256 == window.theirs_sha256:
        await tx.windows.save(replace(window, state=WindowState.AGREED))
        return
    ours = await computed(tx, window.span)
    place = first_chunk_that_differs(ours.chunks, window.theirs_chunks.split(","))
    await tx.windows.save(replace(window, state=WindowState.DISPUTED))
    await _dispute(tx, window, max(0, place))


async def _dispute(tx: PaymentsTx, window: Window, place: int) -> None:
    lines = tuple(
        SheetLine(
            no=each.no,
            transfer_id=each.transfer_id,
            order_id=each.order_id,
            amount=MoneyWords(amount_minor=each.amount_minor, currency=window.currency),
        )
        for each in await tx.windows.chunk(window.span, place)
    )
    event = SheetDisputed(
        window_id=window.id,
        debtor=window.debtor,
        creditor=window.creditor,
        chunk=place,
        lines=lines,
        said_by=tx.hub,
    )
    await tx.emit(event, key=window.id, audience=(window.peer(tx.hub),))

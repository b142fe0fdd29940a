"""Paying what an agreed window comes to: the debtor's bank sends, the creditor's receives."""

from dataclasses import dataclass, replace
from typing import ClassVar

from services.payments.domain import accounts
from services.payments.domain.accounts import AccountKey
from services.payments.domain.commands import Command, Touches
from services.payments.domain.facts import WindowPaid
from services.payments.domain.rejections import (
    Rejection,
    WindowNotKnown,
    WindowStateWrong,
    not_yet,
    refuse,
)
from services.payments.domain.state import Context, Decision, State, decided
from services.payments.domain.transfers import Purpose, Transfer
from services.payments.domain.window import WindowState


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleWindow(Command):
    """Both hubs signed equal sheets: the net amount moves between their banks."""

    NAME: ClassVar[str] = "settle-window"
    ABOUT: ClassVar[str] = "window_id"

    window_id: str
    debtor: str
    creditor: str
    currency: str
    bank_account: str

    def touches(self) -> Touches:
        return Touches(windows=(self.window_id,))

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        peer = (
            accounts.due_to_hub(self.creditor, self.currency)
            if self.debtor == hub
            else accounts.due_from_hub(self.debtor, self.currency)
        )
        return (peer, accounts.bank(self.bank_account, self.currency))


def settle_window(state: State, command: SettleWindow, context: Context) -> Decision | Rejection:
    window = state.windows.get(command.window_id)
    if window is None:
        return not_yet(WindowNotKnown, "there is no such window", field="window_id")
    if window.state is not WindowState.AGREED:
        return refuse(WindowStateWrong, f"the window is {window.state}", window_id=window.id)
    peer, bank = command.accounts(context.hub)
    # A window in which more was taken back than owed is paid by its creditor.
    pays = (window.debtor == context.hub) == (window.net_minor > 0)
    source, target = (peer, bank) if pays else (bank, peer)
    moved = Transfer(source, target, abs(window.net_minor), Purpose.HUB_SETTLED, window.id)
    settled = replace(window, state=WindowState.SETTLED, settled_at=context.now)
    facts: tuple[WindowPaid, ...] = ()
    if window.debtor == context.hub:
        facts = (
            WindowPaid(
                window_id=window.id,
                debtor=window.debtor,
                creditor=window.creditor,
                window_no=window.window_no,
                currency=window.currency,
                net=window.net_minor,
                sheet_sha256=window.ours_sha256,
                settled_at=context.now,
            ),
        )
    return decided(
        state,
        (moved,) if window.net_minor else (),
        answer={"window_id": window.id, "net_minor": window.net_minor},
        changed=(settled,),
        facts=facts,
    )

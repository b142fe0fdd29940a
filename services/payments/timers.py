"""What happens in payments because time passed."""

from datetime import timedelta

from services.payments.clients.simulated import SimulatedBank, SimulatedProvider
from services.payments.domain.signing import Signer
from services.payments.store.tx import PaymentsTx
from services.payments.usecases.answer_waiting import (
    answer_payouts,
    answer_refunds,
    expire_authorisations,
    expire_quotes,
    settle_waiting_orders,
)
from services.payments.usecases.explain_money import send_back_unmatched
from services.payments.usecases.instruct_bank import instruct_bank, take_simulated_statements
from services.payments.usecases.keep_deadlines import (
    end_silent_disputes,
    forget_originals,
    free_reserves,
    refund_overdue_orders,
    settle_silent_returns,
)
from services.payments.usecases.move_rebate import answer_claims, lapse_rebates
from services.payments.usecases.offer_advance import provision_advances
from services.payments.usecases.settle_window import answer_sheets, pay_windows
from services.payments.usecases.watch_invariants import watch_invariants
from shared.runtime.service import Timer, every


def timers_for(
    bank: SimulatedBank, provider: SimulatedProvider, signer: Signer, *, delay: timedelta
) -> tuple[Timer, ...]:
    """Return the timers; bank and provider answer after `delay`."""

    async def write_payment_files(tx: PaymentsTx) -> None:
        await instruct_bank(tx, bank_account=bank.account)

    async def read_statements(tx: PaymentsTx) -> None:
        await take_simulated_statements(tx, tellers=(bank, provider))

    async def ask_bank(tx: PaymentsTx) -> None:
        await answer_payouts(tx, bank=bank, delay=delay)

    async def ask_provider(tx: PaymentsTx) -> None:
        await answer_refunds(tx, provider=provider, delay=delay)

    async def ask_authority(tx: PaymentsTx) -> None:
        await answer_claims(tx, bank_account=bank.account, delay=delay)

    async def sign_sheets(tx: PaymentsTx) -> None:
        await answer_sheets(tx, signer=signer)

    async def settle_windows(tx: PaymentsTx) -> None:
        await pay_windows(tx, bank_account=bank.account, delay=delay)

    return (
        every(1, write_payment_files),
        every(1, ask_bank),
        every(1, ask_provider),
        every(5, expire_quotes),
        every(10, expire_authorisations),
        every(30, settle_waiting_orders),
        every(60, end_silent_disputes),
        every(60, refund_overdue_orders),
        every(60, settle_silent_returns),
        every(60, free_reserves),
        every(600, provision_advances),
        every(60, watch_invariants),
        every(1, ask_authority),
        every(2, sign_sheets),
        every(2, settle_windows),
        every(600, lapse_rebates),
        every(3600, forget_originals),
        every(60, send_back_unmatched),
        every(60, read_statements),
    )

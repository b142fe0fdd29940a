"""`eroad ledger check`: the ledger's replay without a running service."""

from services.payments.service import NAME
from services.payments.settings import PaymentsSettings
from services.payments.store.tables import metadata
from services.payments.store.tx import bound
from services.payments.usecases.check_ledger import LedgerCheck, check_ledger
from shared.kernel.clock import Clock
from shared.runtime.wiring import store_for


async def ledger_check(settings: PaymentsSettings, *, clock: Clock) -> LedgerCheck:
    """Replay the ledger of these settings' database and return what was found."""
    tx_type = bound(settings.rules(), bound_desk="check")
    store = store_for(settings, NAME, metadata=metadata, tx_type=tx_type, clock=clock)
    try:
        async with store.reading() as tx:
            return await check_ledger(tx)
    finally:
        await store.database.stop()

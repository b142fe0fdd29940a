"""Ask the database, every minute, whether the books still hold what they promise.

Cheap sums over accounts, holds and payments; `eroad ledger check` replays everything. A broken
promise is said at level error under `ledger.invariant-broken`, for whoever is on call.
"""

import structlog

from services.payments.store.tx import PaymentsTx

log = structlog.get_logger(__name__)


async def watch_invariants(tx: PaymentsTx) -> None:
    for broken in await tx.invariants.broken(now=tx.now):
        log.error("ledger.invariant-broken", promise=broken.promise, detail=broken.detail)

"""Close the pools whose cut-off has passed."""

from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.note_activity import note_activity

POOLS_PER_RUN_MAX = 100


async def cut_off_pools(tx: LogisticsTx) -> None:
    """Close what is due now; what is beyond the limit waits for the next run."""
    for consolidation in await tx.consolidations.past_cut_off(now=tx.now, limit=POOLS_PER_RUN_MAX):
        closed = consolidation.cut_off()
        await tx.consolidations.save(closed)
        await note_activity(tx, closed.id, activity=closed.state.value, place=closed.lane.origin)

"""Seal what was kept before there was a key, or under an older one."""

from services.orders.store.tx import OrdersTx

AT_ONCE = 200


async def seal_secrets(tx: OrdersTx) -> int:
    """Seal the secrets of some endpoints with the newest key; return how many those were."""
    stale = await tx.endpoints.hold_stale(limit=AT_ONCE)
    for endpoint in stale:
        await tx.endpoints.save(endpoint)
    return len(stale)

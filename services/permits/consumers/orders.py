"""What `orders` says in the test profile: a member begins anew."""

from services.permits.store.tx import PermitsTx
from shared.contracts.orders.events import TenantReset
from shared.messaging.consumer import on


async def on_tenant_reset(event: TenantReset, tx: PermitsTx) -> None:
    await tx.resets.forget_of(event.member_id)


TEST_SUBSCRIPTIONS = [on(TenantReset, on_tenant_reset)]
"""Heard in the test profile alone; in a live hub nobody says it and nobody listens."""

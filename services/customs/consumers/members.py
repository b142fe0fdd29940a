"""What members tell customs: who lets whom act for it at the gate."""

from services.customs.store.tx import CustomsTx
from shared.contracts.members.events import DelegationGiven, DelegationWithdrawn
from shared.messaging.consumer import on


async def on_delegation_given(event: DelegationGiven, tx: CustomsTx) -> None:
    await tx.filers.let_act(
        event.delegation_id,
        member_id=event.member_id,
        agent_id=event.agent_id,
        scopes=event.scopes,
        valid_until=event.valid_until,
    )


async def on_delegation_withdrawn(event: DelegationWithdrawn, tx: CustomsTx) -> None:
    await tx.filers.let_no_longer(
        event.delegation_id,
        member_id=event.member_id,
        agent_id=event.agent_id,
        at=event.withdrawn_at,
    )


SUBSCRIPTIONS = [
    on(DelegationGiven, on_delegation_given, source="local"),
    on(DelegationWithdrawn, on_delegation_withdrawn, source="local"),
]

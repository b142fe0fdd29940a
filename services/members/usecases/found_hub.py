"""Make an empty hub usable: its operator, and the first client with the secret of the settings."""

from services.members.domain.client import ALL_SCOPES
from services.members.domain.member import MemberKind
from services.members.store.tx import MembersTx
from services.members.usecases.register_client import register_client
from services.members.usecases.register_member import register_member
from shared.kernel.ids import derived_id


async def found_hub(tx: MembersTx, *, secret: str) -> str:
    """Register the hub's operator unless it is there; return its client id."""
    member_id = derived_id("mbr", tx.hub, "operator")
    client_id = derived_id("cli", tx.hub, "operator")
    if await tx.members.find(member_id) is None:
        await register_member(
            tx,
            kind=MemberKind.OPERATOR,
            name=f"operator of {tx.hub}",
            country=tx.hub[:2].upper(),
            identifiers={},
            member_id=member_id,
        )
        await register_client(
            tx,
            member_id=member_id,
            name="first operator",
            scopes=ALL_SCOPES,
            secret=secret,
            client_id=client_id,
        )
    return client_id

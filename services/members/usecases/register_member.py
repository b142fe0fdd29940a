"""Take a business or an office in as a member."""

from collections.abc import Mapping

from services.members.domain.member import Member, MemberKind, checked_identifiers
from services.members.store.tx import MembersTx
from shared.contracts.members.events import MemberRegistered


async def register_member(
    tx: MembersTx,
    *,
    kind: MemberKind,
    name: str,
    country: str,
    identifiers: Mapping[str, str],
    member_id: str | None = None,
) -> Member:
    """Register a member; an id may be given when the member is known elsewhere already."""
    member = Member(
        id=member_id or tx.ids.new("mbr"),
        kind=kind,
        name=name,
        country=country,
        identifiers=checked_identifiers(kind, country, identifiers),
        registered_at=tx.now,
    )
    await tx.members.add(member)
    event = MemberRegistered(
        member_id=member.id, hub=tx.hub, kind=kind.value, name=name, country=country
    )
    await tx.emit(event, key=member.id, sequence=1)
    return member

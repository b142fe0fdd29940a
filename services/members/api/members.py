"""Members over HTTP."""

from fastapi import APIRouter, Depends, Response

from services.members.api.deps import MemberId, MembersReading, MembersTransaction
from services.members.domain.member import Member, MemberKind
from services.members.store.members import MemberNotFound
from services.members.usecases.register_member import register_member
from shared.contracts.members.api import MemberView, RegisterMember
from shared.web.auth import Caller, requires
from shared.web.door import DoorRoute
from shared.web.pages import PAGE_DEFAULT, Cursor, Limit, Page, after, cursor_for

router = APIRouter(prefix="/v1/members", tags=["members"], route_class=DoorRoute)


@router.post("", status_code=201, dependencies=[Depends(requires("members:write"))])
async def register(body: RegisterMember, tx: MembersTransaction, response: Response) -> MemberView:
    """Register a business or an office."""
    member = await register_member(
        tx,
        kind=MemberKind(body.kind),
        name=body.name,
        country=body.country,
        identifiers=body.identifiers,
    )
    response.headers["Location"] = f"/v1/members/{member.id}"
    return view(member)


@router.get("/{member_id}", dependencies=[Depends(requires("members:read"))])
async def read(member_id: MemberId, tx: MembersReading, caller: Caller) -> MemberView:
    """Read one member; everybody but an operator sees only itself."""
    if not caller.may("hub:operate") and caller.member_id != member_id:
        raise MemberNotFound(f"no member {member_id}")
    return view(await tx.members.get(member_id))


@router.get("", dependencies=[Depends(requires("hub:operate"))])
async def page(
    tx: MembersReading, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None
) -> Page[MemberView]:
    """List members by id."""
    found = await tx.members.page(after=after(cursor), limit=limit)
    return Page(
        items=[view(member) for member in found],
        next_cursor=cursor_for([member.id for member in found], limit=limit),
    )


def view(member: Member) -> MemberView:
    return MemberView(
        id=member.id,
        kind=member.kind.value,
        name=member.name,
        country=member.country,
        identifiers=dict(member.identifiers),
        registered_at=member.registered_at,
    )

"""Contacts over HTTP: a member names and erases its own, operators anybody's."""

from fastapi import APIRouter, Depends

from services.members.api.deps import MemberId, MembersReading, MembersTransaction
from services.members.domain.contact import Contact
from services.members.store.members import MemberNotFound
from services.members.usecases.name_contact import ContactNotNamed, erase_contact, name_contact
from shared.contracts.members.api import ContactErasedView, ContactView, NameContact
from shared.web.auth import Caller, Principal, requires
from shared.web.door import DoorRoute

router = APIRouter(
    prefix="/v1/members/{member_id}/contact",
    tags=["contacts"],
    route_class=DoorRoute,
    dependencies=[Depends(requires("members:read"))],
)


@router.put("")
async def name(
    member_id: MemberId, body: NameContact, tx: MembersTransaction, caller: Caller
) -> ContactView:
    """Name whom officers may ask, at the other hub too; another name is another person."""
    _own(member_id, caller)
    named = await name_contact(
        tx, member_id=member_id, name=body.name, phone=body.phone, email=body.email
    )
    return _view(named)


@router.get("")
async def read(member_id: MemberId, tx: MembersReading, caller: Caller) -> ContactView:
    """Whom officers may ask about a member's goods."""
    _own(member_id, caller)
    found = await tx.contacts.find(member_id)
    if found is None:
        raise ContactNotNamed(f"{member_id} has no contact")
    return _view(found)


@router.delete("")
async def erase(member_id: MemberId, tx: MembersTransaction, caller: Caller) -> ContactErasedView:
    """Erase the contact here and at every hub that was told of it, for good."""
    _own(member_id, caller)
    erased = await erase_contact(tx, member_id=member_id)
    return ContactErasedView(member_id=member_id, version=erased.version)


def _own(member_id: str, caller: Principal) -> None:
    if not caller.may("hub:operate") and caller.member_id != member_id:
        raise MemberNotFound(f"no member {member_id}")


def _view(of: Contact) -> ContactView:
    if of.person is None:
        raise ContactNotNamed(f"{of.member_id} has no contact")
    return ContactView(
        member_id=of.member_id,
        person_id=of.person.id,
        version=of.version,
        name=of.person.name,
        phone=of.person.phone,
        email=of.person.email,
    )

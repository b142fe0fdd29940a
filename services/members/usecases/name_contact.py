"""A member names whom officers may ask about its goods, or has that person erased everywhere."""

from services.members.domain.contact import Contact, Person
from services.members.store.tx import MembersTx
from shared.contracts.members.events import ContactErased, ContactNamed
from shared.kernel.errors import NotFound


class ContactNotNamed(NotFound):
    """The member has no contact, or it was erased."""

    code = "members.contact-not-named"


async def name_contact(
    tx: MembersTx, *, member_id: str, name: str, phone: str | None, email: str | None
) -> Contact:
    """Name a member's contact. Under another name it is another person: the one before is erased.

    Raises MemberNotFound.
    """
    await tx.members.get(member_id)
    before = await tx.contacts.lock(member_id)
    held = before.person if before else None
    is_same = held is not None and held.name == name
    person_id = held.id if held is not None and is_same else tx.ids.new("per")
    person = Person(id=person_id, name=name, phone=phone, email=email)
    version = 1 + (before.version if before else 0)
    if held is not None and not is_same:
        await _say_erased(tx, member_id, held, version)
        version += 1
    named = Contact(member_id=member_id, version=version, person=person)
    await tx.contacts.keep(named)
    event = ContactNamed(
        member_id=member_id,
        person_id=person.id,
        contact_name=name,
        contact_phone=phone,
        contact_email=email,
    )
    await tx.emit(event, key=member_id, sequence=version)
    return named


async def erase_contact(tx: MembersTx, *, member_id: str) -> Contact:
    """Erase a member's contact here, and have the road make it readable nowhere.

    Raises MemberNotFound, or ContactNotNamed when there is nobody to erase.
    """
    await tx.members.get(member_id)
    before = await tx.contacts.lock(member_id)
    if before is None or before.person is None:
        raise ContactNotNamed(f"{member_id} has no contact")
    erased = Contact(member_id=member_id, version=before.version + 1, person=None)
    await tx.contacts.keep(erased)
    await _say_erased(tx, member_id, before.person, erased.version)
    return erased


async def _say_erased(tx: MembersTx, member_id: str, person: Person, version: int) -> None:
    event = ContactErased(member_id=member_id, person_id=person.id, erased_at=tx.now)
    await tx.emit(event, key=member_id, sequence=version)

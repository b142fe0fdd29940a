"""How contacts are kept, one for each member at most."""

from dataclasses import asdict

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.members.domain.contact import Contact, Person
from services.members.store.tables import contact, member


class Contacts:
    """Whom to ask about each member's goods."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, member_id: str) -> Contact | None:
        """Return a member's contact, or None where it never had one."""
        query = select(contact).where(contact.c.member_id == member_id)
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            return None
        if row.person_id is None:
            return Contact(member_id=member_id, version=row.version, person=None)
        person = Person(id=row.person_id, name=row.name, phone=row.phone, email=row.email)
        return Contact(member_id=member_id, version=row.version, person=person)

    async def lock(self, member_id: str) -> Contact | None:
        """Return a member's contact; the member is held until the transaction ends."""
        await self._connection.execute(
            select(member.c.id).where(member.c.id == member_id).with_for_update()
        )
        return await self.find(member_id)

    async def keep(self, changed: Contact) -> None:
        """Keep a contact as it is now; nothing is left of whoever was it before."""
        of = changed.person
        named = asdict(of) if of else dict.fromkeys(("id", "name", "phone", "email"))
        values = {"version": changed.version, "person_id": named.pop("id"), **named}
        here = contact.c.member_id == changed.member_id
        kept = await self._connection.execute(update(contact).where(here).values(values))
        if kept.rowcount == 0:
            await self._connection.execute(
                insert(contact), {"member_id": changed.member_id, **values}
            )

"""A member's contact: named, replaced, erased; each person under an id of its own."""

from typing import Any

import httpx

from shared.contracts.event import Envelope
from shared.contracts.members.events import ContactErased, ContactNamed
from tests.builders.running import Running
from tests.component.members.test_members import registered

SITI = {"name": "Siti Aminah", "phone": "+60 12-000 0000", "email": "siti@kinta.example"}
AHMAD = {"name": "Ahmad Faiz"}


async def seller(members: Running) -> tuple[str, dict[str, str]]:
    """A seller, and the headers with which it speaks for itself."""
    member_id = (await registered(members))["id"]
    return member_id, members.office.headers("members:read", member_id=member_id)


async def named(
    members: Running, member_id: str, headers: dict[str, str], who: dict[str, str]
) -> dict[str, Any]:
    path = f"/v1/members/{member_id}/contact"
    reply = await members.http.put(path, json=who, headers=headers)
    assert reply.status_code == 200, reply.text
    return reply.json()  # type: ignore[no-any-return]


async def told(members: Running) -> list[Envelope]:
    names = {ContactNamed.wire_name, ContactErased.wire_name}
    return [each for each in await members.envelopes() if each.type in names]


def code(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["code"]


class TestContact:
    async def test_is_told_and_shown_to_its_member(self, members: Running) -> None:
        member_id, headers = await seller(members)

        contact = await named(members, member_id, headers, SITI)

        shown = await members.http.get(f"/v1/members/{member_id}/contact", headers=headers)
        [said] = await members.said(ContactNamed)
        assert shown.json() == contact
        assert (said.contact_name, said.contact_phone) == (SITI["name"], SITI["phone"])
        assert (said.person_id, said.member_id) == (contact["person_id"], member_id)

    async def test_stays_the_same_person_under_the_same_name(self, members: Running) -> None:
        member_id, headers = await seller(members)
        first = await named(members, member_id, headers, SITI)

        moved = await named(members, member_id, headers, SITI | {"phone": "+60 13-000 0000"})

        assert (moved["person_id"], moved["version"]) == (first["person_id"], 2)
        assert await members.said(ContactErased) == []

    async def test_is_another_person_under_another_name_and_the_first_is_erased(
        self, members: Running
    ) -> None:
        member_id, headers = await seller(members)
        first = await named(members, member_id, headers, SITI)

        second = await named(members, member_id, headers, AHMAD)

        assert second["person_id"] != first["person_id"]
        assert (second["phone"], second["version"]) == (None, 3)
        said = await told(members)
        assert [(e.type, e.sequence, e.subject) for e in said] == [
            (ContactNamed.wire_name, 1, member_id),
            (ContactErased.wire_name, 2, member_id),
            (ContactNamed.wire_name, 3, member_id),
        ]
        assert [e.person_id for e in await members.said(ContactErased)] == [first["person_id"]]

    async def test_is_gone_once_erased_and_who_comes_after_is_another(
        self, members: Running
    ) -> None:
        member_id, headers = await seller(members)
        path = f"/v1/members/{member_id}/contact"
        first = await named(members, member_id, headers, SITI)

        erased = await members.http.delete(path, headers=headers)

        assert (erased.status_code, erased.json()["version"]) == (200, 2)
        assert code(await members.http.get(path, headers=headers)) == (
            404,
            "members.contact-not-named",
        )
        assert code(await members.http.delete(path, headers=headers)) == (
            404,
            "members.contact-not-named",
        )
        assert len(await members.said(ContactErased)) == 1
        again = await named(members, member_id, headers, SITI)
        assert (again["person_id"] != first["person_id"], again["version"]) == (True, 3)

    async def test_is_nobody_elses_to_see_or_to_change(self, members: Running) -> None:
        member_id, headers = await seller(members)
        await named(members, member_id, headers, SITI)
        path = f"/v1/members/{member_id}/contact"
        other = members.office.headers("members:read", member_id=(await registered(members))["id"])

        replies = [
            await members.http.get(path, headers=other),
            await members.http.delete(path, headers=other),
            await members.http.put(path, json=AHMAD, headers=other),
        ]

        assert {code(each) for each in replies} == {(404, "members.member-not-found")}
        assert len(await told(members)) == 1

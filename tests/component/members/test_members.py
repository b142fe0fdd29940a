"""Who may act here: registration, secrets, tokens."""

import asyncio
from typing import Any

import jwt

from services.members.store.tables import client, member
from shared.contracts.members.events import ClientRevoked, MemberRegistered
from shared.kernel.ids import derived_id
from tests.builders.running import Running
from tests.component.members.conftest import OPERATOR_SECRET

SELLER = {
    "kind": "seller",
    "name": "Kinta Valley White Coffee Sdn Bhd",
    "country": "MY",
    "identifiers": {"ssm": "202301012345", "tin": "C20000000010"},
}


async def registered(members: Running, **changes: object) -> dict[str, str]:
    reply = await members.post("/v1/members", {**SELLER, **changes})
    assert reply.status_code == 201, reply.text
    return reply.json()  # type: ignore[no-any-return]


async def client_of(members: Running, member: dict[str, str]) -> dict[str, str]:
    reply = await members.post(f"/v1/members/{member['id']}/clients", {"name": "shop"})
    assert reply.status_code == 201, reply.text
    return reply.json()  # type: ignore[no-any-return]


async def token_of(
    members: Running, client_id: str, secret: str, scope: str = ""
) -> dict[str, Any]:
    reply = await members.http.post(
        "/v1/oauth/token",
        data={
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": secret,
            "scope": scope,
        },
    )
    return {"status": reply.status_code, **reply.json()}


class TestRegisterMember:
    async def test_keeps_the_member_and_says_so_once(self, members: Running) -> None:
        seller = await registered(members)

        read = await members.http.get(f"/v1/members/{seller['id']}")
        said = [e for e in await members.said(MemberRegistered) if e.kind == "seller"]

        assert read.json() == seller
        assert [event.member_id for event in said] == [seller["id"]]

    async def test_refuses_a_malaysian_seller_without_a_tax_number(self, members: Running) -> None:
        reply = await members.post(
            "/v1/members", {**SELLER, "identifiers": {"ssm": "202301012345"}}
        )

        assert reply.status_code == 422
        assert reply.json()["code"] == "members.identifier-missing"
        assert reply.json()["field"] == "identifiers.tin"

    async def test_refuses_a_credit_code_with_a_wrong_check_character(
        self, members: Running
    ) -> None:
        wrong = {"uscc": "91330100799655058A"}

        reply = await members.post("/v1/members", {**SELLER, "country": "CN", "identifiers": wrong})

        assert (reply.status_code, reply.json()["code"]) == (422, "code-invalid")

    async def test_answers_a_repeat_under_the_same_key_with_the_same_reply(
        self, members: Running
    ) -> None:
        headers = {"Idempotency-Key": "the-same"}
        first = await members.post("/v1/members", SELLER, headers=headers)
        second = await members.post("/v1/members", SELLER, headers=headers)
        other = await members.post("/v1/members", {**SELLER, "name": "Other"}, headers=headers)

        assert second.content == first.content
        assert second.headers["Idempotency-Replayed"] == "true"
        assert other.status_code == 422
        assert other.json()["code"] == "idempotency-key-reused"
        assert len([e for e in await members.said(MemberRegistered) if e.kind == "seller"]) == 1

    async def test_needs_an_idempotency_key(self, members: Running) -> None:
        reply = await members.http.post("/v1/members", json=SELLER)

        assert (reply.status_code, reply.json()["code"]) == (400, "idempotency-key-missing")

    async def test_refuses_unknown_fields_and_broken_json(self, members: Running) -> None:
        unknown = await members.post("/v1/members", {**SELLER, "nick": "KV"})
        broken = await members.http.post(
            "/v1/members",
            content=b'{"kind": ',
            headers={"Content-Type": "application/json", "Idempotency-Key": "k"},
        )

        assert (unknown.status_code, unknown.json()["code"]) == (422, "request-invalid")
        assert unknown.json()["errors"][0]["field"] == "nick"
        assert (broken.status_code, broken.json()["code"]) == (400, "json-malformed")

    async def test_pages_through_the_members(self, members: Running) -> None:
        ids = {(await registered(members))["id"] for _ in range(3)}

        seen, cursor = set(), None
        while True:
            query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
            page = (await members.http.get("/v1/members", params=query)).json()
            seen |= {member["id"] for member in page["items"]}
            cursor = page["next_cursor"]
            if cursor is None:
                break

        assert ids < seen
        assert len(seen) == 4


class TestTenants:
    async def test_a_member_sees_itself_and_nobody_else(self, members: Running) -> None:
        mine, other = (await registered(members))["id"], (await registered(members))["id"]
        headers = members.office.headers("members:read", member_id=mine)

        own = await members.http.get(f"/v1/members/{mine}", headers=headers)
        foreign = await members.http.get(f"/v1/members/{other}", headers=headers)

        assert own.status_code == 200
        assert (foreign.status_code, foreign.json()["code"]) == (404, "members.member-not-found")


class TestTokens:
    async def test_the_first_operator_gets_one_with_the_secret_of_the_settings(
        self, members: Running
    ) -> None:
        operator = derived_id("cli", "my-kul", "operator")

        reply = await token_of(members, operator, OPERATOR_SECRET, "hub:operate")

        claims = jwt.decode(reply["access_token"], options={"verify_signature": False})
        assert (claims["iss"], claims["aud"], claims["scope"]) == (
            "my-kul",
            "my-kul",
            "hub:operate",
        )

    async def test_a_wrong_secret_and_an_unknown_client_look_the_same(
        self, members: Running
    ) -> None:
        operator = derived_id("cli", "my-kul", "operator")
        wrong = await token_of(members, operator, "nonsense")
        unknown = await token_of(members, derived_id("cli", "my-kul", "nobody"), "nonsense")

        wrong.pop("trace_id"), unknown.pop("trace_id")
        assert wrong == unknown
        assert (wrong["status"], wrong["code"]) == (401, "members.client-credentials-invalid")

    async def test_an_old_secret_stays_good_for_a_week_after_rotation(
        self, members: Running
    ) -> None:
        seller = await registered(members)
        client = (
            await members.post(f"/v1/members/{seller['id']}/clients", {"name": "shop"})
        ).json()
        rotated = (await members.post(f"/v1/clients/{client['client_id']}/rotate")).json()

        old = await token_of(members, client["client_id"], client["client_secret"])
        new = await token_of(members, client["client_id"], rotated["client_secret"])

        assert (old["status"], new["status"]) == (200, 200)

    async def test_a_revoked_client_gets_none_and_is_named_in_the_key_set(
        self, members: Running
    ) -> None:
        seller = await registered(members)
        client = (
            await members.post(f"/v1/members/{seller['id']}/clients", {"name": "shop"})
        ).json()
        await members.post(f"/v1/clients/{client['client_id']}/revoke")
        await members.post(f"/v1/clients/{client['client_id']}/revoke")

        reply = await token_of(members, client["client_id"], client["client_secret"])
        keys = (await members.http.get("/.well-known/jwks.json")).json()

        assert reply["code"] == "members.client-credentials-invalid"
        assert keys["revoked"] == [client["client_id"]]
        assert len(await members.said(ClientRevoked)) == 1

    async def test_a_seller_may_not_be_given_an_officers_scope(self, members: Running) -> None:
        seller = await registered(members)

        reply = await members.post(
            f"/v1/members/{seller['id']}/clients", {"name": "x", "scopes": ["customs:decide"]}
        )

        assert (reply.status_code, reply.json()["code"]) == (403, "members.scope-not-allowed")


class TestCallers:
    async def test_a_foreign_expired_or_missing_token_is_refused(self, members: Running) -> None:
        foreign = members.office.token("members:write", audience="cn-hgh")
        replies = {
            "missing": await members.http.get("/v1/members", headers={"Authorization": ""}),
            "foreign": await members.http.get(
                "/v1/members", headers={"Authorization": f"Bearer {foreign}"}
            ),
            "garbled": await members.http.get("/v1/members", headers={"Authorization": "Bearer x"}),
        }
        for reply in replies.values():
            assert (reply.status_code, reply.json()["code"]) == (401, "token-invalid")

    async def test_a_token_without_the_scope_is_refused_by_name(self, members: Running) -> None:
        reply = await members.http.get(
            "/v1/members", headers=members.office.headers("members:read")
        )

        assert (reply.status_code, reply.json()["code"]) == (403, "scope-missing")
        assert reply.json()["scope"] == "hub:operate"


class TestFounding:
    async def test_by_processes_that_start_together_is_done_once(self, members: Running) -> None:
        async with members.service.store.transaction() as tx:
            await tx.connection.execute(client.delete())
            await tx.connection.execute(member.delete())

        starts = [*members.service.on_start] * 4
        await asyncio.gather(*(start() for start in starts))

        async with members.service.store.database.reading() as look:
            [operator] = (await look.execute(member.select())).all()
        assert operator.name == "operator of my-kul"

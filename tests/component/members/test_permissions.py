"""Delegations and consents: given within what the giver may do, for a time, and taken back."""

from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.members.events import (
    ConsentGiven,
    ConsentWithdrawn,
    DelegationGiven,
    DelegationWithdrawn,
)
from shared.kernel.ids import derived_id
from tests.builders.orders import NOON
from tests.builders.running import Running
from tests.component.members.test_members import registered

SOON = (NOON + timedelta(days=90)).isoformat()
CONSENT = {"purpose": "order-finance", "scope": ["payments.history"], "valid_until": SOON}


async def parties(members: Running) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the headers of a seller, and a delegation that it may give to an agent."""
    seller = await registered(members)
    agent = await registered(members, kind="agent", identifiers={})
    headers = members.office.headers("members:read", member_id=seller["id"])
    body = {"agent_id": agent["id"], "scopes": ["customs:write"], "valid_until": SOON}
    return headers, body


class TestDelegation:
    async def test_is_said_when_given_and_when_taken_back(self, members: Running) -> None:
        headers, body = await parties(members)

        given = (await members.post("/v1/delegations", body, headers=headers)).json()
        path = f"/v1/delegations/{given['id']}/withdraw"
        withdrawn = await members.post(path, headers=headers)
        again = await members.post(path, headers=headers)

        [said] = await members.said(DelegationGiven)
        [over] = await members.said(DelegationWithdrawn)
        assert (said.delegation_id, said.scopes) == (given["id"], ("customs:write",))
        assert (over.delegation_id, over.agent_id) == (given["id"], body["agent_id"])
        assert withdrawn.json()["withdrawn_at"] is not None
        assert (again.status_code, again.json()["code"]) == (409, "members.permission-over")

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"scopes": ["payments:write"]}, "members.scope-not-delegable"),
            ({"scopes": ["hub:operate"]}, "members.scope-not-delegable"),
            ({"valid_until": NOON.isoformat()}, "members.permission-period-wrong"),
            (
                {"valid_until": (NOON + timedelta(days=367)).isoformat()},
                "members.permission-period-wrong",
            ),
        ],
    )
    async def test_is_bounded(self, members: Running, change: dict[str, Any], code: str) -> None:
        headers, body = await parties(members)

        reply = await members.post("/v1/delegations", {**body, **change}, headers=headers)

        assert (reply.status_code, reply.json()["code"]) == (422, code)
        assert await members.said(DelegationGiven) == []

    async def test_goes_to_agents_only(self, members: Running) -> None:
        headers, body = await parties(members)
        other = await registered(members, kind="marketplace", identifiers={})

        reply = await members.post(
            "/v1/delegations", {**body, "agent_id": other["id"]}, headers=headers
        )
        nobody = await members.post(
            "/v1/delegations",
            {**body, "agent_id": derived_id("mbr", "my-kul", "nobody")},
            headers=headers,
        )

        assert reply.json()["code"] == "members.not-an-agent"
        assert nobody.status_code == 404

    async def test_is_seen_and_touched_by_its_parties_only(self, members: Running) -> None:
        headers, body = await parties(members)
        given = (await members.post("/v1/delegations", body, headers=headers)).json()
        agent = members.office.headers("members:read", member_id=body["agent_id"])
        stranger = members.office.headers(
            "members:read", member_id=derived_id("mbr", "my-kul", "stranger")
        )

        seen = []
        for who in (headers, agent, stranger):
            page = (await members.http.get("/v1/delegations", headers=who)).json()
            seen.append([one["id"] for one in page["items"]])
        path = f"/v1/delegations/{given['id']}/withdraw"
        denied = [(await members.post(path, headers=who)).status_code for who in (agent, stranger)]

        assert seen == [[given["id"]], [given["id"]], []]
        assert denied == [404, 404]

    async def test_is_over_when_its_time_is(self, members: Running) -> None:
        headers, body = await parties(members)
        given = (await members.post("/v1/delegations", body, headers=headers)).json()
        members.wait(timedelta(days=90))
        later = members.office.headers("members:read", member_id=given["member_id"])

        reply = await members.post(f"/v1/delegations/{given['id']}/withdraw", headers=later)

        assert (reply.status_code, reply.json()["code"]) == (409, "members.permission-over")


class TestConsent:
    async def test_is_said_when_given_and_when_taken_back(self, members: Running) -> None:
        headers, _ = await parties(members)

        given = (await members.post("/v1/consents", CONSENT, headers=headers)).json()
        await members.post(f"/v1/consents/{given['id']}/withdraw", headers=headers)

        [said] = await members.said(ConsentGiven)
        [over] = await members.said(ConsentWithdrawn)
        listed = (await members.http.get("/v1/consents", headers=headers)).json()["items"]
        assert (said.purpose, said.scope) == ("order-finance", ("payments.history",))
        assert over.consent_id == given["id"]
        assert [one["id"] for one in listed] == [given["id"]]

    async def test_is_no_delegation(self, members: Running) -> None:
        headers, _ = await parties(members)
        given = (await members.post("/v1/consents", CONSENT, headers=headers)).json()

        reply = await members.post(f"/v1/delegations/{given['id']}/withdraw", headers=headers)

        assert (reply.status_code, reply.json()["code"]) == (404, "members.permission-not-found")


class TestIdentifiers:
    @pytest.mark.parametrize(
        ("scheme", "good", "bad"),
        [
            ("lei", "213800KUD8LAJWSQ9D15", "213800KUD8LAJWSQ9D16"),
            ("nric", "770305-02-1234", "771305-02-1234"),
        ],
    )
    async def test_are_checked(self, members: Running, scheme: str, good: str, bad: str) -> None:
        body = {"kind": "agent", "name": "Selat", "country": "MY"}

        taken = await members.post("/v1/members", {**body, "identifiers": {scheme: good}})
        refused = await members.post("/v1/members", {**body, "identifiers": {scheme: bad}})

        assert taken.status_code == 201
        assert (refused.status_code, refused.json()["code"]) == (422, "code-invalid")

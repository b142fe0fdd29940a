"""Clients that sign for themselves: private_key_jwt, and everything that is not one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.utils import base64url_encode

from tests.builders.running import Running
from tests.component.members.test_members import client_of, registered, token_of

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Software:
    """A member's software that keeps its private key to itself."""

    def __init__(self, members: Running, client: dict[str, str]) -> None:
        self.members = members
        self.id = client["client_id"]
        self.secret = client["client_secret"]
        self.key = Ed25519PrivateKey.generate()

    @property
    def jwk(self) -> dict[str, str]:
        return {"x": base64url_encode(self.key.public_key().public_bytes_raw()).decode()}

    def claims(self, **changes: Any) -> dict[str, Any]:
        ends = self.members.clock.now() + timedelta(minutes=2)
        claims = {"iss": self.id, "sub": self.id, "aud": "my-kul", "jti": "1"}
        return {**claims, "exp": int(ends.timestamp()), **changes}

    def assertion(self, **changes: Any) -> str:
        return jwt.encode(self.claims(**changes), self.key, algorithm="EdDSA")

    async def asks(self, assertion: str, scope: str = "") -> dict[str, Any]:
        form = {"grant_type": "client_credentials", "client_assertion_type": TYPE, "scope": scope}
        reply = await self.members.http.post(
            "/v1/oauth/token", data={**form, "client_assertion": assertion}
        )
        return {"status": reply.status_code, **reply.json()}

    async def shows(self, *keys: dict[str, str]) -> dict[str, Any]:
        reply = await self.members.http.put(
            f"/v1/clients/{self.id}/keys", json={"keys": list(keys)}
        )
        assert reply.status_code == 200, reply.text
        return reply.json()  # type: ignore[no-any-return]


@pytest.fixture
async def software(members: Running) -> Software:
    made = Software(members, await client_of(members, await registered(members)))
    await made.shows(made.jwk)
    return made


class TestPrivateKeyJwt:
    async def test_gets_a_token_as_a_secret_would(self, software: Software) -> None:
        reply = await software.asks(software.assertion(), "orders:read")

        claims = jwt.decode(reply["access_token"], options={"verify_signature": False})
        assert (reply["status"], reply["scope"]) == (200, "orders:read")
        assert (claims["sub"], claims["aud"]) == (software.id, "my-kul")

    async def test_is_good_once(self, software: Software) -> None:
        assertion = software.assertion()
        first, again = await software.asks(assertion), await software.asks(assertion)
        other = await software.asks(software.assertion(jti="2"))

        assert (first["status"], other["status"]) == (200, 200)
        assert (again["status"], again["code"]) == (401, "members.client-credentials-invalid")

    async def test_may_use_a_number_again_once_it_has_ended(self, software: Software) -> None:
        await software.asks(software.assertion())
        software.members.wait(timedelta(minutes=10))

        assert (await software.asks(software.assertion()))["status"] == 200

    @pytest.mark.parametrize(
        "make",
        [
            pytest.param(lambda s: s.assertion(aud="cn-hgh"), id="for another hub"),
            pytest.param(lambda s: s.assertion(iss="somebody"), id="issued by another"),
            pytest.param(lambda s: s.assertion(sub="cli_my-kul_x"), id="about nobody"),
            pytest.param(lambda s: s.assertion(jti=""), id="without a number"),
            pytest.param(lambda s: s.assertion(jti="1" * 101), id="number too long"),
            pytest.param(lambda s: s.assertion(exp=_from_now(s, -60)), id="over"),
            pytest.param(lambda s: s.assertion(exp=_from_now(s, 400)), id="for too long"),
            pytest.param(lambda s: s.assertion(exp="soon"), id="without an end"),
            pytest.param(lambda s: Software.assertion(_thief(s)), id="by another key"),
            pytest.param(lambda s: jwt.encode(s.claims(), "", algorithm="none"), id="unsigned"),
            pytest.param(
                lambda s: jwt.encode(s.claims(), s.jwk["x"], algorithm="HS256"), id="public key"
            ),
            pytest.param(lambda s: "not.a.token", id="no token"),
        ],
    )
    async def test_refuses(self, software: Software, make: Callable[[Software], str]) -> None:
        reply = await software.asks(make(software))

        assert (reply["status"], reply["code"]) == (401, "members.client-credentials-invalid")

    async def test_takes_the_place_of_the_secret(self, software: Software) -> None:
        with_keys = await token_of(software.members, software.id, software.secret)
        await software.shows()
        without = await token_of(software.members, software.id, software.secret)
        signed = await software.asks(software.assertion())

        assert [with_keys["status"], without["status"], signed["status"]] == [401, 200, 401]

    async def test_has_two_keys_while_one_replaces_the_other(self, software: Software) -> None:
        old, old_key = software.assertion(), software.jwk
        software.key = Ed25519PrivateKey.generate()
        view = await software.shows(software.jwk, old_key)
        both = [await software.asks(old), await software.asks(software.assertion(jti="2"))]
        await software.shows(software.jwk)
        software.key, new = Ed25519PrivateKey.generate(), software.assertion(jti="3")

        assert len(view["keys"]) == 2
        assert [reply["status"] for reply in both] == [200, 200]
        assert (await software.asks(new))["status"] == 200
        assert (await software.asks(old))["status"] == 401

    async def test_refuses_a_revoked_client(self, software: Software) -> None:
        await software.members.post(f"/v1/clients/{software.id}/revoke")

        reply = await software.asks(software.assertion())
        keys = await software.members.http.put(
            f"/v1/clients/{software.id}/keys", json={"keys": [software.jwk]}
        )

        assert (reply["status"], keys.json()["code"]) == (401, "members.client-revoked")

    async def test_is_set_by_the_members_own_clients_alone(self, software: Software) -> None:
        other = software.members.office.headers("members:read")

        reply = await software.members.http.put(
            f"/v1/clients/{software.id}/keys", json={"keys": []}, headers=other
        )

        assert (reply.status_code, reply.json()["code"]) == (404, "members.client-not-found")


def _from_now(software: Software, seconds: int) -> int:
    return int((software.members.clock.now() + timedelta(seconds=seconds)).timestamp())


def _thief(software: Software) -> Software:
    """Somebody with a key of their own who says to be the client."""
    client = {"client_id": software.id, "client_secret": ""}
    return Software(software.members, client)

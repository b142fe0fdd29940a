"""A hub's operator, or another client of it, asking over HTTP from a test that does not await."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from deploy.hub.plan import HubPlan
from shared.kernel.ids import derived_id

TIMEOUT_S = 30


@dataclass(frozen=True)
class Asker:
    """Whoever has a client at a hub."""

    url: str
    client_id: str
    secret: str

    @classmethod
    def operator(cls, plan: HubPlan) -> "Asker":
        return cls(plan.url, derived_id("cli", plan.hub, "operator"), plan.operator_secret())

    def token(self) -> str:
        """Return a fresh token, as any software gets one."""
        form = {"grant_type": "client_credentials"}
        door = f"{self.url}/members/v1/oauth/token"
        auth = (self.client_id, self.secret)
        reply = httpx.post(door, data=form, auth=auth, timeout=TIMEOUT_S)
        assert reply.status_code == 200, reply.text
        return str(reply.json()["access_token"])

    def get(self, path: str) -> Any:
        reply = httpx.get(self.url + path, headers=self._headers(), timeout=TIMEOUT_S)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def make(self, path: str, body: Mapping[str, object]) -> Any:
        """POST what creates something, and return it."""
        status, made = self.ask(path, body)
        assert status == 201, made
        return made

    def ask(self, path: str, body: Mapping[str, object]) -> tuple[int, Any]:
        """POST, and return the status and the answer or problem."""
        headers = {**self._headers(), "Idempotency-Key": uuid4().hex}
        reply = httpx.post(self.url + path, json=body, headers=headers, timeout=TIMEOUT_S)
        return reply.status_code, reply.json()

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token()}"}

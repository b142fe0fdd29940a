"""Telling a peer of a step in a contract."""

import base64
from dataclasses import dataclass

import httpx
import msgspec

from services.exchange.clients.feed import FeedUnavailable
from services.exchange.domain.keys import SigningKey
from services.exchange.domain.peer import Peer
from services.exchange.domain.request import Asked, sign_request
from services.exchange.store.negotiations import UntoldStep
from shared.kernel.clock import Clock
from shared.kernel.errors import Rejected

PATH = "/v1/contract-steps"
TIMEOUT_S = 10.0
FINAL = frozenset({400, 404, 409, 422})
"""Answers that the same step will always get."""


class StepNotTaken(Rejected):
    """The peer refuses the step for good; `code` is the peer's own word for why."""

    code = "exchange.step-not-taken"


class _Problem(msgspec.Struct):
    code: str = "unknown"


@dataclass(frozen=True)
class PeerSteps:
    """Where one peer hears of steps."""

    client: httpx.AsyncClient
    peer: Peer
    hub: str
    key: SigningKey
    clock: Clock

    async def tell(self, step: UntoldStep) -> None:
        """Tell the peer. Raises FeedUnavailable to try later, StepNotTaken when it refuses."""
        hub, body = self.peer.hub, self._words(step)
        asked = Asked("POST", PATH, "", body)
        signed = sign_request(asked, by=self.hub, to=hub, key=self.key, now=self.clock.now())
        try:
            reply = await self.client.post(
                f"{self.peer.url}{PATH}",
                content=body,
                headers={**signed, "Content-Type": "application/json"},
                timeout=TIMEOUT_S,
            )
        except httpx.HTTPError as error:
            raise FeedUnavailable(f"{hub} does not answer") from error
        if reply.status_code in FINAL:
            raise StepNotTaken(f"{hub} refuses to {step.step}", refused_as=_code_of(reply))
        if reply.status_code != 200:
            raise FeedUnavailable(f"{hub} answers {reply.status_code}")

    def _words(self, step: UntoldStep) -> bytes:
        said = {
            "contract_id": step.contract_id,
            "step": step.step.value,
            "kid": self.key.kid,
            "reason": step.reason,
            "signature": step.signature and base64.b64encode(step.signature).decode(),
            "body": step.body and base64.b64encode(step.body).decode(),
        }
        return msgspec.json.encode({name: value for name, value in said.items() if value})


def _code_of(reply: httpx.Response) -> str:
    try:
        return msgspec.json.decode(reply.content, type=_Problem).code[:100]
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "unknown"

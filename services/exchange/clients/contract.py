"""Telling a peer of a step in a contract."""

import base64

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


async def tell_step(
    client: httpx.AsyncClient,
    peer: Peer,
    step: UntoldStep,
    *,
    hub: str,
    key: SigningKey,
    clock: Clock,
) -> None:
    """Tell the peer. Raises FeedUnavailable to try again later, StepNotTaken when it refuses."""
    said = {
        "contract_id": step.contract_id,
        "step": step.step.value,
        "kid": key.kid,
        "reason": step.reason,
        "signature": step.signature and base64.b64encode(step.signature).decode(),
        "body": step.body and base64.b64encode(step.body).decode(),
    }
    body = msgspec.json.encode({name: value for name, value in said.items() if value is not None})
    asked = Asked("POST", PATH, "", body)
    signed = sign_request(asked, by=hub, to=peer.hub, key=key, now=clock.now())
    try:
        reply = await client.post(
            f"{peer.url}{PATH}",
            content=body,
            headers={**signed, "Content-Type": "application/json"},
            timeout=TIMEOUT_S,
        )
    except httpx.HTTPError as error:
        raise FeedUnavailable(f"{peer.hub} does not answer") from error
    if reply.status_code in FINAL:
        raise StepNotTaken(f"{peer.hub} refuses to {step.step}", refused_as=_code_of(reply))
    if reply.status_code != 200:
        raise FeedUnavailable(f"{peer.hub} answers {reply.status_code}")


def _code_of(reply: httpx.Response) -> str:
    try:
        return msgspec.json.decode(reply.content, type=_Problem).code[:100]
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "unknown"

"""Steps of a contract, taken here or told by the peer; both ends end up with the same.

A step that needs nobody follows at once: the origin verifies what the other agreed to, the
destination finalises what was verified.
"""

from collections.abc import Iterable
from datetime import datetime

from services.exchange.domain.contract import (
    Contract,
    Party,
    SharedType,
    Step,
    StepRefused,
    Terms,
    TermsInvalid,
    decode_terms,
    encode_terms,
    ended,
    moved,
    offered,
)
from services.exchange.domain.dsse import CONTRACT
from services.exchange.domain.keys import KeyRing, SigningKey
from services.exchange.store.tx import STEPPED, ExchangeTx
from shared.contracts.exchange.events import ContractMoved
from shared.kernel.errors import NotFound

SIGNED = frozenset({Step.OFFER, Step.AGREE, Step.VERIFY})
"""Steps that carry the taker's signature over the terms."""
_FOLLOWS = {Step.AGREE: Step.VERIFY, Step.VERIFY: Step.FINALISE}


class ContractUnknown(NotFound):
    """This hub holds no such contract."""

    code = "exchange.contract-unknown"


class SignatureMissing(StepRefused):
    """The step must carry the peer's signature over these very terms."""

    code = "exchange.contract-not-signed"


async def offer(
    tx: ExchangeTx,
    *,
    dest: str,
    types: Iterable[SharedType],
    purpose: str,
    expires: datetime,
    key: SigningKey,
) -> Contract:
    """Offer a peer to share types of events with it. Raises TermsInvalid."""
    terms = Terms(
        contract=tx.ids.new("ctr"),
        dest=dest,
        expires=int(expires.timestamp()),
        onward_transfer=False,
        origin=tx.hub,
        purpose=purpose,
        types=tuple(types),
    )
    new = offered(encode_terms(terms), party=Party.ORIGIN, now=tx.now)
    await tx.negotiations.add(new)
    await _tell(tx, new, Step.OFFER, key)
    await _say(tx, new)
    return new


async def take_step(
    tx: ExchangeTx, contract_id: str, step: Step, *, reason: str | None, key: SigningKey
) -> Contract:
    """Take a step here and remember to tell the peer. Raises ContractUnknown or StepRefused."""
    held = await _held(tx, contract_id)
    after = moved(held, step, by=held.party, now=tx.now, reason=reason)
    if after != held:
        await _keep(tx, after, step, by=after.party, signature=_signature(after, step, key))
        await _tell(tx, after, step, key)
    return after


async def hear_step(
    tx: ExchangeTx,
    *,
    peer: str,
    ring: KeyRing,
    kid: str,
    contract_id: str,
    step: Step,
    reason: str | None,
    signature: bytes | None,
    body: bytes | None,
    key: SigningKey,
) -> Contract:
    """Take a step that the peer took; the same again changes nothing.

    Raises TermsInvalid, ContractUnknown, SignatureMissing or StepRefused.
    """
    if step is Step.OFFER:
        return await _hear_offer(tx, peer, ring, kid, contract_id, signature, body)
    held = await _held(tx, contract_id)
    if held.peer != peer:
        raise ContractUnknown(f"no contract {contract_id} with {peer}")
    if step in SIGNED:
        _check_signature(held.body, ring, kid, signature)
    after = moved(held, step, by=held.other, now=tx.now, reason=reason)
    if after == held:
        return held
    await _keep(tx, after, step, by=after.other, signature=signature)
    follows = _FOLLOWS.get(step)
    if follows is None:
        return after
    return await take_step(tx, contract_id, follows, reason=None, key=key)


async def end_overdue(tx: ExchangeTx, *, key: SigningKey) -> int:
    """End every contract whose deadline has passed, here and by telling the peer."""
    overdue = await tx.negotiations.overdue(tx.now)
    for held in overdue:
        after = ended(held, now=tx.now)
        await _keep(tx, after, Step.TERMINATE, by=after.party, signature=None)
        await _tell(tx, after, Step.TERMINATE, key)
    return len(overdue)


async def _hear_offer(
    tx: ExchangeTx,
    peer: str,
    ring: KeyRing,
    kid: str,
    contract_id: str,
    signature: bytes | None,
    body: bytes | None,
) -> Contract:
    if body is None:
        raise TermsInvalid("an offer carries its terms", field="body")
    terms = decode_terms(body, now=tx.now)
    if (terms.contract, terms.origin, terms.dest) != (contract_id, peer, tx.hub):
        raise TermsInvalid("the terms are not between these hubs", field="body")
    _check_signature(body, ring, kid, signature)
    known = await tx.negotiations.find(contract_id)
    if known is not None:
        if known.body != body:
            raise StepRefused("other terms were offered under this id")
        return known
    new = offered(body, party=Party.DEST, now=tx.now)
    await tx.negotiations.add(new)
    await _say(tx, new)
    return new


async def _held(tx: ExchangeTx, contract_id: str) -> Contract:
    held = await tx.negotiations.find(contract_id)
    if held is None:
        raise ContractUnknown(f"no contract {contract_id} here")
    return held


async def _keep(
    tx: ExchangeTx, after: Contract, step: Step, *, by: Party, signature: bytes | None
) -> None:
    await tx.negotiations.keep(after, signature=signature if step in SIGNED else None, by=by)
    await _say(tx, after)


async def _tell(tx: ExchangeTx, told: Contract, step: Step, key: SigningKey) -> None:
    await tx.negotiations.tell(told, step, signature=_signature(told, step, key))
    tx.ring(STEPPED)


def _signature(of: Contract, step: Step, key: SigningKey) -> bytes | None:
    return key.sign(CONTRACT, of.body) if step in SIGNED else None


def _check_signature(body: bytes, ring: KeyRing, kid: str, signature: bytes | None) -> None:
    key = ring.get(kid)
    if key is None or signature is None or not key.verifies(CONTRACT, body, signature):
        raise SignatureMissing("the terms are not signed by the peer", field="signature")


async def _say(tx: ExchangeTx, of: Contract) -> None:
    event = ContractMoved(
        contract_id=of.id,
        peer=of.peer,
        party=of.party.value,
        state=of.state.value,
        reason=of.reason,
    )
    await tx.emit(event, key=of.id)

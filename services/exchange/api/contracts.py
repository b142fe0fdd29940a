"""Contracts with peers: operators offer and decide, peers tell each other of every step."""

import base64
from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Depends, Path

from services.exchange.api.deps import (
    AskingPeer,
    ExchangeReading,
    ExchangeTransaction,
    Road,
    TheRoad,
)
from services.exchange.domain.contract import Contract, SharedType, Step, TermsInvalid
from services.exchange.domain.peer import PeerUnknown
from services.exchange.domain.shape import PolicyInvalid
from services.exchange.usecases.negotiate import ContractUnknown, hear_step, offer, take_step
from shared.contracts.event import Id
from shared.contracts.exchange.api import (
    ContractStep,
    ContractView,
    EndContract,
    OfferContract,
    SharedTypeWords,
)
from shared.web.auth import requires
from shared.web.door import DoorRoute
from shared.web.pages import PAGE_DEFAULT, Cursor, Limit, Page, after, cursor_for

router = APIRouter(
    prefix="/v1",
    tags=["contracts"],
    route_class=DoorRoute,
    dependencies=[Depends(requires("exchange:read"))],
)
peers_router = APIRouter(prefix="/v1", tags=["contracts"])
OPERATE = [Depends(requires("hub:operate"))]
ContractId = Annotated[Id, Path()]


@router.post("/contracts", status_code=201, dependencies=OPERATE)
async def offer_contract(
    body: OfferContract, tx: ExchangeTransaction, road: TheRoad
) -> ContractView:
    """Offer a peer to share these areas and types with it, for a purpose and until a day."""
    peer = road.peers.get(body.dest)
    if peer is None:
        raise PeerUnknown(f"no anchor names {body.dest}", field="dest")
    if peer.founding:
        raise TermsInvalid("all was agreed with this peer when both were founded", field="dest")
    new = await offer(
        tx,
        dest=body.dest,
        types=_shared(body, road),
        purpose=body.purpose,
        expires=body.expires_at,
        key=road.key,
    )
    return _view(new)


@router.get("/contracts")
async def contracts(
    tx: ExchangeReading, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None
) -> Page[ContractView]:
    """Every contract this hub is an end of, its state, its deadline and why it ended."""
    found = await tx.negotiations.page(after=after(cursor), limit=limit)
    return Page(
        items=[_view(each) for each in found],
        next_cursor=cursor_for([each.id for each in found], limit=limit),
    )


@router.get("/contracts/{contract_id}")
async def contract(contract_id: ContractId, tx: ExchangeReading) -> ContractView:
    """One contract."""
    found = await tx.negotiations.find(contract_id)
    if found is None:
        raise ContractUnknown(f"no contract {contract_id} here")
    return _view(found)


@router.post("/contracts/{contract_id}/agree", dependencies=OPERATE)
async def agree(contract_id: ContractId, tx: ExchangeTransaction, road: TheRoad) -> ContractView:
    """Agree to what a peer offers; verification and the final word follow by themselves."""
    return _view(await take_step(tx, contract_id, Step.AGREE, reason=None, key=road.key))


@router.post("/contracts/{contract_id}/suspend", dependencies=OPERATE)
async def suspend(
    contract_id: ContractId, body: EndContract, tx: ExchangeTransaction, road: TheRoad
) -> ContractView:
    """Let nothing more cross under this contract until this hub resumes it."""
    return _view(await take_step(tx, contract_id, Step.SUSPEND, reason=body.reason, key=road.key))


@router.post("/contracts/{contract_id}/resume", dependencies=OPERATE)
async def resume(contract_id: ContractId, tx: ExchangeTransaction, road: TheRoad) -> ContractView:
    """Put a contract in force again that this hub suspended."""
    return _view(await take_step(tx, contract_id, Step.RESUME, reason=None, key=road.key))


@router.post("/contracts/{contract_id}/terminate", dependencies=OPERATE)
async def terminate(
    contract_id: ContractId, body: EndContract, tx: ExchangeTransaction, road: TheRoad
) -> ContractView:
    """Refuse an offer or end a contract, for good; both hubs keep the reason."""
    return _view(await take_step(tx, contract_id, Step.TERMINATE, reason=body.reason, key=road.key))


@peers_router.post("/contract-steps")
async def contract_step(body: ContractStep, peer: AskingPeer, road: TheRoad) -> ContractView:
    """Hear of a step that the asking peer took; the same step again changes nothing."""
    async with road.store.transaction() as tx:
        heard = await hear_step(
            tx,
            peer=peer.hub,
            ring=peer.ring,
            kid=body.kid,
            contract_id=body.contract_id,
            step=Step(body.step),
            reason=body.reason,
            signature=_octets(body.signature),
            body=_octets(body.body),
            key=road.key,
        )
    return _view(heard)


def _shared(body: OfferContract, road: Road) -> Iterable[SharedType]:
    """Return what is offered, each type checked against its schema. Raises TermsInvalid."""
    named = {each.type: each.fields for each in body.types}
    for area in body.areas:
        found = [name for name in road.schemas if name.startswith(f"{area}.")]
        if not found:
            raise TermsInvalid(f"no event of {area} may leave a hub", field="areas")
        named = {**dict.fromkeys(found), **named}
    if not named:
        raise TermsInvalid("name at least one area or type", field="types")
    for name, fields in named.items():
        try:
            road.check_policy(name, fields)
        except (KeyError, PolicyInvalid) as error:
            raise TermsInvalid(
                f"{name} can't be shared like this: {error}", field="types"
            ) from error
    return [SharedType(name, fields) for name, fields in sorted(named.items())]


def _octets(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)


def _view(of: Contract) -> ContractView:
    return ContractView(
        contract_id=of.id,
        party=of.party.value,
        peer=of.peer,
        state=of.state.value,
        since=of.since,
        deadline=of.deadline,
        reason=of.reason,
        purpose=of.terms.purpose,
        expires_at=of.terms.expires_at,
        onward_transfer=False,
        types=tuple(SharedTypeWords(type=t.type, fields=t.fields) for t in of.terms.types),
    )

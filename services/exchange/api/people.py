"""People: their keys for peers that may read, their erasure, and one record read in the clear."""

import base64
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from services.exchange.api.deps import (
    AskingPeer,
    ExchangeReading,
    ExchangeTransaction,
    Road,
    TheRoad,
)
from services.exchange.api.replicas import EventType
from services.exchange.domain.erasure_bundle import write_erasure_bundle
from services.exchange.domain.peer import PeerUnknown
from services.exchange.domain.receipt import Receipt
from services.exchange.store.tx import ExchangeTx
from services.exchange.usecases.erase_person import erase_person, hear_erasure
from services.exchange.usecases.export_evidence import export_erasure
from services.exchange.usecases.open_replica import open_replica
from shared.contracts.exchange.personal_data import (
    AskPersonKeys,
    EraseKey,
    ErasePerson,
    ErasureReceiptWords,
    ErasureView,
    OpenedReplicaView,
    PeerErasure,
    PersonKeyWords,
    ShownPersonKeys,
)
from shared.kernel.errors import Forbidden, NotFound
from shared.kernel.ids import HUB_PATTERN
from shared.web.auth import requires
from shared.web.door import DoorRoute

router = APIRouter(prefix="/v1", tags=["people"], route_class=DoorRoute)
peers_router = APIRouter(prefix="/v1", tags=["people"])
OPERATE = [Depends(requires("hub:operate"))]
Person = Annotated[str, Query(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]


class NothingToRead(Forbidden):
    """No contract in force lets the asking hub read anything personal."""

    code = "exchange.nothing-to-read"


class NotErased(NotFound):
    """Nobody asked to erase this person here."""

    code = "exchange.not-erased"


class ReplicaUnknown(NotFound):
    """No peer shared a record of this type about this subject."""

    code = "exchange.replica-unknown"


@router.get("/replicas/opened", dependencies=[Depends(requires("exchange:open"))])
async def opened_replica(
    road: TheRoad,
    type: EventType,
    origin: Annotated[str, Query(pattern=HUB_PATTERN)],
    subject: Annotated[str, Query(min_length=1, max_length=200, pattern=r"^[^\x00]*$")],
) -> OpenedReplicaView:
    """One record with its personal fields in the clear, one at a time; nothing of it is kept."""
    if origin not in road.feeds:
        raise PeerUnknown(f"no anchor names {origin}", field="origin")
    async with road.store.reading() as tx:
        found = await tx.replicas.page(
            type, origin=origin, subject=subject, after=("", ""), limit=1
        )
    if not found:
        raise ReplicaUnknown(f"{origin} shared no {type} about it", field="subject")
    opened = await open_replica(road.store, road.feeds[origin], found[0])
    shown = found[0]._asdict() | {"data": opened.data.decode(), "unreadable": opened.unreadable}
    return OpenedReplicaView.model_validate(shown)


@router.post("/erasures", dependencies=OPERATE)
async def erase(body: ErasePerson, tx: ExchangeTransaction) -> ErasureView:
    """Make a person's data readable nowhere, for good; peers are told until each has signed."""
    await erase_person(tx, body.person)
    return await _view(tx, body.person)


@router.get("/erasures", dependencies=OPERATE)
async def erasure(person: Person, tx: ExchangeReading) -> ErasureView:
    """How far the erasure of a person has come, with the receipts of peers."""
    return await _view(tx, person)


@router.get("/erasures/evidence", dependencies=OPERATE, response_class=Response)
async def erasure_evidence(
    person: Person,
    tx: ExchangeReading,
    peer: Annotated[str | None, Query(pattern=HUB_PATTERN)] = None,
) -> Response:
    """All that proves that a peer erased a person's key, in one JSON document checked offline."""
    bundle = await export_erasure(tx, person, peer=peer)
    return Response(write_erasure_bundle(bundle), media_type="application/json")


@peers_router.post("/person-keys")
async def person_keys(body: AskPersonKeys, peer: AskingPeer, road: TheRoad) -> ShownPersonKeys:
    """The keys that open what was shared with the asking hub, while a contract lets it read."""
    async with road.store.reading() as tx:
        if not await _may_read(tx, road, peer.hub):
            raise NothingToRead(f"no contract in force lets {peer.hub} read personal data")
        found = await tx.person_keys.of_peer(peer.hub, body.keys)
    return ShownPersonKeys(
        keys=tuple(
            PersonKeyWords(key=name, wrapped=None if wrapped is None else _text(wrapped))
            for name, wrapped in sorted(found.items())
        )
    )


@peers_router.post("/key-erasures")
async def erase_key(body: EraseKey, peer: AskingPeer, road: TheRoad) -> ErasureReceiptWords:
    """Delete the copy of a key of the asking hub, and sign for it; again, the same word."""
    async with road.store.transaction() as tx:
        receipt = await hear_erasure(tx, origin=peer.hub, name=body.key, key=road.key)
    return _receipt(receipt)


async def _may_read(tx: ExchangeTx, road: Road, hub: str) -> bool:
    if await tx.contracts.is_suspended(hub):
        return False
    pair_key = road.peers[hub].pair_key
    return any(
        road.agreements.policy(each.event_type, hub, pair_key, each.fields).seals
        for each in await tx.contracts.in_force()
        if each.peer == hub and each.event_type in road.schemas
    )


async def _view(tx: ExchangeTx, person: str) -> ErasureView:
    erased_at = await tx.person_keys.erased_at(person)
    if erased_at is None:
        raise NotErased("nobody was erased under this id", field="person")
    return ErasureView(
        person=person,
        erased_at=erased_at,
        peers=tuple(
            PeerErasure(
                peer=each.peer,
                key=each.name,
                receipt=None if each.receipt is None else _receipt(each.receipt),
            )
            for each in await tx.person_keys.erasures(person)
        ),
    )


def _receipt(receipt: Receipt) -> ErasureReceiptWords:
    return ErasureReceiptWords(body=_text(receipt.body), signature=_text(receipt.signature))


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()

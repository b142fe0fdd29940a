"""API clients over HTTP: register, rotate, revoke."""

from fastapi import APIRouter, Depends

from services.members.api.deps import ClientId, MemberId, MembersTransaction, Profile
from services.members.domain.client import ApiClient, new_secret
from services.members.store.clients import ClientNotFound
from services.members.store.tx import MembersTx
from services.members.usecases.register_client import register_client
from services.members.usecases.register_keys import register_keys
from services.members.usecases.revoke_client import revoke_client
from services.members.usecases.rotate_secret import rotate_secret
from shared.contracts.members.api import (
    ClientKeys,
    ClientSecret,
    ClientView,
    PublicKey,
    RegisterClient,
)
from shared.web.auth import Caller, Principal, requires
from shared.web.door import DoorRoute

router = APIRouter(prefix="/v1", tags=["clients"], route_class=DoorRoute)


@router.post(
    "/members/{member_id}/clients",
    status_code=201,
    dependencies=[Depends(requires("members:write"))],
)
async def register(
    member_id: MemberId, body: RegisterClient, tx: MembersTransaction, profile: Profile
) -> ClientSecret:
    """Give a member a client; the secret is shown this once."""
    secret = new_secret(profile)
    client = await register_client(
        tx, member_id=member_id, name=body.name, scopes=frozenset(body.scopes), secret=secret
    )
    return ClientSecret(
        client_id=client.id, client_secret=secret, scopes=tuple(sorted(client.scopes))
    )


@router.post("/clients/{client_id}/rotate")
async def rotate(
    client_id: ClientId, tx: MembersTransaction, caller: Caller, profile: Profile
) -> ClientSecret:
    """Replace the secret; the old one stays good for seven days."""
    await _own(tx, caller, client_id)
    secret = new_secret(profile)
    client = await rotate_secret(tx, client_id=client_id, secret=secret)
    return ClientSecret(
        client_id=client.id, client_secret=secret, scopes=tuple(sorted(client.scopes))
    )


@router.put("/clients/{client_id}/keys")
async def set_keys(
    client_id: ClientId, body: ClientKeys, tx: MembersTransaction, caller: Caller
) -> ClientView:
    """Let the client sign for itself (private_key_jwt); its secret then opens nothing."""
    await _own(tx, caller, client_id)
    client = await register_keys(tx, client_id=client_id, keys=[key.x for key in body.keys])
    return _view(client)


@router.post("/clients/{client_id}/revoke")
async def revoke(client_id: ClientId, tx: MembersTransaction, caller: Caller) -> ClientView:
    """Stop serving the client, for good."""
    await _own(tx, caller, client_id)
    client = await revoke_client(tx, client_id=client_id)
    return _view(client)


def _view(client: ApiClient) -> ClientView:
    return ClientView(
        client_id=client.id,
        member_id=client.member_id,
        revoked=client.revoked_at is not None,
        keys=tuple(PublicKey(x=key) for key in client.public_keys),
    )


async def _own(tx: MembersTx, caller: Principal, client_id: str) -> None:
    """Let a member touch its own clients only; an operator may touch all."""
    client = await tx.clients.get(client_id)
    if not caller.may("members:write") and client.member_id != caller.member_id:
        raise ClientNotFound(f"no client {client_id}")

"""What the routes of `members` are given."""

from typing import Annotated

from fastapi import Depends, Path, Request

from services.members.domain.token import TokenKey
from services.members.store.tx import MembersTx
from shared.kernel.ids import ID_PATTERN
from shared.web.door import narrowed, reading, transaction


async def token_key(request: Request) -> TokenKey:
    key: TokenKey = request.app.state.token_key
    return key


async def profile(request: Request) -> str:
    name: str = request.app.state.profile
    return name


SEES_ALL = ("hub:operate", "members:write")
"""Who works on every member: the hub's operator."""
MembersTransaction = Annotated[MembersTx, narrowed(transaction, sees_all=SEES_ALL)]
MembersReading = Annotated[MembersTx, narrowed(reading, sees_all=SEES_ALL)]
AnybodysReading = Annotated[MembersTx, Depends(reading)]
"""For what everybody may know without a token: which clients are revoked."""
SigningKey = Annotated[TokenKey, Depends(token_key)]
Profile = Annotated[str, Depends(profile)]
MemberId = Annotated[str, Path(pattern=ID_PATTERN)]
ClientId = Annotated[str, Path(pattern=ID_PATTERN)]
PermissionId = Annotated[str, Path(pattern=ID_PATTERN)]

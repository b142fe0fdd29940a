"""What the routes of `permits` are given."""

import re
from typing import Annotated

from fastapi import Depends, Header, Path, Request

from services.permits.domain.actor import Actor
from services.permits.domain.signing import DocumentKey, Keys
from services.permits.store.tx import PermitsTx
from services.permits.usecases.pack_shelf import PackShelf
from services.permits.usecases.permit_book import PermitBook
from shared.kernel.errors import Malformed
from shared.kernel.ids import ID_PATTERN
from shared.web.auth import Caller, Principal
from shared.web.door import narrowed, reading, transaction

SEES_ALL = ("permits:decide", "hub:operate")
"""Who works on permits of every member: officers, and the hub's operator."""
ETAG = re.compile(r'"([0-9]{1,7})"')


class EtagMissing(Malformed):
    """Who decides says which version was read."""

    code = "permits.if-match-missing"
    help = "Send the ETag of what you have read as If-Match."


class EtagMalformed(Malformed):
    """If-Match repeats an ETag as it was read."""

    code = "permits.etag-malformed"


async def book(request: Request) -> PermitBook:
    found: PermitBook = request.app.state.book
    return found


async def document_key(request: Request) -> DocumentKey | None:
    found: DocumentKey | None = request.app.state.document_key
    return found


def issuers(request: Request) -> Keys:
    found: Keys = request.app.state.issuers
    return found


async def shelf(request: Request) -> PackShelf:
    found: PackShelf = request.app.state.shelf
    return found


async def actor(principal: Caller) -> Actor:
    return Actor(member_id=principal.member_id, client_id=principal.client_id)


async def expected_version(
    if_match: Annotated[str | None, Header(max_length=20)] = None,
) -> int | None:
    """The version that the caller has read, None when it does not say."""
    if if_match is None:
        return None
    match = ETAG.fullmatch(if_match)
    if match is None:
        raise EtagMalformed("If-Match is not an ETag of this service", field="If-Match")
    return int(match[1])


async def version_read(expected: Annotated[int | None, Depends(expected_version)]) -> int:
    """The version that the caller has read; decisions must say it."""
    if expected is None:
        raise EtagMissing("this needs an If-Match header", field="If-Match")
    return expected


def etag(version: int) -> str:
    return f'"{version}"'


def tenant(principal: Principal) -> str | None:
    """Whose things the caller may see: its own, or (None) everybody's for officers."""
    return None if any(map(principal.may, SEES_ALL)) else principal.member_id


PermitsTransaction = Annotated[PermitsTx, narrowed(transaction, sees_all=SEES_ALL)]
PermitsReading = Annotated[PermitsTx, narrowed(reading, sees_all=SEES_ALL)]
AnybodysPermits = Annotated[PermitsTx, Depends(reading)]
"""For the few questions that are about somebody else's permit: is this document good?"""
Book = Annotated[PermitBook, Depends(book)]
Issuers = Annotated[Keys, Depends(issuers)]
Shelf = Annotated[PackShelf, Depends(shelf)]
Signer = Annotated[DocumentKey | None, Depends(document_key)]
Doer = Annotated[Actor, Depends(actor)]
ExpectedVersion = Annotated[int | None, Depends(expected_version)]
VersionRead = Annotated[int, Depends(version_read)]
ApplicationId = Annotated[str, Path(pattern=ID_PATTERN)]
LicenceId = Annotated[str, Path(pattern=ID_PATTERN)]

"""Permits as signed documents over HTTP: fetch one, the keys that check it, and a check."""

from asyncio import to_thread

from fastapi import APIRouter, Depends, Response

from services.permits.api.deps import AnybodysPermits, Book, LicenceId, PermitsReading, Signer
from services.permits.api.licences import own_licence
from services.permits.domain.document import permit_claims
from services.permits.domain.signing import IssuerKey
from services.permits.store.permit_sheet import permit_sheet
from services.permits.usecases.verify_document import verify_document
from shared.contracts.permits.office import CheckView, PermitKeys, SignedPermit, VerificationView
from shared.kernel.errors import NotFound
from shared.web.auth import Caller, requires
from shared.web.door import DoorRoute

router = APIRouter(tags=["documents"], route_class=DoorRoute)


class DocumentNotSigned(NotFound):
    """This permit was issued while the hub had no key to sign with."""

    code = "permits.document-not-signed"
    help = "Ask the hub's operator to set the service's signing key, then amend the permit."


@router.get("/v1/licences/{licence_id}/document", dependencies=[Depends(requires("permits:read"))])
async def read(licence_id: LicenceId, tx: PermitsReading, caller: Caller) -> SignedPermit:
    """The permit as it was issued, signed."""
    found = await own_licence(tx, licence_id, caller)
    if not found.document:
        raise DocumentNotSigned(f"licence {licence_id} has no signed document")
    return SignedPermit(document=found.document)


@router.get(
    "/v1/licences/{licence_id}/document.pdf", dependencies=[Depends(requires("permits:read"))]
)
async def paper(licence_id: LicenceId, tx: PermitsReading, caller: Caller, book: Book) -> Response:
    """The permit on a page, the signed document in its QR code."""
    found = await own_licence(tx, licence_id, caller)
    if not found.document:
        raise DocumentNotSigned(f"licence {licence_id} has no signed document")
    titles = book.permit_type(found.permit_type, on=book.day_of(found.issued_at)).names
    page = await to_thread(
        permit_sheet, permit_claims(found.document), found.document, titles=titles
    )
    return Response(page, media_type="application/pdf")


@router.get("/.well-known/permit-keys.json")
async def keys(signer: Signer) -> PermitKeys:
    """The keys that check this hub's permits offline."""
    return PermitKeys(keys=[] if signer is None else [dict(signer.public_jwk)])


@router.post("/v1/documents/verify", dependencies=[Depends(requires("permits:read"))])
async def verify(body: SignedPermit, tx: AnybodysPermits, signer: Signer) -> VerificationView:
    """Check a document of this hub, and that nobody has stopped the permit since."""
    known = {}
    if signer is not None:
        known[signer.kid] = IssuerKey(hub=tx.hub, public=signer.private.public_key())
    checks = await verify_document(tx, document=body.document, keys=known)
    return VerificationView(
        is_good=all(check.passed for check in checks),
        checks=tuple(
            CheckView(name=check.name, passed=check.passed, detail=check.detail) for check in checks
        ),
    )

"""What this hub says of itself to whoever asks: its document, and which types it speaks."""

from fastapi import APIRouter, Response

from services.exchange.api.deps import TheRoad
from services.exchange.domain.schema_set import sign_schema_set
from shared.kernel.errors import NotFound

router = APIRouter(tags=["trust"])


class DocumentMissing(NotFound):
    """This hub has no signed document: its peers pin its signing keys by their anchor files."""

    code = "exchange.document-missing"


@router.get("/.well-known/eroad", response_class=Response)
async def hub_document(road: TheRoad) -> Response:
    """The DSSE envelope over this hub's keys, as its operator last signed it."""
    if road.document_file is None or not road.document_file.exists():
        raise DocumentMissing("no hub document is configured here")
    # Read each time: a rotated document counts at once, without a restart.
    return Response(road.document_file.read_bytes(), media_type="application/json")


@router.get("/.well-known/eroad/schemas", response_class=Response)
async def spoken_types(road: TheRoad) -> Response:
    """The DSSE envelope over the types that this hub speaks, with the hashes of their schemas."""
    signed = sign_schema_set(road.spoken, hub=road.hub, key=road.key, now=road.store.clock.now())
    return Response(signed, media_type="application/json")

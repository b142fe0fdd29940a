"""This hub's own document, signed by its root, for every peer to read."""

from fastapi import APIRouter, Response

from services.exchange.api.deps import TheRoad
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

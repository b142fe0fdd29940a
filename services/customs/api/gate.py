"""The gate over HTTP: messages in the authority's own form, answered in its own form.

Who may declare for others is decided by scope; the authority behind it is simulated.
"""

from fastapi import APIRouter, Depends, Request, Response

from services.customs.api.deps import CustomsTransaction
from services.customs.clients.gate_xml import read_message, write_message
from services.customs.usecases.take_message import take_message
from shared.kernel.errors import NotFound
from shared.web.auth import Caller, requires
from shared.web.door import DoorRoute

router = APIRouter(prefix="/v1/gates/cn", tags=["gate of China"], route_class=DoorRoute)
XML = "application/xml"
GATE_COUNTRY = "CN"


class GateElsewhere(NotFound):
    """This hub's customs do not speak these messages."""

    code = "customs.gate-elsewhere"


_BODY = {
    "requestBody": {
        "required": True,
        "content": {XML: {"schema": {"type": "string", "maxLength": 1024 * 1024}}},
    },
}


@router.post(
    "/messages",
    dependencies=[Depends(requires("customs:write"))],
    response_class=Response,
    responses={200: {"content": {XML: {"schema": {"type": "string"}}}}},
    openapi_extra=_BODY,
)
async def take(request: Request, tx: CustomsTransaction, caller: Caller) -> Response:
    """Take a message of up to 100 documents; the reply holds a receipt for each of them."""
    if tx.country != GATE_COUNTRY:
        raise GateElsewhere(f"customs of {tx.country} do not speak these messages")
    on = tx.rulebook.day_of(tx.country, tx.now)
    limits = tx.rulebook.import_rules(tx.country, on=on).limits
    message = read_message(
        await request.body(), documents_max=limits.documents_max, lines_max=limits.lines_max
    )
    answer = await take_message(tx, message, by=caller.member_id)
    return Response(write_message(answer), media_type=XML)

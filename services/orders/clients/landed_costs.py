"""Ask this hub's customs what goods cost once they are in the country, in the caller's name."""

import httpx
from pydantic import ValidationError

from shared.contracts.customs.landed_costs import LandedCostView, QuoteLandedCost
from shared.kernel.errors import Rejected, Unavailable
from shared.web.client import Transport, http_client

ANSWER_S_MAX = 5.0
"""A buyer is waiting; customs answers from memory."""
DETAIL_LENGTH_MAX = 500


class LandedCostUnavailable(Unavailable):
    """Customs does not answer, so the cart can't be priced now."""

    code = "orders.landed-cost-unavailable"


class LandedCostRefused(Rejected):
    """Customs can't price these goods by this channel; its own code says why."""

    code = "orders.landed-cost-refused"


class LandedCosts:
    """The landed-cost door of customs; the caller's own token opens it."""

    def __init__(self, customs_url: str, *, transport: Transport | None) -> None:
        self._customs_url = customs_url
        self._transport = transport

    async def quote(self, question: QuoteLandedCost, *, authorization: str) -> LandedCostView:
        """Return customs' answer, or raise LandedCostUnavailable or LandedCostRefused."""
        try:
            async with http_client(transport=self._transport) as client:
                reply = await client.post(
                    f"{self._customs_url}/v1/landed-costs",
                    content=question.model_dump_json(exclude_none=True),
                    headers={"Authorization": authorization, "Content-Type": "application/json"},
                    timeout=ANSWER_S_MAX,
                )
            if reply.status_code == httpx.codes.OK:
                return LandedCostView.model_validate_json(reply.content)
            problem = reply.json()
            code, detail = str(problem["code"]), str(problem["detail"])
        except (httpx.HTTPError, ValidationError, ValueError, KeyError, TypeError) as error:
            raise LandedCostUnavailable("customs does not answer as it should") from error
        if reply.status_code >= httpx.codes.INTERNAL_SERVER_ERROR or reply.status_code == 429:
            raise LandedCostUnavailable("customs has no time", customs_code=code)
        raise LandedCostRefused(detail[:DETAIL_LENGTH_MAX], customs_code=code)

"""Landed costs over HTTP: a question that changes nothing."""

from fastapi import APIRouter, Depends

from services.customs.api.deps import CustomsReading
from services.customs.api.views import basis_view, charge_view
from services.customs.domain.consignment import Consignment, GoodsLine
from services.customs.usecases.announce import finding_words
from services.customs.usecases.quote_landed_cost import Quote, quote_landed_cost
from shared.contracts.customs.api import LandedCostView, QuoteLandedCost
from shared.contracts.event import MoneyWords
from shared.kernel.money import Money
from shared.web.auth import requires
from shared.web.door import DoorRoute

router = APIRouter(prefix="/v1/landed-costs", tags=["landed costs"], route_class=DoorRoute)


@router.post("", dependencies=[Depends(requires("customs:read"))])
async def quote(body: QuoteLandedCost, tx: CustomsReading) -> LandedCostView:
    """Work out what goods cost in a country, every figure with its reason."""
    used = body.annual_used_minor
    answer = quote_landed_cost(
        tx,
        destination=body.destination,
        channel=body.channel,
        consignment=_consignment(body),
        annual_used=None if used is None else Money(used, body.currency),
        on=body.on,
    )
    return _view(answer, channel=body.channel)


def _consignment(body: QuoteLandedCost) -> Consignment:
    return Consignment(
        lines=tuple(
            GoodsLine(
                line_no=number,
                hs_code=line.hs_code,
                origin=line.origin,
                quantity=line.quantity,
                unit_price=Money(line.unit_price_minor, body.currency),
                rates={},
            )
            for number, line in enumerate(body.lines, start=1)
        ),
        freight=Money(body.freight_minor, body.currency),
        insurance=Money(body.insurance_minor, body.currency),
        discount=Money(body.discount_minor, body.currency),
    )


def _view(answer: Quote, *, channel: str) -> LandedCostView:
    cost = answer.cost
    return LandedCostView(
        destination=answer.destination,
        channel=channel,
        on=answer.on,
        pack_hash=answer.pack_digest,
        confidence="sourced" if cost.confidence == "sourced" else "unverified",
        regime=cost.assessment.regime,
        basis=tuple(basis_view(basis) for basis in cost.assessment.basis),
        goods=MoneyWords.of(cost.consignment.goods),
        dutiable=MoneyWords.of(cost.assessment.dutiable),
        charges=tuple(charge_view(charge) for charge in cost.charges),
        tax=MoneyWords.of(cost.tax),
        total=MoneyWords.of(cost.total),
        findings=finding_words(cost.findings),
    )

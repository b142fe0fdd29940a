"""Carriers' rates over HTTP; the packaged ones are a simulated carrier's, and say so."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from services.logistics.api.deps import RateCards
from services.logistics.domain.rates import Rate, rates_for
from services.logistics.domain.weights import Dimensions, Load
from shared.contracts.event import MoneyWords
from shared.contracts.logistics.api import RatesReply, RateView
from shared.web.auth import requires

router = APIRouter(prefix="/v1/rates", tags=["rates"])

RATES_MAX = 50
Place = Annotated[str, Query(pattern=r"^[A-Z]{2}[A-Z2-9]{3}$", description="UN/LOCODE")]
GrossGrams = Annotated[int, Query(ge=1, le=10**9)]
Side = Annotated[int, Query(ge=1, le=20_000)]


@router.get("", dependencies=[Depends(requires("logistics:read"))])
async def quote(
    request: Request,
    cards: RateCards,
    origin: Place,
    destination: Place,
    gross_weight_g: GrossGrams,
    length_mm: Side,
    width_mm: Side,
    height_mm: Side,
) -> RatesReply:
    """What each carrier on the lane asks for a parcel today, the cheapest first."""
    size = Dimensions(length_mm=length_mm, width_mm=width_mm, height_mm=height_mm)
    rates = rates_for(
        cards,
        origin=origin,
        destination=destination,
        load=Load(gross_weight_g, size.volume_mm3),
        now=request.app.state.store.clock.now(),
    )
    return RatesReply(rates=tuple(_view(rate) for rate in rates[:RATES_MAX]))


def _view(rate: Rate) -> RateView:
    card = rate.card
    return RateView(
        carrier=card.carrier,
        service=card.service,
        simulated=card.simulated,
        confidence="verified" if card.verified else "unverified",
        chargeable_weight_g=rate.chargeable_g,
        price=MoneyWords.of(rate.price),
        transit_hours=card.transit_hours,
        tariff_id=card.id,
        valid_from=card.valid_from,
        valid_until=card.valid_until,
    )

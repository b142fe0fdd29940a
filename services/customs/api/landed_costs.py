"""Landed costs over HTTP: a question that changes nothing."""

from fastapi import APIRouter, Depends

from services.customs.api.deps import CustomsReading
from services.customs.api.views import basis_view, charge_view, preference_view, quota_use_view
from services.customs.domain.consignment import Consignment, GoodsLine, Proof
from services.customs.domain.incoterms import Party, incoterm
from services.customs.domain.landed_cost import LandedCost
from services.customs.usecases.advise_origin import advise_origin
from services.customs.usecases.announce import finding_words
from services.customs.usecases.quote_landed_cost import Quote, quote_landed_cost
from shared.contracts.customs.landed_costs import (
    AskOriginAdvice,
    LandedCostView,
    OriginAdviceView,
    OriginOptionView,
    QuoteLandedCost,
    TermsView,
)
from shared.contracts.event import MoneyWords
from shared.kernel.money import Money, total
from shared.web.auth import requires
from shared.web.door import DoorRoute

router = APIRouter(prefix="/v1/landed-costs", tags=["landed costs"], route_class=DoorRoute)
advice_router = APIRouter(prefix="/v1/origin-advice", tags=["origin"], route_class=DoorRoute)


@router.post("", dependencies=[Depends(requires("customs:read"))])
async def quote(body: QuoteLandedCost, tx: CustomsReading) -> LandedCostView:
    """Work out what goods cost in a country, every figure with its reason."""
    used = body.annual_used_minor
    answer = await quote_landed_cost(
        tx,
        destination=body.destination,
        channel=body.channel,
        consignment=_consignment(body),
        annual_used=None if used is None else Money(used, body.currency),
        on=body.on,
    )
    terms = None if body.incoterm is None else terms_of(answer.cost, body.incoterm)
    return _view(answer, channel=body.channel, terms=terms)


@advice_router.post("", dependencies=[Depends(requires("customs:read"))])
async def advise(body: AskOriginAdvice, tx: CustomsReading) -> OriginAdviceView:
    """Say in money what a certificate of origin would save."""
    answer = advise_origin(
        tx,
        destination=body.destination,
        channel=body.channel,
        consignment=_consignment(body),
        on=body.on,
    )
    return OriginAdviceView(
        destination=body.destination,
        channel=body.channel,
        on=answer.on,
        pack_hash=answer.pack_digest,
        options=tuple(
            OriginOptionView(
                scheme=one.scheme.scheme,
                certificate=one.scheme.certificate,
                tax_without=MoneyWords.of(one.tax_without),
                tax_with=MoneyWords.of(one.tax_with),
                saving=MoneyWords.of(one.saving),
                fee=None if one.scheme.fee is None else MoneyWords.of(one.scheme.fee),
                days=one.scheme.days,
                is_worth_it=one.is_worth_it,
                basis=basis_view(one.scheme.basis),
            )
            for one in answer.options
        ),
    )


def _consignment(body: QuoteLandedCost | AskOriginAdvice) -> Consignment:
    discount = body.discount_minor if isinstance(body, QuoteLandedCost) else 0
    return Consignment(
        lines=tuple(
            GoodsLine(
                line_no=number,
                hs_code=line.hs_code,
                origin=line.origin,
                quantity=line.quantity,
                unit_price=Money(line.unit_price_minor, body.currency),
                rates={},
                net_weight_g=line.net_weight_g,
                proofs=tuple(
                    Proof(scheme=proof.scheme, issued_on=proof.issued_on) for proof in line.proofs
                ),
            )
            for number, line in enumerate(body.lines, start=1)
        ),
        freight=Money(body.freight_minor, body.currency),
        insurance=Money(body.insurance_minor, body.currency),
        discount=Money(discount, body.currency),
    )


def terms_of(cost: LandedCost, code: str) -> TermsView:
    """Say who owes what, and how much of the landed cost each of the two pays."""
    term = incoterm(code)
    consignment = cost.consignment
    parts = [
        (term.freight, consignment.value_of(("freight",))),
        (term.insurance, consignment.value_of(("insurance",))),
        (term.import_taxes, cost.tax),
    ]
    sellers = total(
        [amount for party, amount in parts if party is Party.SELLER], consignment.currency
    )
    return TermsView(
        incoterm=code,
        freight=term.freight.value,
        insurance=term.insurance.value,
        export_clearance=term.export_clearance.value,
        import_taxes=term.import_taxes.value,
        seller_pays=MoneyWords.of(sellers),
        buyer_pays=MoneyWords.of(cost.total - sellers),
    )


def _view(answer: Quote, *, channel: str, terms: TermsView | None) -> LandedCostView:
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
        terms=terms,
        preferences=tuple(map(preference_view, cost.assessment.preferences)),
        quotas=tuple(map(quota_use_view, cost.assessment.quotas)),
    )

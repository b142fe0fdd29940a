"""What the routes of `orders` are given."""

import re
from typing import Annotated

from fastapi import Depends, Header, Path, Query, Request

from services.orders.api.sentences import language_of
from services.orders.domain.intake import IntakeRules
from services.orders.domain.order import OrderState
from services.orders.domain.searching import Wanted, words_of
from services.orders.store.orders import Tenant
from services.orders.store.tx import OrdersTx
from services.orders.usecases.country_rules import Intake
from shared.contracts.orders.api import OrderNo
from shared.contracts.times import AskedMoment
from shared.kernel.errors import Malformed
from shared.kernel.ids import ID_PATTERN
from shared.web.auth import Caller
from shared.web.door import narrowed, reading, transaction

ETAG = re.compile(r'"([0-9]{1,7})"')


class EtagMalformed(Malformed):
    """If-Match repeats the ETag of the order as it was read."""

    code = "orders.etag-malformed"


async def intake_rules(request: Request) -> IntakeRules:
    """What the country asks of an order today."""
    intake: Intake = request.app.state.intake
    return intake.rules_at(request.app.state.store.clock.now())


async def tenant(principal: Caller) -> Tenant:
    """Whose orders the caller may see: its own, or everybody's for the hub's operator."""
    return Tenant(member_id=None if principal.may("hub:operate") else principal.member_id)


async def expected_version(
    if_match: Annotated[str | None, Header(max_length=20)] = None,
) -> int | None:
    """The version that the caller has read, None when it does not say."""
    if if_match is None:
        return None
    match = ETAG.fullmatch(if_match)
    if match is None:
        raise EtagMalformed("If-Match is not an ETag of an order", field="If-Match")
    return int(match[1])


async def wanted(
    state: Annotated[OrderState | None, Query()] = None,
    order_no: Annotated[OrderNo | None, Query()] = None,
    seller_id: Annotated[str | None, Query(pattern=ID_PATTERN)] = None,
    placed_from: Annotated[AskedMoment | None, Query()] = None,
    placed_until: Annotated[AskedMoment | None, Query(description="exclusive")] = None,
    q: Annotated[
        str | None,
        Query(
            max_length=200,
            description="words that must all be found in numbers, codes and words of the goods",
        ),
    ] = None,
) -> Wanted:
    """Which of its orders the caller wants to see."""
    return Wanted(
        words=words_of(q or ""),
        state=state,
        order_no=order_no,
        seller_id=seller_id,
        placed_from=placed_from,
        placed_until=placed_until,
    )


def etag(version: int) -> str:
    return f'"{version}"'


async def loopback_allowed(request: Request) -> bool:
    """Whether webhooks may go to this machine, as tests need it."""
    allowed: bool = request.app.state.webhook_loopback_allowed
    return allowed


async def intake(request: Request) -> Intake:
    """Where the country's rules come from."""
    found: Intake = request.app.state.intake
    return found


async def return_address(request: Request) -> str:
    """Where goods are sent back to, in the buyer's own country."""
    address: str = request.app.state.return_address
    return address


async def language(
    accept_language: Annotated[str | None, Header(max_length=200)] = None,
) -> str:
    """The language in which sentences are written."""
    return language_of(accept_language)


SEES_ALL = ("hub:operate", "logistics:carry", "orders:arbitrate")
"""Who works on orders of every member: the operator, the returns desk, the ombudsman."""


OWN_READING = narrowed(reading, sees_all=SEES_ALL)
OrdersTransaction = Annotated[OrdersTx, narrowed(transaction, sees_all=SEES_ALL)]
OrdersReading = Annotated[OrdersTx, OWN_READING]
Rules = Annotated[IntakeRules, Depends(intake_rules)]
WantedOrders = Annotated[Wanted, Depends(wanted)]
WhoseOrders = Annotated[Tenant, Depends(tenant)]
ExpectedVersion = Annotated[int | None, Depends(expected_version)]
LoopbackAllowed = Annotated[bool, Depends(loopback_allowed)]
EndpointId = Annotated[str, Path(pattern=ID_PATTERN)]
DeliveryId = Annotated[str, Path(pattern=ID_PATTERN)]
OrderId = Annotated[str, Path(pattern=ID_PATTERN)]
CaseId = Annotated[str, Path(pattern=ID_PATTERN)]
IntakeRulebook = Annotated[Intake, Depends(intake)]
ReturnAddress = Annotated[str, Depends(return_address)]
Language = Annotated[str, Depends(language)]

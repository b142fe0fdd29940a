"""What happens because time passed: messages fall due, and old ones are forgotten."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

import structlog

from services.orders.domain.delivery import Attempt, Delivery
from services.orders.store.tx import OrdersTx
from services.orders.usecases.claim_deliveries import Message, claim_deliveries
from services.orders.usecases.country_rules import Intake
from services.orders.usecases.expire_returns import expire_returns
from services.orders.usecases.forget_deliveries import forget_deliveries
from services.orders.usecases.import_orders import IMPORT, IMPORTED_AT_ONCE, import_orders
from services.orders.usecases.move_complaint import expire_complaints
from services.orders.usecases.recall_goods import tell_recalls
from services.orders.usecases.settle_delivery import settle_delivery
from shared.db.tx import Store
from shared.kernel.errors import Unavailable
from shared.runtime.operations import Job
from shared.runtime.service import Timer, every
from shared.web.webhooks import RETRY_AFTER, Answer, WebhookSender, signed_headers

log = structlog.get_logger(__name__)

IDLE_S = 1.0
"""How long to rest when nothing is due."""
WAIT_S = 5.0
"""How long to rest when the database is away."""
DEADLINES_S = 5.0
"""How often deadlines are looked at; they are days, but test mode moves the clock."""
FORGET_S = 3_600.0
"""How often what is past its time is deleted."""
SENDS_AT_ONCE_MAX = 20


def timers(intake: Intake) -> list[Timer]:
    """Return what happens because time passed; deadlines follow the country's rules."""
    return [
        every(FORGET_S, forget_deliveries),
        every(DEADLINES_S, partial(expire_returns, intake=intake)),
        every(DEADLINES_S, partial(expire_complaints, intake=intake)),
        every(IDLE_S, tell_recalls),
    ]


def jobs(intake: Intake) -> dict[str, Job]:
    """Return the kinds of long work that the worker does after its request was answered."""
    return {IMPORT: Job(partial(import_orders, intake=intake), at_once=IMPORTED_AT_ONCE)}


Send = Callable[[str, bytes, dict[str, str]], Awaitable[Answer]]
"""Make one attempt: URL, body, headers."""


def delivering(
    store: Store[OrdersTx], sender: Callable[[], WebhookSender]
) -> Callable[[], Coroutine[Any, Any, None]]:
    """Return the loop that delivers what is due for as long as the service runs."""

    async def run() -> None:
        async with sender() as open_sender:
            while True:
                try:
                    sent = await deliver_due(store, open_sender.send)
                except Unavailable as error:
                    log.warning("webhooks.waiting", why=error.message)
                    await asyncio.sleep(WAIT_S)
                    continue
                if not sent:
                    await asyncio.sleep(IDLE_S)

    return run


async def deliver_due(store: Store[OrdersTx], send: Send) -> int:
    """Send what is due once; return how many messages that were.

    Claimed in one transaction and settled in another, with none open while a receiver thinks.
    """
    async with store.transaction() as tx:
        messages = await claim_deliveries(tx)
    places = asyncio.Semaphore(SENDS_AT_ONCE_MAX)

    async def attempt(message: Message) -> Answer:
        async with places:
            body = message.delivery.body.encode()
            now = store.clock.now()
            keys = message.endpoint.keys(now=now)
            headers = signed_headers(message.delivery.id, body, at=now, keys=keys)
            return await send(message.endpoint.url, body, headers)

    answers = await asyncio.gather(*map(attempt, messages))
    if messages:
        async with store.transaction() as tx:
            # In the order of endpoints, so that two workers never wait for each other in a circle.
            pairs = zip(messages, answers, strict=True)
            for message, answer in sorted(pairs, key=lambda pair: pair[0].endpoint.id):
                await _settle(tx, message.delivery, answer)
    return len(messages)


async def _settle(tx: OrdersTx, claimed: Delivery, answer: Answer) -> None:
    attempt = Attempt(at=tx.now, status=answer.status, error=answer.error, took_ms=answer.took_ms)
    await settle_delivery(
        tx,
        claimed=claimed,
        attempt=attempt,
        received=answer.received,
        retry_after=RETRY_AFTER,
    )

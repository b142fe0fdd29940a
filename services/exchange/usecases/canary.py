"""Canaries: small events that go out to each peer and come back, so that silence can be told from
quiet.

One goes the whole way of any other event: numbered, framed, signed, pulled, judged, applied, heard;
the peer's answer comes back the same way. Only this hub's own clock is read, at both ends.
"""

from collections.abc import Mapping
from datetime import timedelta

from services.exchange.domain.agreement import Agreements
from services.exchange.domain.peer import Peer
from services.exchange.store.tx import NUMBERED, ExchangeTx
from services.exchange.usecases.number_events import number_events
from shared.contracts.event import Envelope, Event
from shared.contracts.exchange.events import CanaryReturned, CanarySent
from shared.kernel.trace import new_traceparent

AREA = "exchange"
LOST_AFTER = timedelta(hours=1)
"""After this another is sent, though the one before is not back."""


async def send_canaries(
    tx: ExchangeTx, *, peers: Mapping[str, Peer], agreements: Agreements, every: timedelta
) -> int:
    """Send one to every peer whose last is back, or lost, and went out a while ago; return how many
    were sent. Where no contract lets canaries cross, or a peer is suspended, none goes out."""
    agreed = {e.peer for e in await tx.contracts.in_force() if e.event_type == CanarySent.wire_name}
    sent = 0
    for hub in sorted(agreed & peers.keys()):
        last = await tx.canaries.lock(hub)
        if await tx.contracts.is_suspended(hub):
            continue
        if last is not None:
            wait = every if last.returned_at is not None else LOST_AFTER
            if tx.now < last.sent_at + wait:
                continue
        number = 1 if last is None else last.number + 1
        await tx.canaries.sent(hub, number, now=tx.now)
        said = CanarySent(number=number)
        await _number(tx, said, to=hub, peers=peers, agreements=agreements)
        sent += 1
    return sent


async def answer_canary(
    tx: ExchangeTx, said: CanarySent, *, peers: Mapping[str, Peer], agreements: Agreements
) -> None:
    """Send a peer's canary back to it."""
    assert tx.cause is not None, "a canary is heard"
    back = CanaryReturned(number=said.number)
    await _number(tx, back, to=tx.cause.hub, peers=peers, agreements=agreements)


async def welcome_canary(tx: ExchangeTx, back: CanaryReturned) -> None:
    """Note that a canary is back; one that was given up, or is told twice, changes nothing."""
    assert tx.cause is not None, "a canary is heard"
    await tx.canaries.returned(tx.cause.hub, back.number, now=tx.now)


async def _number(
    tx: ExchangeTx,
    event: Event,
    *,
    to: str,
    peers: Mapping[str, Peer],
    agreements: Agreements,
) -> None:
    """Put an event into the stream towards one peer; it is for no service of this hub."""
    envelope = Envelope(
        id=tx.ids.new("evt"),
        source=f"hub:{tx.hub}/{AREA}",
        type=event.wire_name,
        subject=f"{tx.hub}/{to}",
        time=tx.now.isoformat(),
        hub=tx.hub,
        data=event.model_dump_json().encode(),
        audience=to,
        traceparent=tx.traceparent or new_traceparent(),
        causation=tx.cause.id if tx.cause else "",
    )
    only = {hub: peer for hub, peer in peers.items() if hub == to}
    await number_events(
        tx, area=AREA, partition=0, envelopes=[envelope], peers=only, agreements=agreements
    )
    tx.ring(NUMBERED)

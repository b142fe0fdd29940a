"""Every service of this hub is heard: what may leave gets its numbers, whom it erases is erased."""

from collections.abc import Mapping, Sequence

from services.exchange.consumers.people import hear_erasures
from services.exchange.domain.agreement import Agreements
from services.exchange.domain.peer import Peer
from services.exchange.domain.transfer import YearOf
from services.exchange.store.tx import NUMBERED, ExchangeTx
from services.exchange.usecases.number_events import number_events
from shared.contracts.event import Envelope
from shared.contracts.registry import SERVICES
from shared.messaging.hearing import Gathering


def gatherings(
    peers: Mapping[str, Peer], agreements: Agreements, *, year_of: YearOf
) -> list[Gathering]:
    """Return one gathering per service; the road's own events stay at home."""

    def heard(area: str) -> Gathering:
        async def on_all(tx: ExchangeTx, partition: int, envelopes: Sequence[Envelope]) -> None:
            await number_events(
                tx,
                area=area,
                partition=partition,
                envelopes=envelopes,
                peers=peers,
                agreements=agreements,
                year_of=year_of,
            )
            await hear_erasures(tx, envelopes)
            tx.ring(NUMBERED)

        return Gathering(area, on_all)

    return [heard(service) for service in SERVICES if service != "exchange"]

"""What happens because time passed: the road's gauges are shown."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import prometheus_client as prometheus
import structlog

from services.exchange.store.tx import ExchangeTx
from services.exchange.usecases.queries import StreamState, stream_states
from shared.db.tx import Store
from shared.kernel.errors import Unavailable

log = structlog.get_logger(__name__)

SHOWN_EVERY_S = 5.0


@dataclass
class RoadGauges:
    """How every stream stands, for Prometheus: each gauge names the stream and this hub's end."""

    store: Store[ExchangeTx]
    registry: prometheus.CollectorRegistry

    def __post_init__(self) -> None:
        self._seq = self._gauge("eroad_stream_seq", "last number, numbered here or applied here")
        self._lag = self._gauge("eroad_lag_events", "numbered here and not acknowledged yet")
        self._lag_s = self._gauge("eroad_lag_seconds", "age of the oldest frame without a receipt")
        self._stopped = self._gauge("eroad_stream_stopped", "1 while the stream stands still")
        self._aside = self._gauge("eroad_set_aside", "records set aside and not replayed")

    def _gauge(self, name: str, what: str) -> prometheus.Gauge:
        return prometheus.Gauge(name, what, ["stream", "role"], registry=self.registry)

    async def run(self) -> None:
        """Show the gauges for ever."""
        while True:
            try:
                await self.show()
            except Unavailable as error:
                log.debug("road.gauges-waiting", why=error.message)
            await asyncio.sleep(SHOWN_EVERY_S)

    async def show(self) -> None:
        """Read where every stream stands, and set the gauges to it."""
        async with self.store.reading() as tx:
            states = await stream_states(tx)
            now = tx.now
        self._set(states)
        for each in states:
            if each.role == "origin":
                since = each.waiting_since
                age_s = (now - since).total_seconds() if since is not None else 0.0
                self._lag_s.labels(each.stream, each.role).set(max(0.0, age_s))

    def _set(self, states: Sequence[StreamState]) -> None:
        for each in states:
            labels = (each.stream, each.role)
            self._seq.labels(*labels).set(each.seq)
            self._stopped.labels(*labels).set(each.stop_reason is not None or each.frozen)
            if each.role == "origin":
                self._lag.labels(*labels).set(each.seq - each.acknowledged_seq)
            else:
                self._aside.labels(*labels).set(each.set_aside)

"""What happens because time passed: the road's gauges are shown."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

import prometheus_client as prometheus
import structlog

from services.exchange.domain.peer import Peer
from services.exchange.domain.transfer import Standing
from services.exchange.store.tx import ExchangeTx
from services.exchange.usecases.export_law import ExportLaw, year_of_transfers
from services.exchange.usecases.queries import StreamState, peer_states, stream_states
from shared.db.tx import Store
from shared.kernel.errors import Unavailable

log = structlog.get_logger(__name__)

SHOWN_EVERY_S = 5.0
COUNTED_EVERY_S = 300.0
"""Persons are counted one by one, so not as often."""


class _Gauges(ABC):
    """Gauges that are read out of the database again and again."""

    every_s: ClassVar[float] = SHOWN_EVERY_S

    async def run(self) -> None:
        """Show the gauges for ever."""
        while True:
            try:
                await self.show()
            except Unavailable as error:
                log.debug("road.gauges-waiting", why=error.message)
            await asyncio.sleep(self.every_s)

    @abstractmethod
    async def show(self) -> None:
        """Set every gauge to what it is now."""


@dataclass
class RoadGauges(_Gauges):
    """How every stream stands, for Prometheus: each gauge names the stream and this hub's end."""

    store: Store[ExchangeTx]
    registry: prometheus.CollectorRegistry

    def __post_init__(self) -> None:
        self._seq = self._gauge("eroad_stream_seq", "last number, numbered here or applied here")
        self._lag = self._gauge("eroad_lag_events", "numbered here and not acknowledged yet")
        self._lag_s = self._gauge("eroad_lag_seconds", "age of the oldest frame without a receipt")
        self._stopped = self._gauge("eroad_stream_stopped", "1 while the stream stands still")
        self._gap = self._gauge("eroad_gap_open", "1 while records are missing in front of a frame")
        self._equal = self._gauge(
            "eroad_heads_equal", "1 while the peer has signed for all that was numbered here"
        )
        self._aside = self._gauge("eroad_set_aside", "records set aside and not replayed")

    def _gauge(self, name: str, what: str) -> prometheus.Gauge:
        return prometheus.Gauge(name, what, ["stream", "role"], registry=self.registry)

    async def show(self) -> None:
        """Read where every stream stands, and set the gauges to it."""
        async with self.store.reading() as tx:
            states = await stream_states(tx)
            now = tx.now
        self._set(states)
        for each in states:
            if each.role == "origin":
                self._lag_s.labels(each.stream, each.role).set(_age_s(each.waiting_since, now))

    def _set(self, states: Sequence[StreamState]) -> None:
        for each in states:
            labels = (each.stream, each.role)
            self._seq.labels(*labels).set(each.seq)
            self._stopped.labels(*labels).set(each.stop_reason is not None or each.frozen)
            if each.role == "origin":
                self._lag.labels(*labels).set(each.seq - each.acknowledged_seq)
                self._equal.labels(*labels).set(each.seq == each.acknowledged_seq)
            else:
                self._aside.labels(*labels).set(each.set_aside)
                self._gap.labels(*labels).set(each.stop_reason == "gap")


@dataclass
class PeerGauges(_Gauges):
    """How this hub stands with every peer, for Prometheus."""

    store: Store[ExchangeTx]
    registry: prometheus.CollectorRegistry
    peers: Mapping[str, Peer]

    def __post_init__(self) -> None:
        self._out = self._gauge("eroad_canary_out_seconds", "age of the canary that is not back")
        self._trip = self._gauge(
            "eroad_canary_round_trip_seconds", "how long the newest that is back was away"
        )
        self._contradictions = self._gauge(
            "eroad_evidence_contradictions", "pairs of its log's heads that can't both be true"
        )
        self._head_age = self._gauge(
            "eroad_evidence_head_age_seconds", "since a head of its log was last seen to follow"
        )
        self._keys_s = self._gauge(
            "eroad_keys_valid_seconds", "until its last key ends; below 0 nothing of it is believed"
        )

        self._erasure_s = self._gauge(
            "eroad_erasure_waiting_seconds", "age of the oldest erasure it has not signed for"
        )

    def _gauge(self, name: str, what: str) -> prometheus.Gauge:
        return prometheus.Gauge(name, what, ["peer"], registry=self.registry)

    async def show(self) -> None:
        """Read how this hub stands with every peer, and set the gauges to it."""
        async with self.store.reading() as tx:
            states = await peer_states(tx, self.peers)
            erasing = await tx.person_keys.untold_since()
            now = tx.now
        for each in states:
            self._out.labels(each.hub).set(_age_s(each.canary_out_since, now))
            if each.canary_round_trip_ms is not None:
                self._trip.labels(each.hub).set(each.canary_round_trip_ms / 1000)
            self._erasure_s.labels(each.hub).set(_age_s(erasing.get(each.hub), now))
            self._contradictions.labels(each.hub).set(each.contradictions)
            if each.head_seen_at is not None:
                self._head_age.labels(each.hub).set(_age_s(each.head_seen_at, now))
            until = each.keys_valid_until or now
            self._keys_s.labels(each.hub).set((until - now).total_seconds())


@dataclass
class ContractGauges(_Gauges):
    """How long every contract in force still holds, for Prometheus."""

    store: Store[ExchangeTx]
    registry: prometheus.CollectorRegistry

    def __post_init__(self) -> None:
        self._left = prometheus.Gauge(
            "eroad_contract_valid_seconds",
            "until a contract in force ends; nothing crosses under it afterwards",
            ["peer", "contract", "party"],
            registry=self.registry,
        )

    async def show(self) -> None:
        """Read which contracts are in force, and set the gauges to what is left of each."""
        async with self.store.reading() as tx:
            in_force = await tx.negotiations.in_force()
            now = tx.now
        self._left.clear()  # one that has ended has no gauge
        for each in in_force:
            left = each.terms.expires_at - now
            self._left.labels(each.peer, each.id, each.party.value).set(left.total_seconds())


@dataclass
class TransferGauges(_Gauges):
    """How many persons' data left this year, for Prometheus; a warning before the law's limit."""

    store: Store[ExchangeTx]
    registry: prometheus.CollectorRegistry
    law: ExportLaw
    every_s = COUNTED_EVERY_S

    def __post_init__(self) -> None:
        self._persons = prometheus.Gauge(
            "eroad_transfer_persons",
            "persons whose data left this year",
            ["purpose"],
            registry=self.registry,
        )
        self._counted = prometheus.Gauge(
            "eroad_transfer_persons_counted",
            "those that the law's limit counts",
            registry=self.registry,
        )
        self._below = prometheus.Gauge(
            "eroad_transfer_persons_below", "the law's limit, 0 without", registry=self.registry
        )

    async def show(self) -> None:
        """Count the year, and set the gauges to it."""
        async with self.store.reading() as tx:
            counted = await year_of_transfers(tx, self.law)
        self._persons.clear()  # last year's purposes would stay
        for each in counted.purposes:
            self._persons.labels(each.purpose).set(each.persons)
        self._counted.set(counted.persons_counted)
        self._below.set(counted.rule.persons_below if counted.rule else 0)
        if counted.standing in (Standing.NEAR, Standing.REACHED):
            log.warning("transfers.near-limit", year=counted.year, persons=counted.persons_counted)


def _age_s(since: datetime | None, now: datetime) -> float:
    """Seconds since a moment, 0 without one."""
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())

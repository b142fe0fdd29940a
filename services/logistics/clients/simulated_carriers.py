"""Simulated carriers of Malaysia and China: they carry nothing, and misbehave when told to.

What a carrier is called, which numbers it gives, how fast it is and what it calls things stands in
carriers/simulated.json. A booking whose reference begins with one of the magic words below makes
the carrier fail in that way, so that every way to fail can be tried out.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from services.logistics.domain.carriage import (
    Carriage,
    CarriageRequest,
    Carrier,
    CarrierEvent,
    CarrierGarbled,
    CarrierRefused,
    CarrierSilent,
    Receipt,
)
from services.logistics.domain.incident import IncidentReason
from services.logistics.domain.tracking import Classifier, TrackingState
from services.logistics.domain.waybill import postal_number
from shared.kernel.codes import check_s10, gs1_check_digit
from shared.kernel.errors import EroadError
from shared.kernel.money import Money

PACKAGED = Path(__file__).parents[1] / "carriers" / "simulated.json"
T, R = TrackingState, IncidentReason

SILENT, REFUSES, GARBLES = "MAGIC-SILENT", "MAGIC-REFUSED", "MAGIC-GARBLED"
"""Magic words of booking: no answer, a refusal, a number whose check digit is wrong."""

WAYS: Mapping[str, tuple[str, ...]] = {
    "": ("collected", "sorted", "arrived", "out", "delivered"),
    "MAGIC-ABSENT": ("collected", "sorted", "arrived", "out", "absent", "out", "delivered"),
    "MAGIC-COUNTER": ("collected", "sorted", "arrived", "counter", "delivered"),
    "MAGIC-CUSTOMS": ("collected", "sorted", "customs"),
    "MAGIC-DAMAGED": ("collected", "sorted", "damaged"),
    "MAGIC-DELAYED": ("collected", "sorted", "weather", "arrived", "out", "delivered"),
    "MAGIC-LOST": ("collected", "sorted", "lost"),
    "MAGIC-MUMBLES": ("collected", "sorted", "gibberish", "arrived", "out", "delivered"),
    "MAGIC-NO-SHOW": ("missed",),
    "MAGIC-RETURNED": ("collected", "sorted", "arrived", "refused"),
    "MAGIC-STUTTERS": ("collected", "collected", "sorted", "sorted", "arrived", "out", "delivered"),
    "MAGIC-SHUFFLES": ("collected", "sorted", "arrived", "out", "delivered"),
}
"""What a carrier sees of a parcel, step by step, under each magic word."""

MEANS: Mapping[str, tuple[TrackingState | None, IncidentReason | None]] = {
    "collected": (T.PICKED_UP, None),
    "sorted": (T.IN_TRANSIT, None),
    "arrived": (T.IN_TRANSIT, None),
    "out": (T.OUT_FOR_DELIVERY, None),
    "counter": (T.READY_FOR_PICKUP, None),
    "delivered": (T.DELIVERED, None),
    "absent": (T.DELIVERY_FAILED, R.CONSIGNEE_ABSENT),
    "refused": (T.RETURN_TO_SENDER, R.CONSIGNEE_REFUSED),
    "customs": (T.ON_HOLD, R.CUSTOMS_INSPECTION),
    "weather": (None, R.NATURE_WEATHER),
    "missed": (None, R.CARRIER_MISSED_PICKUP),
    "damaged": (T.DESTROYED, R.CARRIER_DAMAGED),
    "lost": (T.LOST, R.CARRIER_LOST),
}
"""What the simulated carriers' steps mean; a step that is not here is of unknown meaning."""


class PostalNumberSpent(EroadError):
    """A carrier's numbers ran out: its series in carriers/simulated.json is too short."""

    code = "logistics.carrier-numbers-spent"


@dataclass(frozen=True, kw_only=True)
class SimulatedCarrier:
    """One carrier that carries nothing."""

    code: str
    name: str
    country: str
    kind: str
    scheme: str
    prefix: str
    collects_until: time
    time_zone: str
    step_hours: int
    words: Mapping[str, str]
    simulated: bool = True

    def book(self, request: CarriageRequest, *, serial: int, price: Money) -> Receipt:
        """Give the parcel a number of the carrier's series; see Carrier."""
        reference = request.reference
        if reference.startswith(SILENT):
            raise CarrierSilent(f"{self.code} does not answer", carrier=self.code)
        if reference.startswith(REFUSES):
            raise CarrierRefused(
                f"{self.code} takes no such parcel",
                field="reference",
                reason=R.SECURITY_DANGEROUS_GOODS.value,
            )
        number = self._number(serial)
        if reference.startswith(GARBLES):
            number = number[:-3] + str((int(number[-3]) + 1) % 10) + number[-2:]
        return Receipt(carrier_no=self._checked(number), price=price)

    def pickup_at(self, ready_at: datetime) -> datetime:
        """Come two hours after the parcel is ready, or in the morning when that is too late."""
        local = (ready_at + timedelta(hours=2)).astimezone(ZoneInfo(self.time_zone))
        if local.time() > self.collects_until:
            local = (local + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
        return local.astimezone(UTC)

    def seen(self, carriage: Carriage, *, now: datetime) -> Sequence[CarrierEvent]:
        """See one step every few hours from the pickup on."""
        word = next((w for w in WAYS if w and carriage.reference.startswith(w)), "")
        start = carriage.pickup_at or carriage.booked_at + timedelta(hours=self.step_hours)
        events = [
            self._event(carriage, number, step, start + timedelta(hours=self.step_hours * number))
            for number, step in enumerate(WAYS[word])
        ]
        told = [event for event in events if event.happened_at <= now]
        return told[::-1] if word == "MAGIC-SHUFFLES" else told

    def _event(
        self, carriage: Carriage, number: int, step: str, happened_at: datetime
    ) -> CarrierEvent:
        state, reason = MEANS.get(step, (None, R.UNKNOWN))
        repeated = carriage.reference.startswith("MAGIC-STUTTERS")
        name = step if repeated else f"{number}-{step}"
        return CarrierEvent(
            carrier_event=f"{carriage.carrier_no}/{name}",
            state=state,
            reason=reason,
            classifier=Classifier.ACTUAL,
            happened_at=happened_at,
            place=self.country,
            said=self.words.get(step, "?!"),
        )

    def _number(self, serial: int) -> str:
        if self.scheme == "s10":
            return postal_number(self.prefix, serial, self.country)
        body = f"{self.prefix}{serial:0{17 - len(self.prefix)}d}"
        if len(body) != len("00000000000000000"):
            raise PostalNumberSpent(f"{self.code} has given out all its numbers")
        return body + gs1_check_digit(body)

    def _checked(self, number: str) -> str:
        """Never believe a carrier's number: one with a wrong check digit can't be scanned."""
        good = (
            _is_s10(number) if self.scheme == "s10" else number[-1] == gs1_check_digit(number[:-1])
        )
        if not good:
            raise CarrierGarbled(f"{self.code} gave a number that is none", carrier=self.code)
        return number


def _is_s10(number: str) -> bool:
    try:
        check_s10(number)
    except EroadError:
        return False
    return True


def read_carriers(path: Path = PACKAGED) -> Mapping[str, Carrier]:
    """Return the adapters by their codes; a malformed file stops the start."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return {
        one["code"]: SimulatedCarrier(
            **{name: value for name, value in one.items() if name != "collects_until"},
            collects_until=time.fromisoformat(one["collects_until"]),
        )
        for one in document["carriers"]
    }
